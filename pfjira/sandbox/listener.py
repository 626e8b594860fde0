"""A loopback port, a thread for each connection, and an end that leaves neither behind.

It knows nothing of HTTP; it must never listen anywhere but on loopback, since what it serves has no defences.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

_JOIN_S = 5.0


class Listener:
    """Accepts connections and hands each to `converse`, in a thread of its own.

    `converse` returns when the conversation is over; an OSError from it only means that the peer went away.
    """

    def __init__(self, converse: Callable[[socket.socket], None]) -> None:
        self._converse = converse
        self._socket: socket.socket | None = None
        self._threads: set[threading.Thread] = set()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        """Set from the moment `stop` was called; whoever waits in a conversation waits on this."""

    def start(self, port: int) -> int:
        """Listen on a port of loopback, 0 for any free one; return the port. OSError when it is taken."""
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self.stopping.clear()
        self._spawn(self._accept, self._socket)
        return int(self._socket.getsockname()[1])

    def stop(self) -> None:
        """Close every socket and wait for every thread. May be called twice."""
        self.stopping.set()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept()
            self._socket.close()
            self._socket = None
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        while self._threads:
            with self._lock:
                threads = list(self._threads)
            for thread in threads:
                thread.join(_JOIN_S)
                if thread.is_alive():
                    raise RuntimeError("a connection of the sandbox does not end")

    def _spawn(self, work: Callable[[socket.socket], None], connection: socket.socket) -> None:
        def run() -> None:
            try:
                work(connection)
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name="sandbox", daemon=True)
        with self._lock:
            self._threads.add(thread)
            thread.start()  # under the lock: `stop` may not find a thread that it cannot join yet

    def _accept(self, listening: socket.socket) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            if self.stopping.is_set():  # stop() may have listed the connections just before
                self._drop(connection)
                return
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with suppress(OSError):
                self._converse(connection)
        finally:
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
        connection.close()
