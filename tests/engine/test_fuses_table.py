"""Fuses: values that vanish or become one in many records, and cancellations that rest on a listing that shrank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from kept_issue import USUAL, text

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.fuses import Witness, check, literals
from pfjira.engine.model import Json, Ref
from pfjira.engine.plan import Action, Change, Delta, Plan
from pfjira.errors import TooManyChanges

RULES = """
version: 1
rules:
  - id: it-tasks
    for: employee
    make: issue
    in: { project: ITOPS, type: Task }
    set: { summary: "{{ employee.full_name }}", description: "Always the same", labels: { add: [it] } }
    back:
      - { when: issue.status.category == "done", set: { ready: "yes", seen: "{{ issue.key }}" } }
"""
USUALLY = Witness({"it-tasks": 100})


def plan(
    values: Iterable[Json], action: Action = Action.UPDATE, field: str = "summary", before: Json = "before"
) -> Plan:
    """Return a plan that sets one field of so many records to these values."""
    return Plan(
        tuple(
            Change(action, replace(USUAL, key=str(number)), str(number), deltas=(Delta(field, before, value),))
            for number, value in enumerate(values)
        )
    )


def refusal(of: Plan, witness: Witness = USUALLY) -> str:
    """Return what a fuse says, or nothing; the digest that it offers must let the plan pass."""
    try:
        check(of, witness)
    except TooManyChanges as error:
        check(of, witness, approved=error.digest)
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("kept", "allowed"), [(1, 9), (50, 9), (90, 9), (99, 9), (100, 10), (109, 10), (110, 11), (250, 25), (1000, 100)]
)
@pytest.mark.parametrize("value", [None, "", "X"])
def test_a_field_may_turn_to_one_value_in_a_tenth_of_the_records(kept: int, allowed: int, value: Json) -> None:
    """Nine records always may; beyond that a tenth of what the rule keeps, to the record."""
    around = [
        bool(refusal(plan([value] * count), Witness({"it-tasks": kept})))
        for count in (allowed - 1, allowed, allowed + 1)
    ]

    assert [False, False, True] == around


@pytest.mark.parametrize(
    "innocent",
    [
        plan(["same"] * 50, Action.CREATE),
        plan(["same"] * 50, Action.UPDATE_ONCE),
        plan(["same"] * 50, before=None),
        plan([f"value {number}" for number in range(50)]),
        plan([{"add": ["it"], "remove": []}] * 50, field="labels"),
        Plan(),
    ],
    ids=["created", "done once", "filled", "different", "labels", "nothing"],
)
def test_there_is_no_false_alarm(innocent: Plan) -> None:
    """What is new, done once, empty before, different each time, or only added, is no sign of a broken source."""
    assert "" == refusal(innocent)


def test_what_the_rules_file_says_itself_is_meant() -> None:
    """A text without anything of the record in it is the same everywhere, and no fuse stops its edit."""
    written_out = literals(parse_rules(RULES))

    assert {("it-tasks", "description"), ("it-tasks", "labels"), ("it-tasks", "ready")} == written_out
    knowing = replace(USUALLY, literal=written_out)
    assert "" == refusal(plan(["new"] * 50, field="description"), knowing)
    assert refusal(plan(["new"] * 50), knowing)


@pytest.mark.parametrize("action", [Action.UPDATE, Action.SET_FIELDS])
def test_a_fuse_names_field_rule_and_numbers_and_no_value(action: Action) -> None:
    """Towards Jira and towards HR alike; nothing counts as worse than one value, where both are many."""
    assert [
        "The plan would empty summary in 11 of the 100 records of rule it-tasks: that looks like a fault in the "
        "source. Nothing was written.",
        "The plan would set summary to one and the same value in 12 of the 100 records of rule it-tasks: that looks "
        "like a fault in the source. Nothing was written.",
    ] == [refusal(plan([None] * 11 + ["secret"] * 12, action)), refusal(plan(["secret"] * 12, action))]


@pytest.mark.parametrize(
    ("action", "absent", "shrunk", "stopped"),
    [
        (Action.CANCEL, True, True, True),
        (Action.REMOVE_MEMBER, True, True, True),
        (Action.CANCEL, False, True, False),  # cancelled by what the record says
        (Action.CANCEL, True, False, False),
        (Action.UPDATE, True, True, False),
    ],
)
def test_cancellations_may_not_rest_on_a_listing_that_shrank(
    action: Action, absent: bool, shrunk: bool, stopped: bool
) -> None:
    """One is too much, where it follows from absence alone; the sentence says both lengths."""
    ref = Ref("peopleforce", "task", "7001")
    one = Plan((Change(action, replace(USUAL, ref=ref, desired=(text("x"),)), "1"),))
    said = refusal(one, Witness({}, shrunk={"task": (80, 100)} if shrunk else {}, absent={ref} if absent else set()))

    assert (
        "PeopleForce lists 80 records of kind task and listed 100 before; the plan would withdraw 1 because they are "
        "not listed any more. Nothing was written."
        if stopped
        else ""
    ) == said
