"""Send the log to a log server, when there is one. The log files are the spool: nothing is kept twice.

A small file beside them says how far they were sent, and moves only after the server said yes: a server that is away,
or a process that is killed, costs nothing but a few lines that arrive twice. It must never fail a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson

from pfjira.engine.model import Json
from pfjira.errors import ConnectorError, OutOfTime, Rejected
from pfjira.ops.journal import EVENTS, Journal
from pfjira.state.files import write_durably

CURSOR = "sent.json"
BATCH = 500
"""Lines in one request."""
_READ = 1 << 20
"""Bytes read at a time: some 3000 lines."""
_LEVELS = {
    "trace": "Verbose", "debug": "Debug", "info": "Information", "success": "Information", "warning": "Warning",
    "error": "Error", "critical": "Fatal",
}  # fmt: skip
_UNREADABLE = (400, 413, 422)
"""What a server answers that does not like a line; another line it may like."""


class LogServer(Protocol):
    """Somebody who keeps events."""

    def send(self, events: Sequence[Mapping[str, Json]]) -> None:
        """Hand over events, all or none. Raise ConnectorError."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """How far the log was sent: a file, and the bytes of it that are done."""

    file: str = ""
    offset: int = 0


def ship(folder: Path, server: LogServer, journal: Journal) -> int:
    """Send what was not sent yet, the oldest first; return how many lines arrived. What is left goes another time."""
    sent = 0
    try:
        for place, lines in _unsent(folder, read_place(folder)):
            sent += _sent(server, place, lines)
            write_durably(folder / CURSOR, orjson.dumps({"file": place.file, "offset": place.offset}).decode())
    except OutOfTime:
        journal.note("log.kept", error="its time was over")
    except ConnectorError as error:
        journal.note("log.kept", error=str(error))
    except OSError as error:  # a full disk: what was sent may be sent once more
        journal.note("log.kept", error=str(error.strerror))
    return sent


def waiting(folder: Path) -> int:
    """Return how many bytes of the log were not sent yet."""
    place = read_place(folder)
    return sum(path.stat().st_size - _start(path, place) for path in _files(folder, place))


def oldest_waiting(folder: Path) -> str | None:
    """Return the day, as ISO text, of the oldest line that was not sent yet; None where all was sent."""
    place = read_place(folder)
    left = [path for path in _files(folder, place) if path.stat().st_size > _start(path, place)]
    return left[0].stem.removeprefix("pfjira-") if left else None


def read_place(folder: Path) -> Place:
    """Return how far the log was sent; its beginning where nobody knows."""
    try:
        said = orjson.loads((folder / CURSOR).read_bytes())
        return Place(str(said["file"]), int(said["offset"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Place()


def as_event(line: bytes, day: str) -> dict[str, Json]:
    """Return a line of the log as an event in Seq's compact form (CLEF): what was said, its template, its facts."""
    try:
        facts = orjson.loads(line)
        moment, level, said = facts.pop("time"), facts.pop("level"), facts.pop("message")
    except (ValueError, KeyError, AttributeError, TypeError):
        # A full disk cut it short. That it was there is told all the same.
        return {"@t": f"{day}T00:00:00Z", "@l": "Warning", "@m": "a line of the log that cannot be read"}
    event: dict[str, Json] = {"@t": moment}
    _, template = EVENTS.get(str(facts.get("event")), ("", ""))
    event |= {"@mt": template} if template else {"@m": said}
    if level != "info":
        event["@l"] = _LEVELS.get(level, "Warning")
    # A name of ours that begins with @ would be taken for one of theirs.
    return event | {f"@{name}" if name.startswith("@") else name: value for name, value in facts.items()}


def _sent(server: LogServer, place: Place, lines: list[bytes]) -> int:
    """Send lines; one that the server refuses for what it is, is passed over, so that it does not stop the others."""
    day = place.file.removeprefix("pfjira-").removesuffix(".jsonl")
    try:
        server.send([as_event(line, day) for line in lines])
        return len(lines)
    except Rejected as refusal:
        if refusal.status not in _UNREADABLE:
            raise
    if len(lines) == 1:
        return 0
    half = len(lines) // 2
    return _sent(server, place, lines[:half]) + _sent(server, place, lines[half:])


def _unsent(folder: Path, place: Place) -> Iterator[tuple[Place, list[bytes]]]:
    """Yield the place after each batch, and its lines."""
    for path in _files(folder, place):
        start = _start(path, place)
        with path.open("rb") as file:
            file.seek(start)
            while text := file.read(_READ):
                whole = text[: text.rfind(b"\n") + 1]
                lines = whole.splitlines(keepends=True)
                for first in range(0, len(lines), BATCH):
                    batch = lines[first : first + BATCH]
                    start += sum(map(len, batch))
                    yield Place(path.name, start), [line.rstrip() for line in batch if line.strip()]
                if not whole:
                    break  # a line that is being written, or cut
                file.seek(start)


def _files(folder: Path, place: Place) -> list[Path]:
    return [path for path in sorted(folder.glob("pfjira-????-??-??.jsonl")) if path.name >= place.file]


def _start(path: Path, place: Place) -> int:
    """Return where to begin in a file; at its beginning where it is shorter than it was."""
    return place.offset if path.name == place.file and place.offset <= path.stat().st_size else 0
