"""Both simulated systems behind one loopback port, over real sockets.

The server owns the clock, the faults and the log of requests; it never looks inside a system's state, and never lets
two requests into one system at once.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from pfjira.sandbox import control
from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import PEOPLEFORCE_KEY, SERVICE_EMAIL, SERVICE_TOKEN, build_company
from pfjira.sandbox.exchange import Delivery, exchange, page_of
from pfjira.sandbox.faults import Fault, Faults
from pfjira.sandbox.hooks import Sender, Watch
from pfjira.sandbox.http1 import BadRequest, Reader, encode
from pfjira.sandbox.jira.system import JiraSystem
from pfjira.sandbox.listener import Listener
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.peopleforce.system import BASE, PeopleForceSystem
from pfjira.sandbox.requestlog import Entry, RequestLog
from pfjira.sandbox.targets import PREFIX, Targets
from pfjira.sandbox.wire import Reply, Request, System

Send = Callable[[bytes], object]
"""Puts bytes on the wire."""
Wait = Callable[[float], bool]
"""Lets so many seconds pass; True when nobody will read the answer any more."""


class Sandbox:
    """A running simulation of PeopleForce and Jira; a context manager.

    `port` 0 takes any free port. Everything is in memory and gone after `stop`.
    """

    def __init__(self, options: SandboxOptions | None = None, port: int = 0, clock: SandboxClock | None = None) -> None:
        self.options = options or SandboxOptions()
        self.clock = clock or SandboxClock()
        self.company = build_company(
            self.options.people, self.options.tasks, self.options.completed_tasks, self.options.seed
        )
        self.peopleforce = PeopleForceSystem(self.company, self.clock, self.options.peopleforce)
        self.jira = JiraSystem(self.company, self.clock, self.options.jira)
        self.targets = Targets(self.clock)
        self.faults = Faults()
        self.requests = RequestLog()
        self._systems: tuple[System, ...] = (self.peopleforce, self.jira, self.targets)
        self._in_flight = dict.fromkeys((system.name for system in self._systems), 0)
        self._port = port
        self._lock = threading.Lock()
        self._listener = Listener(self._converse)

    @property
    def url(self) -> str:
        """Return the address, known once started."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def peopleforce_url(self) -> str:
        """Return the base address of the simulated PeopleForce API."""
        return self.url + BASE

    @property
    def jira_url(self) -> str:
        """Return the address of the simulated Jira site."""
        return self.url

    def target_url(self, name: str) -> str:
        """Return the address of an outgoing target."""
        return f"{self.url}{PREFIX}{name}"

    def environment(self) -> dict[str, str]:
        """Return the variables that point pfjira at this sandbox, unpaced."""
        return {
            "PFJIRA_PEOPLEFORCE_URL": self.peopleforce_url,
            "PFJIRA_PEOPLEFORCE_API_KEY": PEOPLEFORCE_KEY,
            "PFJIRA_PEOPLEFORCE_RATE": "0",
            "PFJIRA_JIRA_URL": self.jira_url,
            "PFJIRA_JIRA_EMAIL": SERVICE_EMAIL,
            "PFJIRA_JIRA_API_TOKEN": SERVICE_TOKEN,
            "PFJIRA_JIRA_RATE": "0",
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on loopback and answer from now on. OSError when the port is taken."""
        self._port = self._listener.start(self._port)

    def stop(self) -> None:
        """Close every socket and wait for every thread. May be called twice."""
        self._listener.stop()

    def _converse(self, connection: socket.socket) -> None:
        """Answer the requests of one connection until either side ends it."""
        reader = Reader(connection)
        while not self._listener.stopping.is_set():
            try:
                request = reader.read()
            except BadRequest:
                bad = Reply(400, {"message": "not an HTTP/1.1 request"})
                connection.sendall(encode(bad, date=self.clock.http_date(), close=True))
                return
            if request is None or not self.answer(request, connection.sendall, self._listener.stopping.wait):
                return

    def answer(self, request: Request, send: Send, wait: Wait) -> bool:
        """Answer one request; return whether the connection may be used again.

        Whoever has no socket calls this too, with functions of his own.
        """
        system = next((one for one in self._systems if one.owns(request.path)), None)
        if system is not None:
            return self._simulate(system, request, send, wait)
        if request.path.startswith(control.PREFIX):
            reply = control.answer(self, request)
        else:
            reply = Reply(404, b"<html><body><h1>Not found</h1></body></html>", content_type="text/html")
        send(self._encode(reply, request))
        return not _closes(request)

    def _simulate(self, system: System, request: Request, send: Send, wait: Wait) -> bool:
        """Let a system answer, with the faults that are planned for it; return whether the connection is still good."""
        at = self.clock.now()
        in_flight = self._enter(system.name)
        inside = True
        try:
            fault, delivery = self._exchange(system, request)
            if delivery.delay_s and wait(delivery.delay_s):
                return False
            answer = b"" if delivery.reply is None else self._encode(delivery.reply, request)
            # Logged and left before the bytes go: who has the answer may look at both at once.
            self.requests.add(
                Entry(
                    at=at,
                    system=system.name,
                    method=request.method,
                    path=request.path,
                    query=dict(request.query),
                    status=None if delivery.reply is None else delivery.reply.status,
                    body=request.body,
                    answer_bytes=len(answer),
                    in_flight=in_flight,
                    fault=None if fault is None or not delivery.landed else fault.kind,
                )
            )
            if not delivery.drip_s:
                self._leave(system.name)
                inside = False
            return _deliver(delivery, answer, send, wait) and not _closes(request)
        finally:
            if inside:
                self._leave(system.name)

    def _exchange(self, system: System, request: Request) -> tuple[Fault | None, Delivery]:
        fault = self.faults.choose(system.name, request.method, request.path, page_of(request))
        delivery = Delivery(None)
        try:
            with system.lock:
                delivery = exchange(fault, system.name, request, system.answer)
                if delivery.reply is not None:
                    # Written down while nothing moves: bodies may show what the system still holds.
                    delivery.reply.body = delivery.reply.payload()
        finally:
            if fault is not None:
                self.faults.settle(fault, landed=delivery.landed)
        return fault, delivery

    def _encode(self, reply: Reply, request: Request) -> bytes:
        head_only = request.method == "HEAD"
        return encode(reply, date=self.clock.http_date(), close=_closes(request), head_only=head_only)

    def _enter(self, name: str) -> int:
        with self._lock:
            self._in_flight[name] += 1
            return self._in_flight[name]

    def _leave(self, name: str) -> None:
        with self._lock:
            self._in_flight[name] -= 1


def _deliver(delivery: Delivery, answer: bytes, send: Send, wait: Wait) -> bool:
    if delivery.cut_after is not None:
        kept = len(answer) // 2 if delivery.cut_after < 0 else delivery.cut_after
        send(answer[:kept])
        return False
    if not delivery.drip_s:
        send(answer)
        return delivery.reply is not None
    for index in range(len(answer)):
        send(answer[index : index + 1])
        if wait(delivery.drip_s):
            return False
    return True


def _closes(request: Request) -> bool:
    return request.headers.get("connection", "").lower() == "close"


def serve(
    options: SandboxOptions,
    port: int,
    announce: Callable[[dict[str, str]], None],
    *,
    hooks: Callable[[Watch], Sender] | None = None,
) -> None:
    """Run a sandbox until KeyboardInterrupt, which is passed on when all is closed.

    `announce` gets the environment to use, once the sandbox listens; `hooks` makes what sends webhooks. OSError when
    the port is taken.
    """
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(options, port))
        if hooks is not None:
            stack.enter_context(hooks(Watch(sandbox.peopleforce, sandbox.jira)))
        announce(sandbox.environment())
        while True:
            time.sleep(3600)
