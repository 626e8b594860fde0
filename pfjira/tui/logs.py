"""The log files of every process, followed as they grow and across their rotation.

A file is known by its inode and stays open until nothing more can come: what was written just before it was renamed,
compressed or removed is still read. Lines are one JSON object each; whatever else stands there is shown as it is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

import orjson

BACKLOG = 8 * 2**20
"""So many bytes of what was written before are read, the newest."""
AT_ONCE = 8 * 2**20
PATTERN = "*.jsonl"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_RANKS = {"TRACE": 0, "DEBUG": 0, "INFO": 1, "SUCCESS": 1, "WARNING": 2, "ERROR": 3, "CRITICAL": 3}
SHOWN = ("event", "message", "run", "ref", "fields", "process")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log."""

    at: str
    level: str
    event: str
    text: str
    """Message, and what else is said, for the table and for a search."""
    parts: tuple[tuple[str, str], ...]
    """Everything, each with its name."""

    @property
    def rank(self) -> int:
        """How grave it is; what says no level is never hidden."""
        return _RANKS.get(self.level, 3)


@dataclass(slots=True)
class _File:
    descriptor: int
    place: int
    rest: bytes = b""
    """The beginning of a line that has not ended yet."""
    there: bool = True


@dataclass(slots=True)
class Follower:
    """Reads what is new in a folder of logs."""

    folder: Path
    _files: dict[tuple[int, int], _File] = field(default_factory=dict)
    _begun: bool = False

    def poll(self) -> list[Line]:
        """Return the lines that came since the last time, by their moments. Raise OSError where the folder is shut."""
        self._look_around()
        lines: list[bytes] = []
        for key, one in list(self._files.items()):
            lines += self._grown(one)
            if not one.there:
                os.close(one.descriptor)
                if one.rest:
                    lines.append(one.rest)
                del self._files[key]
        return sorted(map(parsed, lines), key=attrgetter("at"))

    def close(self) -> None:
        """Let all files go."""
        for one in self._files.values():
            os.close(one.descriptor)
        self._files.clear()

    def _look_around(self) -> None:
        for one in self._files.values():
            one.there = False
        left = BACKLOG
        found = [(path.stat(), path) for path in self.folder.glob(PATTERN)] if self.folder.is_dir() else []
        for status, path in sorted(found, key=lambda pair: -pair[0].st_mtime):
            key = (status.st_dev, status.st_ino)
            if key in self._files:
                self._files[key].there = True
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            # Of a file that is new everything is new; of those that were there before, the newest bytes of all.
            skipped = 0 if self._begun else max(0, status.st_size - left)
            left -= status.st_size - skipped
            self._files[key] = _File(descriptor, _after_newline(descriptor, skipped))
        self._begun = True

    def _grown(self, one: _File) -> list[bytes]:
        if os.fstat(one.descriptor).st_size < one.place:  # somebody emptied it
            one.place, one.rest = 0, b""
        new = os.pread(one.descriptor, AT_ONCE, one.place)
        one.place += len(new)
        *whole, one.rest = (one.rest + new).split(b"\n")
        return [line for line in whole if line.strip()]


def parsed(line: bytes) -> Line:
    """Read one line, whatever it is."""
    try:
        found = orjson.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        text = line.decode(errors="replace")
        return Line("", "?", "", text, (("line", text),))
    record = found.get("record")
    said: dict[str, Any] = record if isinstance(record, dict) else found
    parts = {name: _text(part) for name, part in said.items() if part not in (None, "", [], {})}
    rest = [f"{name}={parts[name]}" for name in ("run", "ref", "fields") if name in parts]
    text = " ".join([parts.get("message", ""), *rest]).strip()
    level = parts.get("level", "?").upper()
    return Line(parts.get("time", ""), level, parts.get("event", ""), text, tuple(parts.items()))


def _text(part: Any) -> str:
    if isinstance(part, dict) and "name" in part:  # loguru's own form of a level
        return str(part["name"])
    if isinstance(part, dict) and "repr" in part:  # and of a moment
        return str(part["repr"])
    if isinstance(part, list):
        return ",".join(map(str, part))
    return part if isinstance(part, str) else orjson.dumps(part).decode()


def _after_newline(descriptor: int, place: int) -> int:
    """Return where the next whole line begins."""
    if place == 0:
        return 0
    ahead = os.pread(descriptor, 2**16, place - 1)
    cut = ahead.find(b"\n")
    return place + cut if cut >= 0 else place
