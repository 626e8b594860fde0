"""What a dashboard shows first: health, what happened, what needs a person. No system is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pfjira.ops.health import Health, look
from pfjira.ops.reminders import TokenEnd, reminded, token_end
from pfjira.state import deliveries, figures, links, pause, rates, runs, samples
from pfjira.state.figures import Underway
from pfjira.state.pause import Pause
from pfjira.state.rates import Rate
from pfjira.state.runs import Run
from pfjira.state.store import Store

HOURS = 24
CAUSES = 5
RECENT = 10


@dataclass(frozen=True, slots=True)
class Outlook:
    """How things stand, at a glance."""

    health: Health
    paused: Pause | None
    token: TokenEnd | None
    """When the Jira token ends, where that is known."""
    last: Run | None
    """The newest run, ended or not."""
    recent: tuple[Run, ...]
    """The newest runs, the newest first."""
    by_kind: tuple[Run, ...]
    """The newest run of each kind, the newest first."""
    last_good: Run | None
    """The newest run that came to its end."""
    last_stopped: Run | None
    """The newest run that did not come to its end."""
    underway: Underway | None
    hourly: tuple[int, ...]
    """Writes in each of the last hours, the present one last."""
    causes: tuple[tuple[str, int], ...]
    """The commonest reasons of dead letters."""
    gone: tuple[str, ...]
    """Keys of issues that Jira does not show any more."""
    deliveries: int
    """Deliveries of generic hooks that wait."""
    webhooks: int
    """Deliveries of the two systems' webhooks that wait."""
    spent: tuple[samples.Row, ...]
    """What each run of the last day cost, oldest first."""
    rates: tuple[Rate, ...]
    """How fast each system is called that was called since the machine was started."""


def outlook(store: Store, now: datetime, *, stale: timedelta, token_expires: date | None = None) -> Outlook:
    """Read how things stand; `token_expires`: the day that somebody wrote down."""
    token = token_end(store, now, token_expires)
    hours = [now - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    counted = figures.hourly(store, hours[0].replace(minute=0, second=0, microsecond=0))
    return Outlook(
        reminded(look(store, now, stale=stale), store.path, token),
        pause.read(store.path),
        token,
        runs.last(store),
        tuple(runs.newest(store, RECENT)),
        tuple(runs.of_each_kind(store)),
        runs.last(store, only="exit_code IN (0, 1)"),
        runs.last(store, only="exit_code IS NULL AND ended_at IS NOT NULL"),
        figures.underway(store),
        tuple(counted.get(f"{hour:%Y-%m-%dT%H}", 0) for hour in hours),
        tuple(figures.causes(store, CAUSES)),
        tuple(links.lost(store)),
        deliveries.tally(store)["pending"],
        figures.pending_webhooks(store),
        tuple(samples.of_runs(store, now - timedelta(hours=HOURS))),
        rates.read(store.path),
    )
