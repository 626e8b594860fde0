"""An absolute end for each request, headers included.

Read timeouts start anew with every byte, so a server that sends one byte now and then could hold a run for days. Here
every read and write of a connection gets at most the time that is left of the request it serves. This file must never
know what travels; a request is served by one thread from beginning to end, so the deadline lives in the thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from typing import Any

from pfjira.connectors.lean import spared

with spared():
    import httpcore

_thread = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let the requests that this thread makes inside the block take so many seconds of real time in all."""
    _thread.ends_at = time.monotonic() + seconds
    try:
        yield
    finally:
        _thread.ends_at = None


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    ends_at = getattr(_thread, "ends_at", None)
    if ends_at is None:
        return timeout
    left = float(ends_at - time.monotonic())
    if left <= 0:
        raise error("the request's deadline has passed")
    return left if timeout is None else min(timeout, left)


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every operation ends with the request's deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        """Wrap an open connection."""
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, waiting no longer than the deadline."""
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all, waiting no longer than the deadline."""
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on encrypted, under the same deadline."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        """Return what the wrapped connection knows."""
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections that obey the deadline."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        """Wrap the backend that opens the sockets."""
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a TCP connection within the deadline."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._backend.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        """Sleep as the wrapped backend does."""
        self._backend.sleep(seconds)
