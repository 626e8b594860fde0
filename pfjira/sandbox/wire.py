"""What travels between the sandbox's sockets and its two simulated systems.

A system is a plain object that turns a `Request` into a `Reply`; it knows nothing of sockets. The server
(`server.py`) owns sockets, faults and the clock; it never looks inside a system's state.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol


class CutShort(Exception):
    """Raised by a system that was told to stop half-way through a bulk request (`Request.stop_after`).

    What was done before stays done; the server drops the connection without an answer.
    """


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, parsed but not judged."""

    method: str
    path: str
    """Path without query, percent-decoded, beginning with a slash; the whole path as the client sent it."""
    query: Mapping[str, list[str]]
    """Parameter name (brackets included, as in `ids[]`) to its values in order."""
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes
    stop_after: int | None = None
    """A fault: handle only this many elements of a bulk request, then raise `CutShort`."""

    def json(self) -> Any:
        """Return the decoded body; ValueError when it is not JSON."""
        return json.loads(self.body)

    def first(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default


@dataclass(slots=True)
class Reply:
    """One HTTP answer. A dict or list body is sent as JSON, bytes as they are, None as an empty body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"

    def payload(self) -> bytes:
        """Return the bytes that go on the wire."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False).encode()


class System(Protocol):
    """One simulated API."""

    name: str
    """`peopleforce`, `jira` or `target`."""

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Held by the server around `answer` and `act`, and while an answer is written down; re-entrant."""
        ...

    def owns(self, path: str) -> bool:
        """Say whether this path belongs to this system."""
        ...

    def answer(self, request: Request) -> Reply:
        """Handle one request. The server holds the system's `lock` meanwhile."""
        ...

    def act(self, verb: str, **arguments: Any) -> Any:
        """Do what a person would do in the system's own screens; ValueError for an unknown verb."""
        ...
