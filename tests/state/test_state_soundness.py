"""When the state is looked over for damage: always where it is cheap, else daily and after a run that broke off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pfjira.errors import StateDamaged
from pfjira.state import runs, soundness
from pfjira.state.soundness import EVERY, Seal, look_over
from pfjira.state.store import Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def rotten(path: Path) -> Path:
    """Make a state that was looked over a moment ago and whose last page is rubbish since then."""
    with Store.open(path) as store:
        with store.write():
            store.set_meta(soundness.CHECKED, NOW.isoformat())
            store.run_many("INSERT INTO cursors VALUES (?, 'x')", ((str(n),) for n in range(500)))
        runs.finish(store, runs.start(store, full=True, now=NOW), exit_code=0, counts={}, error="", now=NOW)
    whole = path.read_bytes()
    path.write_bytes(whole[:-4096] + b"\xa5" * 4096)
    return path


def test_a_file_of_the_usual_size_is_looked_over_at_each_start(rotten: Path) -> None:
    """However recently it was found well."""
    with Store.open(rotten) as store, pytest.raises(StateDamaged):
        look_over(store, NOW + timedelta(minutes=1))


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("after", "looked"),
    [(timedelta(minutes=1), False), (EVERY, True), (timedelta(minutes=-1), True)],
    ids=["a minute ago", "a day ago", "dated ahead of the clock"],
)
def test_a_large_file_is_looked_over_once_a_day(
    rotten: Path, monkeypatch: pytest.MonkeyPatch, after: timedelta, looked: bool, read_only: bool
) -> None:
    """A time that lies ahead counts as none."""
    monkeypatch.setattr(soundness, "SMALL", 0)
    with Store.open(rotten, read_only=read_only) as store:
        if looked:
            with pytest.raises(StateDamaged):
                look_over(store, NOW + after)
        else:
            look_over(store, NOW + after)


def test_a_large_file_is_looked_over_after_a_run_that_broke_off(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash, or a power cut, is when a file gets damaged: the time of the last look moves."""
    monkeypatch.setattr(soundness, "SMALL", 0)
    with Store.open(path) as store:
        look_over(store, NOW)
        runs.start(store, full=True, now=NOW)
        look_over(store, NOW + timedelta(minutes=1))
        assert (NOW + timedelta(minutes=1)).isoformat() == store.meta(soundness.CHECKED)


@pytest.fixture
def sealed(path: Path) -> Path:
    """Make a state that a command left sealed a moment ago."""
    with Store.open(path) as store:
        runs.finish(store, runs.start(store, full=True, now=NOW), exit_code=0, counts={}, error="", now=NOW)
        seal = Seal(path)
        look_over(store, NOW, seal)
    seal.renew()
    return path


def checks(path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> int:
    """Return how often the whole file is looked over at a start."""
    counted: list[bool] = []
    monkeypatch.setattr(Store, "check", lambda store, *, quick=False: counted.append(quick))
    seal = Seal(path)
    with Store.open(path) as store:
        look_over(store, now, seal)
    return len(counted)


def test_a_file_that_is_as_it_was_left_need_not_be_looked_over(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a day, by a clock that is not behind the seal; a seal that is cut short is none."""
    soon = NOW + timedelta(minutes=5)
    looked = [checks(sealed, monkeypatch, now) for now in (soon, NOW + EVERY, NOW - timedelta(minutes=1))]
    beside = Path(f"{sealed}.seal")
    beside.write_bytes(beside.read_bytes()[:12])

    assert [0, 1, 1, 1] == [*looked, checks(sealed, monkeypatch, soon)]


def test_whatever_changed_in_the_file_or_stands_in_its_log_breaks_the_seal(
    sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single bit, or a log that another process writes."""
    soon = NOW + timedelta(minutes=5)
    whole = bytearray(sealed.read_bytes())
    sealed.write_bytes(bytes([*whole[:-1], whole[-1] ^ 1]))
    looked = [checks(sealed, monkeypatch, soon)]
    sealed.write_bytes(whole)
    looked.append(checks(sealed, monkeypatch, soon))
    Path(f"{sealed}-wal").write_bytes(b"\0" * 64)
    looked.append(int(Seal(sealed).checked_at is None))

    assert [1, 0, 1] == looked


def test_a_file_that_this_process_has_open_is_not_read_past_sqlite(sealed: Path) -> None:
    """Closing it would drop SQLite's locks without its knowing; so there is no seal, neither read nor made."""
    with Store.open(sealed):
        assert Seal(sealed).checked_at is None
    assert NOW == Seal(sealed).checked_at
