"""Outgoing targets: addresses that take whatever is posted to them, so that a test can see what was sent.

Any name is a target. They are no part of PeopleForce or Jira; faults hit them as the system `target`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.wire import Reply, Request

PREFIX = "/__target__/"
EVENTS = "application/vnd.serilog.clef"
"""Newline-separated objects, as log servers take them."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request that arrived at a target."""

    at: str
    """When, by the sandbox's clock."""
    target: str
    method: str
    headers: dict[str, str]
    """Lower-case names."""
    query: dict[str, list[str]]
    body: Any
    """The decoded JSON, a list where a log server's events came; None without a body."""

    def describe(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


class Targets:
    """What arrived, in order; what each target answers can be chosen (`answer_with`)."""

    name = "target"

    def __init__(self, clock: SandboxClock) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._received: list[Received] = []
        self._statuses: dict[str, int] = {}

    def owns(self, path: str) -> bool:
        """Say whether a path is a target's."""
        return path.startswith(PREFIX) and len(path) > len(PREFIX)

    def answer(self, request: Request) -> Reply:
        """Keep one request: 200 unless another status was chosen, 400 for what is no JSON, 405 for other methods."""
        if request.method not in {"POST", "PUT", "PATCH"}:
            return Reply(405, {"error": f"a target takes no {request.method}"})
        try:
            many = request.headers.get("content-type") == EVENTS
            body = [json.loads(line) for line in request.body.splitlines()] if many else None
            if request.body and not many:
                body = request.json()
        except ValueError:
            return Reply(400, {"error": "the body is not JSON"})
        name = request.path.removeprefix(PREFIX)
        self._received.append(
            Received(
                self._clock.now().isoformat(), name, request.method, dict(request.headers), dict(request.query), body
            )
        )
        return Reply(self._statuses.get(name, 200), {"received": len(self._received)})

    def act(self, verb: str, **arguments: Any) -> Any:
        """Do `answer_with` (target, status); ValueError for any other verb."""
        if verb != "answer_with":
            raise ValueError(f"a target cannot {verb!r}; it can answer_with")
        return self.answer_with(**arguments)

    def answer_with(self, target: str, status: int) -> None:
        """Choose the status that a target answers from now on; what it gets is kept all the same."""
        self._statuses[target] = status

    def of(self, target: str) -> list[Received]:
        """Return what arrived at one target."""
        return [one for one in self if one.target == target]

    def clear(self) -> None:
        """Forget what arrived."""
        with self.lock:
            self._received.clear()

    def __iter__(self) -> Iterator[Received]:
        with self.lock:
            return iter(list(self._received))

    def __len__(self) -> int:
        return len(self._received)
