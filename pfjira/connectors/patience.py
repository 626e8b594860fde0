"""Which failures a repeatable request may be sent again after, and what a system asks for: see `repeating`."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pfjira.errors import OutOfTime, Unavailable

LONGEST_S = 86_400.0
"""A day: what is asked for beyond it is taken as a day."""


def may_be_repeated(error: BaseException) -> bool:
    """Say whether a repeatable request may be sent again after this."""
    return isinstance(error, Unavailable) and not isinstance(error, OutOfTime)


def retry_after(value: str | None, now: datetime | None) -> float | None:
    """Read `Retry-After` in seconds: a number, or a date compared with the system's own clock; None when unreadable."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - (now or datetime.now(UTC))).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(0.0, seconds), LONGEST_S)
