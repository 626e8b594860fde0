"""Other systems are told: exactly the address, once, signed, and in silence about what was said."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from connector_clock import FakeClock

from pfjira.connectors.base import PostOffice
from pfjira.connectors.target.connector import Targets
from pfjira.errors import ConfigError, ConnectorError, OutcomeUnknown, RateLimited, Rejected, Unavailable

OP = "0123456789abcdef0123"
NOW = datetime(2026, 11, 23, 9, 0, 0, 900_000, tzinfo=UTC)
URL = "https://x.test/hooks/in?token=hush-hush&b=%20"
SECRET = "whsec_" + base64.b64encode(b"a key of the house").decode()
BODY = {"person": "Anna Kowalska"}


class Receiver:
    """An address that answers as it is told, and remembers."""

    def __init__(self, answer: httpx.Response | Exception | None = None) -> None:
        self.answer = answer or httpx.Response(204)
        self.got: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.got.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def targets(receiver: Receiver, url: str = URL, secret: str | None = SECRET) -> Targets:
    clock = FakeClock()
    origins = {"payroll": (url, secret)}
    transport = httpx.MockTransport(receiver)
    return Targets(origins, now=lambda: NOW, clock=clock, sleep=clock.sleep, transport=transport)


def test_a_post_goes_to_exactly_the_address_with_its_key() -> None:
    """Query and all; the op is the key under which the receiver knows it again."""
    receiver = Receiver()
    office: PostOffice = targets(receiver, secret=None)

    office.post("payroll", BODY, op=OP)

    (got,) = receiver.got
    names = ("idempotency-key", "webhook-id", "webhook-timestamp", "content-type")
    assert ("POST", URL, b'{"person":"Anna Kowalska"}') == (got.method, str(got.url), got.content)
    assert [OP, OP, "1795424400", "application/json"] == [got.headers[name] for name in names]
    assert {"webhook-signature", "authorization"}.isdisjoint(got.headers)


@pytest.mark.parametrize(("secret", "key"), [(SECRET, b"a key of the house"), ("plain words", b"plain words")])
def test_a_secret_signs_what_is_sent(secret: str, key: bytes) -> None:
    """After Standard Webhooks: id, time and the very bytes of the body."""
    receiver = Receiver()

    targets(receiver, secret=secret).post("payroll", {"grüße": [1, None]}, op=OP)

    (got,) = receiver.got
    signed = hmac.new(key, f"{OP}.1795424400.".encode() + got.content, hashlib.sha256).digest()
    assert "v1," + base64.b64encode(signed).decode() == got.headers["webhook-signature"]


@pytest.mark.parametrize(
    "url", ["https://x.test/", "https://x.test/a//b", "http://127.0.0.1:8080/a/", "http://localhost/?a=1"]
)
def test_an_address_is_used_as_it_is(url: str) -> None:
    """No slash is added at the end of a path, none is taken away."""
    receiver = Receiver()

    targets(receiver, url).post("payroll", BODY, op=OP)

    assert url == str(receiver.got[0].url)


@pytest.mark.parametrize("url", ["http://x.test/in", "ftp://x.test", "https://u:p@x.test/", "https://x.test/#a", "x"])
def test_an_address_that_shows_the_secret_to_others_is_refused(url: str) -> None:
    """Before anything is sent, by the name alone."""
    with pytest.raises(ConfigError) as caught:
        targets(Receiver(), url)

    assert ("target payroll: ", False) == (str(caught.value)[:16], "x.test" in str(caught.value))


@pytest.mark.parametrize("secret", ["whsec_no base64", "whsec_***", "two\nlines", ""])
def test_a_broken_secret_is_refused(secret: str) -> None:
    """And not shown."""
    with pytest.raises(ConfigError) as caught:
        targets(Receiver(), secret=secret)

    assert not secret or secret not in str(caught.value)


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, content=b"<html>ok"), httpx.Response(202, content=b"queued"), httpx.Response(204)]
)
def test_any_success_is_one(answer: httpx.Response) -> None:
    """Receivers say what they like."""
    receiver = Receiver(answer)

    targets(receiver).post("payroll", BODY, op=OP)

    assert 1 == len(receiver.got)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.ReadTimeout("late"), OutcomeUnknown),
        (httpx.RemoteProtocolError("cut"), OutcomeUnknown),
        (httpx.ConnectError("no"), Unavailable),
        (httpx.Response(500), Unavailable),
        (httpx.Response(503, headers={"retry-after": "9"}), Unavailable),
        (httpx.Response(408), Unavailable),
        (httpx.Response(429, headers={"retry-after": "9"}), RateLimited),
        (httpx.Response(400, content=b'{"error": "Anna Kowalska of hush-hush is unknown"}'), Rejected),
        (httpx.Response(401), Rejected),
        (httpx.Response(404), Rejected),
        (httpx.Response(409), Rejected),
        (httpx.Response(302, headers={"location": "https://y.test/"}), Rejected),
    ],
)
def test_each_failure_has_its_meaning(answer: Any, error: type[ConnectorError]) -> None:
    """It is sent once whatever comes; the message names the target, never its address or the body."""
    receiver = Receiver(answer)

    with pytest.raises(error) as caught:
        targets(receiver).post("payroll", BODY, op=OP)

    told = str(caught.value) + caught.value.hint
    assert (error, 1) == (type(caught.value), len(receiver.got))
    assert ("target payroll: ", []) == (
        told[:16],
        [w for w in ("hush", "Anna", "x.test", "hooks", "PFJIRA") if w in told],
    )
    assert (None, True) == (caught.value.__cause__, caught.value.__suppress_context__ or not caught.value.__context__)


def test_a_name_without_an_address_is_refused() -> None:
    """Nothing is sent anywhere."""
    receiver = Receiver()

    with pytest.raises(Rejected) as caught:
        targets(receiver).post("nosuch", BODY, op=OP)

    assert ("target nosuch: no address is given for this name", 0) == (str(caught.value), len(receiver.got))
