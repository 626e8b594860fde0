"""The log: one JSON object a line, in one file a day that every process of one state appends to.

Each line is one write to a file opened for appending, so that lines of several processes never mix and none is lost
when the day changes. It must never fail or slow a run, and holds what `ops.journal` lets through: no values of people.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import orjson

from pfjira.ops.journal import EVENTS, Fact

if TYPE_CHECKING:
    import loguru

KEEP = timedelta(days=14)


class Log:
    """Writes events with the loguru of this process; one at a time."""

    def __init__(self, folder: Path, command: str, *, level: str = "info", to_journald: bool = False) -> None:
        """Open the log, without writing anything yet."""
        self._file = DayFile(folder)
        options: dict[str, Any] = {"format": "{message}", "level": level.upper(), "catch": True}
        options |= {"backtrace": False, "diagnose": False}
        with _spared():
            from loguru import logger

            logger.remove()
            if level != "off":
                logger.add(self._write, **options)
                if to_journald:
                    logger.add(_to_stderr, **options)
        self._logger = logger.bind(command=command, process=os.getpid())

    def note(self, event: str, **facts: Fact) -> None:
        """Write down one event."""
        level, sentence = EVENTS[event]
        self._logger = self._logger.bind(run=facts["run"]) if event == "run.started" else self._logger
        # What a sentence names may be anything that is told: the text itself is ours, and the same each time.
        self._logger.bind(event=event, **facts).log(level, "{}", sentence.format_map(facts))

    def close(self) -> None:
        """Close the file."""
        from loguru import logger

        logger.remove()
        self._file.close()

    def _write(self, message: loguru.Message) -> None:
        self._file.write(_line(message.record), message.record["time"].astimezone(UTC))


class DayFile:
    """A file a day, private to its owner; those of long ago are removed when a new one is begun."""

    def __init__(self, folder: Path) -> None:
        """Take note of the folder; it is made with the first line."""
        self.folder = folder
        self._day, self._descriptor = "", -1

    def write(self, line: bytes, at: datetime) -> None:
        """Append one line. A disk that is full or a folder that is shut loses the line, and nothing else."""
        with suppress(OSError):
            day = at.date().isoformat()
            if day != self._day:
                self._open(day, at)
            os.write(self._descriptor, line)

    def close(self) -> None:
        """Close what is open."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._day, self._descriptor = "", -1

    def _open(self, day: str, at: datetime) -> None:
        self.close()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"pfjira-{day}.jsonl"
        new = not path.exists()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor, self._day = os.open(path, flags, 0o600), day
        if new:
            oldest = f"pfjira-{(at - KEEP).date().isoformat()}.jsonl"
            for old in self.folder.glob("pfjira-????-??-??.jsonl"):
                if old.name < oldest:
                    old.unlink(missing_ok=True)


@contextmanager
def _spared() -> Iterator[None]:
    """Spare loguru what it does for things that no sink here has: tracebacks, and coroutines.

    It lists the folders of all libraries for each sink, and imports asyncio to ask whether a loop runs, which none does
    in a process that has not imported it.
    """
    names, known, modules = "get_scheme_names", sysconfig.get_scheme_names, cast(dict[str, Any], sys.modules)
    loops = "asyncio" in modules
    setattr(sysconfig, names, lambda: ())
    if not loops:
        modules["asyncio"] = SimpleNamespace(get_running_loop=_running_loop)
    try:
        yield
    finally:
        setattr(sysconfig, names, known)
        if not loops:
            del modules["asyncio"]


def _running_loop() -> object:
    import asyncio

    return asyncio.get_running_loop()


def _to_stderr(message: loguru.Message) -> None:
    sys.stderr.write(_line(message.record).decode())


def _line(record: loguru.Record) -> bytes:
    facts = {
        "time": record["time"].astimezone(UTC).isoformat(timespec="milliseconds"),
        "level": record["level"].name.lower(),
        "message": record["message"],
        **record["extra"],
    }
    return orjson.dumps(facts, default=str) + b"\n"
