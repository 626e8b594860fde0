"""The request limit of the simulated PeopleForce: so many a minute, then 429.

Scope, window and headers are not documented, hence the options. Times are the sandbox's, so that a test can move past
a window by advancing the clock.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from email.utils import format_datetime

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.peopleforce.options import PeopleForceOptions

_WINDOW_S = 60.0


class RateLimit:
    """Counts requests and says when one is over the limit."""

    def __init__(self, options: PeopleForceOptions, clock: SandboxClock) -> None:
        self._options = options
        self._clock = clock
        self._seen: dict[str, deque[float]] = {}

    def admit(self, key: str) -> tuple[bool, dict[str, str]]:
        """Count one request; return whether it may pass, and the headers the answer carries."""
        limit = self._options.rate_limit_per_minute
        if limit is None:
            return True, {}
        now = self._clock.now().timestamp()
        seen = self._seen.setdefault(key if self._options.rate_limit_scope == "key" else "", deque())
        if self._options.rate_limit_window == "fixed":
            begin = now - now % _WINDOW_S
            ends = begin + _WINDOW_S
        else:
            begin = now - _WINDOW_S
            ends = (seen[0] if seen else now) + _WINDOW_S
        while seen and seen[0] < begin:
            seen.popleft()
        passes = len(seen) < limit
        if passes:
            seen.append(now)
        headers = self._counters(limit, limit - len(seen), ends) if self._options.rate_limit_headers else {}
        if not passes:
            headers |= self._retry_after(ends - now)
        return passes, headers

    @staticmethod
    def _counters(limit: int, left: int, ends: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(int(ends)),
        }

    def _retry_after(self, wait_s: float) -> dict[str, str]:
        whole = max(1, -int(-wait_s // 1))
        match self._options.retry_after:
            case "seconds":
                return {"Retry-After": str(whole)}
            case "zero":
                return {"Retry-After": "0"}
            case "date":
                return {"Retry-After": format_datetime(self._clock.now() + timedelta(seconds=whole), usegmt=True)}
            case "none":
                return {}
