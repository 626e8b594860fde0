"""The write-ahead log stays small whatever readers do, and no reader holds the writer for long."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from pfjira.state import wal
from pfjira.state.store import Store

LOAD = "x" * 100_000


def hammer(path: Path, seconds: float, *, bounded: bool) -> tuple[int, float, int]:
    """Write for a while beside two readers whose brief looks overlap; return (largest log, longest write, reads)."""
    stop = threading.Event()
    reads = [0, 0]

    def look(number: int) -> None:
        with Store.open(path, read_only=True) as store:
            while not stop.is_set():
                store._connection.execute("BEGIN")
                store.rows("SELECT count(*) FROM meta")
                time.sleep(0.02 + 0.01 * number)
                store._connection.execute("COMMIT")
                reads[number] += 1

    largest, longest = 0, 0.0
    with Store.open(path) as store:
        if not bounded:
            store._log = None
            store.rows("PRAGMA wal_autocheckpoint = 0")
        threads = [threading.Thread(target=look, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        ends_at, number = time.monotonic() + seconds, 0
        while time.monotonic() < ends_at:
            begun = time.monotonic()
            with store.write():
                for _ in range(20):
                    number += 1
                    store.set_meta(f"fact {number % 400}", LOAD)
            longest = max(longest, time.monotonic() - begun)
            largest = max(largest, Path(f"{path}-wal").stat().st_size)
        stop.set()
        for thread in threads:
            thread.join()
    return largest, longest, min(reads)


@pytest.mark.parametrize("seconds", [1.0, pytest.param(60.0, marks=pytest.mark.long)])
def test_the_log_stays_below_64_mib_beside_brief_readers(
    path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Two readers whose looks overlap leave it no moment of rest by themselves; no write takes much over a second."""
    if seconds < 10:  # the same in small
        for name, size in (("EARLY", 4 << 20), ("STEP", 2 << 20), ("LARGEST", 16 << 20)):
            monkeypatch.setattr(wal, name, size)

    largest, longest, reads = hammer(path, seconds, bounded=True)

    assert (True, True) == (wal.EARLY <= largest <= wal.LARGEST, reads > 5), (largest, reads)
    assert longest < 3.0, longest


def test_without_the_bound_the_log_grows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same load, and nobody who starts the log anew."""
    monkeypatch.setattr(wal, "LARGEST", 16 << 20)

    assert hammer(path, 1.0, bounded=False)[0] > wal.LARGEST


def test_a_reader_that_never_ends_costs_a_writer_little(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the log must grow; it is tried again only after a step, so that not every commit waits."""
    monkeypatch.setattr(wal, "WAIT_MS", 50)
    monkeypatch.setattr(wal, "EARLY", 1 << 20)
    monkeypatch.setattr(wal, "STEP", 1 << 20)
    with Store.open(path) as store, Store.open(path, read_only=True) as reader:
        reader._connection.execute("BEGIN")
        reader.rows("SELECT count(*) FROM meta")
        begun = time.monotonic()
        for number in range(40):
            with store.write():
                store.set_meta(f"fact {number}", LOAD)
        grown = store._log.size() if store._log else 0
        took = time.monotonic() - begun
        reader._connection.execute("COMMIT")
        store._log.start_anew() if store._log else None

        assert (True, 0) == (grown > 3 << 20, store._log.size() if store._log else 1), (grown, took)
