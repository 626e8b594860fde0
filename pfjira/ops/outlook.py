"""What a dashboard shows first: health, what happened, what needs a person. No system is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pfjira.ops.health import Health, look
from pfjira.state import figures, runs
from pfjira.state.figures import Underway
from pfjira.state.runs import Run
from pfjira.state.store import Store

HOURS = 24
CAUSES = 5
RECENT = 10


@dataclass(frozen=True, slots=True)
class Outlook:
    """How things stand, at a glance."""

    health: Health
    last: Run | None
    """The newest run, ended or not."""
    recent: tuple[Run, ...]
    """The newest runs, the newest first."""
    last_full: Run | None
    last_stopped: Run | None
    """The newest run that did not come to its end."""
    underway: Underway | None
    hourly: tuple[int, ...]
    """Writes in each of the last hours, the present one last."""
    causes: tuple[tuple[str, int], ...]
    """The commonest reasons of dead letters."""
    deliveries: int
    """Deliveries that wait."""


def outlook(store: Store, now: datetime, *, stale: timedelta) -> Outlook:
    """Read how things stand."""
    hours = [now - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    counted = figures.hourly(store, hours[0].replace(minute=0, second=0, microsecond=0))
    return Outlook(
        look(store, now, stale=stale),
        runs.last(store),
        tuple(runs.newest(store, RECENT)),
        runs.last(store, only="full = 1 AND ended_at IS NOT NULL"),
        runs.last(store, only="exit_code IS NULL AND ended_at IS NOT NULL"),
        figures.underway(store),
        tuple(counted.get(f"{hour:%Y-%m-%dT%H}", 0) for hour in hours),
        tuple(figures.causes(store, CAUSES)),
        figures.pending_deliveries(store),
    )
