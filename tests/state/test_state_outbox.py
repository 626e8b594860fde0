"""The outbox: an intent before, a fact after, and in between exactly what a later run needs to finish it."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from pfjira.engine.model import Ref, Situation
from pfjira.engine.plan import Action, Change, Delta
from pfjira.errors import StateError
from pfjira.state import outbox
from pfjira.state.outbox import OPEN, Entry, Stage
from pfjira.state.store import Store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
JIRA_NOW = NOW + timedelta(seconds=7)
DAY = timedelta(hours=24)


def change(number: int, action: Action = Action.CREATE) -> Change:
    """Return one change of a task of its own."""
    ref = Ref("peopleforce", "task", str(number))
    situation = Situation("it-tasks", str(number), ref, f"{number:020}", "ITOPS", "Task", (), False, False)
    return Change(action, situation, None if action is Action.CREATE else f"1000{number}", deltas=(Delta("a", 1, 2),))


def enqueued(store: Store, *changes: Change, approved: bool = False) -> list[int]:
    """Write changes down in a transaction of their own."""
    with store.write():
        return outbox.enqueue(store, 1, changes, approved=approved, now=NOW)


def test_an_intent_holds_everything_that_finishing_it_needs(store: Store) -> None:
    """Operation, rule, key, record and project; but no value."""
    (number,) = enqueued(store, change(7))
    row = Entry(
        number, f"{7:020}", "create", "it-tasks", "7", Ref("peopleforce", "task", "7"), "ITOPS", Stage.INTENT,
        None, None, None,
    )  # fmt: skip

    assert [row] == outbox.unfinished(store)
    assert [("a", None, NOW.isoformat())] == store.rows("SELECT fields, issue_id, planned_at FROM outbox")


def test_rows_are_numbered_in_the_order_of_the_plan(store: Store) -> None:
    """What comes first in the plan is sent first, after a crash as well."""
    numbers = enqueued(store, change(3), change(1), change(2))

    assert sorted(numbers) == numbers
    assert ["3", "1", "2"] == [row.ref.id for row in outbox.unfinished(store)]


def test_an_intent_that_was_not_committed_was_never_there(store: Store) -> None:
    """No request may be sent for it: it is written in the caller's transaction, or not at all."""
    with suppress(StateError), store.write():
        outbox.enqueue(store, 1, [change(7)], approved=False, now=NOW)
        raise StateError("the disk went away")

    assert [] == outbox.unfinished(store)


def test_a_lease_remembers_jiras_clock_and_the_newest_key(store: Store) -> None:
    """From these, a later run knows where to look and how long to wait; rows without a key have none."""
    numbers = enqueued(store, change(1), change(2))
    with store.write():
        outbox.lease(store, numbers, sent_at=JIRA_NOW, highest_keys={numbers[0]: 41})

    assert [(Stage.LEASED, JIRA_NOW, 41, None), (Stage.LEASED, JIRA_NOW, None, None)] == [
        (row.stage, row.sent_at, row.highest_key, row.searched_at) for row in outbox.unfinished(store)
    ]


def test_the_first_look_that_found_nothing_keeps_its_time(store: Store) -> None:
    """Looking again later does not start the wait anew."""
    (number,) = enqueued(store, change(1))
    for minutes in (0, 5):
        with store.write():
            outbox.park(store, number, JIRA_NOW + timedelta(minutes=minutes))

    assert [(Stage.PARKED, JIRA_NOW)] == [(row.stage, row.searched_at) for row in outbox.unfinished(store)]


@pytest.mark.parametrize("stage", list(Stage))
def test_a_row_is_unfinished_until_its_outcome_is_known(store: Store, stage: Stage) -> None:
    """Done, dead and dropped are ends, with their time; everything else is taken up again."""
    numbers = enqueued(store, change(1))
    with store.write():
        outbox.settle(store, numbers, stage, NOW)

    is_open = stage in OPEN
    assert [stage] * is_open == [row.stage for row in outbox.unfinished(store)]
    assert [(None if is_open else NOW.isoformat(),)] == store.rows("SELECT settled_at FROM outbox")


def test_recent_effects_are_counted_per_limit(store: Store) -> None:
    """Moves and write-backs count as updates, as they do in the guard."""
    actions = (Action.CREATE, Action.UPDATE, Action.CLOSE, Action.COMPLETE_TASK, Action.CANCEL)
    numbers = enqueued(store, *(change(number, action) for number, action in enumerate(actions)))
    with store.write():
        outbox.settle(store, numbers, Stage.DONE, NOW)

    assert Counter({("task", "create"): 1, ("task", "update"): 3, ("task", "cancel"): 1}) == outbox.recent(
        store, NOW - DAY
    )


@pytest.mark.parametrize(
    ("age", "counted"),
    [
        (DAY + timedelta(microseconds=1), 0),
        (DAY, 1),
        (DAY - timedelta(microseconds=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), 1),
    ],
)
@pytest.mark.parametrize("now", [NOW, NOW.replace(microsecond=500_000)])
def test_a_day_is_24_hours_and_rolls(store: Store, age: timedelta, counted: int, now: datetime) -> None:
    """An effect counts to the microsecond until a day has passed, with or without fractions in its time."""
    numbers = enqueued(store, change(1))
    with store.write():
        outbox.settle(store, numbers, Stage.DONE, now - age)

    assert counted == outbox.recent(store, now - DAY)["task", "create"]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.DONE])
def test_only_effects_count(store: Store, stage: Stage) -> None:
    """What was refused, overtaken or is still open did not change anything."""
    numbers = enqueued(store, change(1))
    with store.write():
        outbox.settle(store, numbers, stage, NOW)

    assert Counter() == outbox.recent(store, NOW - DAY)


def test_what_a_person_approved_does_not_count(store: Store) -> None:
    """The first run, or an approved one, does not use up the day's allowance."""
    numbers = enqueued(store, change(1), approved=True)
    with store.write():
        outbox.settle(store, numbers, Stage.DONE, NOW)

    assert Counter() == outbox.recent(store, NOW - DAY)
