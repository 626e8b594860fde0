"""Keeps the write-ahead log small while somebody reads.

SQLite starts its log anew only at a moment when nobody reads it. A reader that looks again and again may leave no such
moment, and the log would grow for hours. So beyond a size the writer waits for one, and never for long.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

LARGEST = 64 * 1024 * 1024
"""What the log may never exceed while readers are brief."""
EARLY = 16 * 1024 * 1024
"""From here on the writer looks for its moment."""
STEP = 8 * 1024 * 1024
"""After a moment that did not come: how much later it is looked for again."""
WAIT_MS = 1000


class Log:
    """The log of one connection that writes."""

    def __init__(
        self, connection: Any, path: Path, *, wait: Callable[[float | None], None], error: type[Exception]
    ) -> None:
        """Prepare; `wait` says how many seconds others are waited for, None standing for the store's own patience."""
        self._connection, self._wait, self._error = connection, wait, error
        self._file = Path(f"{path}-wal")
        self._next = EARLY
        connection.execute(f"PRAGMA journal_size_limit = {LARGEST}")

    def keep_small(self) -> None:
        """Start the log anew where it has grown; after each commit."""
        size = self.size()
        if size < self._next:
            if size < EARLY:
                self._next = EARLY
            return
        self.start_anew()
        self._next = max(EARLY, self.size() + STEP)

    def start_anew(self) -> None:
        """Fold the log into the file, if readers leave a moment for it within a second, or a shorter patience."""
        # A query of our own that is still open, or a full disk, leaves the log as it is: the next commit tries again.
        with suppress(self._error):
            self._wait(WAIT_MS / 1000)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        with suppress(self._error):
            self._wait(None)

    def size(self) -> int:
        """Return the bytes of the log."""
        try:
            return self._file.stat().st_size
        except OSError:
            return 0
