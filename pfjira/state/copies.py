"""Where copies of the state lie, how they are called, and which of them looks whole. Nothing here opens a database.

A name is made of the state file's own, the time and the number of the newest run, never of anybody's data.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

MAGIC = b"SQLite format 3\x00"


def folder_of(state: Path) -> Path:
    """Return where copies of a state file lie unless somebody says otherwise."""
    return state.parent / "backups"


def name_for(state: Path, now: datetime, run: int, *, again: int = 0) -> str:
    """Return what a copy is called; names in order are copies in order."""
    more = f"-{again}" if again else ""
    return f"{state.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-run{run:08d}{more}.db"


def named_like_ours(state: Path, names: Iterable[str]) -> list[str]:
    """Return those of the names that copies of this state file have, the oldest first."""
    pattern = re.compile(re.escape(state.stem) + r"-\d{8}T\d{6}Z-run\d{8,}(-\d+)?\.db")
    return sorted(name for name in names if pattern.fullmatch(name))


def newest(state: Path) -> Path | None:
    """Return the newest copy in the usual folder that looks whole, None where there is none."""
    folder = folder_of(state)
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    return next((folder / name for name in reversed(named_like_ours(state, names)) if looks_whole(folder / name)), None)


def looks_whole(path: Path) -> bool:
    """Say whether a file begins as a database does and is as long as it says: cheap, and no proof."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
        size = path.stat().st_size
    except OSError:
        return False
    if len(head) < 100 or not head.startswith(MAGIC):
        return False
    (page,) = struct.unpack(">H", head[16:18])
    (pages,) = struct.unpack(">I", head[28:32])
    return bool(pages and size == pages * (65_536 if page == 1 else page))
