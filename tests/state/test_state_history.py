"""Runs, watermarks and the identity table: what is remembered between two runs, and for how long."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from pfjira.engine.model import Ref
from pfjira.engine.people import Doubt
from pfjira.state import audit, people, runs, snapshots
from pfjira.state.people import Identity
from pfjira.state.runs import Run
from pfjira.state.snapshots import Snapshot
from pfjira.state.store import Store

NOW = datetime(2026, 3, 2, 10, 0, 0, 5, tzinfo=UTC)
LATER = NOW + timedelta(seconds=9)


def test_a_run_that_has_not_ended_is_known_as_such(store: Store) -> None:
    """A crash leaves a run without an end; the next run can tell."""
    number = runs.start(store, full=True, now=NOW)

    assert Run(number, NOW, None, True, runs.SWEEP, None, {}, "") == runs.last(store)


def test_a_run_is_remembered_as_it_ended(store: Store) -> None:
    """Times, exit code, counts and the name of the error."""
    number = runs.start(store, full=False, now=NOW)
    runs.finish(store, number, exit_code=1, counts={"create": 2}, error="Unavailable", now=LATER)

    assert Run(number, NOW, LATER, False, runs.MOVED, 1, {"create": 2}, "Unavailable") == runs.last(store)


def test_the_last_run_can_be_narrowed(store: Store) -> None:
    """The last full run, the last good one; where there is none, none."""
    for full, code in ((True, 0), (False, 69)):
        runs.finish(store, runs.start(store, full=full, now=NOW), exit_code=code, counts={}, error="", now=LATER)
    found = [runs.last(store, only=only) for only in ("full = 1", "exit_code IN (0, 1)", "exit_code = 70")]

    assert [1, 1, None] == [run and run.number for run in found]


def test_old_runs_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The history does not grow for ever, and numbers are never used twice."""
    monkeypatch.setattr(runs, "KEEP", 3)

    numbers = [runs.start(store, full=False, now=NOW) for _ in range(6)]

    assert ([1, 2, 3, 4, 5, 6], [(4,), (5,), (6,)]) == (numbers, store.rows("SELECT number FROM runs ORDER BY number"))


def test_a_cursor_moves_only_with_its_consequences(store: Store) -> None:
    """A transaction that fails leaves the watermark where it was: nothing is skipped."""
    with store.write():
        runs.set_cursor(store, "jira", NOW)
    with suppress(ValueError), store.write():
        runs.set_cursor(store, "jira", LATER)
        raise ValueError

    assert (NOW, None) == (runs.cursor(store, "jira"), runs.cursor(store, "other"))


def test_rules_are_remembered_with_their_first_and_last_use(store: Store) -> None:
    """Which rules were in force when is a question that audits ask."""
    for now in (NOW, LATER):
        with store.write():
            runs.note_rules(store, "abc", "rules.yaml", now)

    assert [("abc", "rules.yaml", NOW.isoformat(), LATER.isoformat())] == store.rows("SELECT * FROM rules")


def test_what_people_did_is_written_down_in_order(store: Store) -> None:
    """Who, what, and to what."""
    with store.write():
        audit.append(store, "ann", "approve", "0123", NOW)
        audit.append(store, "bob", "link", "7001", LATER)

    assert [(1, "ann", "approve", "0123"), (2, "bob", "link", "7001")] == store.rows(
        "SELECT number, who, act, subject FROM audit ORDER BY number"
    )


@pytest.mark.parametrize("doubt", [None, *Doubt])
def test_an_identity_comes_back_as_it_was_saved(store: Store, doubt: Doubt | None) -> None:
    """With an account, or with the reason why there is none."""
    known = Identity("9101", None if doubt else "5b10", doubt, "email", "sha256-v1:0", NOW)
    with store.write():
        people.save(store, [known])

    state = "review" if doubt else "linked"
    assert ({"9101": known}, [(state,)]) == (people.every(store), store.rows("SELECT state FROM people"))


def test_a_person_who_was_found_leaves_the_review(store: Store) -> None:
    """The last word about a person is the only one."""
    doubtful = Identity("9101", None, Doubt.NO_ACCOUNT, "email", "f", NOW)
    found = Identity("9101", "5b10", None, "email", "f", LATER)
    for known in (doubtful, found):
        with store.write():
            people.save(store, [known])

    assert {"9101": found} == people.every(store)


def test_everybody_who_waits_for_a_word_is_listed_with_the_reason(store: Store) -> None:
    """People whom nobody could match, and those who may not be assigned somewhere; each project by itself."""
    with store.write():
        people.save(
            store,
            [
                Identity("9101", None, Doubt.SEVERAL, "email", "f", NOW),
                Identity("9102", "5b10", None, "email", "f", NOW),
                Identity("9103", "5b11", None, "email", "f", NOW),
                Identity("9104", None, Doubt.SEVERAL, "email", "f", NOW),  # nobody waits for this one any more
            ],
        )
        people.save_assignable(store, [("A", "5b10", False), ("B", "5b10", False), ("A", "5b11", True)], NOW)
        ref = Ref("peopleforce", "task", "1")
        snapshots.save(store, [Snapshot(ref, "f", "r", "", "open", waiting=("9101", "9102"))])

    assert [
        ("9101", Doubt.SEVERAL.value),
        ("9102", f"{Doubt.NOT_ASSIGNABLE.value} (A)"),
        ("9102", f"{Doubt.NOT_ASSIGNABLE.value} (B)"),
    ] == people.in_review(store)


def test_who_may_be_assigned_is_believed_for_a_while(store: Store) -> None:
    """Answers from before the moment are asked for again; the newest answer counts."""
    with store.write():
        people.save_assignable(store, [("A", "5b10", False), ("B", "5b10", True)], NOW)
        people.save_assignable(store, [("A", "5b10", True)], LATER)

    assert ({("A", "5b10"): True, ("B", "5b10"): True}, {("A", "5b10"): True}) == (
        people.assignable(store, NOW),
        people.assignable(store, LATER),
    )
