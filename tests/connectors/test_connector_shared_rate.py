"""One rate for all processes that work with one state: departures and pauses in a file beside it."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from connector_clock import FakeClock

from pfjira.connectors.pacing import Pacer
from pfjira.state import rates, timetable
from pfjira.state.timetable import PaceFile

SITE = "jira example.test"


class Desk:
    """A process as the pacing sees it: its own file handle and its own words, by a shared clock."""

    def __init__(self, database: Path, clock: FakeClock, *, boot: str = "boot-1", rate: float = 4.0) -> None:
        self.said: list[str] = []
        self.file = PaceFile(database, complain=self.said.append, clock=clock, boot=lambda: boot)
        self.pacer = Pacer(rate, clock=clock, sleep=clock.sleep, timetable=self.file.of(SITE))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Name a state file in a folder that is there."""
    return tmp_path / "state.db"


def test_two_processes_never_exceed_the_rate_together(database: Path) -> None:
    """Departures are booked in one place: two at four a second leave four a second together."""
    clock = FakeClock()
    desks = [Desk(database, clock), Desk(database, clock)]
    left: list[float] = []
    for number in range(40):
        assert 0.0 == desks[number % 3 % 2].pacer.wait("GET x", 60)
        left.append(clock.now - 1000)

    assert [number / 4 for number in range(40)] == left
    assert ([], []) == (desks[0].said, desks[1].said)


def test_row_23_retry_after_seen_by_one_process_holds_the_other(database: Path) -> None:
    """Whoever was told to wait, all wait; afterwards one request a second tries until one succeeds."""
    clock = FakeClock()
    told, other = Desk(database, clock), Desk(database, clock)
    told.pacer.wait("GET x", 60)
    told.pacer.pause("", 30)
    left: list[float] = []
    for desk in (other, told, other):
        desk.pacer.wait("GET x", 60)
        left.append(clock.now - 1000)
    other.pacer.succeeded("GET x")
    told.pacer.wait("GET x", 60)
    told.pacer.succeeded("GET x")
    left.append(clock.now - 1000)

    assert [30, 31, 32, 32.25] == left
    told.pacer.pause("", 3600)
    assert 3600 == Desk(database, clock).pacer.wait("GET x", 60)


def test_a_pause_that_comes_while_others_wait_for_their_turn_holds_them_too(database: Path) -> None:
    """A departure that was booked before `Retry-After` came is no right to leave during the pause."""
    clock = FakeClock()
    one, other = Desk(database, clock, rate=0.5), Desk(database, clock, rate=0.5)
    one.pacer.wait("GET x", 60)
    real = clock.sleep

    def told_meanwhile(seconds: float) -> None:
        real(seconds)
        if clock.now < 1003:
            other.pacer.pause("", 20)

    one.pacer._sleep = told_meanwhile
    one.pacer.wait("GET x", 60)

    assert clock.now >= 1022
    with one.file.held() as sites:
        assert 2 == sum(sites[SITE].departed[1:])


def test_another_site_has_its_own_times(database: Path) -> None:
    """A new address inherits no pause; the rate of one system is not that of the other."""
    clock = FakeClock()
    desk = Desk(database, clock)
    desk.pacer.pause("", 3600)
    elsewhere = Pacer(4, clock=clock, sleep=clock.sleep, timetable=desk.file.of("jira moved.test"))

    assert (0.0, 1000.0) == (elsewhere.wait("GET x", 60), clock.now)


NONSENSE: dict[str, Callable[[str], str]] = {
    "empty": lambda text: "",
    "cut": lambda text: text[:40],
    "zeros": lambda text: "\0" * len(text),
    "a list": lambda text: "[1, 2, 3]",
    "another shape": lambda text: json.dumps({"boot": "boot-1", "sites": {SITE: {"next": []}}}),
    "far ahead": lambda text: json.dumps(
        {"boot": "boot-1", "sites": {SITE: {"next": 9e15, "paused": {"": 9e15}, "careful": []}}}
    ),
    "not finite": lambda text: text.replace('"next":', '"next":1e999,"old":'),
    "another start of the machine": lambda text: text.replace("boot-1", "boot-0"),
    "very large": lambda text: "x" * 200_000,
}


def test_departures_are_counted_by_the_minute_for_whoever_looks(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what left counts: no pause does, a probe does; after an hour it is forgotten, and nonsense is left out."""
    clock = FakeClock()
    clock.now = 1020.0
    monkeypatch.setattr(timetable, "boot_time", clock)
    monkeypatch.setattr(timetable, "boot_id", lambda: "boot-1")
    assert () == rates.read(database)
    one, other = Desk(database, clock), Desk(database, clock)
    for _ in range(60):
        one.pacer.wait("GET x", 60)
    clock.sleep(5.25)  # 20 s into the minute
    found = rates.read(database)
    one.pacer.pause("", 30)
    assert 30 == other.pacer.wait("GET x", 1)
    paused = rates.read(database)
    for desk in (other, one):
        desk.pacer.wait("GET x", 60)
    other.pacer.pause("GET x", 40)

    assert [("jira", "example.test", 4.0, (0,) * 59 + (60,), 3.0, 0.0, False)] == [
        (one.system, one.site, one.budget, one.minutes, one.now, one.paused_s, one.partly) for one in found
    ]
    assert [(30.0, False, 60)] == [(one.paused_s, one.partly, one.minutes[-1]) for one in paused]
    assert [(40.0, True, 62)] == [(one.paused_s, one.partly, one.minutes[-1]) for one in rates.read(database)]
    clock.now = 1020.0 + 3600
    other.pacer.wait("GET x", 60)
    assert [(1, 1)] == [(one.minutes[-1], sum(one.minutes)) for one in rates.read(database)]
    other.pacer.pause("", 30)
    path = Path(f"{database}.pace")
    told = json.loads(path.read_text())
    told["sites"][SITE] |= {"departed": [77, 1e9, -3, 5, {}, "x", None, 10**9, True], "rate": "fast"}
    path.write_text(json.dumps(told))
    assert [(0.0, 5, 30.0)] == [(one.budget, sum(one.minutes), one.paused_s) for one in rates.read(database)]
    assert 30.0 == Desk(database, clock).pacer.wait("GET x", 1)


def test_what_is_counted_never_makes_the_file_longer_than_one_write(database: Path) -> None:
    """An hour at any rate of many sites and lanes: what is counted goes before a booking would need a second page."""
    clock = FakeClock()
    desk = Desk(database, clock)
    path = Path(f"{database}.pace")
    sizes = []
    for number in range(12):
        with desk.file.of(f"jira site-{number}.test").open() as times:
            times.rate = 10.0
            times.departed = [16, *[999_999] * 60]
        sizes.append(path.stat().st_size)
    desk.pacer.pause("", 30)

    assert (True, True) == (sizes[1] <= 1536, max(sizes) <= timetable.WHOLE)
    assert 30.0 == Desk(database, clock).pacer.wait("GET x", 1)


@pytest.mark.parametrize("name", NONSENSE)
def test_what_cannot_be_believed_stops_nobody(database: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged file, a reboot, a time that nobody can have written: as if it were not there, and it is mended."""
    clock = FakeClock()
    monkeypatch.setattr(timetable, "boot_time", clock)
    monkeypatch.setattr(timetable, "boot_id", lambda: "boot-1")
    Desk(database, clock).pacer.pause("", 3600)
    path = Path(f"{database}.pace")
    path.write_text(NONSENSE[name](path.read_text()))
    assert {0} >= {sum(one.minutes) for one in rates.read(database)}
    desk = Desk(database, clock)

    assert (0.0, 0.0) == (desk.pacer.wait("GET x", 60), desk.pacer.wait("GET x", 60))
    assert (1000.25, []) == (clock.now, desk.said)
    assert SITE in json.loads(path.read_text())["sites"]


def test_what_a_process_was_told_itself_outlives_the_file(database: Path) -> None:
    """A file that is spoilt beside it makes nobody forget a pause that he has seen."""
    clock = FakeClock()
    desk = Desk(database, clock)
    desk.pacer.pause("", 30)
    Path(f"{database}.pace").write_text("spoilt")

    assert (30.0, []) == (desk.pacer.wait("GET x", 10), desk.said)


def test_a_file_that_cannot_be_used_is_said_once(tmp_path: Path) -> None:
    """The process goes by itself, at its rate, and says so; a link in the place of the file is not followed."""
    clock = FakeClock()
    (tmp_path / "state.db.pace").symlink_to(tmp_path / "elsewhere")
    desks = [Desk(tmp_path / "no" / "state.db", clock), Desk(tmp_path / "state.db", clock)]
    for desk in desks:
        for _ in range(3):
            desk.pacer.wait("GET x", 60)

    assert ([1, 1], 1001.0) == ([len(desk.said) for desk in desks], clock.now)
    assert not (tmp_path / "elsewhere").exists()


def test_a_process_that_hangs_while_it_books_stops_nobody(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second of trying the others go by themselves."""
    monkeypatch.setattr(timetable, "BETWEEN_S", 0.0001)
    clock = FakeClock()
    hung, other = Desk(database, clock), Desk(database, clock)
    with hung.file.held():
        other.pacer.wait("GET x", 60)

    assert (1, True) == (len(other.said), "locked" in other.said[0])


def test_unpaced_means_without_any_file(database: Path) -> None:
    """A rate of 0 touches nothing, and still heeds what it is told itself."""
    clock = FakeClock()
    desk = Desk(database, clock, rate=0)
    desk.pacer.wait("GET x", 60)
    desk.pacer.pause("", 5)
    desk.pacer.wait("GET x", 60)

    assert (1005.0, False) == (clock.now, Path(f"{database}.pace").exists())


def _depart(database: Path, count: int, rate: float, left: multiprocessing.Queue[float]) -> None:
    file = PaceFile(database, complain=lambda text: None)
    pacer = Pacer(rate, clock=time.monotonic, sleep=time.sleep, timetable=file.of(SITE))

    def leave() -> None:
        for _ in range(count):
            pacer.wait("GET x", 60)
            left.put(timetable.boot_time())

    threads = [threading.Thread(target=leave) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_real_processes_keep_the_rate_together(database: Path) -> None:
    """Two processes of two threads each, by the machine's own clock: never more than the rate and its small burst."""
    rate, count, spawn = 40.0, 10, multiprocessing.get_context("spawn")
    left: multiprocessing.Queue[float] = spawn.Queue()
    workers = [spawn.Process(target=_depart, args=(database, count, rate, left)) for _ in range(2)]
    for worker in workers:
        worker.start()
    times = sorted(left.get(timeout=60) for _ in range(4 * count))
    for worker in workers:
        worker.join()

    burst = rate / 4
    assert [0, 0] == [worker.exitcode for worker in workers]
    # A departure may be late on a busy machine, never early: between the first and the n-th lie (n - burst) gaps.
    assert times[-1] - times[0] >= (len(times) - 1 - burst) / rate - 0.01
