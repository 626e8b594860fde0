"""Read the state's file as plain bytes, and never while a connection of this process has it open.

The kernel drops all locks that a process holds on a file as soon as the process closes any descriptor of it: SQLite's
would be gone without SQLite knowing. Other processes may have it open; what is read while they write fits nothing.
"""

from __future__ import annotations

import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STEP = 1 << 20
_gate = threading.Lock()
_connections: Counter[str] = Counter()


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Open a connection to the file in the block; it counts until it is `closed`."""
    with _gate:
        yield
        _connections[str(path)] += 1


def closed(path: Path | None) -> None:
    """Count one connection less; None is one that had no file, or was counted already."""
    with _gate:
        _connections[str(path)] -= path is not None


def checksum(path: Path, most: int) -> str | None:
    """Return a checksum over the file, None where it has more than so many bytes, or cannot be read just now.

    What stands in the log beside it is not in the file yet: then it says nothing of the state.
    """
    with _gate:
        if _connections[str(path)]:
            return None
        try:
            log = Path(f"{path}-wal")
            if path.stat().st_size > most or (log.exists() and log.stat().st_size):
                return None
            found = size = 0
            with path.open("rb", buffering=0) as file:
                while part := file.read(_STEP):
                    found, size = zlib.crc32(part, found), size + len(part)
        except OSError:
            return None
    return f"{found:08x}-{size}"
