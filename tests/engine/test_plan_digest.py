"""A plan as a value: its digest names exactly this plan, its order is the order of execution."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest
from kept_issue import USUAL

from pfjira.engine.mapping import Failure
from pfjira.engine.model import Ref, Target
from pfjira.engine.plan import Action, Change, Conflict, Delta, Duplicate, Kept, Parked, Plan, Review, Why, in_order

UPDATE = Change(Action.UPDATE, USUAL, "10001", "ITOPS-1", (Delta("summary", "old", "new", Why.HR_MOVED),))
CLOSE = Change(Action.CLOSE, USUAL, "10001", "ITOPS-1", (Delta("status", "To Do", "Done"),), Target("Done", "Done"))
CREATE = Change(Action.CREATE, replace(USUAL, key="7002", op="1" * 20), deltas=(Delta("summary", None, "second"),))
PLAN = Plan((CREATE, UPDATE, CLOSE), rules_hash="a" * 16, generation=1)


def with_change(change: Change) -> Plan:
    """Return the plan with another update."""
    return replace(PLAN, changes=(CREATE, change, CLOSE))


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, rules_hash="b" * 16),
        replace(PLAN, generation=2),
        replace(PLAN, changes=(CREATE, UPDATE)),
        replace(PLAN, changes=()),
        replace(PLAN, changes=(CREATE, UPDATE, UPDATE, CLOSE)),
        with_change(replace(UPDATE, action=Action.REOPEN)),
        with_change(replace(UPDATE, issue_id="10002")),
        with_change(replace(UPDATE, situation=replace(USUAL, rule="other"))),
        with_change(replace(UPDATE, situation=replace(USUAL, key="7003"))),
        with_change(replace(UPDATE, situation=replace(USUAL, op="2" * 20))),
        with_change(replace(UPDATE, deltas=(Delta("summary", "old", "newer"),))),
        with_change(replace(UPDATE, deltas=(Delta("duedate", "old", "new"),))),
        with_change(replace(UPDATE, deltas=(Delta("summary", "older", "new"),))),
        with_change(replace(UPDATE, seen={"summary": "fingerprint"})),
        replace(PLAN, scope="--full"),
        with_change(replace(UPDATE, deltas=(*UPDATE.deltas, Delta("duedate", None, None)))),
        with_change(replace(UPDATE, target=Target("Done"))),
        replace(PLAN, changes=(CREATE, UPDATE, replace(CLOSE, target=Target("Done", "Won't Do")))),
        replace(PLAN, changes=(CREATE, UPDATE, replace(CLOSE, target=Target("Done", "Done", "bye")))),
    ],
)
def test_a_digest_names_exactly_one_plan(other: Plan) -> None:
    """Another value, rule, issue, target, or another state: another name, and an approval does not carry over."""
    assert PLAN.digest != other.digest


def test_a_digest_names_the_person_whom_a_request_is_for() -> None:
    """An approved request cannot be raised for somebody else."""
    one, other = (
        replace(PLAN, changes=(replace(CREATE, situation=replace(CREATE.situation, request=True, raise_for=account)),))
        for account in ("one", "other")
    )

    assert one.digest != other.digest


@pytest.mark.parametrize("changes", list(permutations(PLAN.changes)))
def test_a_digest_does_not_depend_on_the_order(changes: tuple[Change, ...]) -> None:
    """The same changes read in another order are the same plan."""
    assert PLAN.digest == replace(PLAN, changes=changes).digest


def test_a_digest_does_not_depend_on_what_is_only_told() -> None:
    """Counts, questions and people for review do not make another plan."""
    told = replace(PLAN, looked_at=7, reviews=(Review("9101", "no account"),), adopted=1)

    assert (PLAN.digest, 16) == (told.digest, len(told.digest))


def test_a_digest_is_the_same_tomorrow() -> None:
    """Saved plans and approvals outlive a release: the form may not change by accident."""
    assert "34b3d2692d73509b" == PLAN.digest


def test_creations_come_first_and_edits_before_moves() -> None:
    """A closed issue may refuse edits, hence fields are written while it is still open."""
    other = [action for action in reversed(Action) if action not in (Action.CLOSE, Action.UPDATE, Action.CREATE)]
    changes = [replace(CLOSE, action=action) for action in other] + [CLOSE, UPDATE, CREATE]

    assert list(Action) == [change.action for change in in_order(changes)]


def test_records_are_ordered_as_people_count() -> None:
    """Record 9 comes before record 10."""
    changes = [
        replace(UPDATE, situation=replace(USUAL, ref=Ref("peopleforce", "task", number)))
        for number in ("10", "9", "100")
    ]

    assert ["9", "10", "100"] == [change.ref.id for change in in_order(changes)]


@pytest.mark.parametrize(
    ("plan", "empty"),
    [
        (Plan(), True),
        (Plan(looked_at=5, adopted=1), True),
        (Plan(missing=(("ITOPS-1", USUAL.ref),)), False),
        (Plan(doubles=(Duplicate("0" * 20, "10009"),)), False),
        (Plan(withheld=(("r", USUAL.ref, "create"),)), False),
        (Plan(kept=(Kept("r", USUAL.ref, "ITOPS-1", "summary", "a", "b"),)), True),
        (Plan(reviews=(Review("9101", "no account"),)), True),
        (Plan(changes=(UPDATE,)), False),
        (Plan(conflicts=(Conflict("r", "1", USUAL.ref, "ITOPS-1", "summary", "a", "b"),)), False),
        (Plan(parked=(Parked("r", "1", USUAL.ref, "0" * 20, "2026-03-02T10:00:00+00:00"),)), False),
        (Plan(failures=(Failure("r", USUAL.ref, "when", "no such thing"),)), False),
    ],
)
def test_a_plan_is_empty_when_there_is_nothing_to_do_and_nothing_to_ask(plan: Plan, empty: bool) -> None:
    """Exit code 0 or 1 hangs on this."""
    assert empty == plan.is_empty


def test_counts_are_per_action() -> None:
    """What a person reads in the last line of a run."""
    assert Counter({"create": 1, "update": 1, "close": 1}) == PLAN.counts()


@pytest.mark.parametrize(
    ("action", "limit"),
    [
        (Action.CREATE, "create"),
        (Action.UPDATE, "update"),
        (Action.CLOSE, "update"),
        (Action.REOPEN, "update"),
        (Action.CANCEL, "cancel"),
        (Action.COMPLETE_TASK, "update"),
        (Action.REOPEN_TASK, "update"),
    ],
)
def test_every_action_counts_under_a_limit(action: Action, limit: str) -> None:
    """No kind of write slips past the guard."""
    assert limit == action.guarded_as


def test_a_change_speaks_for_its_situation() -> None:
    """Rule, record and operation are those of the situation."""
    assert (USUAL.rule, USUAL.ref, USUAL.op) == (UPDATE.rule, UPDATE.ref, UPDATE.op)
