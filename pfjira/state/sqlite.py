"""Which SQLite it is, and what it says, told as errors of ours with what to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from pfjira.errors import StateDamaged, StateError, StateUnwritable
from pfjira.state.copies import newest

sqlite3: Any
try:
    sqlite3 = import_module("pysqlite3")
except ImportError:  # platforms without a wheel: the interpreter's own, if it is new enough
    sqlite3 = import_module("sqlite3")

FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""The releases that fixed the WAL-reset corruption: two back-ports and the line itself (sqlite.org/wal.html)."""

RUBBISH = "it holds text that is none"


def sqlite_is_safe(version: tuple[int, ...] | None = None) -> bool:
    """Say whether the linked SQLite is free of the WAL-reset bug, which can corrupt a file with several writers."""
    version = version or sqlite3.sqlite_version_info
    return version >= FIXED[-1] or any(version[:2] == fixed[:2] and version >= fixed for fixed in FIXED[:-1])


def sqlite_version() -> str:
    """Return the version of the linked SQLite."""
    return str(sqlite3.sqlite_version)


@contextmanager
def translated(path: Path | None, *, whole_block: bool = False) -> Iterator[None]:
    """Turn SQLite's errors into ours, at the border; `whole_block`: other code than SQLite's runs inside."""
    try:
        yield
    except UnicodeDecodeError:
        if whole_block:
            raise
        raise damaged(path, RUBBISH) from None  # SQLite's own message quotes the rubbish that it found
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if not name and "decode" in str(error):
            raise damaged(path, RUBBISH) from None  # it quotes what it could not read
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise damaged(path, str(error)) from error
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            raise StateUnwritable(
                f"The state file {path} cannot be written: {error}.",
                hint="Free some space or mend owner and mode, then run the same command again; nothing is lost.",
            ) from error
        if name.startswith("SQLITE_BUSY"):
            raise StateError(
                f"The state file {path} is busy: another program holds it.",
                hint="Close other programs that have it open (a database browser?), then run again.",
            ) from error
        raise


def unwritable(path: Path, error: OSError) -> StateUnwritable:
    """Return what to say where the system refuses to make or write the file."""
    return StateUnwritable(
        f"The state file {path} cannot be made or written: {error.strerror}.",
        hint="Check owner, mode and free space, or choose another place with PFJIRA_STATE.",
    )


def damaged(path: Path | None, detail: str) -> StateDamaged:
    """Return what to say of a file that does not hold what was written to it."""
    backup, unasked = newest(path) if path is not None else None, "Nothing is written unasked."
    return StateDamaged(
        f"The state file {path} is damaged ({detail}).",
        hint=f"Put the newest backup back: `pfjira restore {shlex.quote(str(backup))}`. {unasked}"
        if backup is not None
        # Names no command: a hint that leads back to the command that failed is left out.
        else f"Move it away, then run the same again: the links are rebuilt from Jira. {unasked}",
    )


def quoted(path: Path) -> str:
    """Return a path as it stands in the address of a database."""
    from urllib.parse import quote

    return quote(str(path.absolute()))
