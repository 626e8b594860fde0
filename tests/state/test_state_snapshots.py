"""Snapshots: what need not be looked at again, and how long an absence takes to count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pfjira.engine.model import Ref
from pfjira.state import letters, snapshots
from pfjira.state.letters import DeadLetter
from pfjira.state.snapshots import Snapshot
from pfjira.state.store import Store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def snapshot(
    number: str, *, fingerprint: str = "f", rules: str = "r", day: str = "", section: str = "open"
) -> Snapshot:
    """Return a task as it was settled."""
    return Snapshot(Ref("peopleforce", "task", number), fingerprint, rules, day, section)


def saved(store: Store, *entries: Snapshot) -> None:
    """Save snapshots in a transaction of their own."""
    with store.write():
        snapshots.save(store, entries)


def swept(store: Store, seen: set[str], now: datetime) -> set[str]:
    """Make a complete sweep: ask who is gone, then count it, as a run does."""
    gone = snapshots.absentees(store, "task", seen, now)
    with store.write():
        snapshots.note_missing(store, "task", seen, now)
    return gone


def test_only_what_was_settled_under_these_rules_today_is_known(store: Store) -> None:
    """Other rules, another day, or another kind: it is looked at again."""
    leave = Snapshot(Ref("peopleforce", "leave", "5"), "f", "r", "", "open")
    saved(store, snapshot("1"), snapshot("2", rules="other"), snapshot("3", day="2026-03-02"), leave)

    assert ({"1": "f"}, {"3": "f"}) == (
        snapshots.known(store, "task", "r", ""),
        snapshots.known(store, "task", "r", "2026-03-02"),
    )


def test_a_refused_record_is_known_until_it_changes(store: Store) -> None:
    """The fingerprint with which it failed is not tried again, whatever was settled before; other rules try it."""
    saved(store, snapshot("1", fingerprint="settled"))
    with store.write():
        for number in ("1", "2"):
            letter = DeadLetter("it-tasks", Ref("peopleforce", "task", number), "update", "too long", 400)
            letters.bury(store, letter, fingerprint="failed", rules="r", now=NOW)

    assert ({"1": "failed", "2": "failed"}, {}) == (
        snapshots.known(store, "task", "r", ""),
        snapshots.known(store, "task", "other", ""),
    )


def test_settling_again_replaces_the_snapshot(store: Store) -> None:
    """There is one for each record, and its section is the one that showed it last."""
    saved(store, snapshot("1"))
    saved(store, snapshot("1", fingerprint="new", section="completed"))

    assert ({"1": "new"}, set(), {"1"}) == (
        snapshots.known(store, "task", "r", ""),
        snapshots.ids_in(store, "task", "open"),
        snapshots.ids_in(store, "task", "completed"),
    )


def test_records_that_wait_for_people_say_for_whom(store: Store) -> None:
    """Once a person is known, his records are looked at again."""
    waiting = Snapshot(Ref("peopleforce", "task", "1"), "f", "r", "", "open", ("9101", "9102"))
    saved(store, waiting, snapshot("2"))

    assert {"1": ("9101", "9102")} == snapshots.waiting(store, "task")


def test_a_dropped_record_is_new_when_it_returns(store: Store) -> None:
    """Nothing is known of it any more."""
    saved(store, snapshot("1"))
    with store.write():
        snapshots.drop(store, snapshot("1").ref)

    assert {} == snapshots.known(store, "task", "r", "")


@pytest.mark.parametrize(
    ("apart", "gone"), [(HOUR - timedelta(microseconds=1), set()), (HOUR, {"2"}), (24 * HOUR, {"2"})]
)
def test_gone_takes_two_complete_sweeps_an_hour_apart(store: Store, apart: timedelta, gone: set[str]) -> None:
    """The first sweep that misses a record only notes it; the second counts when it comes late enough."""
    saved(store, snapshot("1"), snapshot("2"))

    found = [swept(store, {"1"}, NOW), swept(store, {"1"}, NOW + apart)]

    assert [set(), gone] == found


def test_many_quick_sweeps_are_not_two_distant_ones(store: Store) -> None:
    """The hour runs from the first sweep that missed it, however many come in between."""
    saved(store, snapshot("1"))

    found = [swept(store, set(), NOW + timedelta(minutes=minutes)) for minutes in (0, 20, 40, 59, 60)]

    assert [set(), set(), set(), set(), {"1"}] == found


def test_a_record_that_shows_itself_starts_anew(store: Store) -> None:
    """Absent, back, absent: the first absence is forgotten."""
    saved(store, snapshot("1"))

    found = [
        swept(store, seen, NOW + hours * HOUR) for hours, seen in enumerate((set[str](), {"1"}, set[str](), set[str]()))
    ]

    assert [set(), set(), set(), {"1"}] == found


def test_a_record_seen_right_now_is_not_gone(store: Store) -> None:
    """An old note of absence does not outweigh what this sweep shows."""
    saved(store, snapshot("1"))
    swept(store, set(), NOW)

    assert set() == snapshots.absentees(store, "task", {"1"}, NOW + 5 * HOUR)


def test_settling_a_record_forgets_its_absence(store: Store) -> None:
    """Who is looked at and settled is there."""
    saved(store, snapshot("1"))
    swept(store, set(), NOW)
    saved(store, snapshot("1"))

    assert set() == swept(store, set(), NOW + 2 * HOUR)


def test_the_absence_of_one_kind_says_nothing_about_another(store: Store) -> None:
    """A sweep of leave requests does not make tasks disappear."""
    saved(store, snapshot("1"))
    with store.write():
        snapshots.note_missing(store, "leave", set(), NOW)

    assert set() == snapshots.absentees(store, "task", set(), NOW + 5 * HOUR)
