"""Routes and answers. 202 means stored; every refusal of a signature is the same 401; whatever else is asked is 404.

The raw body is verified before anything reads it. No answer tells more than its number, and none holds a body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pfjira.connectors.signature import only
from pfjira.errors import BadDelivery, StateError
from pfjira.ops.journal import Journal, NoJournal
from pfjira.webhook.hooks import Hook
from pfjira.webhook.rates import Buckets
from pfjira.webhook.writer import Writer

LARGEST = 5 * 1024 * 1024
"""Bytes of a body. Jira may send more; then only a hint is lost, and the next run finds what it was about."""
TELL_EVERY = timedelta(minutes=1)
MOST_HELD = 32 * 1024 * 1024
"""Bytes of all bodies that are being read."""


class Receiver:
    """Answers requests."""

    def __init__(
        self,
        hooks: Mapping[str, Hook],
        writer: Writer,
        *,
        clock: Callable[[], datetime],
        buckets: Buckets,
        proxies: Collection[str] = (),
        record: Callable[[str, bytes], None] | None = None,
        journal: Journal | None = None,
    ) -> None:
        """Prepare; `proxies` are the addresses that may say for whom they ask, "" standing for a local socket."""
        self._hooks, self._writer, self._clock, self._buckets = hooks, writer, clock, buckets
        self._proxies, self._record, self._journal = frozenset(proxies), record, journal or NoJournal()
        self._held = 0
        self._refused: Counter[str] = Counter()
        self._told_at: dict[str, datetime] = {}

    def app(self) -> Starlette:
        """Return the ASGI application."""
        app = Starlette(
            routes=[
                Route("/hooks/{name}", self._take, methods=["POST"]),
                Route("/health", self._health, methods=["GET"]),
            ],
            exception_handlers={HTTPException: _nothing_here, Exception: _our_fault},
        )
        app.router.redirect_slashes = False
        return app

    async def _health(self, request: Request) -> Response:
        return Response(b"ok\n", media_type="text/plain") if await self._writer.is_well() else _plain(503)

    async def _take(self, request: Request) -> Response:
        hook = self._hooks.get(request.path_params["name"])
        if hook is None:
            return _plain(404, close=True)
        address = self._address(request)
        now = self._clock()
        if not self._buckets.take(address, now.timestamp()):
            return _plain(429, close=True, more={"retry-after": "5"})
        headers = request.scope["headers"]
        if "content-encoding" in request.headers:
            return _plain(415, close=True)
        said = only(headers, "content-length")
        if said is not None and int(said) > LARGEST:
            return _plain(413, close=True)
        raw = await self._body(request)
        if isinstance(raw, Response):
            return raw
        if not hook.seal.fits(headers, raw, now.timestamp()):
            self._note_refusal(hook.name, now)
            return _plain(401)
        self._buckets.give_back(address)
        try:
            parcel = hook.read(raw, headers)
        except BadDelivery:
            return _plain(400)
        try:
            new = await self._writer.keep(parcel)
        except (StateError, TimeoutError):
            self._journal.note("receiver.failed", hook=hook.name)
            return _plain(503, more={"retry-after": "60"})
        self._journal.note("delivery.kept", hook=hook.name, new=new)
        if self._record is not None:
            self._record(hook.name, raw)
        return _plain(202)

    def _note_refusal(self, hook: str, now: datetime) -> None:
        """Count it, and tell once a minute: the owner must see a wrong secret, and no flood of lines."""
        self._refused[hook] += 1
        if hook not in self._told_at or now - self._told_at[hook] >= TELL_EVERY:
            self._told_at[hook] = now
            self._journal.note("receiver.refused", hook=hook, count=self._refused.pop(hook))

    async def _body(self, request: Request) -> bytes | Response:
        """Return the body as it was sent, or the answer to one that is too large."""
        raw = bytearray()
        try:
            async for piece in request.stream():
                raw += piece
                self._held += len(piece)
                if len(raw) > LARGEST:
                    return _plain(413, close=True)
                if self._held > MOST_HELD:
                    return _plain(503, close=True, more={"retry-after": "60"})
        except ClientDisconnect:
            return _plain(400, close=True)
        finally:
            self._held -= len(raw)
        return bytes(raw)

    def _address(self, request: Request) -> str:
        """Return who asks: the last that a trusted proxy names, or the other end of the connection."""
        peer = request.client.host if request.client else ""
        if peer in self._proxies:
            return request.headers.get("x-forwarded-for", peer).rpartition(",")[2].strip()[:64]
        return peer


def _plain(status: int, *, close: bool = False, more: Mapping[str, str] | None = None) -> Response:
    """Return an empty answer; `close` where the rest of the request is not worth reading."""
    return Response(status_code=status, headers={**({"connection": "close"} if close else {}), **(more or {})})


async def _nothing_here(request: Request, error: Exception) -> Response:
    return _plain(404, close=True)


async def _our_fault(request: Request, error: Exception) -> Response:
    return _plain(500, close=True)
