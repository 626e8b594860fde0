"""What a person did or must do soon, told beside the health of the runs: a pause that is on, a token that ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pfjira.ops.health import Health
from pfjira.state import pause, token_age
from pfjira.state.store import Store

WARN_DAYS = 30
SOON_DAYS = 7
LAST_DAYS = 1
WHERE = "make a new token, put it where the old one is"


@dataclass(frozen=True, slots=True)
class TokenEnd:
    """When the Jira token ends, and how far that is."""

    on: date
    days_left: int
    certain: bool
    """Whether somebody wrote the day down; otherwise it ends then at the latest."""

    @property
    def is_near(self) -> bool:
        """Whether somebody should think of it."""
        return self.days_left <= WARN_DAYS

    def sentence(self) -> str:
        """Say it to a person."""
        latest = "" if self.certain else " at the latest"
        if self.days_left < 0:
            return f"the Jira token ended on {self.on}{latest}"
        days = f"{self.days_left} day{'' if self.days_left == 1 else 's'}"
        return f"the Jira token ends in {days}, on {self.on}{latest}"


def token_end(store: Store, now: datetime, written: date | None, *, mark: str = "") -> TokenEnd | None:
    """Return when the token ends: by the day that was written down, or a year after it was first used.

    `mark`: the fingerprint of the token in use, where it is known; another one than the state has seen is new.
    """
    seen = token_age.last(store)
    if written is None and (seen is None or (mark and seen.mark != mark)):
        return None
    on = written if written is not None else seen.ends_on if seen is not None else now.date()
    return TokenEnd(on, (on - now.date()).days, written is not None)


def reminded(health: Health, path: Path | None, end: TokenEnd | None) -> Health:
    """Return the health with what a person did or must do soon: a warning, or the last one."""
    verdict, because, facts = health.verdict, health.because, dict(health.facts)
    facts |= {"paused": "no", "Jira token": "not used by a sync yet" if end is None else end.sentence()}
    if (held := pause.read(path)) is not None:
        # Whatever is late is late on purpose.
        verdict, because = "warning", held.sentence()
        facts["paused"] = f"{held.sentence()}; `pfjira resume` ends it"
    if end is not None and end.is_near:
        last = end.days_left <= LAST_DAYS
        if verdict == "ok" or (last and verdict != "critical"):
            verdict, because = ("critical" if last else "warning"), f"{end.sentence()}: {WHERE}"
        elif verdict != "critical" or last:
            because = f"{because.rstrip('.')}; {end.sentence()}"
    return replace(health, verdict=verdict, because=because, facts=facts)


def document(path: Path, end: TokenEnd | None) -> dict[str, Any]:
    """Return the same as JSON data."""
    held = pause.read(path)
    return {
        "paused": held.document() if held else None,
        "token_expires": end.on.isoformat() if end else None,
        "token_days_left": end.days_left if end else None,
    }
