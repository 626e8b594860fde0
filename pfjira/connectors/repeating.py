"""How long to wait before a repeatable request is sent again, and when to give up.

What a system asks for is a minimum, never a maximum (reference: jira section 2), so the spread is only ever added. Only
a request that failed comes here: most runs have none, and tenacity is imported for those that do.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

import tenacity

from pfjira.connectors.patience import may_be_repeated
from pfjira.errors import ConnectorError, RateLimited

Result = TypeVar("Result")


class Impatience(tenacity.stop.stop_base):
    """Stop when the next pause would end after the patience does."""

    def __init__(self, started: float, patience_s: float, clock: Callable[[], float]) -> None:
        """Count from `started` on this clock."""
        self._ends_at, self._clock = started + patience_s, clock

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        """Say whether to give up."""
        return self._clock() + retry_state.upcoming_sleep > self._ends_at


def again(
    first: ConnectorError,
    attempt: Callable[[], Result],
    *,
    attempts: int,
    impatience: Impatience,
    sleep: Callable[[float], None],
) -> Result:
    """Go on after a first attempt that failed; return what a later one comes to, or raise what the last one raised."""
    failed = [first]

    def next_attempt() -> Result:
        if failed:
            raise failed.pop()
        return attempt()

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(may_be_repeated),
        wait=pause_after,
        stop=tenacity.stop_after_attempt(attempts) | impatience,
        sleep=sleep,
        reraise=True,
    )
    return retrying(next_attempt)


def pause_after(state: tenacity.RetryCallState) -> float:
    """Return the seconds to wait after a failed attempt: doubling, with jitter, never less than was asked for."""
    error = state.outcome.exception() if state.outcome else None
    doubling = 2.0 ** (state.attempt_number - 1)
    jitter = random.random()  # noqa: S311  # spreads requests, hides nothing
    if isinstance(error, RateLimited):
        return error.retry_after_s + doubling * jitter
    return 0.5 * doubling * (1 + jitter)
