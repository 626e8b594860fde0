"""The write-ahead log stays small whatever readers do, and no reader holds the writer for long."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from pfjira.state import wal
from pfjira.state.store import Store

LOAD = 20_000
"""Characters of one fact; SQLite writes only what differs."""


def relay(path: Path, stop: threading.Event, looks: list[float]) -> None:
    """Look at the file for ever in brief transactions of which one always begins before the other ends."""
    with Store.open(path, read_only=True) as one, Store.open(path, read_only=True) as other:
        pair = [one, other]
        while not stop.is_set():
            pair[0]._connection.execute("BEGIN")
            pair[0].rows("SELECT count(*) FROM meta")
            if looks:
                pair[1]._connection.execute("COMMIT")
            looks.append(time.monotonic())
            time.sleep(0.02)
            pair.reverse()
        pair[1]._connection.execute("COMMIT")


def hammer(path: Path, seconds: float, *, bounded: bool) -> tuple[int, float, int]:
    """Write for a while beside readers that leave no moment of rest; return (largest log, longest write, new logs)."""
    stop = threading.Event()
    looks: list[float] = []
    largest, longest, number, last, anew = 0, 0.0, 0, 0, 0
    with Store.open(path) as store:
        if not bounded:
            store._log = None
        reader = threading.Thread(target=relay, args=(path, stop, looks))
        reader.start()
        while not looks:
            time.sleep(0.001)
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at or number < 2000:
            begun = time.monotonic()
            with store.write():
                for _ in range(20):
                    number += 1
                    store.set_meta(f"fact {number % 100}", f"{number // 100 % 10}" * LOAD)
            longest = max(longest, time.monotonic() - begun)
            size = Path(f"{path}-wal").stat().st_size
            anew += size < last
            largest, last = max(largest, size), size
        stop.set()
        reader.join()
    return largest, longest, anew


@pytest.mark.parametrize("seconds", [0.5, pytest.param(60.0, marks=pytest.mark.long)])
def test_the_log_stays_below_64_mib_beside_brief_readers(
    path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Readers whose looks overlap leave it no moment of rest by themselves; no write takes much over a second."""
    if seconds < 10:  # the same in small
        for name, size in (("EARLY", 4 << 20), ("STEP", 2 << 20), ("LARGEST", 16 << 20)):
            monkeypatch.setattr(wal, name, size)

    largest, longest, anew = hammer(path, seconds, bounded=True)

    assert (True, True) == (largest <= wal.LARGEST, anew > 0), (largest, anew)
    assert longest < 5.0, longest  # a second for the moment, the rest for a busy machine


def test_without_the_bound_the_log_grows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same load, and nobody who starts the log anew."""
    monkeypatch.setattr(wal, "LARGEST", 16 << 20)

    assert hammer(path, 0.5, bounded=False)[0] > wal.LARGEST


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
                store.set_meta(f"fact {number}", "x" * 5 * LOAD)
        grown = store._log.size() if store._log else 0
        took = time.monotonic() - begun
        reader._connection.execute("COMMIT")
        store._log.start_anew() if store._log else None

        assert (True, 0) == (grown > 3 << 20, store._log.size() if store._log else 1), (grown, took)


@pytest.mark.parametrize(("patience_s", "kept"), [(None, 30_000), (4.0, 4000)])
def test_a_store_keeps_its_own_patience(path: Path, patience_s: float | None, kept: int) -> None:
    """As it was opened, after the log starts anew and after a hurry as well."""

    def patience(store: Store) -> object:
        return store.one("PRAGMA busy_timeout")

    with Store.open(path, patience_s=patience_s) as store:
        found = [patience(store)]
        assert store._log is not None
        store._log.start_anew()
        found.append(patience(store))
        with store.hurried():
            found.append(patience(store))
        found.append(patience(store))
    with Store.beside(path, patience_ms=2000) as store:
        found.append(patience(store))

    assert [(kept,), (kept,), (0,), (kept,), (2000,)] == found
