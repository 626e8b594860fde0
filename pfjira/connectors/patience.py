"""How long to wait before a repeatable request is sent again, and when to give up.

What a system asks for is a minimum, never a maximum (reference: jira section 2), so the spread is only ever added.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import tenacity

from pfjira.errors import OutOfTime, RateLimited, Unavailable

LONGEST_S = 86_400.0
"""A day: what is asked for beyond it is taken as a day."""


class Impatience(tenacity.stop.stop_base):
    """Stop when the next pause would end after the patience does."""

    def __init__(self, started: float, patience_s: float, clock: Callable[[], float]) -> None:
        """Count from `started` on this clock."""
        self._ends_at, self._clock = started + patience_s, clock

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        """Say whether to give up."""
        return self._clock() + retry_state.upcoming_sleep > self._ends_at


def may_be_repeated(error: BaseException) -> bool:
    """Say whether a repeatable request may be sent again after this."""
    return isinstance(error, Unavailable) and not isinstance(error, OutOfTime)


def pause_after(state: tenacity.RetryCallState) -> float:
    """Return the seconds to wait after a failed attempt: doubling, with jitter, never less than was asked for."""
    error = state.outcome.exception() if state.outcome else None
    doubling = 2.0 ** (state.attempt_number - 1)
    jitter = random.random()  # noqa: S311  # spreads requests, hides nothing
    if isinstance(error, RateLimited):
        return error.retry_after_s + doubling * jitter
    return 0.5 * doubling * (1 + jitter)


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
