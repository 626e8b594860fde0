"""Since when the Jira token in use is in use: it ends at most a year after it was made (reference: jira section 1).

What is kept is a keyed fingerprint of the token, never the token. When it was made nobody can ask, so the day on which
it was first seen stands for it: it ends on that day of the next year at the latest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pfjira.state.store import Store

NAME = "jira_token"
LIVES = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Seen:
    """A token, by its fingerprint, and when a run first used it."""

    mark: str
    at: datetime

    @property
    def ends_on(self) -> date:
        """The day on which it ends at the latest."""
        return (self.at + LIVES).date()


def last(store: Store) -> Seen | None:
    """Return the token that was last used; None before the first writing run."""
    mark, _, at = (store.meta(NAME) or "").partition(" ")
    return Seen(mark, datetime.fromisoformat(at)) if at else None


def note(store: Store, mark: str, now: datetime) -> None:
    """Remember a token that is used for the first time."""
    seen = last(store)
    if seen is None or seen.mark != mark:
        with store.write():
            store.set_meta(NAME, f"{mark} {now.isoformat()}")
