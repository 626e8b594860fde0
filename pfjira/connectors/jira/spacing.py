"""Some rest for each single issue between two writes.

Jira takes 20 writes in 2 s and 100 in 30 s on one issue (reference section 2), whoever sends them. This must never
slow writes to different issues.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

REST_S = 0.1
"""Seconds between two writes to one issue; the vendor's advice is 100 ms or more."""
_REMEMBERED = 1000


class Spacing:
    """Remember when each issue may be written again."""

    def __init__(self, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """Start with all issues rested."""
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}

    def wait(self, issue_id: str) -> None:
        """Sleep until the issue may be written, and take that turn."""
        with self._lock:
            now = self._clock()
            if len(self._free_at) > _REMEMBERED:
                self._free_at = {name: at for name, at in self._free_at.items() if at > now}
            turn = max(now, self._free_at.get(issue_id, 0.0))
            self._free_at[issue_id] = turn + REST_S
        if turn > now:
            self._sleep(turn - now)
