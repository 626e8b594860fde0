"""What an issue's state writes to HR: fields until HR shows them, everything else once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine import kinds
from pfjira.engine.compare import compare
from pfjira.engine.fingerprint import canonical
from pfjira.engine.mapping import evaluate
from pfjira.engine.model import Issue, Json, Record, Ref
from pfjira.engine.plan import Action, Change
from pfjira.engine.reconcile import AWAITED, WITHDRAWN, FieldBase, Link, LinkState, Outcome
from pfjira.engine.sight import Sight

REF = Ref("peopleforce", "employee", "7")
TODAY = date(2026, 3, 2)
FILE = """
version: 1
rules:
  - id: laptop
    for: employee
    make: issue
    in: {{ project: ITOPS, type: Task }}
    set: {{ summary: Laptop }}
    back:
      - {line}
"""


def digest(value: Json) -> str:
    """Return a fingerprint without a salt."""
    return hashlib.sha256(canonical(value)).hexdigest()


def compared(line: str, link: Link, *, category: str = "done", shown: Any = None) -> Outcome:
    """Compare the issue of an employee whose custom field `laptop` shows a value."""
    rules = parse_rules(FILE.format(line=line))
    person = {**kinds.empty(kinds.EMPLOYEE), "id": 7, "fields": {"laptop": shown}, "gone": False}
    (situation,) = evaluate(rules, Record(REF, person), installation="x", today=TODAY).situations
    issue = Issue("1", "ITOPS-1", "ITOPS", "Any", category, frozenset({"pfjira"}), {"summary": "Laptop"}, situation.op)
    return compare(rules.rules[0], situation, link, Sight(issue, today=TODAY), digest)


def done(link: Link, change: Change) -> Link:
    """Return the link as it is once the change was carried out."""
    return replace(link, base={**link.base, **{name: FieldBase(*mark) for name, mark in change.marks.items()}})


LINK = Link("laptop", "7", REF, "1", "ITOPS-1")
MIRROR = '{ when: issue.status.category == "done", set: { laptop: "{{ issue.key }}" } }'
ONCE = '{ when: issue.status.category == "done", set: { laptop: "{{ issue.key }}" }, own: once }'
EMPTY = ONCE.replace("once", "empty")
NOTE = '{ when: issue.status.category == "done", note: "Handed over ({{ issue.key }})" }'
HAND_OUT = '{ when: issue.status.category == "done", issue: { asset: "101" } }'


@pytest.mark.parametrize("line", [MIRROR, ONCE, EMPTY])
def test_an_empty_field_is_written_when_the_line_holds(line: str) -> None:
    """The value is the template's, over the issue."""
    (change,) = compared(line, LINK).changes

    assert (Action.SET_FIELDS, [("laptop", None, "ITOPS-1")]) == (
        change.action,
        [(delta.field, delta.before, delta.after) for delta in change.deltas],
    )


@pytest.mark.parametrize("line", [MIRROR, ONCE, EMPTY, NOTE, HAND_OUT])
def test_nothing_is_written_while_the_line_does_not_hold(line: str) -> None:
    """An open issue says nothing to HR."""
    assert () == compared(line, LINK, category="new").changes


@pytest.mark.parametrize("line", [MIRROR, ONCE, EMPTY, NOTE, HAND_OUT])
def test_what_was_withdrawn_writes_nothing(line: str) -> None:
    """It is in a done status by our own doing; opened again by a person, it speaks again."""
    withdrawn = replace(LINK, state=LinkState.CANCELLED, base={WITHDRAWN: AWAITED})
    reopened = line.replace("==", "!=")

    assert () == tuple(one for one in compared(line, withdrawn).changes if one.action is not Action.REOPEN)
    assert 1 == len(compared(reopened, withdrawn, category="new").changes)


@pytest.mark.parametrize("line", [MIRROR, ONCE, EMPTY])
def test_what_hr_shows_already_is_not_written(line: str) -> None:
    """Equal is agreed, and remembered."""
    outcome = compared(line, LINK, shown="ITOPS-1")

    assert ((), True) == (outcome.changes, "back:laptop" in outcome.link.base)


@pytest.mark.parametrize(("line", "writes"), [(MIRROR, 1), (ONCE, 0), (EMPTY, 0)])
def test_another_value_of_hr_is_overwritten_by_a_mirror_only(line: str, writes: int) -> None:
    """`once` and `empty` leave what somebody wrote."""
    assert writes == len(compared(line, LINK, shown="somebody's").changes)


@pytest.mark.parametrize(("line", "writes"), [(MIRROR, 1), (ONCE, 0), (EMPTY, 1)])
def test_a_field_that_is_emptied_again_is_filled_as_its_owner_says(line: str, writes: int) -> None:
    """`once` means never again."""
    (change,) = compared(line, LINK).changes
    settled = compared(line, done(LINK, change), shown="ITOPS-1").link
    emptied = replace(settled, base={**settled.base, "back:laptop": replace(settled.base["back:laptop"], refused=None)})

    assert writes == len(compared(line, emptied).changes)


def test_a_form_of_hrs_own_is_accepted_when_it_comes_back() -> None:
    """A value that HR stores in another form is written twice at most, never in each run."""
    link = LINK
    writes = []
    for _ in range(4):
        outcome = compared(MIRROR, link, shown="itops-1 (text)")
        writes.append(len(outcome.changes))
        link = done(outcome.link, outcome.changes[0]) if outcome.changes else outcome.link

    assert [1, 0, 0, 0] == writes


def test_an_edited_note_is_not_written_again() -> None:
    """Whoever has the note keeps it as it is; a line of its own beside it is another note."""
    (change,) = compared(NOTE, LINK).changes
    written = done(LINK, change)
    edited = compared(NOTE.replace("Handed over", "Given out"), written)
    both = f"{NOTE}\n      - {NOTE.replace('Handed over', 'Given out')}"

    assert ((), 1) == (edited.changes, sum(name.startswith("note:") for name in edited.link.base))
    assert () == compared(NOTE.replace("Handed over", "Given out"), edited.link).changes
    assert ["Given out (ITOPS-1)"] == [delta.after for one in compared(both, written).changes for delta in one.deltas]


@pytest.mark.parametrize(("line", "action"), [(NOTE, Action.NOTE), (HAND_OUT, Action.HAND_OUT)])
def test_what_hr_does_not_show_again_is_done_once(line: str, action: Action) -> None:
    """The link remembers it; its op is the same in every attempt."""
    (change,) = compared(line, LINK).changes
    (again,) = compared(line, LINK).changes

    assert (action, change.op, ()) == (change.action, again.op, compared(line, done(LINK, change)).changes)
