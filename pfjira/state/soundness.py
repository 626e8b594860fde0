"""Look whether the state is undamaged before anything rests on it.

A disk that lies must not make us write to Jira what it invents.
Looking over 1 MB takes about 3 ms. A file of the usual size is looked over at each start, unless it is, byte by byte,
what the last command that wrote it left: a checksum beside it tells that in a fifth of the time, and any damage changes
it. Any file is looked over once a day, since it may be damaged while a command has it open, and a large one not more
often; and always after a run that did not come to its end. The clock is an argument; it may be wrong.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from pfjira.state import bare, files, runs
from pfjira.state.store import Store

SMALL = 16 * 2**20
"""Bytes of a file that is looked over in less than a tenth of a second."""
EVERY = timedelta(hours=24)
CHECKED = "checked_at"
"""Name of the fact when a large file was last looked over."""


class Seal:
    """What the last command that wrote left: a checksum, and when the state was last looked over."""

    def __init__(self, path: Path) -> None:
        """Read the seal, and compare it with the file; before the file is opened, and under its lock."""
        self._path = path
        self._beside = Path(f"{path}.seal")
        self.checked_at: datetime | None = None
        """When the file was looked over that is still the same; None where it is another, or nobody knows."""
        with suppress(OSError, ValueError):
            told, checked_at = self._beside.read_text().split()
            if told == bare.checksum(path, SMALL):
                self.checked_at = datetime.fromisoformat(checked_at)

    def renew(self) -> None:
        """Seal what is there now; after the file was closed, and before its lock is let go."""
        told = bare.checksum(self._path, SMALL)
        # One that is lost, or cut short, fits nothing: then the state is looked over, as if there were none.
        with suppress(OSError):
            if told is not None and self.checked_at is not None:
                files.write(self._beside, f"{told} {self.checked_at.isoformat()}")
            else:
                self._beside.unlink(missing_ok=True)


def look_over(store: Store, now: datetime, seal: Seal | None = None) -> None:
    """Look for damage where that is cheap or due; note in the seal that it was done. Raise StateDamaged."""
    if store.path is None:
        return
    large = store.path.stat().st_size > SMALL
    checked_at = _noted(store) if large else seal.checked_at if seal is not None else None
    if not _is_due(store, checked_at, now):
        return
    store.check(quick=True)
    if seal is not None:
        seal.checked_at = now
    if large and not store.read_only:
        with store.write():
            store.set_meta(CHECKED, now.isoformat())


def _noted(store: Store) -> datetime | None:
    checked = store.meta(CHECKED)
    return None if checked is None else datetime.fromisoformat(checked)


def _is_due(store: Store, checked_at: datetime | None, now: datetime) -> bool:
    if checked_at is None:
        return True
    last = runs.last(store)
    if last is not None and last.ended_at is None:
        return True
    return not timedelta() <= now - checked_at < EVERY
