"""The log of what the sandbox was asked, for tests that count requests and look for secrets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, logged when its answer has been sent or dropped."""

    at: datetime
    """When it had arrived, by the sandbox's clock."""
    system: str
    method: str
    path: str
    query: dict[str, list[str]]
    status: int | None
    """None: the connection was closed without an answer."""
    body: bytes
    """What the client sent."""
    answer_bytes: int
    """Size of the answer as it was meant to be sent, head included."""
    in_flight: int
    """Requests this system was busy with when this one arrived, itself included."""
    fault: str | None = None
    """The kind of the fault that landed on it."""

    @property
    def body_bytes(self) -> int:
        """Return the size of what the client sent."""
        return len(self.body)

    def describe(self) -> dict[str, Any]:
        """Return the entry as JSON, without the body."""
        return {
            "at": self.at.isoformat(),
            "system": self.system,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "body_bytes": self.body_bytes,
            "answer_bytes": self.answer_bytes,
            "in_flight": self.in_flight,
            "fault": self.fault,
        }


class RequestLog:
    """Entries in the order their answers were finished."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Append one entry."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget all entries."""
        with self._lock:
            self._entries.clear()

    def of(self, system: str, method: str | None = None) -> list[Entry]:
        """Return the entries of one system, of one method if given."""
        return [entry for entry in self if entry.system == system and method in (None, entry.method)]

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        return self._entries[index]
