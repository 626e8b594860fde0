"""The receiver's answers: what is stored, what is refused, and that nobody can tell why."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from receiving import Running, employee_update, issue_updated, receiver, signed

from pfjira.state import deliveries, inbox
from pfjira.state.store import Store
from pfjira.webhook.rates import Buckets

BODY = employee_update()
STAMP = b"HTTP/1.1 %d "


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Lend a receiver to every test of this file."""
    with receiver(tmp_path_factory.mktemp("receiver")) as found:
        yield found


def test_what_is_answered_202_is_stored_once(tmp_path: Path) -> None:
    """The second time, and under the older of two secrets, too: stored once, answered the same."""
    with receiver(tmp_path) as found:
        answers = [found.deliver("peopleforce", BODY) for _ in range(3)]
        answers.append(found.post("/hooks/peopleforce", BODY, signed("peopleforce", BODY, 1)))
        waiting = found.waiting()

    assert ([202] * 4, 1, [True]) == (answers, len(waiting), found.woken)
    assert ["peopleforce/employee/9101"] == [str(ref) for ref in waiting[0].refs]
    with Store.open(tmp_path / "state.db", read_only=True) as store:
        assert BODY not in (tmp_path / "state.db").read_bytes()
        assert {"pending": 1, "done": 0, "ignored": 0} == inbox.tally(store)


def test_jiras_identifier_tells_a_retry_from_news(running: Running) -> None:
    """The same body under another identifier happened again."""
    first, second = ({"X-Atlassian-Webhook-Identifier": f"8f2b8a53-0a45-4c8f-9d6b-{n:012}"} for n in (1, 2))
    before = len(running.waiting())
    answers = [running.deliver("jira", issue_updated(77), named) for named in (first, first, second, first)]

    assert ([202] * 4, 2) == (answers, len(running.waiting()) - before)


def test_a_source_keeps_what_it_declares(running: Running) -> None:
    """The same road as `pfjira deliver`: declared fields only, once for each id."""
    body = json.dumps({"id": "T-1", "title": "Printer", "phone": "555"}).encode()
    answers = [running.deliver("helpdesk", body), running.deliver("helpdesk", body)]
    answers.append(running.deliver("helpdesk", b'{"title": "no id"}'))

    with Store.open(running.state, read_only=True) as store:
        kept = deliveries.pending(store, "helpdesk")
    assert ([202, 202, 400], [("T-1", {"id": "T-1", "title": "Printer"})]) == (answers, kept)


def test_an_unknown_topic_is_taken_and_counted(running: Running) -> None:
    """The sender did nothing wrong; nobody has to do anything either."""
    body = b'{"action": "survey_answered", "data": {"id": 1}}'
    woken = len(running.woken)

    assert 202 == running.deliver("peopleforce", body)
    with Store.open(running.state, read_only=True) as store:
        assert 1 == inbox.ignored(store)["survey_answered"]
    assert woken == len(running.woken)


def test_refusals_are_told_once_a_minute(tmp_path: Path) -> None:
    """Whoever has given the sender another secret sees it, and nobody can fill the journal."""
    with receiver(tmp_path) as found:
        for _ in range(20):
            found.post("/hooks/jira", b"{}", {"X-Hub-Signature": "sha256=00"})

    assert [{"hook": "jira", "count": 1}] == found.told


def test_every_refusal_is_the_same(running: Running) -> None:
    """Missing, wrong, of another hook or of another body: one answer, and nothing in it."""
    good = signed("peopleforce", BODY)["X-PeopleForce-Signature"]
    tries: list[dict[str, str]] = [
        {},
        {"X-PeopleForce-Signature": ""},
        {"X-PeopleForce-Signature": good[:-1]},
        {"X-PeopleForce-Signature": good.upper()},
        {"X-PeopleForce-Signature": signed("peopleforce", BODY + b" ")["X-PeopleForce-Signature"]},
        {"X-Hub-Signature": good},
        {"X-Forwarded-For": "127.0.0.1", "Authorization": "Bearer x"},
    ]
    answers = {running.raw(_request(BODY, headers)).replace(b"\r\n", b"\n") for headers in tries}

    assert {b"HTTP/1.1 401 Unauthorized\ncontent-length: 0\nconnection: close\n\n"} == {
        b"\n".join(line for line in answer.split(b"\n") if not line.startswith(b"date:")) for answer in answers
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/hooks/peopleforce"),
        ("PUT", "/hooks/jira"),
        ("DELETE", "/hooks/jira"),
        ("OPTIONS", "/hooks/jira"),
        ("POST", "/health"),
        ("POST", "/hooks/unknown"),
        ("POST", "/hooks/peopleforce/"),
        ("POST", "/hooks//peopleforce"),
        ("POST", "/hooks/%2e%2e/health"),
        ("POST", "/HOOKS/jira"),
        ("GET", "/docs"),
        ("GET", "/"),
    ],
)
def test_whatever_else_is_asked_is_not_there(running: Running, method: str, path: str) -> None:
    """One empty 404, signed or not."""
    assert (404, b"") == running.whole(path, BODY, signed("peopleforce", BODY), method)


def test_health_shows_no_data(running: Running) -> None:
    """That it is well, and nothing more."""
    assert (200, b"ok\n") == running.whole("/health", method="GET")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"action": NaN}', 400),
        (b'{"action": 1e999}', 400),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
        (b"[" * 1_000_000, 400),
        (b'{"action": "employee_update", "data": {"id": "\\ud800"}}', 400),
        (b'{"action": "employee_update", "data": 7}', 202),
    ],
    ids=["empty", "list", "nan", "infinite", "deep", "very deep", "surrogate", "no record"],
)
def test_a_body_that_cannot_be_read_is_told_so(running: Running, body: bytes, status: int) -> None:
    """Only to whoever has signed it; what is too large is not even read."""
    assert status == running.deliver("peopleforce", body)


def test_compressed_bodies_are_not_taken(running: Running) -> None:
    """A bomb is small before it is opened."""
    assert 415 == running.deliver("peopleforce", BODY, {"Content-Encoding": "gzip"})


def test_a_giant_is_sent_away_before_it_has_arrived(running: Running) -> None:
    """By the length it announces, and by what has come where it announces none."""
    announced = running.raw(_request(b"", {"Content-Length": "100000000"}, length=False), 2)
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    streamed = running.raw(_request(b"", {"Transfer-Encoding": "chunked"}, length=False) + chunk * 90, 2)

    assert [STAMP % 413] * 2 == [announced[:13], streamed[:13]]


def _request(body: bytes, headers: dict[str, str], *, length: bool = True, path: str = "/hooks/peopleforce") -> bytes:
    """Write a request by hand; it asks for the connection to be closed."""
    given = {"Host": "x", "Connection": "close", **({"Content-Length": str(len(body))} if length else {}), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


SIGNED = signed("peopleforce", BODY)
LENGTH = f"Content-Length: {len(BODY)}\r\n".encode()
HEAD = b"POST /hooks/peopleforce HTTP/1.1\r\nX-PeopleForce-Signature: " + SIGNED["X-PeopleForce-Signature"].encode()
SMUGGLED = {
    "length and coding": HEAD + b"\r\nHost: x\r\n" + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n" + BODY,
    "two lengths": HEAD + b"\r\nHost: x\r\n" + LENGTH + LENGTH + b"\r\n" + BODY,
    "odd coding": HEAD + b"\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "coding in disguise": HEAD + b"\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "signed length": HEAD + b"\r\nHost: x\r\nContent-Length: +5\r\n\r\n" + BODY,
    "two hosts": HEAD + b"\r\nHost: x\r\nHost: y\r\n" + LENGTH + b"\r\n" + BODY,
    "no host": HEAD + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "folded header": HEAD + b"\r\nHost: x\r\nX-A: b\r\n c\r\n" + LENGTH + b"\r\n" + BODY,
    "space before the colon": HEAD + b"\r\nHost: x\r\nContent-Length : 5\r\n\r\n" + BODY,
    "trailer": HEAD + b"\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: b\r\n\r\n",
    "bare line ends": HEAD.replace(b"\r\n", b"\n") + b"\nHost: x\n" + LENGTH.replace(b"\r", b"") + b"\n" + BODY,
    "null byte": HEAD + b"\r\nHost: x\0y\r\n" + LENGTH + b"\r\n" + BODY,
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01",
}


@pytest.mark.parametrize("sent", SMUGGLED.values(), ids=SMUGGLED)
def test_a_request_that_two_readers_could_read_differently_is_refused(running: Running, sent: bytes) -> None:
    """One 400, the connection is closed, and nothing that follows in it is ever looked at."""
    found = running.raw(sent + b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", 3)

    assert (STAMP % 400, 1) == (found[:13], found.count(b"HTTP/1.1 "))


@pytest.mark.parametrize(
    "sent", [b"X-A: " + b"a" * 9000, b"X: y\r\n" * 2000, b"a" * 20_000], ids=["long", "many", "one"]
)
def test_a_head_that_is_too_long_is_refused(running: Running, sent: bytes) -> None:
    """Whether it ever ends or not."""
    assert STAMP % 431 == running.raw(b"GET /health HTTP/1.1\r\nHost: x\r\n" + sent, 3)[:13]


def test_two_requests_in_one_go_are_two_answers(running: Running) -> None:
    """Pipelining is allowed; limits count each request by itself."""
    one = _request(BODY, SIGNED).replace(b"Connection: close\r\n", b"")
    found = running.raw(one * 5 + _request(BODY, SIGNED), 5)

    assert 6 == found.count(STAMP % 202)


def test_strangers_are_slowed_down_and_senders_are_not(tmp_path: Path) -> None:
    """Whoever signs gets his token back; others get 20 a second, counted by who asks and not by who he says he is."""
    with receiver(tmp_path, rate=1) as found:
        friendly = [found.deliver("peopleforce", employee_update(number)) for number in range(1, 20)]
        strange = [found.post("/hooks/jira", b"{}", {"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(8)]

    assert ({202}, 401, 429) == (set(friendly), strange[0], strange[-1])


def test_a_proxy_says_for_whom_it_asks(tmp_path: Path) -> None:
    """Only one that was named, and only by the last word, which is its own."""
    with receiver(tmp_path, rate=1, proxies=("127.0.0.1",)) as found:
        answers = [found.post("/hooks/jira", b"{}", {"X-Forwarded-For": f"6.6.6.6, 10.0.0.{n}"}) for n in range(8)]

    assert [401] * 8 == answers


def test_a_state_that_was_moved_away_is_no_202(tmp_path: Path) -> None:
    """What is written into a file that nobody reads any more is not stored; another in its place is taken up."""
    with receiver(tmp_path) as found:
        before = found.deliver("jira", issue_updated(10_001))
        found.state.rename(tmp_path / "aside.db")
        gone = found.deliver("jira", issue_updated(10_002))
        sick = found.post("/health", b"", method="GET")
        Store.open(tmp_path / "fresh.db").close()
        (tmp_path / "fresh.db").rename(found.state)
        replaced = found.deliver("jira", issue_updated(10_003))
        (waiting,) = found.waiting()

    assert (202, 503, 503, 202, "10003") == (before, gone, sick, replaced, waiting.refs[0].id)


def test_a_clock_that_is_set_back_slows_nobody_down() -> None:
    """An hour back is no hour of refusals, for good senders too."""
    buckets = Buckets(1, 2)
    assert [True, True] == [buckets.take("10.0.0.1", 7200.0), buckets.take("10.0.0.1", 3600.0)]
    assert (False, True) == (buckets.take("10.0.0.1", 3600.0), buckets.take("10.0.0.1", 3602.0))


def test_a_store_that_takes_nothing_is_no_202(tmp_path: Path) -> None:
    """503, so that the sender tries again; well again once it can be written."""
    with receiver(tmp_path) as found:
        with Store.open(found.state) as store:
            store.run("ALTER TABLE inbox RENAME TO elsewhere")
            store.run("ALTER TABLE meta RENAME TO nowhere")
            failed = found.deliver("jira", issue_updated())
            sick = found.post("/health", b"", method="GET")
            store.run("ALTER TABLE elsewhere RENAME TO inbox")
            store.run("ALTER TABLE nowhere RENAME TO meta")
        deadline = time.monotonic() + 10
        while found.post("/health", b"", method="GET") != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        mended = found.deliver("jira", issue_updated())

    assert (503, 503, 202) == (failed, sick, mended)
