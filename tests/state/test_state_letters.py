"""Dead letters and conflicts: one for each cause, with its history, until it is in order again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pfjira.engine.model import Ref
from pfjira.engine.plan import Conflict
from pfjira.state import letters, schema
from pfjira.state import store as store_module
from pfjira.state.letters import DeadLetter
from pfjira.state.store import Store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
TASK = Ref("peopleforce", "task", "7001")
OTHER = Ref("peopleforce", "task", "7002")
LETTER = DeadLetter("it-tasks", TASK, "update", "summary: too long", 400)


def buried(store: Store, letter: DeadLetter, now: datetime = NOW, *, fingerprint: str = "f", rules: str = "r") -> None:
    """Bury a letter in a transaction of its own."""
    with store.write():
        letters.bury(store, letter, fingerprint=fingerprint, rules=rules, now=now)


def conflict(field: str, ref: Ref = TASK) -> Conflict:
    """Return a conflict about one field."""
    return Conflict("it-tasks", ref.id, ref, f"ITOPS-{ref.id}", field, "ours", "theirs")


def asked(store: Store, looked_at: list[Ref], *found: Conflict, now: datetime = NOW) -> list[tuple[str, str]]:
    """Remember what a look at these records found; return what is open then: record and field."""
    with store.write():
        letters.replace_conflicts(store, looked_at, found, now)
    return [(one.ref.id, one.field) for one in letters.conflicts(store)]


def test_a_letter_comes_back_with_its_time(store: Store) -> None:
    """Rule, record, act, reason and status are what was buried."""
    buried(store, LETTER)

    assert [replace(LETTER, first_seen=NOW.isoformat(), last_seen=NOW.isoformat(), number=1)] == letters.every(store)


def test_the_same_again_is_one_more_attempt(store: Store) -> None:
    """The list does not grow; the reason and the last time are the newest, the first time stays."""
    buried(store, LETTER)
    buried(store, replace(LETTER, reason="summary: still too long"), LATER)

    both = replace(
        LETTER,
        reason="summary: still too long",
        first_seen=NOW.isoformat(),
        last_seen=LATER.isoformat(),
        attempts=2,
        number=1,
    )
    assert [both] == letters.every(store)


def test_another_cause_is_another_letter(store: Store) -> None:
    """Record, rule and act each make a letter of its own; the oldest comes first."""
    for minutes, letter in enumerate(
        (LETTER, replace(LETTER, action="close"), replace(LETTER, rule="other"), replace(LETTER, ref=OTHER))
    ):
        buried(store, letter, NOW - timedelta(minutes=minutes))

    assert [("7002", "it-tasks", "update"), ("7001", "other", "update"), ("7001", "it-tasks", "close")] == [
        (letter.ref.id, letter.rule, letter.action) for letter in letters.every(store)
    ][:3]


def test_a_success_clears_every_letter_of_the_record(store: Store) -> None:
    """And none of another record, nor of one of another kind with the same id."""
    leave = Ref("peopleforce", "leave", TASK.id)
    for letter in (LETTER, replace(LETTER, action="close"), replace(LETTER, ref=OTHER), replace(LETTER, ref=leave)):
        buried(store, letter)
    with store.write():
        letters.clear(store, [TASK], why=letters.DONE, now=LATER)

    assert {OTHER, leave} == {letter.ref for letter in letters.every(store)}


def test_a_cleared_letter_says_why_for_a_month(store: Store) -> None:
    """It is open no more, keeps its number and why it went, and is forgotten in the end; the next has a new number."""
    buried(store, LETTER)
    with store.write():
        letters.clear(store, [TASK], why=letters.DONE, now=LATER)
    buried(store, LETTER, LATER)

    assert ([2], {}) == ([one.number for one in letters.every(store)], letters.stuck(store, "task", "other"))
    assert [(1, LATER.isoformat(), letters.DONE)] == [
        (one.number, one.cleared_at, one.why) for one in letters.cleared(store)
    ]
    with store.write():
        letters.prune(store, LATER)
        assert 1 == len(letters.cleared(store))
        letters.prune(store, LATER + timedelta(seconds=1))
    assert ([], [2]) == (letters.cleared(store), [one.number for one in letters.every(store)])


def test_a_cause_that_another_one_replaced_is_over(store: Store) -> None:
    """Only letters of the same record, rule and act that were not buried just now go."""
    summary, duedate = (replace(LETTER, field=name) for name in ("summary", "duedate"))
    for letter in (summary, duedate, replace(summary, action="close"), replace(summary, ref=OTHER)):
        buried(store, letter)
    with store.write():
        letters.clear_others(store, [duedate], now=LATER)

    assert [(1, letters.OTHERWISE)] == [(letter.number, letter.why) for letter in letters.cleared(store)]


def test_letters_of_an_older_file_stay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused before letters had numbers is open afterwards, the oldest with the first number."""
    places = [place for place, (name, _) in enumerate(schema.MIGRATIONS) if name == "0008_letters"]
    now = schema.MIGRATIONS
    for module in (schema, store_module):
        monkeypatch.setattr(module, "MIGRATIONS", now[: places[0]])
    with Store.open(path) as old:
        for record, seen in (("7002", LATER), ("7001", NOW)):
            old.run(
                "INSERT INTO dead_letters VALUES ('it-tasks', 'task', ?, 'update', 'no', 400, 'f', 'r', ?, ?, 3)",
                (record, seen.isoformat(), LATER.isoformat()),
            )
    for module in (schema, store_module):
        monkeypatch.setattr(module, "MIGRATIONS", now)

    with Store.open(path) as new:
        assert [(1, "7001", 3, ""), (2, "7002", 3, "")] == [
            (letter.number, letter.ref.id, letter.attempts, letter.field) for letter in letters.every(new)
        ]


def test_what_is_stuck_is_known_by_the_fingerprint_of_its_last_failure(store: Store) -> None:
    """The record is tried again when it changes, and everything is when the rules change."""
    buried(store, LETTER, fingerprint="old")
    buried(store, LETTER, fingerprint="new")
    buried(store, replace(LETTER, ref=OTHER), rules="other rules")

    assert {("7001", "it-tasks", "update"): "new"} == letters.stuck(store, "task", "r")


def test_conflicts_are_exactly_those_of_the_last_look(store: Store) -> None:
    """Found, found again with one more, one solved, all solved."""
    summary, duedate = conflict("summary"), conflict("duedate")
    steps = [
        asked(store, [TASK], summary),
        sorted(asked(store, [TASK], summary, duedate)),
        asked(store, [TASK], duedate),
        asked(store, [TASK]),
    ]

    assert [
        [("7001", "summary")],
        [("7001", "duedate"), ("7001", "summary")],
        [("7001", "duedate")],
        [],
    ] == steps


def test_a_record_that_was_not_looked_at_keeps_its_conflicts(store: Store) -> None:
    """A small run does not clear the questions of everybody else."""
    asked(store, [TASK, OTHER], conflict("summary"), conflict("summary", OTHER))

    assert [("7002", "summary")] == asked(store, [TASK])


def test_a_conflict_keeps_the_time_when_it_was_first_seen(store: Store) -> None:
    """How long a question has been open is not lost by asking it again, of an issue that has moved since."""
    asked(store, [TASK], conflict("summary"), now=NOW)
    asked(store, [TASK], replace(conflict("summary"), issue_key="HR-1"), now=LATER)

    assert [(NOW.isoformat(), "HR-1")] == store.rows("SELECT first_seen, issue_key FROM conflicts")


def test_neither_keeps_values(store: Store) -> None:
    """A conflict's two values are read again when somebody looks; the file does not hold them."""
    asked(store, [TASK], conflict("summary"))

    assert [] == [
        value for row in store.rows("SELECT * FROM conflicts") for value in row if value in ("ours", "theirs")
    ]
