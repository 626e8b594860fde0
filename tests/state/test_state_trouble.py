"""When the file, the disk or another program makes trouble: an error of ours, and nothing half written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pfjira.errors import ConfigError, StateDamaged, StateError, StateUnwritable
from pfjira.state import store as store_module
from pfjira.state.sqlite import sqlite3
from pfjira.state.store import Store

LARGE = "x" * 4_000_000


class Interrupted(BaseException):
    """Stands for Ctrl-C."""


def remember(store: Store, **facts: Any) -> None:
    """Write several facts in one transaction."""
    with store.write():
        for name, value in facts.items():
            store.set_meta(name, value)


def filled(path: Path) -> bytes:
    """Make a file with some content; return it as it lies on the disk."""
    with Store.open(path) as store, store.write():
        store.run_many(
            "INSERT INTO snapshots (kind, id, fingerprint, rules, day, section) VALUES ('task', ?, ?, 'r', '', 'open')",
            ((str(number), "f" * 64) for number in range(500)),
        )
    return path.read_bytes()


@pytest.mark.parametrize("stop", [ValueError, Interrupted])
def test_a_block_that_fails_leaves_nothing(store: Store, stop: type[BaseException]) -> None:
    """All of it or none of it, whatever ended it; and the next block works."""
    with suppress(stop), store.write():
        store.set_meta("a", "b")
        raise stop
    with store.write():
        store.set_meta("c", "d")

    assert (None, "d") == (store.meta("a"), store.meta("c"))


def test_an_error_of_sqlite_inside_a_block_leaves_nothing(store: Store) -> None:
    """The statement that failed and all before it are gone."""
    with pytest.raises(sqlite3.IntegrityError):
        remember(store, a="b", empty=None)

    assert store.meta("a") is None


def test_a_full_disk_is_an_error_of_ours_and_loses_nothing(store: Store) -> None:
    """The write is refused as a whole, what was there stays, and with space it goes on."""
    remember(store, a="before")
    ((pages,),) = store.rows("PRAGMA page_count")
    store.rows(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StateUnwritable, match="full"):
        remember(store, a="after", large=LARGE)
    kept = store.meta("a")
    store.rows("PRAGMA max_page_count = 100000")
    remember(store, large=LARGE)

    assert ("before", LARGE) == (kept, store.meta("large"))


def test_a_file_that_is_no_database_is_damaged_and_stays(path: Path) -> None:
    """Nothing is repaired, replaced or deleted unasked."""
    path.parent.mkdir(parents=True)
    path.write_bytes(b"These are my notes about pfjira. " * 200)
    before = path.read_bytes()

    for read_only in (False, True):
        with pytest.raises(StateDamaged, match="not a database"):
            Store.open(path, read_only=read_only)

    assert before == path.read_bytes()


def test_a_cut_file_is_damaged(path: Path) -> None:
    """A copy that broke off is noticed, and the hint says what to do."""
    whole = filled(path)
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(StateDamaged) as caught, Store.open(path) as store:
        store.check()

    assert "Move it away" in caught.value.hint


def test_a_page_of_rubbish_is_found_by_the_check(path: Path) -> None:
    """Damage in the middle of an otherwise healthy file does not wait for the run that meets it."""
    whole = bytearray(filled(path))
    whole[-4096:] = b"\xa5" * 4096
    path.write_bytes(bytes(whole))

    with pytest.raises(StateDamaged), Store.open(path) as store:
        store.check()


@pytest.mark.parametrize("rot", [b"\xff", b"\0"], ids=["no text", "no JSON"])
def test_rubbish_inside_a_sound_frame_is_found_by_the_check(path: Path, rot: bytes) -> None:
    """What SQLite's own check does not look at is read, and the message does not quote it."""
    with Store.open(path) as store, store.write():
        store.run(
            "INSERT INTO links (rule, key, kind, id, issue_id, issue_key, op, state, base) "
            "VALUES ('r', 'k', 'task', '1', '1', 'A-1', 'op', 'live', ?)",
            ("[" * 99 + "]" * 99,),
        )
    path.write_bytes(path.read_bytes().replace(b"[" * 99, rot * 99))

    with pytest.raises(StateDamaged, match=r"text that is none|rubbish in links"), Store.open(path) as store:
        store.check(quick=True)


def test_a_message_of_sqlite_that_is_no_text_is_damage_too(path: Path) -> None:
    """A schema that holds other bytes makes SQLite complain in those bytes."""
    whole = filled(path).replace(b"CREATE TABLE dead_letters", b"CREATE TXBLE dead_letters")
    path.write_bytes(whole.replace(b"dead_letters", b"\xc6\xc6ad_letters"))

    with pytest.raises(StateDamaged) as caught, Store.open(path) as store:
        store.check()

    assert "\xc6" not in str(caught.value)


def test_a_healthy_file_passes_the_check(path: Path) -> None:
    """The check cries only over damage."""
    filled(path)
    with Store.open(path, read_only=True) as store:
        store.check()


def test_a_place_that_is_no_folder_is_unwritable(tmp_path: Path) -> None:
    """The message names the file, the hint the variable to change."""
    (tmp_path / "file").touch()

    with pytest.raises(StateUnwritable, match=r"state\.db cannot be made or written") as caught:
        Store.open(tmp_path / "file" / "state.db")

    assert "PFJIRA_STATE" in caught.value.hint


def test_a_program_that_keeps_the_file_busy_is_named_as_the_cause(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database browser with an open transaction is an error of the state, not a bug."""
    monkeypatch.setattr(store_module, "BUSY_S", 0.05)

    with Store.open(path) as other, store.write():
        with pytest.raises(StateError, match="busy"), other.write():
            other.set_meta("a", "b")
        store.set_meta("a", "c")

    assert "c" == store.meta("a")


def test_an_unsafe_sqlite_is_refused_before_any_file_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that can corrupt the file never gets to open it."""
    monkeypatch.setattr(store_module, "sqlite_is_safe", lambda: False)

    with pytest.raises(ConfigError, match="can corrupt"):
        Store.open(path)

    assert not path.exists()


@pytest.mark.parametrize("name", ["spaces and ?mode=ro.db", "100%.db", "#1.db", "ключ.db"])
def test_any_name_of_a_file_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    """A file name is a name, and no part of an address."""
    with Store.open(tmp_path / name) as store, store.write():
        store.set_meta("a", "b")
    with Store.open(tmp_path / name, read_only=True) as again:
        assert "b" == again.meta("a")
