"""A good guest: storms of 429, a login that ends, a run that has an end, answers beyond all measure."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import cycle

import httpx
import pytest
from connector_api import api_of
from connector_clock import FakeClock

from pfjira.connectors.http import READ_S
from pfjira.connectors.login import Login
from pfjira.connectors.pacing import OwnTimetable
from pfjira.errors import ConnectorError, Missing, OutcomeUnknown, OutOfTime, RateLimited, Unauthorized

JSON = {"content-type": "application/json"}
EPOCH = datetime(2026, 3, 2, tzinfo=UTC)


class Storm:
    """A system that answers 429 for ten minutes, with every form of `Retry-After`, and notes who came too early."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.ends_at = clock, clock.now + 600
        self.forms = cycle(("7", "0", None, "date", "30"))
        self.allowed_at = 0.0
        self.arrivals: list[float] = []
        self.early: list[float] = []
        self.posts = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        now = self.clock.now
        self.posts += request.method == "POST"
        date = EPOCH + timedelta(seconds=now)
        headers = {**JSON, "date": format_datetime(date, usegmt=True)}
        if now >= self.ends_at:
            return httpx.Response(200, content=b"{}", headers=headers)
        self.arrivals.append(now)
        if now < self.allowed_at - 0.001:
            self.early.append(now)
        form = next(self.forms)
        wait_s = {"7": 7.0, "30": 30.0, "date": 12.0}.get(form or "", 1.0)
        if form == "date":
            form = format_datetime(date.replace(microsecond=0) + timedelta(seconds=wait_s), usegmt=True)
            wait_s -= 1.0  # dates have no fractions
        self.allowed_at = now + wait_s
        return httpx.Response(429, content=b"{}", headers={**headers, **({"retry-after": form} if form else {})})


def test_row_23_a_storm_of_ten_minutes_is_waited_out_by_all_processes_together(clock: FakeClock) -> None:
    """Never earlier than `Retry-After`, at most one probe a second, and no POST that the HTTP layer repeats."""
    storm, shared = Storm(clock), OwnTimetable(clock)
    apis = [api_of(storm, clock, rate=20, timetable=shared) for _ in range(3)]
    posted = 0
    told: list[float] = []
    for number in range(4000):
        if clock.now >= storm.ends_at:
            break
        api = apis[number % 3]
        try:
            if number % 2:
                api.get("list")
            else:
                posted += 1
                api.write("POST", "issue", {})
        except RateLimited as error:
            told.append(error.retry_after_s)

    gaps = [after - before for before, after in zip(storm.arrivals, storm.arrivals[1:], strict=False)]
    assert ([], posted, True) == (storm.early, storm.posts, min(told) >= 1.0)
    assert (True, True) == (min(gaps) >= 1.0, 30 < len(storm.arrivals) < 200), (min(gaps), len(storm.arrivals))
    assert {} == apis[0].get("list")


@pytest.mark.parametrize("crew", [1, 8])
def test_row_24_a_login_that_ends_costs_at_most_one_request_more(clock: FakeClock, crew: int) -> None:
    """Those that are under way get their 401; of all that would follow one leaves, whoever sends it."""
    together = threading.Barrier(crew, timeout=10)
    asked: list[str] = []

    def revoked(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if len(asked) <= crew:
            together.wait()
        return httpx.Response(401, content=b"{}", headers=JSON)

    api = api_of(revoked, clock)
    errors: list[type[Exception]] = []

    def work() -> None:
        for number in range(10):
            try:
                if number % 2:
                    api.get("x")
                else:
                    api.write("PUT", "x", {}, repeatable=True)
            except ConnectorError as error:
                errors.append(type(error))

    threads = [threading.Thread(target=work) for _ in range(crew)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (crew + 1, [Unauthorized] * (10 * crew)) == (len(asked), errors)
    with pytest.raises(Unauthorized, match="401"):
        api.beside("https://x.test/other").get("x")
    assert crew + 1 == len(asked)


def test_row_24_without_the_doubt_every_request_would_leave(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: nobody remembers the first 401."""
    monkeypatch.setattr(Login, "asking", lambda self: nullcontext())
    asked: list[str] = []

    def revoked(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(401, content=b"{}", headers=JSON)

    api = api_of(revoked, clock)
    for _ in range(10):
        with pytest.raises(Unauthorized):
            api.get("x")

    assert 10 == len(asked)


def test_row_24_a_scope_that_is_missing_ends_nothing_else(clock: FakeClock) -> None:
    """A scoped token gets 401 for what it has no scope for: the next answer clears the login again."""

    def scoped(request: httpx.Request) -> httpx.Response:
        status = {"/desk": 401, "/gone": 404}.get(request.url.path, 200)
        return httpx.Response(status, content=b"{}", headers=JSON)

    api = api_of(scoped, clock)
    for after in ("issue", "gone"):
        with pytest.raises(Unauthorized):
            api.get("desk")
        if after == "gone":
            with pytest.raises(Missing):
                api.get(after)
        assert {} == api.get("issue")


def test_a_run_that_has_had_its_time_sends_nothing_more(clock: FakeClock) -> None:
    """Reads go on to the end, a write is begun only while its answer can still be awaited, and nothing is repeated."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, content=b"{}", headers=JSON)

    api = api_of(answer, clock, run_s=1800)
    clock.now += 1800 - READ_S - 1
    api.write("POST", "issue", {})
    clock.now += 2
    api.get("x")
    with pytest.raises(OutOfTime, match="30 minutes"):
        api.write("POST", "issue", {})
    clock.now += READ_S
    with pytest.raises(OutOfTime) as caught:
        api.get("x")

    assert (["POST", "GET"], 0.0, True) == (asked, sum(clock.slept), "PFJIRA_RUN_MINUTES" in caught.value.hint)


def test_a_pause_that_outlasts_the_run_is_not_slept_through(clock: FakeClock) -> None:
    """Half a minute before the end nobody sleeps for a minute."""
    api = api_of(
        lambda request: httpx.Response(429, content=b"{}", headers={**JSON, "retry-after": "50"}), clock, run_s=30
    )
    with pytest.raises(RateLimited):
        api.write("POST", "issue", {})
    with pytest.raises(RateLimited):
        api.write("POST", "issue", {})

    assert 0.0 == sum(clock.slept)


BEYOND = r"""
import gzip, sys, zlib
import httpx
from pfjira.connectors.http import Api
from pfjira.errors import BadReply, OutcomeUnknown

MIB = 1 << 20

class Stream(httpx.SyncByteStream):
    def __init__(self, chunks): self.chunks = chunks
    def __iter__(self): return self.chunks()

def plain():
    yield b"["
    for _ in range(200): yield b" " * MIB

def bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(300): yield packer.compress(b" " * MIB)
    yield packer.flush()

def slow_bomb():  # each part unpacks to less than a hundred times its size, all of it to more than fifty megabytes
    import random
    noise = random.Random(7).randbytes(60000)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(120): yield packer.compress(noise[:8000] + b" " * 600000)
    yield packer.flush()

def deep(): yield b"[" * 1_000_000 + b"]" * 1_000_000
def html(): yield b"<html><body>Sign in</body></html>"

for name, chunks, kind, encoding in (
    ("plain", plain, "application/json", ""), ("bomb", bomb, "application/json", "gzip"),
    ("slow bomb", slow_bomb, "application/json", "gzip"), ("deep", deep, "application/json", ""),
    ("html", html, "text/html", ""),
):
    def answer(request):
        headers = {"content-type": kind, **({"content-encoding": encoding} if encoding else {})}
        return httpx.Response(200, stream=Stream(chunks), headers=headers)
    api = Api("jira", "https://x.test", headers={}, secrets=(), transport=httpx.MockTransport(answer))
    try:
        api.get("x")
    except BadReply: read = "BadReply"
    try:
        api.write("POST", "x", {})
    except OutcomeUnknown: wrote = "OutcomeUnknown"
    print(name, read, wrote, sep=":")
    read = wrote = ""
# The kernel counts from here: what getrusage tells begins with the size of the process that started this one.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024, file=sys.stderr)
"""


def test_row_39_an_answer_beyond_measure_is_a_bad_reply_and_costs_no_memory() -> None:
    """200 MB, bombs of both sorts, a million brackets, a login page: no list, no crash, under 200 MiB in all."""
    done = subprocess.run([sys.executable, "-c", BEYOND], capture_output=True, text=True, timeout=110)

    names = ("plain", "bomb", "slow bomb", "deep", "html")
    assert [f"{name}:BadReply:OutcomeUnknown" for name in names] == done.stdout.splitlines(), done.stderr
    assert int(done.stderr) < 200


@pytest.mark.parametrize("error", [httpx.ConnectError("certificate has expired"), httpx.ConnectError("no such host")])
def test_row_39_a_failed_certificate_or_name_is_a_sure_no(clock: FakeClock, error: Exception) -> None:
    """Nothing was sent: a read is unavailable, and so is a write, which therefore may be sent again later."""

    def fails(request: httpx.Request) -> httpx.Response:
        raise error

    api = api_of(fails, clock)
    with pytest.raises(ConnectorError) as caught:
        api.write("POST", "issue", {})

    assert not isinstance(caught.value, OutcomeUnknown)
