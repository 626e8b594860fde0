"""Requests handed straight to a sandbox, without sockets or threads, and in time that nobody has to wait for.

What the sandbox puts on the wire is the same to the byte, faults included. What a client makes of a wire that ends too
early is said here in httpx's words, as its own transport says it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx
import pytest

from pfjira.connectors.http import DEADLINE_S, READ_S
from pfjira.connectors.jira.connector import Jira
from pfjira.connectors.peopleforce.connector import PeopleForce
from pfjira.connectors.target.connector import Targets
from pfjira.sandbox.server import Sandbox
from pfjira.sandbox.wire import Request


class Wire:
    """One exchange: the bytes that came, and the seconds it took by the sandbox's clock."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.came = bytearray()
        self.took_s = 0.0
        self.given_up = False

    def wait(self, seconds: float) -> bool:
        """Let time pass; True once the client has hung up."""
        self.given_up = seconds > READ_S or self.took_s + seconds > DEADLINE_S
        passed = min(seconds, READ_S, DEADLINE_S - self.took_s)
        self.took_s += passed
        self._sandbox.clock.advance(passed)
        return self.given_up

    def response(self) -> httpx.Response:
        """Return what the client makes of it. Raise what httpx raises of an end that comes too early."""
        if self.given_up:
            raise httpx.ReadTimeout("The read operation timed out")
        head, end, body = bytes(self.came).partition(b"\r\n\r\n")
        if not self.came:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if not end:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete headers")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        length = next((int(value) for name, value in headers if name == "Content-Length"), 0)
        return httpx.Response(int(first.split(" ")[1]), headers=headers, stream=Body(body, length))


class Body(httpx.SyncByteStream):
    """A body that is read once, and breaks off where less came than was announced."""

    def __init__(self, body: bytes, length: int) -> None:
        self._body, self._length = body, length

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        if len(self._body) < self._length:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class Direct(httpx.BaseTransport):
    """Carries each request of a connector into a sandbox of the same process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let the sandbox answer."""
        wire = Wire(self._sandbox)
        self._sandbox.answer(read(request), wire.came.extend, wire.wait)
        return wire.response()


def read(request: httpx.Request) -> Request:
    """Return a request as the sandbox reads it from a socket."""
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    fields = parse_qs(query, keep_blank_values=True) if query else {}
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw}
    return Request(request.method, unquote(path), fields, headers, request.read())


@contextmanager
def directly(sandbox: Sandbox, transport: httpx.BaseTransport | None = None) -> Iterator[None]:
    """Let every command in the block reach the sandbox without sockets, and wait by moving the sandbox's clock."""

    def sleep(seconds: float) -> None:
        if seconds > 0:
            sandbox.clock.advance(seconds)

    ways: dict[str, Any] = {
        "transport": transport or Direct(sandbox),
        "clock": lambda: sandbox.clock.now().timestamp(),
        "sleep": sleep,
    }
    with pytest.MonkeyPatch.context() as patch:
        for connector in (PeopleForce, Jira, Targets):
            patch.setattr(f"pfjira.cli.wiring.{connector.__name__}", partial(connector, **ways))
        yield
