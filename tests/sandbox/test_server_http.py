"""The server around both systems: HTTP as clients speak it, the log, speed, and a clean end."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from http.client import HTTPException

import pytest
from plainclient import PlainClient, peopleforce_client

from pfjira.sandbox.company import PEOPLEFORCE_KEY
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.server import Sandbox

SMALL = SandboxOptions(people=10, tasks=5, completed_tasks=1)


def raw(sandbox: Sandbox, sent: bytes) -> bytes:
    """Send bytes as they are and return all that comes back."""
    address = ("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_the_environment_points_at_the_sandbox(sandbox: Sandbox) -> None:
    """Addresses are on loopback, credentials are those the systems accept, nothing is paced."""
    assert {
        "PFJIRA_PEOPLEFORCE_URL": sandbox.url + "/api/public/v3",
        "PFJIRA_PEOPLEFORCE_API_KEY": "sandbox-key",
        "PFJIRA_PEOPLEFORCE_RATE": "0",
        "PFJIRA_JIRA_URL": sandbox.url,
        "PFJIRA_JIRA_EMAIL": "sync@example.com",
        "PFJIRA_JIRA_API_TOKEN": "sandbox-token",
        "PFJIRA_JIRA_RATE": "0",
    } == sandbox.environment()


def test_answers_carry_the_time_of_the_sandbox(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """The `Date` header follows the clock when a test advances it."""
    sandbox.clock.advance(86_400)

    date = parsedate_to_datetime(peopleforce.get("/tasks").headers["Date"])

    assert abs((sandbox.clock.now() - date).total_seconds()) < 5


def test_one_connection_carries_many_requests(sandbox: Sandbox) -> None:
    """Pipelined requests on one socket are answered in order, and bodies in chunks are understood."""
    key = f"Host: x\r\nX-API-KEY: {PEOPLEFORCE_KEY}\r\n".encode()
    body = b'{"name": "chunked", "employee_id": 9002}'
    chunks = b"%x\r\n%s\r\n5\r\n%s\r\n0\r\n\r\n" % (len(body) - 5, body[:-5], body[-5:])

    answer = raw(
        sandbox,
        b"GET /api/public/v3/locations HTTP/1.1\r\n" + key + b"\r\n"
        b"POST /api/public/v3/tasks HTTP/1.1\r\n" + key + b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
    )

    assert 2 == answer.count(b"HTTP/1.1 200 OK")
    assert "chunked" == sandbox.peopleforce.tasks[7361]["title"]


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["words", "version", "header", "length", "chunk"],
)
def test_what_is_not_http_is_refused(sandbox: Sandbox, sent: bytes) -> None:
    """400, and the connection ends."""
    assert raw(sandbox, sent).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort",
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
    ids=["nothing", "head", "body", "chunk"],
)  # fmt: skip
def test_a_client_may_leave_in_the_middle(sandbox: Sandbox, peopleforce: PlainClient, sent: bytes) -> None:
    """Nothing is answered or handled, and the next client is served."""
    assert b"" == raw(sandbox, sent)
    assert 200 == peopleforce.get("/locations").status


def test_a_client_may_ask_before_it_sends_a_body(sandbox: Sandbox) -> None:
    """`Expect: 100-continue` gets its go-ahead, then the answer."""
    head = b"POST /__sandbox__/advance HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 13\r\n\r\n"

    answer = raw(sandbox, head + b'{"seconds":1}')

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_an_address_of_neither_system_is_not_found(sandbox: Sandbox) -> None:
    """404, as a web server would say it, and not logged as a request to a system."""
    assert raw(sandbox, b"GET /elsewhere HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 404 ")
    assert 0 == len(sandbox.requests)


def test_requests_are_logged_before_they_are_answered(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Who has an answer finds it in the log, with what was sent and what became of it."""
    sandbox.faults.add(Fault("html", path="/positions"))
    peopleforce.get("/tasks", completed="true")
    peopleforce.send("POST", "/tasks", {"name": "x", "employee_id": 9002})
    peopleforce.get("/positions")

    first, second, third = sandbox.requests
    assert ("peopleforce", "GET", {"completed": ["true"]}, 200, 1) == (
        first.system, first.method, first.query, first.status, first.in_flight,
    )  # fmt: skip
    assert b'{"name": "x", "employee_id": 9002}' == second.body
    assert ("html", 200, "/api/public/v3/positions") == (third.fault, third.status, third.path)


def test_in_flight_counts_what_runs_at_once(sandbox: Sandbox) -> None:
    """Four clients whose answers are delayed are four in flight; one after another they are one."""
    sandbox.faults.add(Fault("delay", delay_s=0.1, times=4))

    def ask(_: int) -> int:
        with peopleforce_client(sandbox) as client:
            return client.get("/tasks").status

    with ThreadPoolExecutor(4) as pool:
        assert [200] * 4 == list(pool.map(ask, range(4)))
    ask(0)

    assert (4, 1) == (max(entry.in_flight for entry in sandbox.requests), sandbox.requests[-1].in_flight)


def test_small_requests_are_fast(peopleforce: PlainClient) -> None:
    """One client gets far beyond any pace our program keeps (loose, for busy machines)."""
    started = time.perf_counter()
    for _ in range(500):
        peopleforce.get("/locations")

    assert 500 / (time.perf_counter() - started) > 500


def test_stop_leaves_neither_threads_nor_sockets() -> None:
    """A stopped sandbox refuses connections, its threads are gone, and its port is free for the next."""
    before = set(threading.enumerate())
    with Sandbox(SMALL) as sandbox:
        port = int(sandbox.url.rsplit(":", 1)[1])
        with peopleforce_client(sandbox) as client:
            client.get("/tasks")
            sandbox.stop()
            assert before == set(threading.enumerate())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with Sandbox(SMALL, port=port) as again, peopleforce_client(again) as client:
        assert 200 == client.get("/tasks").status


def test_a_sandbox_may_be_stopped_under_load() -> None:
    """Clients in full flight see broken connections; the sandbox still ends without a trace."""
    before = set(threading.enumerate())
    sandbox = Sandbox(SMALL)
    sandbox.start()
    sandbox.faults.add(Fault("drip", path="/employees", times=None, delay_s=0.001))
    broken: list[Exception] = []

    def ask(number: int) -> None:
        with peopleforce_client(sandbox) as client:
            try:
                while True:
                    client.get("/employees" if number % 2 else "/tasks")
            except (OSError, HTTPException) as error:
                broken.append(error)

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in asking:
        thread.start()
    while len(sandbox.requests) < 20:
        time.sleep(0.001)
    sandbox.stop()
    for thread in asking:
        thread.join(10)

    assert (6, before) == (len(broken), set(threading.enumerate()))


def test_a_taken_port_is_an_error(sandbox: Sandbox) -> None:
    """A fixed port that is in use is reported, not replaced by another."""
    with pytest.raises(OSError, match="in use"):
        Sandbox(SMALL, port=int(sandbox.url.rsplit(":", 1)[1])).start()
