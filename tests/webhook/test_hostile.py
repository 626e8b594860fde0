"""Whoever means harm: forged signatures, slow senders, and requests that make no sense."""

from __future__ import annotations

import base64
import http.client
import random
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from harness import RULES as DELIVERED
from hypothesis import given, settings
from hypothesis import strategies as st
from receiving import HEADERS, SECRETS, Running, employee_update, issue_updated, receiver, secret, signed

from pfjira.webhook import protocol
from pfjira.webhook.serve import Limits

Forgery = tuple[str, bytes, dict[str, str]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Lend a receiver to every test of this file."""
    with receiver(tmp_path_factory.mktemp("hostile")) as found:
        yield found


def forgeries(dice: random.Random) -> Iterator[Forgery]:
    """Yield deliveries that were signed well and then touched, without end."""
    while True:
        hook = dice.choice(["peopleforce", "jira", "helpdesk"])
        body = bytearray(employee_update(dice.randrange(10**6)) if hook == "peopleforce" else issue_updated())
        name, value = HEADERS[hook], signed(hook, bytes(body))[HEADERS[hook]]
        digits = value.removeprefix("sha256=")
        match dice.randrange(10):
            case 0:  # one bit of the body
                body[dice.randrange(len(body))] ^= 1 << dice.randrange(7)
            case 1:
                del body[dice.randrange(len(body))]
            case 2:
                body.insert(dice.randrange(len(body)), dice.randrange(256))
            case 3:  # one digit of the signature
                place = dice.randrange(64)
                other = dice.choice([one for one in "0123456789abcdef" if one != digits[place]])
                value = f"sha256={digits[:place]}{other}{digits[place + 1 :]}"
            case 4:  # cut, or longer
                value = value[: dice.randrange(70)] if dice.random() < 0.5 else value + "00"
            case 5:  # another method, or the right bytes in another dress
                value = dice.choice(["sha1=", "md5=", "SHA256=", "sha512=", "=", ","]) + digits
            case 6:
                value = f"sha256={base64.b64encode(bytes.fromhex(digits)).decode()}"
            case 7:  # the secret of somebody else, or an empty one
                value = signed(dice.choice([one for one in HEADERS if one != hook]), bytes(body)).popitem()[1]
            case 8:  # another header, or none
                name = dice.choice(["X-Signature", "Authorization", "X-Hub-Signature-256", "Webhook-Signature"])
            case _:
                value = dice.choice(["", "sha256=", "null", "0" * 64, "sha256=" + "0" * 64, secret(hook), "é"])
        yield hook, bytes(body), {name: value}


def _forged(running: Running, number: int) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    waiting = len(running.waiting())
    answers: Counter[tuple[int, bytes]] = Counter()
    with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)) as connection:
        for hook, body, headers in (one for one, _ in zip(forgeries(random.Random(seed)), range(number), strict=False)):
            sent = {name: value.encode("latin-1") for name, value in headers.items()}
            connection.request("POST", f"/hooks/{hook}", body, sent)
            answer = connection.getresponse()
            answers[answer.status, answer.read()] += 1

    assert ({(401, b""): number}, waiting) == (answers, len(running.waiting())), f"seed {seed}"


def test_a_forged_delivery_is_never_taken(running: Running) -> None:
    """Five hundred ways to touch a delivery: one answer."""
    _forged(running, 500)


@pytest.mark.long
def test_ten_thousand_forged_deliveries_are_not_taken(running: Running) -> None:
    """The same, ten thousand times."""
    _forged(running, 10_000)


def hold(stack: ExitStack, port: int, begin: bytes, number: int) -> list[socket.socket]:
    """Open connections that send their beginning and then a byte now and then."""
    found = []
    for _ in range(number):
        one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        one.sendall(begin)
        one.setblocking(False)
        found.append(one)
    return found


def drip(held: list[socket.socket]) -> list[socket.socket]:
    """Send one more byte on each; return those that are still taken."""
    left = []
    for one in held:
        try:
            if one.recv(4096) == b"":
                continue
        except BlockingIOError:
            pass
        except OSError:
            continue
        else:
            continue  # it was answered: the connection is given up
        try:
            one.send(b"a")
        except OSError:
            continue
        left.append(one)
    return left


SLOW_HEAD = b"POST /hooks/jira HTTP/1.1\r\nHost: x\r\nX-A: "
SLOW_BODY = b"POST /hooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 2000


def besieged(port: int, each: int, gone_in_s: float, pause_s: float) -> float:
    """Hold slow connections until all are gone; return the longest wait of somebody who asks for health meanwhile."""
    longest, begun = 0.0, time.monotonic()
    with ExitStack() as stack:
        held = hold(stack, port, SLOW_HEAD, each) + hold(stack, port, SLOW_BODY, each)
        while held:
            assert time.monotonic() - begun < gone_in_s, f"{len(held)} are still there"
            asked = time.monotonic()
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/health")
                assert 200 == connection.getresponse().status
            longest = max(longest, time.monotonic() - asked)
            held = drip(held)
            time.sleep(pause_s)
    print(f"{2 * each} slow connections gone after {time.monotonic() - begun:.1f} s, health within {longest:.3f} s")
    return longest


@pytest.mark.parametrize("connections", [16, 64])
def test_slow_connections_are_gone_at_an_absolute_time(tmp_path: Path, connections: int) -> None:
    """Each byte they send buys them nothing; where there are too many, the oldest has to go for the newest."""
    with receiver(tmp_path, limits=Limits(connections=connections, head_s=0.4, body_s=0.8)) as found:
        assert besieged(found.port, 20, gone_in_s=3, pause_s=0.1) < 1


@pytest.mark.long
@pytest.mark.parametrize("connections", [64, 1000])
def test_four_hundred_slow_connections_are_gone_in_eleven_seconds(tmp_path: Path, connections: int) -> None:
    """200 slow heads and 200 slow bodies: health answers within a second, memory stays under 150 MiB."""
    command = [sys.executable, "-m", "pfjira", "webhook-serve", "--port", "0", "--connections", str(connections)]
    command += ["--rules", str(DELIVERED), "--state", str(tmp_path / "state.db")]
    environment = {name: value for name, value in SECRETS.items() if "HELPDESK" not in name}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        port = re.search(r":(\d+) for", process.stderr.readline())
        assert port is not None
        longest = besieged(int(port[1]), 200, gone_in_s=11, pause_s=0.3)
        memory = psutil.Process(process.pid).memory_info().rss / 2**20
        process.terminate()
    print(f"{memory:.0f} MiB")
    assert (True, True, 0) == (longest < 1, memory < 150, process.returncode)


def test_whoever_reads_no_answer_holds_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests without end, and no answer read: all four places were taken for ever, and none could be given away."""
    monkeypatch.setattr(protocol, "UNREAD_S", 0.5)
    ask = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 8
    with receiver(tmp_path, limits=Limits(connections=4)) as running, ExitStack() as stack:
        held = []
        for _ in range(4):
            held.append(stack.enter_context(closing(socket.socket())))
            held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            held[-1].connect(("127.0.0.1", running.port))
            held[-1].settimeout(2)
        gone = 0
        for one in held:
            try:
                while True:
                    one.sendall(ask)
            except TimeoutError:
                continue
            except OSError:
                gone += 1
        assert (4, 200) == (gone, running.post("/health", b"", method="GET"))


def test_requests_are_not_piled_up(running: Running) -> None:
    """Whoever sends thousands at once is sent away before they take memory."""
    sent = running.raw(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 3000)
    assert sent.count(b" 200 ") <= protocol.MOST_AHEAD + 1
    assert 1 == sent.count(b" 400 ")


def test_the_bodies_of_all_together_have_a_limit(running: Running) -> None:
    """Eight senders of five megabytes each hold no more than thirty-two at once; the others are told to come later."""
    begin = b"POST /hooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: 5000001\r\n\r\n" + b"x" * 5_000_000
    with ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection(("127.0.0.1", running.port))) for _ in range(8)]
        answers = []
        for one in held:
            one.settimeout(5)
            one.sendall(begin)
        time.sleep(0.3)
        for one in held:
            one.setblocking(False)
            try:
                answers.append(one.recv(13))
            except OSError:
                answers.append(b"")

    assert {b"", b"HTTP/1.1 503 "} == set(answers)
    assert 202 == running.deliver("jira", issue_updated())


TOKENS = st.sampled_from(
    [
        b"POST ", b"GET ", b"/hooks/jira", b"/hooks/peopleforce", b"/health", b" HTTP/1.1", b" HTTP/1.0", b" HTTP/2.0",
        b"\r\n", b"\n", b"\r", b"\0", b":", b" ", b"Host: x\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n",
        b"Transfer-Encoding: chunked\r\n", b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
        b"Expect: 100-continue\r\n",
        b"0\r\n\r\n", b"5\r\nhello\r\n", b"fffffffffffffffff\r\n", b"\r\n\r\n", b"{}", b"[[[[", b"%00",
        b"?a=b#c", b"../",
        b"X-Hub-Signature: sha256=\r\n", b"Content-Encoding: gzip\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]
)  # fmt: skip


def _fuzz(running: Running, examples: int) -> None:
    @settings(max_examples=examples, database=None)
    @given(st.lists(TOKENS | st.binary(max_size=20), min_size=1, max_size=14))
    def every_request(parts: list[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", running.port), timeout=5) as connection:
            connection.sendall(b"".join(parts))
            connection.shutdown(socket.SHUT_WR)
            found = b""
            try:
                while piece := connection.recv(65536):
                    found += piece
            except ConnectionResetError:
                pass
        statuses = {int(status) for status in re.findall(rb"HTTP/1.1 (\d\d\d)", found)}
        assert statuses <= {100, 200, 400, 401, 404, 408, 413, 415, 431}, found

    every_request()
    assert (200, b"ok\n") == running.whole("/health", method="GET")


def test_requests_that_make_no_sense_break_nothing(running: Running) -> None:
    """Pieces of requests in any order: answered with a refusal, or hung up on; never a 5xx."""
    _fuzz(running, 60)


@pytest.mark.long
def test_many_more_requests_that_make_no_sense_break_nothing(running: Running) -> None:
    """The same, five thousand times."""
    _fuzz(running, 5000)


NAMES = ["peopleforce", "jira", "helpdesk", "unknown", "%2e%2e", ""]
SCHEMA = {
    "openapi": "3.1.0",
    "info": {"title": "receiver", "version": "1"},
    "paths": {
        "/hooks/{name}": {
            "post": {
                "parameters": [
                    {"name": "name", "in": "path", "required": True, "schema": {"enum": NAMES}},
                    {"name": "X-Hub-Signature", "in": "header", "schema": {"type": "string"}},
                    {"name": "X-Atlassian-Webhook-Identifier", "in": "header", "schema": {"type": "string"}},
                    {"name": "Content-Encoding", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {}}, "text/plain": {"schema": {}}}},
                "responses": {"202": {"description": "stored"}},
            }
        },
        "/health": {"get": {"responses": {"200": {"description": "well"}}}},
    },
}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_schemathesis_finds_no_failure(running: Running) -> None:
    """Generated from a description of the routes: no answer of the server's own failure."""
    import schemathesis

    statuses: Counter[int] = Counter()
    described = schemathesis.openapi.from_dict(SCHEMA)

    for path, method in (("/hooks/{name}", "POST"), ("/health", "GET")):

        @settings(max_examples=500, database=None)
        @given(case=described[path][method].as_strategy())
        def every_case(case: Any) -> None:
            statuses[case.call(base_url=f"http://127.0.0.1:{running.port}").status_code] += 1

        every_case()
    print(dict(statuses))
    assert [] == [status for status in statuses if status >= 500]
