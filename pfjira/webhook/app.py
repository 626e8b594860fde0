"""Routes and answers. 202 means stored; every refusal of a signature is the same 401; whatever else is asked is 404.

The raw body is verified before anything reads it. No answer tells more than its number, and none holds a body. The
routes are Starlette's; what they lead to speaks ASGI itself, which halves the work that a delivery makes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pfjira.connectors.signature import Headers, only
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

_NOTHING: Message = {"type": "http.response.body", "body": b""}
_EMPTY = (b"content-length", b"0")
_CLOSE = (b"connection", b"close")
"""Where the rest of a request is not worth reading."""
_LATER = (b"retry-after", b"60")


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

    def app(self) -> ASGIApp:
        """Return the ASGI application."""
        routes = [Route("/hooks/{name}", endpoint=_Endpoint(self._take)), Route("/health", _Endpoint(self._health))]
        return Router(routes, redirect_slashes=False, default=_nothing_here)

    async def _health(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await _nothing_here(scope, receive, send)
        elif await self._writer.is_well():
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"3")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"ok\n"})
        else:
            await _answer(send, 503, _LATER)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        hook = self._hooks.get(scope["path_params"]["name"])
        if hook is None or scope["method"] != "POST":
            await _nothing_here(scope, receive, send)
            return
        try:
            status = await self._judged(hook, scope, receive)
        except Exception:  # a bug of ours: it is told, and the sender tries again
            self._journal.note("receiver.failed", hook=hook.name)
            status = 500
        more = (_CLOSE,) if status in (408, 413, 415, 429) else (_LATER,) if status == 503 else ()
        await _answer(send, status, *more)

    async def _judged(self, hook: Hook, scope: Scope, receive: Receive) -> int:
        """Return the answer to one delivery, which is 202 once it is stored."""
        headers: Headers = scope["headers"]
        now, address = self._clock(), self._address(scope)
        if not self._buckets.take(address, now.timestamp()):
            return 429
        if any(name == b"content-encoding" for name, _ in headers):
            return 415
        said = only(headers, "content-length")
        if said is not None and int(said) > LARGEST:
            return 413
        raw = await self._body(receive)
        if isinstance(raw, int):
            return raw
        if not hook.seal.fits(headers, raw, now.timestamp()):
            self._note_refusal(hook.name, now)
            return 401
        self._buckets.give_back(address)
        try:
            parcel = hook.read(raw, headers)
        except BadDelivery:
            return 400
        try:
            new = await self._writer.keep(parcel)
        except (StateError, TimeoutError):
            self._journal.note("receiver.failed", hook=hook.name)
            return 503
        self._journal.note("delivery.kept", hook=hook.name, new=new)
        if self._record is not None:
            self._record(hook.name, raw)
        return 202

    async def _body(self, receive: Receive) -> bytes | int:
        """Return the body as it was sent, or the answer to one that is too large or never ends."""
        held = 0
        raw = bytearray()
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return 408
                piece = message.get("body", b"")
                more = message.get("more_body", False)
                if not raw and not more:
                    return bytes(piece) if len(piece) <= LARGEST else 413
                raw += piece
                held += len(piece)
                self._held += len(piece)
                if held > LARGEST:
                    return 413
                if self._held > MOST_HELD:
                    return 503
                if not more:
                    return bytes(raw)
        finally:
            self._held -= held

    def _note_refusal(self, hook: str, now: datetime) -> None:
        """Count it, and tell once a minute: the owner must see a wrong secret, and no flood of lines."""
        self._refused[hook] += 1
        if hook not in self._told_at or now - self._told_at[hook] >= TELL_EVERY:
            self._told_at[hook] = now
            self._journal.note("receiver.refused", hook=hook, count=self._refused.pop(hook))

    def _address(self, scope: Scope) -> str:
        """Return who asks: the last that a trusted proxy names, or the other end of the connection."""
        client = scope.get("client")
        peer = str(client[0]) if client else ""
        if peer in self._proxies:
            named = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            if named:
                return bytes(named[-1]).decode("latin-1").rpartition(",")[2].strip()[:64]
        return peer


class _Endpoint:
    """What a route leads to, as Starlette wants it: an ASGI application and no function."""

    def __init__(self, serve: ASGIApp) -> None:
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._serve(scope, receive, send)


async def _answer(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    """Send an empty answer."""
    await send({"type": "http.response.start", "status": status, "headers": [_EMPTY, *headers]})
    await send(_NOTHING)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await _answer(send, 404, _CLOSE)
