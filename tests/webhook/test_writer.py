"""The receiver's writer: what an earlier one left is worked off, a locked state hangs nobody, and it leaves samples."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receiving import issue_updated, receiver, signed

from pfjira.engine.model import Ref
from pfjira.ops.parcels import NoticeParcel
from pfjira.state import deliveries, samples
from pfjira.state.inbox import Arrival
from pfjira.state.store import Store
from pfjira.telemetry import Sample
from pfjira.webhook.writer import LOCKED_S, PATIENCE_S, Writer

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize("left", [0, 1])
def test_what_a_killed_receiver_left_is_called_for_at_the_start(tmp_path: Path, left: int) -> None:
    """Killed between the commit and the call: the next one calls. Where nothing waits, nobody is called."""
    path, calls = tmp_path / "state.db", list[int]()
    with Store.open(path) as store, store.write():
        for number in range(left):
            deliveries.receive(store, "desk", str(number), {"id": number}, NOW)
    writer = Writer(lambda: Store.open(path), clock=lambda: NOW, wake=lambda: calls.append(1))
    writer.start()
    writer.close()
    assert left == len(calls)


@pytest.mark.parametrize("patience_s", [0.1, pytest.param(LOCKED_S, marks=pytest.mark.long)])
def test_a_state_that_stays_locked_is_a_503_and_no_receiver_that_hangs(tmp_path: Path, patience_s: float) -> None:
    """The sender is told to come later, the watchdog has its answer in time, and all is well after the lock."""
    body, answers = issue_updated(), list[bytes]()
    head = f"POST /hooks/jira HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    sent = (head + "".join(f"{name}: {value}\r\n" for name, value in signed("jira", body).items())).encode()
    with receiver(tmp_path, patience_s=patience_s) as found:
        with Store.open(found.state) as other, other.write():
            sender = threading.Thread(target=lambda: answers.append(found.raw(sent + b"\r\n" + body, 20)))
            sender.start()
            time.sleep(min(0.1, patience_s / 2))  # the question comes just behind one who waits
            begun = time.monotonic()
            lives = asyncio.run(found.writer.answers())
            took = time.monotonic() - begun
            sender.join()
        after = found.deliver("jira", issue_updated())

    assert (True, True, 202) == (lives, took < PATIENCE_S, after), took
    assert (b"503", True) == (answers[0][9:12], b"retry-after: 60" in answers[0])


def test_the_receiver_leaves_a_sample_a_minute_and_waits_for_nobody(tmp_path: Path) -> None:
    """Due by the clock, after whoever waits; what cannot be measured or written is made up for by the next one."""
    path, now, fails, measures = tmp_path / "state.db", [NOW], [False], threading.Semaphore(0)

    def measured() -> Sample:
        measures.release()
        if fails[0]:
            raise PermissionError
        return Sample((now[0] - NOW).total_seconds() / 10, 40.0, 0.5, None, 9000.0, None)

    writer = Writer(lambda: Store.open(path, patience_s=30), clock=lambda: now[0], wake=lambda: None, measure=measured)

    def step(seconds: float, number: int | None = None, *, due: bool) -> None:
        """Let time pass, ask or deliver, and wait for the end of what that led to: one thread does all of it."""
        now[0] += timedelta(seconds=seconds)
        if number is not None:
            arrival = Arrival("jira", "issue", str(number), refs=(Ref("jira", "issue", str(number)),))
            assert asyncio.run(writer.keep(NoticeParcel(arrival)))
        assert asyncio.run(writer.is_well())
        assert not due or measures.acquire(timeout=10)
        assert (True, False) == (asyncio.run(writer.is_well()), measures.acquire(blocking=False))

    writer.start()
    try:
        assert measures.acquire(timeout=10)
        step(59, 1, due=False)
        step(1, 2, due=True)
        step(30, 3, due=False)
        fails[0] = True
        step(30, due=True)
        fails[0] = False
        with Store.open(path) as other, other.write():
            begun = time.monotonic()
            step(60, due=True)
            took = time.monotonic() - begun
        step(60, due=True)
        step(-7200, due=True)
        step(90, due=True)
    finally:
        writer.close()
    with Store.open(path, read_only=True) as store:
        rows = samples.since(store, NOW - timedelta(days=1))

    names = ("command", "elapsed_s", "cpu_s", "writes", "memory_mb", "open")
    kept = [tuple(row[name] for name in names) for row in rows]
    wanted = [(90.0, 9.0, 0.0), (60.0, 6.0, 2.0), (180.0, 18.0, 1.0)]  # by the clock, which went back two hours
    assert [("webhook-serve", *values, 40.0, None) for values in wanted] == kept
    assert took < 5, "it waited for the other writer"
