"""A clock that nobody has to wait for."""

from __future__ import annotations

import threading


class FakeClock:
    """Time that passes only by sleeping; it remembers every sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Return the time, in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)
