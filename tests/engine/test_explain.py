"""Explaining: each condition by itself, with what it read; and never another answer than the mapping's own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.explain import Look, Part, Read, Seen, Standing, looks
from pfjira.engine.kinds import KINDS, empty
from pfjira.engine.mapping import evaluate
from pfjira.engine.model import Record, Ref
from pfjira.engine.rules import RuleSet
from pfjira.engine.sensitive import is_sensitive
from pfjira.engine.views import ROWS

TODAY = date(2026, 3, 2)
ISSUE = "make: issue, in: { project: OPS, type: Task }, set: { summary: x }"


def rules(*bodies: str, kind: str = "task", slot: str = "slot: s,") -> RuleSet:
    """Return rules r0, r1, … made of the words given."""
    lines = [f"  - {{ id: r{number}, for: {kind}, {slot} {body} }}\n" for number, body in enumerate(bodies)]
    return parse_rules("version: 1\nmaps: { m: { a: 1 } }\nrules:\n" + "".join(lines))


def record(kind: str = "task", **fields: Any) -> Record:
    """Return a record in which everything else is empty."""
    return Record(Ref("peopleforce", kind, "7001"), {**empty(KINDS[kind]), "id": 7001, **fields})


def look(ruleset: RuleSet, one: Record, **options: Any) -> Look:
    """Return the only look."""
    (found,) = looks(ruleset, one, **{"installation": "test", "today": TODAY, **options})
    return found


def standings(ruleset: RuleSet, one: Record, **options: Any) -> list[tuple[str, str]]:
    """Return how each rule of the only look stands, and because of which other."""
    return [(seen.standing.value, seen.by) for seen in look(ruleset, one, **options).rules]


def the_one(ruleset: RuleSet, one: Record, **options: Any) -> Seen:
    """Return the only rule of the only look."""
    (seen,) = look(ruleset, one, **options).rules
    return seen


def test_each_condition_is_told_by_itself_with_what_a_failed_one_read() -> None:
    """One that holds needs no values; one that does not shows what it read, and the day where it looks at it."""
    when = 'when: [task.title == "A", "task.ends_on is within(0, 5)", task.ends_on == today]'

    seen = the_one(rules(f"{when}, {ISSUE}"), record(title="A", ends_on="2026-04-01"))

    day = Read("today", "2026-03-02")
    assert Standing.NOT == seen.standing
    assert (
        Part('task.title == "A"', True),
        Part("task.ends_on is within(0, 5)", False, "", (Read("task.ends_on", "2026-04-01"), day)),
        Part("task.ends_on == today", False, "", (Read("task.ends_on", "2026-04-01"), day)),
    ) == seen.parts


def test_a_condition_that_cannot_be_evaluated_shows_why_and_holds_up_the_slot() -> None:
    """Its error holds no value; the rules after it are not asked, because of it."""
    ruleset = rules(f"when: 'lookup(\"m\", task.title) == 1', {ISSUE}", f"when: task.id == 7001, {ISSUE}")

    first, second = look(ruleset, record(title="A secret")).rules

    assert [(Standing.UNCLEAR, ""), (Standing.UNCLEAR, "r0")] == [(one.standing, one.by) for one in (first, second)]
    (part,) = first.parts
    assert (None, True, (Read("task.title", "A secret"),)) == (part.holds, bool(part.error), part.reads)
    assert "A secret" not in part.error
    assert (f"when: {part.error}",) == first.reasons


def test_a_slot_names_the_rule_that_has_the_record() -> None:
    """The first whose conditions hold, whether it makes anything or not; what stands before it did not apply."""
    ruleset = rules(
        f'when: task.title == "B", {ISSUE}', 'when: task.title == "A", make: nothing', f"when: task.id == 7001, {ISSUE}"
    )

    assert [("does not apply", ""), ("left alone", ""), ("taken", "r1")] == standings(ruleset, record(title="A"))


def test_a_rule_that_has_an_issue_keeps_the_record_though_it_does_not_apply() -> None:
    """Whatever stands before it in the slot is not asked."""
    ruleset = rules(f'when: task.title == "A", {ISSUE}', f'when: task.title == "B", {ISSUE}')

    told = standings(ruleset, record(title="A"), held={("r1", "7001")})

    assert [("taken", "r1"), ("keeps what it has", "")] == told


@pytest.mark.parametrize(
    ("kind", "fields", "over"),
    [
        ("task", {"completed": True}, "not task.completed"),
        ("leave", {"state": "pending", "employee": {}}, 'leave.state == "approved"'),
        (
            "assignment",
            {"returned_on": "2026-01-01", "employee": {}},
            "assignment.returned_on is none and not assignment.gone",
        ),
        ("candidate", {"gone": True}, "not candidate.gone"),
    ],
)
def test_a_record_that_is_over_says_what_every_rule_asks_for(kind: str, fields: dict[str, Any], over: str) -> None:
    """What the file does not say is told as a condition of its own."""
    seen = the_one(rules(f"when: {kind}.id == 7001, {ISSUE}", kind=kind), record(kind, **fields))

    assert (Standing.OVER, [(True, False), (False, True)]) == (
        seen.standing, [(part.holds, part.implied) for part in seen.parts],
    )  # fmt: skip
    assert over == seen.parts[-1].source


def test_what_is_withdrawn_and_what_has_no_key_is_told() -> None:
    """`cancel_when` holds; a key that cannot be made is a reason by its word."""
    cancelled = the_one(
        rules(f'when: task.id == 7001, cancel_when: task.title == "A", cancel: {{ to: X }}, {ISSUE}'), record(title="A")
    )
    keyless = the_one(rules(f'when: task.id == 7001, key: "{{{{ task.title }}}}", {ISSUE}'), record(title=None))

    assert (Standing.WITHDRAWN, Standing.UNCLEAR) == (cancelled.standing, keyless.standing)
    assert ("key: the key is empty",) == keyless.reasons


def test_children_are_told_behind_their_parent() -> None:
    """Each with its own conditions; where the parent does not apply they are not asked."""
    child = "children: [ { key: a, set: { summary: x } }, { key: b, when: task.title == 'B', set: { summary: x } } ]"
    ruleset = rules(f"when: task.ends_on is empty, {child}, {ISSUE}")

    told = [(one.rule, one.standing.value) for one in look(ruleset, record(title="A")).rules]
    without = [(one.rule, one.standing.value) for one in look(ruleset, record(title="A", ends_on="2026-04-01")).rules]

    assert [("r0", "applies"), ("r0/a", "applies"), ("r0/b", "does not apply")] == told
    assert [("r0", "does not apply")] == without


def test_each_dated_position_is_looked_at_by_itself() -> None:
    """One look for each row, named by its id and day; the newest row of a key stands for the others."""
    row = {**empty(KINDS["position"]), "first": False}
    rows = [{**row, "id": 1, "effective_on": "2026-01-01"}, {**row, "id": 2, "effective_on": "2026-02-01"}]
    person = record("employee", **{ROWS: rows})
    ruleset = rules(f'when: not position.first, key: "{{{{ employee.id }}}}", {ISSUE}', kind="position")

    found = looks(ruleset, person, installation="test", today=TODAY)

    assert ["position 1 from 2026-01-01", "position 2 from 2026-02-01"] == [one.label for one in found]
    assert [(Standing.TAKEN, "r0"), (Standing.APPLIES, "")] == [(o.rules[0].standing, o.rules[0].by) for o in found]


def test_what_is_on_the_deny_list_is_not_shown() -> None:
    """The name is told, the value is not."""
    ruleset = rules(f'when: [employee.gender == "x", employee.status == "y"], {ISSUE}', kind="employee")

    seen = the_one(ruleset, record("employee", gender="a value", status="employed"))

    read = [one for part in seen.parts for one in part.reads]
    assert [Read("employee.gender", None, hidden=True), Read("employee.status", "employed")] == read


@pytest.mark.parametrize(
    ("path", "kept_back"),
    [
        ("employee.date_of_birth", True),
        ("leave.employee.fields.base_salary_eur", True),
        ("termination.comment", True),
        ("employee.email", False),
        ("employee.fields.laptop", False),
    ],
)
def test_the_deny_list_knows_names_at_any_depth(path: str, kept_back: bool) -> None:
    """The list is the engine's, so that the loader and an explanation keep the same things back."""
    assert kept_back == is_sensitive(path)


@given(
    title=st.sampled_from(["A", "B", None]),
    completed=st.booleans(),
    ends_on=st.sampled_from(["2026-03-03", "2026-09-09", None]),
    held=st.sets(st.sampled_from([("r0", "7001"), ("r1", "7001"), ("r3", "7001")])),
)
def test_an_explanation_says_what_the_mapping_does(
    title: str | None, completed: bool, ends_on: str | None, held: set[tuple[str, str]]
) -> None:
    """What applies opens, and nothing else does; what applies has only conditions that hold."""
    ruleset = rules(
        f'when: task.title == "A", {ISSUE}',
        f'when: [task.title == "B", "task.ends_on is within(0, 5)"], {ISSUE}',
        "when: task.ends_on is none, make: nothing",
        'when: task.completed or task.title is none, cancel_when: task.ends_on == "2026-09-09", cancel: { to: X }, '
        + ISSUE,
    )
    one = record(title=title, completed=completed, ends_on=ends_on)

    told = evaluate(ruleset, one, installation="test", today=TODAY, held=held)
    seen = look(ruleset, one, held=held).rules

    opening = {situation.rule for situation in told.situations if situation.opens}
    assert opening == {entry.rule for entry in seen if entry.standing is Standing.APPLIES}
    assert all(
        part.holds
        for entry in seen
        if entry.rule in opening and (entry.rule, "7001") not in held
        for part in entry.parts
    )
