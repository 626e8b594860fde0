"""The log goes to Seq: in its format, none left out, and never a reason for a run to fail or to wait."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from harness import Tool, company

from pfjira.ops.ship import as_event, waiting
from pfjira.sandbox.server import Sandbox

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
KEY = "seq-key-4711-canary"
LEVELS = {"Verbose", "Debug", "Information", "Warning", "Error", "Fatal"}
THEIRS = {"@t", "@m", "@mt", "@l", "@x", "@i", "@r", "@tr", "@sp"}


class Stub(ThreadingHTTPServer):
    """A Seq that takes nothing but what its documentation describes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Ingestion)
        self.events: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.wrong: list[str] = []
        self.status, self.hangs_s = 201, 0.0
        self.poison = ""
        self.kills: tuple[int, int] | None = None
        """Process to kill, and the batch at whose arrival."""

    def check(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Return the status for one request, and keep its events."""
        expected = {"content-type": "application/vnd.serilog.clef", "x-seq-apikey": KEY}
        self.wrong += [name for name, value in expected.items() if headers.get(name) != value]
        self.wrong += [path] * (path != "/ingest/clef")
        events = [json.loads(line) for line in body.splitlines()]
        for event in events:
            moment = datetime.fromisoformat(event["@t"])
            names = {name for name in event if name.startswith("@") and not name.startswith("@@")}
            fits = moment.tzinfo and names <= THEIRS and ("@m" in event) != ("@mt" in event)
            self.wrong += [] if fits and event.get("@l", "Information") in LEVELS else [json.dumps(event)]
        if len(events) > 500:
            return 413
        if self.poison and self.poison in body.decode():
            return 400
        if self.status == 201:
            self.events += events
            self.batches.append(len(events))
        return self.status


class Ingestion(BaseHTTPRequestHandler):
    """One request to the stub."""

    server: Stub

    def do_POST(self) -> None:
        """Take a batch."""
        body = self.rfile.read(int(self.headers["content-length"]))
        status = self.server.check(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        if self.server.kills and len(self.server.batches) == self.server.kills[1]:
            os.kill(self.server.kills[0], signal.SIGKILL)
        time.sleep(self.server.hangs_s)
        with suppress(BrokenPipeError):  # whoever asked did not wait for so long
            self.answer(status)

    def answer(self, status: int) -> None:
        """Answer as Seq does."""
        answer = b'{"MinimumLevelAccepted":null}'
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def seq() -> Iterator[Stub]:
    """Lend a Seq on this machine."""
    with Stub() as stub:
        threading.Thread(target=stub.serve_forever, args=(0.02,), daemon=True).start()
        yield stub
        stub.shutdown()


@pytest.fixture
def sending(tmp_path: Path, seq: Stub) -> Iterator[Tool]:
    """Lend a tool that sends its log there."""
    with Sandbox(company(tasks=6)) as sandbox:
        address = {"PFJIRA_SEQ_URL": f"http://127.0.0.1:{seq.server_port}/", "PFJIRA_SEQ_API_KEY": KEY}
        yield Tool(sandbox, tmp_path, extra=address, direct=False)


def lines(tool: Tool) -> list[str]:
    """Return when each line of the log was written, and what it tells."""
    paths = sorted(tool.folder.glob("logs/*.jsonl"))
    found = [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]
    return [f"{one['time']} {one.get('event')} {one.get('ref')}" for one in found]


def arrived(seq: Stub) -> list[str]:
    """Return the same of what arrived."""
    return [f"{one['@t']} {one.get('event')} {one.get('ref')}" for one in seq.events]


def fill(tool: Tool, count: int, text: str = "an older line") -> None:
    """Let the log hold lines of before."""
    (tool.folder / "logs").mkdir(exist_ok=True)
    old = [
        {"time": f"{YESTERDAY}T03:04:{n % 60:02}.000+00:00", "level": "debug", "message": text, "ref": n}
        for n in range(count)
    ]
    (tool.folder / "logs" / f"pfjira-{YESTERDAY}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in old))


def test_the_log_arrives_in_seqs_format_after_each_run(sending: Tool, seq: Stub) -> None:
    """Every line once, as CLEF, in batches of 500; templates and facts are apart; nobody sees the key."""
    fill(sending, 1200)
    said = sending.run("sync")
    once = arrived(seq)
    said_again = sending.run("sync")

    assert (0, 0, []) == (said.code, said_again.code, seq.wrong)
    assert (lines(sending), 500) == (arrived(seq), max(seq.batches))
    assert 1200 < len(once) < len(arrived(seq))
    finished = [one for one in seq.events if one.get("event") == "run.finished"][-1]
    assert ("run {run} finished: {outcome}", 2) == (finished["@mt"], finished["run"])
    cursor = sending.folder / "logs" / "sent.json"
    assert (0o600, 0) == (cursor.stat().st_mode & 0o777, waiting(cursor.parent))
    kept = b"".join(path.read_bytes() for path in sending.folder.rglob("*") if path.is_file())
    assert not [KEY for text in (said.out, said.err, said_again.err, kept.decode(errors="replace")) if KEY in text]


def test_a_seq_that_is_away_fails_no_run_and_loses_nothing(sending: Tool, seq: Stub) -> None:
    """A closed port, an error, one that hangs: exit 0, within two seconds; later everything is there."""
    for trouble in ("closed", 503, 401, "hangs"):
        seq.status = trouble if isinstance(trouble, int) else 201
        seq.hangs_s = 4.0 if trouble == "hangs" else 0.0
        seq.status = 500 if trouble == "hangs" else seq.status
        port = {"PFJIRA_SEQ_URL": "http://127.0.0.1:9/"} if trouble == "closed" else {}
        began = time.monotonic()
        assert 0 == sending.run("sync", **port).code
        assert time.monotonic() - began < 2.0 + 3.0, trouble
    assert 0 < waiting(sending.folder / "logs")

    seq.status, seq.hangs_s = 201, 0.0
    assert 0 == sending.run("sync").code
    assert lines(sending) == arrived(seq)
    assert 4 == sum(" log.kept " in one for one in arrived(seq))


def test_a_line_that_seq_refuses_stops_no_other(sending: Tool, seq: Stub) -> None:
    """It is passed over alone; a line that was cut short is told as one."""
    fill(sending, 40)
    path = sending.folder / "logs" / f"pfjira-{YESTERDAY}.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"ref": 7}', b'"ref": "bad apple"}').replace(b'"ref": 9}', b'"re'))
    seq.poison = "bad apple"

    assert 0 == sending.run("sync").code
    assert 38 == sum(one.get("@m") == "an older line" for one in seq.events)
    assert 1 == sum(one.get("@m") == "a line of the log that cannot be read" for one in seq.events)
    assert 0 == waiting(sending.folder / "logs")


def test_a_sender_that_is_killed_leaves_no_gap(sending: Tool, seq: Stub) -> None:
    """Kill -9 while the third batch is under way: at most one batch arrives twice, and every line arrives."""
    fill(sending, 2600)
    process = sending.start("sync")
    seq.kills = process.pid, 3
    process.communicate(timeout=60)
    seq.kills = None
    assert -signal.SIGKILL == process.returncode

    assert 0 == sending.run("sync").code
    written, came = Counter(lines(sending)), Counter(arrived(seq))
    assert (Counter(), []) == (written - came, seq.wrong)
    assert 0 < (came - written).total() <= 500


def test_names_of_ours_are_not_taken_for_theirs() -> None:
    """A fact whose name begins with @ is doubled, as CLEF asks."""
    event = as_event(
        b'{"time": "2026-01-02T03:04:05Z", "level": "critical", "message": "x {y}", "@l": 1}', "2026-01-02"
    )

    assert {"@t": "2026-01-02T03:04:05Z", "@m": "x {y}", "@l": "Fatal", "@@l": 1} == event


@pytest.mark.parametrize("wrong", [{"PFJIRA_SEQ_URL": "http://seq.example.com"}, {"PFJIRA_SEQ_API_KEY": "a\nb"}])
def test_an_address_that_would_show_the_key_is_refused(sending: Tool, wrong: dict[str, str]) -> None:
    """78 before anything is done."""
    answer = sending.run("sync", **wrong)
    assert (78, 0) == (answer.code, len(sending.sandbox.jira.issues)), answer.err
