"""The sandbox's own clock: real time, or a time that stands still, plus an offset that a test may move."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


class SandboxClock:
    """Tell the simulated time; it can be advanced by a test, never turned back."""

    def __init__(self, offset: timedelta = timedelta(), *, stands_at: datetime | None = None) -> None:
        self._offset = offset
        self._stands_at = stands_at
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the simulated time, aware, UTC."""
        with self._lock:
            return (self._stands_at or datetime.now(UTC)) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the simulated time forward."""
        if seconds < 0:
            raise ValueError("the sandbox's clock cannot be turned back")
        with self._lock:
            self._offset += timedelta(seconds=seconds)

    def http_date(self) -> str:
        """Return the time as an HTTP `Date` header value."""
        return format_datetime(self.now(), usegmt=True)
