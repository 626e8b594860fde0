"""The rate limits of the simulated site: burst per endpoint, and writes per issue.

The two that apply to an API token (the hourly quota does not). A limited request is refused before it does anything.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.wire import Reply

_STEADY = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
_PER_ISSUE = ((20, 2.0), (100, 30.0))
"""Writes, and the seconds in which one issue takes them."""
_REMEMBERED = 5_000
"""Issues whose writes are remembered before the quiet ones are dropped."""
_TEXT = "The request has been rate-limited. Please try again later."


class RateLimits:
    """Count requests and refuse too many."""

    def __init__(self, options: JiraOptions) -> None:
        self._options = options
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._writes: dict[str, deque[float]] = {}

    def take(self, method: str, endpoint: str, now: datetime) -> Reply | dict[str, str]:
        """Count a request: the headers for its answer, or the 429 that refuses it."""
        steady = self._options.burst_per_s
        size = float(self._options.burst_size)
        if steady is None:
            limit = _STEADY.get(method, 100)
            return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(limit - 1)}
        tokens, then = self._buckets.get((method, endpoint), (size, now.timestamp()))
        tokens = min(size, tokens + (now.timestamp() - then) * steady)
        if tokens < 1:
            self._buckets[method, endpoint] = (tokens, now.timestamp())
            return self._refuse(max(1, round((1 - tokens) / steady)), "jira-burst-based", now, int(size))
        self._buckets[method, endpoint] = (tokens - 1, now.timestamp())
        return {"X-RateLimit-Limit": str(int(size)), "X-RateLimit-Remaining": str(int(tokens - 1))}

    def write(self, issue_id: str, now: datetime) -> Reply | None:
        """Count a write to one issue; the 429 when there were too many."""
        if not self._options.per_issue_limits:
            return None
        at = now.timestamp()
        if len(self._writes) > _REMEMBERED:
            self._writes = {i: m for i, m in self._writes.items() if m and at - m[-1] < _PER_ISSUE[-1][1]}
        moments = self._writes.setdefault(issue_id, deque(maxlen=_PER_ISSUE[-1][0]))
        for count, seconds in _PER_ISSUE:
            recent = [m for m in moments if at - m < seconds]
            if len(recent) >= count:
                return self._refuse(max(1, round(seconds - (at - recent[0]))), "jira-per-issue-on-write", now, count)
        moments.append(at)
        return None

    def _refuse(self, wait_s: int, reason: str, now: datetime, limit: int) -> Reply:
        until = now + timedelta(seconds=wait_s)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": "0",
            "RateLimit-Reason": reason,
            "X-RateLimit-Reset": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        }
        if self._options.retry_after != "absent":
            headers["Retry-After"] = "0" if self._options.retry_after == "zero" else str(wait_s)
        return Reply(429, {"errorMessages": [_TEXT], "errors": {}, "status": 429}, headers)
