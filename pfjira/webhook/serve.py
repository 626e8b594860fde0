"""Run the receiver until it is told to stop: then nobody is let in, what was begun is answered, and all is written.

The service manager is told when it listens, that it lives, and when it stops (sd_notify).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from pfjira.webhook.protocol import BODY_S, HEAD_S, Crowd, Guarded
from pfjira.webhook.sockets import BACKLOG
from pfjira.webhook.writer import Writer

GRACE_S = 5
"""How long requests under way are waited for. Supervisors send SIGKILL after ten seconds or more."""
HANDSHAKE_S = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What connections may take."""

    connections: int = 64
    head_s: float = HEAD_S
    body_s: float = BODY_S


class Receiving(uvicorn.Server):
    """uvicorn, on ready sockets, with our protocol and without its habit of dying of the signal that stopped it."""

    def __init__(
        self,
        app: ASGIApp,
        writer: Writer,
        *,
        limits: Limits | None = None,
        certificate: tuple[Path, Path] | None = None,
        environment: Mapping[str, str] | None = None,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; `ready` is called once it listens."""
        _silence()
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_S,
                ssl_certfile=certificate[0] if certificate else None,
                ssl_keyfile=certificate[1] if certificate else None,
            )
        )
        self._writer, self._limits, self._ready = writer, limits or Limits(), ready
        self._environment = os.environ if environment is None else environment
        self._watchdog: asyncio.Task[None] | None = None

    def serve_on(self, listeners: list[socket.socket]) -> None:
        """Serve until a signal, or `should_exit`, then write what waits. Raise StateError when there is no state."""
        self._writer.start()
        try:
            self.run(sockets=listeners)
        finally:
            self._writer.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        crowd, limits = Crowd(self._limits.connections), self._limits
        make = partial(
            Guarded, self.config, self.server_state, {}, crowd=crowd, head_s=limits.head_s, body_s=limits.body_s
        )
        loop = asyncio.get_running_loop()
        ssl = self.config.ssl
        self.servers = [
            await loop.create_server(
                make, sock=one, ssl=ssl, ssl_handshake_timeout=HANDSHAKE_S if ssl else None, backlog=BACKLOG
            )
            for one in sockets or ()
        ]
        self.started = True
        self._tell("READY=1")
        microseconds = self._environment.get("WATCHDOG_USEC", "")
        if microseconds.isdigit() and int(microseconds):
            self._watchdog = loop.create_task(self._watch(int(microseconds) / 2e6))
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in any more, and answer what was begun."""
        self._tell("STOPPING=1")
        if self._watchdog is not None:
            self._watchdog.cancel()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGTERM and Ctrl-C; that it came is no failure."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def _watch(self, every_s: float) -> None:
        while True:
            if await self._writer.answers():
                self._tell("WATCHDOG=1")
                await asyncio.sleep(every_s)  # after a miss it was waited long enough: ask again at once

    def _tell(self, sentence: str) -> None:
        """Tell the service manager; without one there is nobody to tell."""
        place = self._environment.get("NOTIFY_SOCKET", "")
        if not place.startswith(("/", "@")):
            return
        address = f"\0{place[1:]}" if place.startswith("@") else place
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            try:
                channel.sendto(sentence.encode(), address)
            except OSError:
                return


def _silence() -> None:
    """Keep uvicorn's own lines out: they would carry addresses, and tracebacks."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
