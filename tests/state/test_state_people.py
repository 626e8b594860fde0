"""The identity table across a migration, and what an imported table leaves in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pfjira.engine.model import Ref
from pfjira.engine.people import Doubt
from pfjira.state import people, schema, snapshots
from pfjira.state import store as store_module
from pfjira.state.people import Identity
from pfjira.state.snapshots import Snapshot
from pfjira.state.store import Store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def test_pairs_of_an_older_file_stay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was known before there were tables and hands is known afterwards, with nobody behind the pair."""
    places = [place for place, (name, _) in enumerate(schema.MIGRATIONS) if name == "0002_people"]
    now = schema.MIGRATIONS
    for module in (schema, store_module):
        monkeypatch.setattr(module, "MIGRATIONS", now[: places[0]])
    with Store.open(path) as old:
        old.run("INSERT INTO people VALUES ('12', 'a', 'linked', 'email', '', 'f', ?)", (NOW.isoformat(),))
        old.run("INSERT INTO people VALUES ('13', NULL, 'review', 'email', 'HIDDEN', 'f', ?)", (NOW.isoformat(),))
    for module in (schema, store_module):
        monkeypatch.setattr(module, "MIGRATIONS", now)

    with Store.open(path) as new:
        assert {
            "12": Identity("12", "a", None, "email", "f", NOW),
            "13": Identity("13", None, Doubt.HIDDEN, "email", "f", NOW),
        } == people.every(new)


@pytest.mark.parametrize("doubt", [None, Doubt.HELD])
def test_all_that_is_known_of_a_person_comes_back(store: Store, doubt: Doubt | None) -> None:
    """Who stood behind it, since when, whom the doubt speaks of, and which accounts may be meant."""
    known = Identity("12", "a", doubt, "link", "f", NOW, "ann", NOW, ("9", "10"), ("b", "c"), "n")
    with store.write():
        people.save(store, [known])

    assert {"12": known} == people.every(store)


def test_a_doubt_about_a_pair_is_in_review_though_nothing_waits(store: Store) -> None:
    """Its account is in use; a person without one, for whom nothing waits, is nobody's question."""
    with store.write():
        people.save(
            store,
            [
                Identity("12", "a", Doubt.MOVED, "email", "f", NOW, suggested=("b",)),
                Identity("13", None, Doubt.HELD, "email", "f", NOW, others=("12",)),
                Identity("14", None, Doubt.HELD, "email", "f", NOW, others=("12",)),
            ],
        )
        snapshots.save(store, [Snapshot(Ref("peopleforce", "task", "1"), "f", "r", "", "open", waiting=("14",))])

    assert [("12", Doubt.MOVED.value), ("14", "HR id 12 is linked to this account already")] == people.in_review(store)


def test_the_newest_table_counts(store: Store) -> None:
    """A corrected table replaces what the one before said of the same number."""
    for account, who in (("a", "ann"), ("b", "bob")):
        with store.write():
            people.state(store, [("employee_number", "f", account)], who, NOW)

    assert {("employee_number", "f"): ("b", "bob")} == people.stated(store)


def test_everybody_in_doubt_is_due_after_a_table_but_whom_a_hand_took_out(store: Store) -> None:
    """An unlinked person waits for a word; a linked one for nothing."""
    with store.write():
        people.save(
            store,
            [
                Identity("12", None, Doubt.HIDDEN, "email", "f", NOW),
                Identity("13", None, Doubt.UNLINKED, "link", "f", NOW),
                Identity("14", "a", None, "email", "f", NOW),
            ],
        )
        people.ask_again(store)

    assert [NEVER, NOW, NOW] == [person.checked_at for person in people.every(store).values()]
