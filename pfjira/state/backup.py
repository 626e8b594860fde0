"""Copies of the state file: made whole while others work with it, looked over, and put back in one step.

A copy gets its name only when it is complete and on disk, so that whatever carries a name is a copy. The state is
replaced by renaming, with no log of the old one left beside it: whoever dies in between leaves the old state or the
new one, never a mixture. Only `restore` needs the lock.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pfjira.errors import SchemaTooNew, StateDamaged, StateError, StateUnwritable
from pfjira.state import copies, files, runs
from pfjira.state.closed import checked_copy, fold
from pfjira.state.schema import MIGRATIONS
from pfjira.state.store import Store
from pfjira.state.witness import ADOPTING

SIDE_FILES = ("-wal", "-shm", "-journal")


def write(store: Store, target: Path) -> None:
    """Copy an open state into a new file, intact and on disk. Raise StateError; then there is no such file."""
    part = Path(f"{target}.{os.getpid()}.part")
    try:
        _remove(part)  # of one who died
        files.make_new(part)
        store.copy_into(part)
        with checked_copy(part):
            pass
        files.sync(part)
        os.link(part, target)  # takes nobody's place, unlike a rename
        _remove(part)
        files.sync(target.parent)
    except OSError as error:
        raise StateUnwritable(
            f"The copy {target} cannot be made: {error.strerror}.",
            hint="Choose another place, or free some space. The state is untouched.",
        ) from error
    finally:
        with suppress(OSError):
            _remove(part)


def prune(store: Store, state: Path, folder: Path, keep: int) -> list[Path]:
    """Remove the oldest copies of this very state beyond so many, and nothing else; return what was removed."""
    names = copies.named_like_ours(state, os.listdir(folder))
    removed = []
    for name in names[: max(0, len(names) - keep)]:
        if _is_of(store, folder / name):
            with suppress(OSError):
                (folder / name).unlink()
                removed.append(folder / name)
    return removed


class Copy:
    """A copy that was looked over: intact, of a schema that this version knows."""

    def __init__(self, path: Path) -> None:
        """Read the whole file. Raise StateError when it cannot be used."""
        try:
            if path.is_symlink() or not path.is_file():
                raise StateError(f"{path} is no ordinary file.", hint="Name a copy that `pfjira backup` made.")
        except OSError as error:
            raise StateError(f"{path} cannot be read: {error.strerror}.", hint="Check the owner.") from error
        with checked_copy(path) as ask:
            (version,) = ask("PRAGMA user_version")[0]
            facts = dict(ask("SELECT name, value FROM meta"))
            newest = ask("SELECT max(number), max(started_at) FROM runs")[0]
        if version > len(MIGRATIONS):
            raise SchemaTooNew(f"{path} was written by a newer pfjira (schema {version}).", hint="Update pfjira.")
        self.path = path
        self.sites: str = facts.get("sites", "")
        self.installation: str = facts.get("installation", "")
        self.run: int = newest[0] or 0
        self.at: str = newest[1] or ""
        """When its newest run began, ISO 8601."""


def put_in_place(state: Path, copy: Copy, *, now: datetime, note: Callable[[Store], None]) -> Path | None:
    """Replace the state by a copy, and have a person look before anything is written; under the lock.

    Return under which name the present state is kept, None where there was none. `note` is called with the new state,
    inside its first transaction.
    """
    fresh = Path(f"{state}.restoring")
    try:
        _clear(fresh)
        files.make_new(fresh)
        with checked_copy(copy.path) as ask:
            ask("VACUUM INTO ?", (str(fresh),))
        with Store.open(fresh) as store, store.write():
            store.set_meta(ADOPTING, "yes")
            runs.move_on(store)
            note(store)
        fold(fresh)
        files.sync(fresh)
        kept = _kept_aside(state, now)
        os.replace(fresh, state)
        files.sync(state.parent)
    except OSError as error:
        raise StateUnwritable(
            f"The state file {state} cannot be replaced: {error.strerror}.",
            hint="Check owner, mode and free space. What was there is there still.",
        ) from error
    finally:
        with suppress(OSError):
            _clear(fresh)
    return kept


def _kept_aside(state: Path, now: datetime) -> Path | None:
    """Give the present state a second name, and take its log away: the copy must not be continued by it."""
    if not state.exists():
        for end in SIDE_FILES:
            _remove(Path(f"{state}{end}"))
        return None
    aside = Path(f"{state}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}")
    try:
        fold(state)
    except StateDamaged:
        # What is left of it is kept as it is, with the log that belongs to it.
        for end in SIDE_FILES:
            if (beside := Path(f"{state}{end}")).exists():
                os.replace(beside, f"{aside}{end}")
    os.link(state, aside)
    files.sync(state.parent)
    return aside


def _clear(fresh: Path) -> None:
    """Remove what is left of an attempt, with all that lies beside it."""
    for name in os.listdir(fresh.parent):
        if name.startswith(fresh.name):
            _remove(fresh.parent / name)


def _is_of(store: Store, path: Path) -> bool:
    """Say whether a file is a copy of this very state: it has the same salt."""
    try:
        with checked_copy(path) as ask:
            return bool(ask("SELECT value FROM meta WHERE name = 'salt'") == [(store.salt.hex(),)])
    except StateError:
        return False


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
