"""What a disk may hold after a power cut, worked out from the log of calls that the shim wrote down.

The model is the strict one: a file's bytes are safe once that file was synced, its name once its folder was; whatever
was written since may be there wholly, in part, by sectors, or not at all, in any combination.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from killing import Kind

HEAD = struct.Struct("<4q")
SECTOR = 512
OP = re.compile(rb'"op":\s*"([0-9a-f]{20,})"')
WAYS = ("none", "some", "torn")
"""What becomes of that which was not synced: all of it is gone, some of it is, or what is there is cut at a sector."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it was logged: what kind, on which path, where, and what it carried."""

    kind: Kind
    name: str
    offset: int
    carried: bytes
    life: int = 0
    """How many files of that name there were before: one that is made anew is another file."""


@dataclass(slots=True)
class Disk:
    """The files of one folder: what they hold, and which of them can be found by a name."""

    held: dict[tuple[str, int], bytearray] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)

    def apply(self, call: Call) -> None:
        """Let a call have its effect."""
        if call.kind is Kind.OPEN:
            self.names[call.name] = call.life
        elif call.kind is Kind.NAME:
            self.names.pop(call.name, None)
        else:
            held = self.held.setdefault((call.name, call.life), bytearray())
            held.extend(b"\0" * (call.offset - len(held)))
            if call.kind is Kind.WRITE:
                held[call.offset : call.offset + len(call.carried)] = call.carried
            else:
                del held[call.offset :]

    def lay_down(self, folder: Path) -> None:
        """Write the files to a folder; the shared memory beside the log is rebuilt by whoever opens it."""
        for path, life in self.names.items():
            if not path.endswith("-shm"):
                (folder / Path(path).name).write_bytes(self.held.get((path, life), b""))


@dataclass(frozen=True, slots=True)
class Cut:
    """One possible disk, and what the program had been promised, or had sent, before the power went."""

    at: int
    way: str
    disk: Disk
    acknowledged: int
    """Number of the last commit that the program took for durable."""
    sent: frozenset[str]
    """The ops in all requests that left."""


@dataclass(frozen=True, slots=True)
class Log:
    """The calls of one run, in order, and the files that were there before it."""

    folder: str
    there: Sequence[Call]
    calls: Sequence[Call]


def read_log(path: Path, folder: Path, there: Mapping[str, bytes]) -> Log:
    """Return the log; of the calls to files only what concerns the folder and the files in it."""
    text, at, calls = path.read_bytes(), 0, []
    lives: Counter[str] = Counter()
    while at < len(text):
        kind, offset, length, size = HEAD.unpack_from(text, at)
        at += HEAD.size
        name, carried = text[at : at + length].decode(), text[at + length : at + length + size]
        at += length + size
        lives[name] += kind == Kind.OPEN
        if kind in (Kind.SEND, Kind.NOTE) or name == str(folder) or Path(name).parent == folder:
            calls.append(Call(Kind(kind), name, offset, carried, lives[name]))
    before = [
        call
        for name, held in there.items()
        for call in (Call(Kind.OPEN, name, 0, b""), Call(Kind.WRITE, name, 0, held))
    ]
    return Log(str(folder), before, calls)


def cuts(log: Log, points: Collection[int], random: Random) -> Iterator[Cut]:
    """Yield what the disk may hold when the power goes before these calls, each in three ways."""
    wanted, safe, pending = set(points), list(log.there), list[Call]()
    acknowledged, sent = 0, set[str]()
    for at, call in enumerate([*log.calls, Call(Kind.NOTE, "", 0, b"")]):
        if at in wanted:
            for way in WAYS:
                disk = Disk()
                for one in [*safe, *_kept(pending, way, random)]:
                    disk.apply(one)
                yield Cut(at, way, disk, acknowledged, frozenset(sent))
        if call.kind is Kind.NOTE and call.carried.startswith(b"ack "):
            acknowledged = int(call.carried[4:])
        elif call.kind is Kind.SEND:
            sent.update(op.decode() for op in OP.findall(call.carried))
        elif call.kind is Kind.SYNC:
            done = [one for one in pending if _made_safe(one, call, log.folder)]
            safe += done
            pending = [one for one in pending if one not in done]
        elif call.kind in Kind.FILES:
            pending.append(call)


def _made_safe(call: Call, sync: Call, folder: str) -> bool:
    """Say whether a sync makes a call safe: that of a folder its names, that of a file its bytes."""
    if call.kind in (Kind.NAME, Kind.OPEN):
        return sync.name == folder
    return (sync.name, sync.life) == (call.name, call.life)


def _kept(pending: Sequence[Call], way: str, random: Random) -> list[Call]:
    if way == "none":
        return []
    kept = [call for call in pending if random.random() < 0.5]
    if way == "torn":
        kept = [_torn(call, random) for call in kept]
    return kept


def _torn(call: Call, random: Random) -> Call:
    if call.kind is not Kind.WRITE:
        return call
    sectors = random.randint(0, max(1, len(call.carried) // SECTOR))
    return replace(call, carried=call.carried[: SECTOR * sectors])
