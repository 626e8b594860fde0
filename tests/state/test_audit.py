"""The record of acts: whatever is changed, taken out or put in is found; a person can still be erased from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from pfjira.errors import StateError
from pfjira.state import audit
from pfjira.state.sqlite import sqlite3
from pfjira.state.store import Store

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
COLUMNS = ("at", "who", "act", "subject", "print", "seal")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Lend a state in which people did twenty things."""
    with Store.open(tmp_path / "state.db") as store:
        with store.write():
            for number in range(20):
                audit.append(store, "ann", "people link", f"700{number} account", NOW + timedelta(minutes=number))
        yield store


def tampered(store: Store, random: Random) -> str:
    """Do one thing to the table behind its back, as with a database browser; return what."""
    number = random.randrange(1, 21)
    deed = random.choice(("edit", "delete", "swap", "insert", "cut"))
    store.run("DROP TRIGGER audit_stays")
    store.run("DROP TRIGGER audit_as_written")
    match deed:
        case "edit":
            store.run(f"UPDATE audit SET {random.choice(COLUMNS)} = 'x' WHERE number = ?", (number,))
        case "delete":
            store.run("DELETE FROM audit WHERE number = ?", (number,))
        case "swap":
            other = number % 20 + 1
            for old, new in ((number, 99), (other, number), (99, other)):
                store.run("UPDATE audit SET number = ? WHERE number = ?", (new, old))
        case "insert":
            store.run("INSERT INTO audit (at, who, act, subject) VALUES ('x', 'eve', 'approve', '0')")
        case "cut":
            store.run("DELETE FROM audit WHERE number >= ?", (number,))
    return f"{deed} {number}"


def test_an_untouched_record_is_whole(store: Store) -> None:
    """Twenty acts, none changed."""
    assert (20, None) == ((found := audit.verify(store)).acts, found.broken)


@pytest.mark.parametrize("tries", [30, pytest.param(1000, marks=pytest.mark.long)])
def test_whatever_is_done_to_it_is_found(tmp_path: Path, tries: int) -> None:
    """Edits, deletions, swaps, insertions, a cut tail: found each time."""
    missed = []
    for seed in range(tries):
        with Store.memory() as store:
            with store.write():
                for number in range(20):
                    audit.append(store, "ann", "link", f"{number}", NOW)
            deed = tampered(store, Random(seed))
            if audit.verify(store).broken is None:
                missed.append((seed, deed))
    assert [] == missed


def test_the_table_itself_refuses_changes(store: Store) -> None:
    """Nobody who goes through SQL changes or removes an act by mistake."""
    for sql in ("DELETE FROM audit", "UPDATE audit SET who = 'eve'", "UPDATE audit SET subject = 'other'"):
        with pytest.raises((StateError, sqlite3.IntegrityError)):
            store.run(sql)


def test_a_person_is_erased_and_the_record_is_whole(store: Store) -> None:
    """The subject is gone from the row; the chain still fits, and a forged erasure of another row too is only that."""
    with store.write():
        assert 1 == audit.erase(store, "7003 account")
    assert (None, [audit.ERASED]) == (
        audit.verify(store).broken, [act.subject for act in audit.every(store) if act.number == 4],
    )  # fmt: skip


def test_acts_of_before_the_chain_are_its_foundation() -> None:
    """An older state's acts have no seal: what comes after them is sealed, and fits."""
    with Store.memory() as store:
        store.run("INSERT INTO audit (at, who, act, subject) VALUES ('2029', 'ann', 'approve', '0')")
        with store.write():
            audit.append(store, "ann", "approve", "1", NOW)
        assert (2, None) == ((found := audit.verify(store)).acts, found.broken)
        store.run("DROP TRIGGER audit_as_written")
        store.run("UPDATE audit SET who = 'eve' WHERE number = 1")
        assert 2 == audit.verify(store).broken
