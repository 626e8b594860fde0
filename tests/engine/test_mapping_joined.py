"""What rules say about records does not depend on whether their conditions were asked at once or one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pfjira.engine.expressions import Expression, Maps, Template
from pfjira.engine.joined import Answer, Joined
from pfjira.engine.kinds import EMPLOYEE, POSITION, empty
from pfjira.engine.mapping import Evaluation, evaluate, may_matter
from pfjira.engine.model import Owner, Record, Ref, ValueKind
from pfjira.engine.prepared import judged, prepared
from pfjira.engine.rules import FieldRule, Make, Rule, RuleSet

TODAY = date(2026, 3, 2)
CONDITIONS = st.lists(
    st.sampled_from([
        "employee.id == 7", "employee.id != 7", "employee.department.name == 'IT'", "employee.email", "employee.gone",
        "employee.fields.hat is none", "employee.status ~ 1 == 'x'", "employee.id + employee.status == 1",
        "employee.hired_on is within(-9, 9)", "employee.reporting_to.email | upper == 'X'", "employee.status",
    ]).map(Expression),
    max_size=2,
).map(tuple)  # fmt: skip
KEYS = st.sampled_from(["{{ employee.id }}", "{{ employee.email }}", "{{ employee.id }}/{{ employee.status | upper }}"])
HELD = st.sets(
    st.tuples(st.sampled_from(["r0", "r1", "r2", "r3", "r0/kid"]), st.sampled_from(["7", "7/EMPLOYED"])), max_size=3
)


class Silent(Joined):
    """Answers nothing, so that everything is asked one by one."""

    def ask(self, context: Mapping[str, Any], *, today: date, maps: Maps) -> Answer:
        return Answer({}, frozenset(range(self.number)))

    def __init__(self, number: int) -> None:
        self.number = number


@st.composite
def rulesets(draw: st.DrawFn) -> RuleSet:
    """Return rules of two kinds in a few slots, some of which make nothing, one with a child."""
    rules = []
    for number in range(draw(st.integers(1, 6))):
        name = f"r{number}"
        text = Template("{{ employee.full_name }} {{ employee.email }}")
        line = FieldRule("summary", ValueKind.TEXT, text, Owner.HR)
        rule = Rule(
            id=name,
            kind=draw(st.sampled_from(["employee", "employee", "position"])),
            slot=draw(st.sampled_from([name, "a", "b"])),
            when=draw(CONDITIONS),
            key=Template(draw(KEYS)),
            make=draw(st.sampled_from([Make.ISSUE, Make.ISSUE, Make.NOTHING])),
            project="HR",
            issue_type="Task",
            fields=(line,),
        )
        child = replace(rule, id=f"{name}/kid", slot=f"{name}/kid", make=Make.ISSUE, parent=name, when=draw(CONDITIONS))
        rules.append(replace(rule, children=(child,)) if number == 0 and rule.make is Make.ISSUE else rule)
    return RuleSet(tuple(rules), "h")


def record(email: str | None) -> Record:
    """Return a person with two dated rows."""
    fields = {**empty(EMPLOYEE), "id": 7, "status": "employed", "gone": False, "full_name": "P", "email": email}
    rows = [{**empty(POSITION), "id": number, "gone": False} for number in (1, 2)]
    fields |= {"department": {"id": 1, "name": "IT"}, "hired_on": "2026-03-05", "positions": rows}
    return Record(Ref("peopleforce", "employee", "7"), fields)


def said(rules: RuleSet, email: str | None, held: set[tuple[str, str]], rekeyed: set[str]) -> Evaluation:
    """Return everything that the rules say."""
    return evaluate(rules, record(email), installation="i", held=held, today=TODAY, rekeyed=rekeyed)


@given(rulesets(), st.sampled_from([None, "a@example.com"]), HELD, st.sets(st.sampled_from(["r0", "r1"])))
def test_the_same_is_said_however_conditions_are_asked(
    rules: RuleSet, email: str | None, held: set[tuple[str, str]], rekeyed: set[str]
) -> None:
    """Situations and failures, with their words and in their order."""
    singly = RuleSet(rules.rules, "h")
    for kind in singly.slots("employee"):
        asked = prepared(singly, kind)
        singly._prepared[kind] = replace(asked, joined=Silent(len(asked.slots)))

    assert said(singly, email, held, rekeyed) == said(rules, email, held, rekeyed)


@given(rulesets(), st.sets(st.sampled_from(["id", "email", "status", "gone", "department.name"])))
def test_a_row_matters_the_same_however_conditions_are_asked(rules: RuleSet, listed: set[str]) -> None:
    """What cannot be judged by the listed fields may matter, joined or not."""
    singly = RuleSet(rules.rules, "h")
    for kind in singly.slots("employee"):
        asked = judged(singly, kind, frozenset(listed))
        singly._prepared[kind, frozenset(listed)] = replace(asked, joined=Silent(len(asked.conditions)))

    assert may_matter(singly, record(None), listed, (), TODAY) == may_matter(rules, record(None), listed, (), TODAY)
