"""When requests leave, how often they are repeated, and how long anything may take."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from connector_api import api_of
from connector_clock import FakeClock

from pfjira.connectors.body import BodyTooLarge, read_body
from pfjira.connectors.http import Api
from pfjira.connectors.pacing import Pacer
from pfjira.connectors.patience import retry_after
from pfjira.errors import BadReply, ConnectorError, OutcomeUnknown, RateLimited, Unavailable

JSON = {"content-type": "application/json"}


class Script:
    """Answers by a list of statuses, the last one for ever, and remembers when it was asked."""

    def __init__(self, clock: FakeClock, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.clock = clock
        self.statuses = list(statuses)
        self.headers = headers or {}
        self.asked_at: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked_at.append(self.clock.now)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return httpx.Response(status, content=b"{}", headers={**JSON, **(self.headers if status >= 400 else {})})

    def api(self, rate: float = 0.0) -> Api:
        """Return an interface that this answers."""
        return api_of(self, self.clock, rate=rate)


def test_row_22_a_read_is_tried_four_times(clock: FakeClock) -> None:
    """A system that stays down gets four requests, further apart each time."""
    script = Script(clock, 503)

    with pytest.raises(Unavailable):
        script.api().get("x")

    gaps = [after - before for before, after in zip(script.asked_at, script.asked_at[1:], strict=False)]
    assert 4 == len(script.asked_at)
    assert all(low - 0.01 < gap < 2 * low + 0.01 for low, gap in zip((0.5, 1, 2), gaps, strict=True)), gaps


def test_a_hiccup_is_not_noticed(clock: FakeClock) -> None:
    """A read, and a write that may be repeated, get over two failures."""
    script = Script(clock, 500, 502, 200)
    again = Script(clock, 500, 429, 200)

    assert ({}, 200) == (script.api().get("x"), again.api().write("PUT", "x", {}, repeatable=True).status)


@pytest.mark.parametrize("status", [500, 503, 408, 429])
def test_a_create_is_sent_once(clock: FakeClock, status: int) -> None:
    """Whatever comes back, a write that is not marked repeatable leaves at most once."""
    script = Script(clock, status, headers={"retry-after": "1"})

    with pytest.raises((OutcomeUnknown, RateLimited)):
        script.api().write("POST", "issue", {})

    assert 1 == len(script.asked_at)


def test_row_23_retry_after_is_a_minimum_for_everybody(clock: FakeClock) -> None:
    """The next request of the same system waits too, also one of another kind."""
    script = Script(clock, 429, 200, headers={"retry-after": "30"})
    api = script.api()

    with pytest.raises(RateLimited) as caught:
        api.write("POST", "issue", {})
    api.get("x")

    assert (30.0, True) == (caught.value.retry_after_s, script.asked_at[1] - script.asked_at[0] >= 30)


def test_row_23_a_limit_of_one_endpoint_does_not_hold_the_others(clock: FakeClock) -> None:
    """Jira's burst limits are per endpoint (reference: jira section 2)."""
    script = Script(clock, 429, 200, headers={"retry-after": "30", "ratelimit-reason": "jira-burst-based"})
    api = script.api()
    with pytest.raises(RateLimited):
        api.write("POST", "issue", {})

    api.get("x")

    assert script.asked_at[0] == script.asked_at[1]


@pytest.mark.parametrize(("asked", "least"), [("0", 1.0), (None, 2.0), ("7", 7.0)])
def test_row_23_a_429_without_a_usable_time_is_waited_for_all_the_same(
    clock: FakeClock, asked: str | None, least: float
) -> None:
    """Absent and 0 both happen."""
    script = Script(clock, 429, 200, headers={"retry-after": asked} if asked else {})

    script.api().get("x")

    assert script.asked_at[1] - script.asked_at[0] >= least


def test_row_23_a_pause_beyond_patience_is_reported_and_kept(clock: FakeClock) -> None:
    """An hour is not slept through: the caller hears of it, and no request leaves before its time."""
    script = Script(clock, 429, 200, headers={"retry-after": "3600"})
    api = script.api()
    with pytest.raises(RateLimited):
        api.get("x")

    with pytest.raises(RateLimited) as caught:
        api.get("x")

    assert (1, 3600.0, 0.0) == (len(script.asked_at), caught.value.retry_after_s, sum(clock.slept))


def test_row_23_a_storm_gets_at_most_one_probe_a_second(clock: FakeClock) -> None:
    """After a pause, one request tries; the others follow only once it has succeeded."""
    pacer = Pacer(0, clock=clock, sleep=clock.sleep)
    pacer.pause("", 10)
    left: list[float] = []
    for _ in range(3):
        pacer.wait("GET x", 60)
        left.append(clock.now - 1000)
    pacer.succeeded("GET x")
    pacer.wait("GET x", 60)
    left.append(clock.now - 1000)

    assert [10, 11, 12, 12] == left


def test_the_rate_is_kept(clock: FakeClock) -> None:
    """Four a second for PeopleForce means a quarter of a second between two, never a burst."""
    script = Script(clock, 200)
    api = script.api(rate=4)

    for _ in range(5):
        api.get("x")

    assert [0.0, 0.25, 0.5, 0.75, 1.0] == [at - 1000 for at in script.asked_at]


def test_the_rate_is_kept_between_threads(clock: FakeClock) -> None:
    """Departures are booked: eight threads together are no faster than one."""
    pacer = Pacer(4, clock=lambda: 0.0, sleep=lambda seconds: None)
    booked: list[float] = []
    pacer._sleep = booked.append
    threads = [threading.Thread(target=pacer.wait, args=("", 60)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [index / 4 for index in range(8)] == sorted(booked)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5.0), ("-1", 0.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", None), (None, None), ("1e300", 86400.0)],
)
def test_retry_after_is_read_in_all_its_forms(text: str | None, seconds: float | None) -> None:
    """Seconds, a date, or nothing that helps."""
    assert seconds == retry_after(text, None)


@pytest.mark.parametrize(
    ("chunks", "encoding"),
    [
        ([b"x" * 1_048_576] * 51, ""),
        ([gzip.compress(b"x" * 60_000_000)], "gzip"),
        ([gzip.compress(b"x" * 4_000_000)], "gzip"),
        ([gzip.compress(b"{}")[:-9]], "gzip"),
        ([b"no gzip"], "gzip"),
        ([b"{}"], "br"),
    ],
)
def test_a_body_beyond_measure_is_not_read(chunks: list[bytes], encoding: str) -> None:
    """Too large, unpacking too far, cut short, or packed in a way nobody asked for."""
    with pytest.raises(BodyTooLarge):
        read_body(chunks, encoding)


def test_a_packed_body_is_unpacked(clock: FakeClock) -> None:
    """Compression is asked for and undone."""
    packed = gzip.compress(b'{"a": [1, 2, 3]}')
    answer = httpx.Response(200, stream=httpx.ByteStream(packed), headers={"content-encoding": "gzip"})
    api = api_of(lambda request: answer, clock)

    assert {"a": [1, 2, 3]} == api.get("x")


@pytest.fixture
def dripping() -> Iterator[Callable[[bytes], str]]:
    """Lend a server that sends one byte every 50 ms."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve(text: bytes) -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                for byte in text:
                    if stop.wait(0.05):
                        break
                    try:
                        connection.send(bytes([byte]))
                    except OSError:
                        break

    def start(text: bytes) -> str:
        threads.append(threading.Thread(target=serve, args=(text,)))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    stop.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_dripping_server_cannot_hold_a_request(dripping: Callable[[bytes], str], part: str) -> None:
    """The deadline is absolute: bytes that keep coming do not move it, be they headers or body."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
    text = head + b"x-slow: " + b"y" * 1000 if part == "head" else head + b"content-length: 1000\r\n\r\n" + b" " * 1000
    api = Api("jira", dripping(text), headers={}, secrets=(), deadline_s=0.5 if part == "head" else 3.0)
    started = time.monotonic()

    with pytest.raises(ConnectorError) as caught:
        api.write("POST", "issue", {})

    api.close()
    took = time.monotonic() - started
    assert (OutcomeUnknown, True) == (caught.type, took < 5.0)


def test_a_body_that_is_too_large_is_a_bad_reply(clock: FakeClock) -> None:
    """Not an error of the network: asking again will not help."""
    bomb = gzip.compress(b"[" + b" " * 5_000_000 + b"]")
    answer = httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"content-encoding": "gzip"})
    api = api_of(lambda request: answer, clock)

    with pytest.raises(BadReply):
        api.get("x")
