"""What was withdrawn and is wanted again is opened again; several dated rows of one key are one situation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from kept_issue import DIGEST, ISSUE, LINK, USUAL

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.compare import compare
from pfjira.engine.mapping import evaluate
from pfjira.engine.model import Record, Ref
from pfjira.engine.plan import Action
from pfjira.engine.reconcile import AWAITED, WITHDRAWN, LinkState
from pfjira.engine.sight import Sight

FOLLOWED = parse_rules(
    """version: 1
rules:
  - id: it-tasks
    for: termination
    make: issue
    in: { project: HR, type: Task }
    set: { summary: Leaver }
    cancel_when: termination.gone
    cancel: { to: Cancelled }
    follow_until: issue.status.category == "done"
"""
).rules[0]
BURST = parse_rules(
    """version: 1
rules:
  - id: transfer
    for: position
    when: position is changed("department")
    key: "{{ employee.id }}/{{ position.effective_on | date('%Y-%m') }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "{{ position.department.name }}" }
    cancel_when: position.gone
    cancel: { to: Cancelled }
"""
)


@pytest.mark.parametrize(
    ("state", "opens", "category", "expected", "left"),
    [
        (LinkState.CANCELLED, True, "done", [Action.REOPEN], LinkState.CANCELLED),
        (LinkState.CANCELLED, False, "done", [], LinkState.CANCELLED),  # it may be, but no rule asks for it
        (LinkState.CANCELLED, True, "new", [], LinkState.LIVE),  # opened by hand already
        (LinkState.LIVE, True, "done", [], LinkState.LIVE),  # done by people: not ours to open
    ],
)
def test_what_was_cancelled_is_reopened_only_when_its_rule_opens_it_again(
    state: LinkState, opens: bool, category: str, expected: list[Action], left: LinkState
) -> None:
    """A rule without `done_when` reopens what it cancelled once `when` holds again; nothing else that is done."""
    issue = replace(ISSUE, category=category, status="Cancelled" if category == "done" else "To Do")
    situation = replace(USUAL, desired=(), opens=opens, cancelled=False)

    base = {WITHDRAWN: AWAITED} if state is LinkState.CANCELLED else {}

    outcome = compare(FOLLOWED, situation, replace(LINK, state=state, base=base), Sight(issue), DIGEST)

    assert (expected, left) == ([change.action for change in outcome.changes], outcome.link.state)


def row(number: int, day: str, before: str, after: str) -> dict[str, Any]:
    """Return a dated row that moves somebody from a department to another."""
    places = {name: {"id": name, "name": name} for name in (before, after)}
    return {"id": number, "effective_on": day, "first": False, "gone": False, "department": places[after],
            "prev": {"department": places[before]}}  # fmt: skip


def summaries(*rows: dict[str, Any], held: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    """Return the key and the summary of each situation that a person's rows give."""
    record = Record(Ref("hr", "employee", "7"), {"id": 7, "gone": False, "positions": rows})
    pairs = {("transfer", key) for key in held}
    found = evaluate(BURST, record, installation="test", held=pairs, today=date(2026, 3, 2))
    assert () == found.failures
    return [(one.key, one.desired[0].value) for one in found.situations if not one.cancelled]


@pytest.mark.parametrize("held", [(), ("7/2026-03",)])
def test_the_newest_wanted_row_stands_for_the_rows_of_its_key(held: tuple[str, ...]) -> None:
    """Two moves and a row without one in a month are one ticket, which tells where the person ends up."""
    rows = [row(1, "2026-03-01", "A", "B"), row(2, "2026-03-03", "B", "C"), row(3, "2026-03-05", "C", "C")]

    assert [("7/2026-03", "C")] == summaries(*rows, held=held)


def test_situations_keep_the_order_of_the_rows() -> None:
    """Rows of different keys come oldest first, however they were looked at."""
    rows = [row(1, "2026-03-01", "A", "B"), row(2, "2026-04-03", "B", "C")]

    assert [("7/2026-03", "B"), ("7/2026-04", "C")] == summaries(*rows, held=("7/2026-03",))
