"""One connection: how long and how large a request may be before anybody looks at it, and what is no clear request.

The deadlines are absolute. A limit between two reads lets a sender drip for ever; uvicorn alone sets none, and holds
any number of half-sent requests.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from collections import OrderedDict
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

LONGEST_HEAD = 8 * 1024
HEAD_S = 5.0
BODY_S = 10.0
UNREAD_S = 10.0
"""How long answers may lie unread when no more of them can be sent."""
MOST_AHEAD = 16
"""Requests on one connection that wait for the answer to another."""


class Crowd:
    """All connections, oldest first; when there are too many, the oldest that is still being sent has to go."""

    def __init__(self, most: int) -> None:
        """Prepare for `most` connections."""
        self._most = most
        self._here: OrderedDict[Guarded, None] = OrderedDict()

    def enter(self, newcomer: Guarded) -> bool:
        """Let a connection in, if need be in the place of another; return whether there was room."""
        if len(self._here) >= self._most:
            oldest = next((one for one in self._here if one.is_unfinished), None)
            if oldest is None:
                return False
            self.leave(oldest)
            oldest.transport.abort()
        self._here[newcomer] = None
        return True

    def leave(self, gone: Guarded) -> None:
        """Forget a connection."""
        self._here.pop(gone, None)


class _Refused(Exception):
    """Ends the parsing of a request that is not answered otherwise."""


class Guarded(HttpToolsProtocol):
    """uvicorn's protocol with limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        crowd: Crowd,
        head_s: float = HEAD_S,
        body_s: float = BODY_S,
    ) -> None:
        """Prepare for one connection."""
        super().__init__(config, server_state, app_state)
        self._crowd, self._head_s, self._body_s = crowd, head_s, body_s
        self._in_head, self._in_body, self._begun = True, False, True
        self._head_bytes, self._raw_bytes = 0, 0
        self._ended = False
        """Whether a message ended in the bytes at hand."""
        self._number = 0
        """Counts the requests that came to their end here."""
        self._deadline: TimerHandle | None = None
        self._stage: tuple[bool, int] | None = None
        """For what the deadline is: whether for a body, and of which request."""
        self._unread: TimerHandle | None = None
        self._refusal = 400

    @property
    def is_unfinished(self) -> bool:
        """Whether the other side has not sent a whole request, or none at all."""
        return self._in_body or (self._in_head and (self.cycle is None or self.cycle.response_complete))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or send it away where nobody else can be."""
        super().connection_made(transport)
        if not self._crowd.enter(self):
            self._send_away(503)
            return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._crowd.leave(self)
        self._unset_deadline()
        self._unset_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the other side to read, but not for ever: nothing else ends a request whose answer nobody takes."""
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._unset_unread()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read on, within the limits."""
        if self.transport.is_closing() or self.parser is None:
            return
        self._ended = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._begun |= not self._ended
            self._raw_bytes = 0 if self._ended else self._raw_bytes + len(data)
            if self._raw_bytes > LONGEST_HEAD:
                self._send_away(431)
                return
        self._watch()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._head_bytes, self._begun = 0, True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Read a piece of the address."""
        self._weigh(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read one header; none may follow the body."""
        if not self._in_head:
            raise _Refused
        self._weigh(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Judge the head of a request, then let it begin."""
        if len(self.pipeline) >= MOST_AHEAD or not _is_clear(self.headers, self.parser.get_http_version()):
            raise _Refused
        self._in_head, self._in_body = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request; the next may begin."""
        self._in_head, self._in_body, self._begun, self._ended = True, False, False, True
        self._number += 1
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what could not be read, with no word about it."""
        self._send_away(self._refusal)

    def _weigh(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > LONGEST_HEAD:
            self._refusal = 431
            raise _Refused

    def _watch(self) -> None:
        """See to it that the deadline is that of what is being sent; a request that came at once needs none."""
        stage = (self._in_body, self._number) if self._in_body or self._begun else None
        if stage == self._stage:
            return
        self._unset_deadline()
        self._stage = stage
        if stage is not None:
            self._deadline = self.loop.call_later(self._body_s if self._in_body else self._head_s, self._too_late)

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _unset_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _too_late(self) -> None:
        self._deadline = None
        self._send_away(408)

    def _send_away(self, status: int) -> None:
        """Answer where nothing was answered yet, and hang up at once, whether the other side reads or not."""
        self._unset_deadline()
        if self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
        self.loop.call_later(1.0, self.transport.abort)


def _is_clear(headers: list[tuple[bytes, bytes]], version: str) -> bool:
    """Say whether everybody on the way must have seen the same request: one length, one host, one way to be sent."""
    names = [name for name, _ in headers]
    if names.count(b"host") != 1 and version != "1.0":
        return False
    lengths = [value for name, value in headers if name == b"content-length"]
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1:
        return False
    return all(value.isdigit() and len(value) < 16 for value in lengths) and all(
        value.lower() == b"chunked" and version == "1.1" for value in codings
    )
