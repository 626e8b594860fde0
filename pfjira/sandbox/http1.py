"""HTTP/1.1 over one socket, as much of it as API clients speak: keep-alive, bodies by length or in chunks.

Leaner than http.server, because benchmarks of our program must not measure the sandbox. It must not be exposed beyond
loopback: it trusts its peer with memory.
"""

from __future__ import annotations

import socket
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

from pfjira.sandbox.wire import Reply, Request

_RECEIVE = 65_536
_HEAD_LIMIT = 65_536
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class BadRequest(Exception):
    """Raised for what is not HTTP/1.1."""


class Reader:
    """Reads requests from a socket, one after another."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def read(self) -> Request | None:
        """Return the next request, None when the peer has closed. Raise BadRequest or OSError."""
        head = self._head()
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        try:
            method, target, version = lines[0].split(" ")
        except ValueError:
            raise BadRequest(lines[0]) from None
        if version != "HTTP/1.1":
            raise BadRequest(version)
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise BadRequest(line)
            headers[name.lower()] = value.strip()
        body = self._body(headers)
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True) if parts.query else {}
        return Request(method, unquote(parts.path), query, headers, body)

    def _head(self) -> bytes | None:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _HEAD_LIMIT:
                raise BadRequest("the head is too long")
            if not self._receive():
                return None
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return head

    def _body(self, headers: dict[str, str]) -> bytes:
        chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        length = headers.get("content-length", "0")
        if not length.isdigit():
            raise BadRequest("content-length")
        if headers.get("expect", "").lower() == "100-continue" and (chunked or length != "0"):
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._chunks() if chunked else self._take(int(length))

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while True:
            try:
                size = int(self._line().split(b";")[0], 16)
            except ValueError:
                raise BadRequest("chunk size") from None
            if size == 0:
                while self._line():  # trailers
                    pass
                return b"".join(parts)
            parts.append(self._take(size))
            self._line()

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if not self._receive():
                raise ConnectionResetError
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _take(self, size: int) -> bytes:
        if len(self._buffer) < size:
            parts = [self._buffer]
            missing = size - len(self._buffer)
            while missing > 0:
                part = self._connection.recv(max(_RECEIVE, missing))
                if not part:
                    raise ConnectionResetError
                parts.append(part)
                missing -= len(part)
            self._buffer = b"".join(parts)
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return body

    def _receive(self) -> bool:
        part = self._connection.recv(_RECEIVE)
        self._buffer += part
        return bool(part)


def encode(reply: Reply, *, date: str, close: bool, head_only: bool = False) -> bytes:
    """Return the bytes of an answer, head and body."""
    payload = reply.payload()
    lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, '')}", f"Date: {date}", "Server: sandbox"]
    if reply.status not in (204, 304):
        lines.append(f"Content-Length: {len(payload)}")
        if payload:
            lines.append(f"Content-Type: {reply.content_type}")
    else:
        payload = b""
    lines.extend(f"{name}: {value}" for name, value in reply.headers.items())
    if close:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if head_only else head + payload
