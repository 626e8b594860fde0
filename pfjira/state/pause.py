"""The switch that stops all writing: a file beside the state, seen by every process at once, whoever holds the locks.

Its being there is what counts, not its content: a switch that cannot be read is on. It must never wait for anybody.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from pfjira.errors import Paused, StateUnwritable
from pfjira.state.place import private_folders

ENDING = ".paused"
LARGEST = 16384
LONG = timedelta(days=1)
"""A pause that lasts so long may have been forgotten."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Who stopped the writing, since when, and why."""

    who: str = "somebody"
    since: str = ""
    """ISO time; empty where it cannot be read."""
    why: str = ""

    def sentence(self) -> str:
        """Say it to a person."""
        since = f" since {self.since[:16].replace('T', ' ')} UTC" if self.since else ""
        return f"paused by {self.who}{since}" + (f" ({self.why})" if self.why else "")

    def is_long(self, now: datetime) -> bool:
        """Say whether it may have been forgotten; one of which nobody knows since when may."""
        with contextlib.suppress(ValueError, TypeError):
            return now - datetime.fromisoformat(self.since) > LONG
        return True

    def document(self) -> dict[str, str]:
        """Return it as JSON data."""
        return asdict(self)


def switch_of(database: Path) -> Path:
    """Return the switch's file."""
    return Path(f"{database}{ENDING}")


def is_on(database: Path | None) -> bool:
    """Say whether writing is stopped; cheap enough to be asked before each request."""
    if database is None:
        return False
    try:
        os.lstat(switch_of(database))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def read(database: Path | None) -> Pause | None:
    """Return the pause that is on, as far as its words can be read; None where none is."""
    if database is None or not is_on(database):
        return None
    said: Any = None
    with contextlib.suppress(OSError, ValueError), switch_of(database).open("rb") as file:
        said = orjson.loads(file.read(LARGEST))
    if not isinstance(said, dict):
        return Pause()
    words = {name: str(said[name]) for name in ("who", "since", "why") if said.get(name)}
    return Pause(**words)


def honour(database: Path | None, *, waiting: str = "") -> None:
    """Raise Paused where writing is stopped; `waiting` says what waits for its end."""
    pause = read(database)
    if pause is not None:
        words = pause.sentence()
        raise Paused(f"{words[0].upper()}{words[1:]}: {waiting or 'what was sent is settled, the rest waits'}.")


def switch_on(database: Path, *, who: str, why: str, now: datetime) -> Pause | None:
    """Stop all writing; return the pause that was on already and stays, if any. Raise StateUnwritable."""
    path = switch_of(database)
    text = orjson.dumps(Pause(who, now.isoformat(timespec="seconds"), why).document())
    try:
        private_folders(path.parent)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            return read(database)
        # From here on it is on, whatever becomes of the words.
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _to_disk(path.parent)
    except OSError as error:
        if path.exists():
            return None
        raise _unwritable(path, error) from error
    return None


def switch_off(database: Path) -> Pause | None:
    """Let writing go on; return the pause that was on, if any. Raise StateUnwritable."""
    pause = read(database)
    try:
        with contextlib.suppress(FileNotFoundError):
            switch_of(database).unlink()
            _to_disk(database.parent)
    except OSError as error:
        raise _unwritable(switch_of(database), error) from error
    return pause


def _to_disk(folder: Path) -> None:
    """Make sure that a power cut does not turn the switch back."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> StateUnwritable:
    return StateUnwritable(
        f"The switch {path} cannot be changed: {error.strerror}.",
        hint="Check owner, mode and free space of its folder; run it as the user who runs `pfjira sync`.",
    )
