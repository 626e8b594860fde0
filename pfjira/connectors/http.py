"""One HTTP conversation with one system: pacing, deadlines, limits, and what each failure means.

The only file that imports httpx. The law it exists for: a write that is not marked repeatable is sent at most once, and
its failures are sorted into *sure no* (`Unavailable`, `RateLimited`, `Rejected`, …) and *unknown* (`OutcomeUnknown`).
It must never put a secret, a query or a value into a message, follow a redirect, or keep a cookie.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import orjson

from pfjira.connectors.address import checked_url, is_sound, proxy, query_string, trust
from pfjira.connectors.body import BodyTooLarge, read_body
from pfjira.connectors.call import Answer, Call, Effect, Seal
from pfjira.connectors.deadline import DeadlineBackend, deadline
from pfjira.connectors.lean import spared
from pfjira.connectors.login import Login
from pfjira.connectors.pacing import Pacer, Timetable
from pfjira.connectors.patience import may_be_repeated, retry_after
from pfjira.connectors.verdicts import Verdicts, parsed
from pfjira.engine.model import Json
from pfjira.errors import BadReply, ConfigError, ConnectorError, Rejected

with spared():
    import httpx

Transport = httpx.BaseTransport
"""What carries the requests; tests pass a fake one."""

CONNECT_S = 5.0
READ_S = 20.0
DEADLINE_S = 60.0
ATTEMPTS = 4
PATIENCE_S = 60.0
"""How long one call may wait in all, for pauses and between its attempts."""

_LANE_REASONS = ("jira-burst-based", "jira-per-issue-on-write")
"""Rate limits that concern one endpoint only (reference: jira section 2); every other pauses the whole system."""

NOT_SENT: tuple[type[Exception], ...] = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
"""Failures that come before the request left this machine (TLS failures are ConnectErrors)."""

FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict, OSError)
"""All that httpx may raise, and the operating system below it."""


class Api:
    """A system's HTTP interface, safe to use from several threads."""

    def __init__(
        self,
        system: str,
        url: str,
        *,
        headers: Mapping[str, str],
        secrets: Collection[str],
        rate: float = 0.0,
        concurrency: int = 8,
        deadline_s: float = DEADLINE_S,
        run_s: float = math.inf,
        timetable: Timetable | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        transport: Transport | None = None,
    ) -> None:
        """Prepare, without connecting. Raise ConfigError for an address that would show the secret to others.

        From now on nothing takes longer than `run_s` in all. A `timetable` is shared with other processes.
        """
        self.system = system
        self._base = checked_url(system, url)
        if not all(map(is_sound, secrets)):
            raise ConfigError(
                f"{system}: the credential is empty or holds characters that no credential has",
                hint="look for a line break or a quote that was pasted along with it",
            )
        self._verdicts = Verdicts(system, secrets)
        self._login = Login()
        self._deadline_s = deadline_s
        self._clock, self._sleep = clock, sleep
        self._run_s, self._ends_at = run_s, clock() + run_s
        self._pacer = Pacer(rate, clock=clock, sleep=sleep, timetable=timetable)
        self._slots: AbstractContextManager[Any] = (
            threading.BoundedSemaphore(concurrency) if concurrency else nullcontext()
        )
        self._date: str | None = None
        self._headers = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "pfjira", **headers}
        self._write_headers = {**self._headers, "content-type": "application/json"}
        timeouts = {"connect": CONNECT_S, "read": READ_S, "write": READ_S, "pool": READ_S}
        self._extensions: dict[str, Any] = {"timeout": timeouts}
        self._transport = transport or _open_transport(self._base, max(concurrency, 1))

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def beside(self, url: str) -> Api:
        """Return another interface of the same origin: its own base, the same login, pacing, limits and connections."""
        other = copy(self)
        other._base = checked_url(self.system, url)
        return other

    @property
    def server_time(self) -> datetime | None:
        """The system's clock as of its last answer (`Date`), aware UTC; None before the first."""
        try:
            return parsedate_to_datetime(self._date).astimezone(UTC) if self._date else None
        except ValueError:
            return None

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, said: str = "", right: str = "") -> Json:
        """Read with GET. `said` is the path's pattern for messages; `right` names what a 403 would lack."""
        return self._run(Call("GET", path, said or path, Effect.READ, params, None, right=right)).json

    def query(self, path: str, body: Json, *, said: str = "", right: str = "") -> Json:
        """Read with POST, for operations that change nothing (a search)."""
        return self._run(Call("POST", path, said or path, Effect.READ, None, body, right=right)).json

    def write(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        said: str = "",
        repeatable: bool = False,
        params: Mapping[str, Any] | None = None,
        accept: Collection[int] = (),
        any_body: bool = False,
        right: str = "",
        seal: Seal | None = None,
        content: bytes | None = None,
        content_type: str = "",
    ) -> Answer:
        """Change something; sent once unless `repeatable`.

        A status in `accept` is returned whatever its body. `any_body`: a success need not be JSON, but never HTML.
        `content`, of a `content_type`, is sent as it is, in the place of a `body`.
        """
        effect = Effect.REPEATABLE if repeatable else Effect.ONCE
        call = Call(method, path, said or path, effect, params, body, accept, any_body, right, content, seal)
        return self._run(replace(call, seal=lambda _: {"content-type": content_type}) if content_type else call)

    def _run(self, call: Call) -> Answer:
        started = self._clock()
        if call.body is not None:
            call = replace(call, content=self._encoded(call))
        if call.effect is Effect.ONCE:
            return self._attempt(call, PATIENCE_S)
        try:
            return self._attempt(call, PATIENCE_S)
        except ConnectorError as error:
            if not may_be_repeated(error):
                raise
            first = error
        from pfjira.connectors.repeating import Impatience, again

        return again(
            first,
            lambda: self._attempt(call, PATIENCE_S - (self._clock() - started)),
            attempts=ATTEMPTS,
            impatience=Impatience(started, PATIENCE_S, self._clock),
            sleep=self._sleep,
        )

    def _attempt(self, call: Call, patience_s: float) -> Answer:
        wait_s = self._pacer.wait(call.name, min(patience_s, self._left(call)))
        if wait_s > 0:
            raise self._verdicts.rate_limited(call, wait_s)
        failure: ConnectorError
        with self._slots, self._login.asking(), deadline(min(self._deadline_s, self._left(call))):
            try:
                response, body = self._exchange(call)
            except BodyTooLarge as problem:
                failure = self._verdicts.bad(call, str(problem))
            except FOREIGN as error:
                failure = self._verdicts.no_answer(call, error, sent=not isinstance(error, NOT_SENT))
            else:
                return self._judged(call, response, body)
            # Raised out here so that it carries no cause: httpx's errors hold the request, and so the credential.
            raise failure

    def _left(self, call: Call) -> float:
        """Return the seconds that the run has left. Raise OutOfTime where this request should not be begun."""
        left_s = self._ends_at - self._clock()
        # A write that is begun gets the time to be answered: cut off by our own clock, its end would be unknown.
        if left_s <= (min(READ_S, self._run_s / 10) if call.effect is Effect.ONCE else 0.0):
            raise self._verdicts.out_of_time(call, self._run_s)
        return left_s

    def _exchange(self, call: Call) -> tuple[httpx.Response, bytes]:
        url = self._base + call.path
        if call.params:
            url += "?" + query_string(call.params)
        # Jira answers 415 to some bodiless writes without a content type (reference: jira 4.2).
        headers = self._headers if call.method == "GET" else self._write_headers
        request = httpx.Request(
            call.method,
            url,
            headers={**headers, **call.seal(call.content or b"")} if call.seal else headers,
            content=call.content,
            extensions=self._extensions,
        )
        response = self._transport.handle_request(request)
        try:
            encoding = response.headers.get("content-encoding", "")
            return response, read_body(cast(Iterable[bytes], response.stream), encoding)
        finally:
            response.close()

    def _judged(self, call: Call, response: httpx.Response, body: bytes) -> Answer:
        status, headers = response.status_code, response.headers
        self._date = headers.get("date", self._date)
        reason = headers.get("x-seraph-loginreason", "")
        if ("FAILED" in reason or "DENIED" in reason) and call.effect is Effect.READ:
            # Many operations answer a dropped login as if for a stranger: 200 and empty, or 404 (reference: jira 1).
            status = 401
        if status < 500 and status != 429:
            self._pacer.succeeded(call.name)
        if status in call.accept:  # a refusal is a refusal, whatever its body
            return Answer(status, parsed(body))
        if status < 300:
            return Answer(status, self._decoded(call, headers.get("content-type", ""), body))
        asked_s = retry_after(headers.get("retry-after"), self.server_time)
        if status == 429:
            # Seen in the field: Retry-After absent or 0 (reference: jira section 2).
            wait_s = max(1.0, asked_s) if asked_s is not None else 2.0
            self._pacer.pause(call.name if headers.get("ratelimit-reason") in _LANE_REASONS else "", wait_s)
            raise self._verdicts.rate_limited(call, wait_s)
        if status == 408 or status >= 500:
            if asked_s:
                self._pacer.pause("", asked_s)
            raise self._verdicts.failed(call, status)
        raise self._verdicts.refused(call, status, body)

    def rejected(self, said: str, status: int, payload: Json, sent: Json) -> Rejected:
        """Make the error for one element of a bulk answer."""
        return self._verdicts.rejected(said, status, payload, sent)

    def unexpected(self, said: str, what: str) -> BadReply:
        """Make the error for a well-formed answer of the wrong shape."""
        return self._verdicts.unexpected(said, what)

    def _encoded(self, call: Call) -> bytes:
        try:
            return orjson.dumps(call.body)
        except orjson.JSONEncodeError:
            # Lone surrogates and numbers beyond 64 bits; refused before anything is sent.
            pass
        raise self._verdicts.no_json(call)

    def _decoded(self, call: Call, content_type: str, body: bytes) -> Json:
        if not body.strip():
            if call.effect is Effect.READ:
                raise self._verdicts.bad(call, "an empty answer")
            return None
        if "html" in content_type or body.lstrip()[:1] == b"<":
            raise self._verdicts.bad(call, "a web page instead of data")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            if call.any_body:
                return None
            # The parser's own message quotes what it read, which may be a person's data: not even as a cause.
            problem = self._verdicts.bad(call, "not valid JSON")
        raise problem


def _open_transport(url: str, connections: int) -> Transport:
    """Open a connection pool. A transport alone, without httpx's client: no cookies, no redirects, half the time."""
    transport = httpx.HTTPTransport(
        verify=trust(url),
        # Kept short: a connection that the server closes while idle makes the next write's outcome unknown.
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=4.0),
        proxy=proxy(url),
    )
    # httpx has no public way to pass a backend; a test fails when this stops to work.
    pool = transport._pool
    pool._network_backend = DeadlineBackend(pool._network_backend)
    return transport
