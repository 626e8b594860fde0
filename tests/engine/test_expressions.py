"""Expressions and templates: what they say, what they read, and how they fail."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfjira.engine.expressions import Expression, ExpressionError, Template
from pfjira.errors import PfjiraError

TODAY = date(2026, 3, 2)  # a Monday
MAPS = {"lead_days": {"Engineering": 14, "*": 10}, "strict": {"a": 1}}
TASK = {
    "task": {
        "id": 7,
        "title": "Prepare laptop",
        "description": None,
        "ends_on": "2026-03-05",
        "created_at": "2026-03-01T23:30:00.000Z",
        "completed": False,
        "assigned_to": {"id": 9, "email": "dev@it.example.com"},
        "associated_to": {"id": None, "email": None},
    }
}


def value(source: str) -> Any:
    """Return the value of an expression over the sample task."""
    return Expression(source).evaluate(TASK, today=TODAY, maps=MAPS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("task.id", 7),
        ("task.description", None),
        ('task.assigned_to.email is endingwith("@it.example.com")', True),
        ('task.title is startingwith("[draft]")', False),
        ('task.title is not startingwith("[draft]")', True),
        ("task.description is startingwith('x')", False),
        ("task.id in [1, 7]", True),
        ('task.completed or task.title == "x"', False),
        ("task.description is none", True),
        ("task.description is empty", True),
        ('task.title is containing("lap")', True),
        ('task.title is matching("^Prep\\\\w+ l")', True),
        ("task.description | default('none given')", "none given"),
        ("'' | default('x')", "x"),
        ("task.description | upper", None),
        ("task.title | upper", "PREPARE LAPTOP"),
        ("task.title | lower", "prepare laptop"),
        ("task.title | initials", "Pl"),
        ("task.title | trunc(8)", "Prepare…"),
        ("task.title | replace('laptop', 'desk')", "Prepare desk"),
        ("'<b>' | escape", "&lt;b&gt;"),
        ("[task.title, none, 'x'] | join(' / ')", "Prepare laptop / x"),
        ("task.created_at | date", "2026-03-01"),
        ("task.ends_on | date('%d.%m.%Y')", "05.03.2026"),
        ("task.ends_on | days(-5)", "2026-02-28"),
        ("task.ends_on | workdays(-5)", "2026-02-26"),
        ("task.ends_on | workdays(2)", "2026-03-09"),
        ("task.description | workdays(2)", None),
        ("task.ends_on is within(0, 3)", True),
        ("task.ends_on is within(-14, 2)", False),
        ("task.description is within(-14, 2)", False),
        ("task.ends_on is within(-14, lookup('lead_days', task.title))", True),
        ("lookup('lead_days', 'Engineering')", 14),
        ("task.title | map('lead_days')", 10),
        ("task.ends_on > today", True),
    ],
)
def test_an_expression_has_the_value_that_the_manual_promises(source: str, expected: Any) -> None:
    """Every filter and test of the language does what it says, and takes None for nothing."""
    assert expected == value(source)


def test_an_expression_tells_what_it_reads() -> None:
    """Exactly the dotted names outside of quotes are read, and today only where it is looked at."""
    expression = Expression('task.ends_on is within(0, lookup("lead_days", task.title)) and task.id != "task.nope"')

    assert (frozenset({"task.ends_on", "task.title", "task.id"}), True, False) == (
        expression.reads,
        expression.reads_today,
        Expression("task.completed").reads_today,
    )


@pytest.mark.parametrize(
    ("source", "message", "offset"),
    [
        ("", "the expression is empty", 0),
        ("task.title | uper", "unknown filter 'uper', did you mean 'upper'?", 13),
        ("task.title is startswith('x')", "unknown test 'startswith', did you mean 'startingwith'?", 14),
        ("range(9)", "unknown function 'range'", 0),
        ("task.title.upper()", "values have no functions to call", 0),
        ("task['title']", "'[…]' after a value is not supported", 4),
        ("task.title ==", "this is not an expression (syntax error)", 12),
        ("task.title task.id", "this is not an expression (syntax error)", 11),
        ("'never closed", "a quotation mark is never closed", 0),
        ("{'a': 1}", "braces do not belong into an expression", 0),
        ("lookup(task.title, 1)", "lookup needs a quoted first argument", 0),
        ("task.title is matching('(a+)+$')", "the pattern repeats a group", 23),
        ("task.title is matching('a*b*c*')", "the pattern has too many repeats or groups", 23),
        ("task.title is matching('(?x)(a+) +')", "the pattern has a group of a kind that is not supported", 23),
        ("task.title is matching('(a|a|a)(a|a|a)(a|a|a)(a|a|a)')", "the pattern has too many repeats or groups", 23),
        ("task.title is matching('[')", "the pattern is not a regular expression: unterminated character set", 23),
        ("task.title is matching('a' ~ '+')", "matching needs a quoted first argument", 14),
        (r"task.title is matching('a\d')", "the backslash in matching stands alone", 25),
        (r"task.title is matching('(a\u002b)\u002b')", "the backslash in matching stands alone", 26),
        ("x" * 5000, "longer than 4000 characters", 0),
    ],
)
def test_a_wrong_expression_is_refused_when_it_is_made(source: str, message: str, offset: int) -> None:
    """A typo is found before any record is looked at, with the character where it stands."""
    with pytest.raises(ExpressionError) as caught:
        Expression(source)

    assert (True, offset) == (str(caught.value).startswith(message), caught.value.offset)


@pytest.mark.parametrize(
    "source",
    [
        "task.titel == 'x'",
        "task.titel",
        "task.id.more",
        "task.id + task.title",
        "task.title | date",
        "task.title is within(1, 2)",
        "task.ends_on | days(task.title)",
        "task.ends_on | days(9999999)",
        "lookup('strict', task.title)",
        "lookup('missing', task.title)",
        "lookup('strict')",
        "task.title | join",
        "task.title * 999999999",
        "'Prepare laptop' * 1000000000",
        "1 / 0 + task.title",
    ],
)
def test_a_failing_evaluation_never_shows_a_value(source: str) -> None:
    """Errors reach logs and alerts; a person's values must not."""
    with pytest.raises(PfjiraError) as caught:
        value(source)

    assert [] == [
        secret for secret in ("Prepare", "laptop", "dev@") if secret in str(caught.value) + repr(caught.value)
    ]


def test_a_condition_is_true_or_false_or_refused() -> None:
    """None counts as false; a text is not quietly taken for true."""
    holds = [
        Expression(s).holds(TASK, today=TODAY) for s in ("task.description", "task.completed", "not task.completed")
    ]

    with pytest.raises(ExpressionError, match="neither true nor false"):
        Expression("task.title").holds(TASK, today=TODAY)

    assert [False, False, True] == holds


@pytest.mark.parametrize(
    ("source", "expected", "native"),
    [
        ("{{ task.id }}", 7, True),
        ("{{ task.description }}", None, True),
        ("IT: {{ task.title | upper }}!", "IT: PREPARE LAPTOP!", False),
        ("{{ task.id }}{{ task.description }}", "7", False),
        ("{{ task.completed }} ", "false ", False),
        ("{{ '}}' }}", "}}", True),
        ("plain } text { with $ signs", "plain } text { with $ signs", False),
        ("", "", False),
    ],
)
def test_a_template_keeps_a_single_value_and_writes_all_else_as_text(source: str, expected: Any, native: bool) -> None:
    """`{{ one }}` alone keeps None apart from empty text; inside of text None is nothing."""
    template = Template(source)

    assert (expected, native) == (template.evaluate(TASK, today=TODAY, maps=MAPS), template.native)


@pytest.mark.parametrize(
    ("source", "offset"),
    [("a {% if x %}", 2), ("{# note #}", 0), ("a {{ task.id", 4), ("a {{ task.id | foo }}", 15), ("{{ }}", 2)],
)
def test_a_wrong_template_is_refused_with_its_place(source: str, offset: int) -> None:
    """Statements and comments do not exist in rules; the place counts from the start of the whole text."""
    with pytest.raises(ExpressionError) as caught:
        Template(source)

    assert offset == caught.value.offset


@given(st.text(max_size=80) | st.text(alphabet="task.id|()[]'\" {}%=<>+-*/~0", max_size=60))
def test_no_source_can_do_more_than_be_refused(source: str) -> None:
    """Whatever stands in a rules file, reading it raises our own error or nothing."""
    refused = []
    for make in (Expression, Template):
        try:
            make(source).evaluate(TASK, today=TODAY, maps=MAPS)
        except ExpressionError as error:
            refused.append(error)
    assert len(refused) <= 2


def test_work_is_bounded() -> None:
    """Neither growth, nor nesting, nor a pattern can hold a run up."""
    began = time.perf_counter()
    for source in (
        "'a' * 99999999 * 99999999",
        "(" * 1500 + "1" + ")" * 1500,
        "[[" * 900 + "]]" * 900,
        "not " * 900 + "1",
    ):
        with pytest.raises(ExpressionError):
            value(source + " + 'x'")
    Expression("task.title is matching('a?a?a*a*$^')").holds({"task": {"title": "a" * 100_000}}, today=TODAY)

    assert time.perf_counter() - began < 5


def test_threads_may_share_expressions() -> None:
    """Two threads that evaluate at once with other maps do not see each other's."""
    expression = Expression("lookup('m', task.id)")

    def work(number: int) -> list[Any]:
        return [expression.evaluate(TASK, today=TODAY, maps={"m": {"*": number}}) for _ in range(200)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(8)))

    assert [[number] * 200 for number in range(8)] == results


ROW = {
    "position": {
        "first": False,
        "department": {"id": 2, "name": "Sales"},
        "location": {"id": 5},
        "prev": {"department": {"id": 1, "name": "Sales"}, "location": {"id": 5}},
    }
}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ROW, {"department": True, "location": False, "division": False}),
        ({"position": {**ROW["position"], "first": True}}, dict.fromkeys(["department", "location"], False)),
        ({"position": {**ROW["position"], "prev": None}}, {"department": True}),
    ],
)
def test_a_row_of_a_career_tells_what_changed(row: Any, expected: dict[str, bool]) -> None:
    """By id, since names are edited; the first row changes nothing."""
    asked = {name: Expression(f'position is changed("{name}")').evaluate(row, today=TODAY) for name in expected}
    opposite = Expression('position is not changed("department")').evaluate(row, today=TODAY)

    assert (expected, not expected["department"]) == (asked, opposite)


def test_what_changed_reads_both_rows() -> None:
    """The connector fetches what is compared, not the whole row."""
    reads = Expression('position is changed("division") and position.id == 1').reads

    assert {"position.division.id", "position.prev.division.id", "position.first", "position.id"} == reads


@pytest.mark.parametrize("fields", [{}, {"size": None}, None])
@pytest.mark.parametrize("inside", [False, True])
def test_a_custom_field_that_the_tenant_lacks_is_none(fields: Any, inside: bool) -> None:
    """A record holds only the fields that exist there; a rule may name any. Nothing is written into the record."""
    person = {"id": 7, "fields": fields, "employee": {"fields": fields}}
    context = {"leave": person, "employee": person}
    path = "leave.employee.fields.size" if inside else "employee.fields.size"
    sources = (path, f"{path} is none", f"{path} | default('M')", f"{path} | default('M') | lower")

    assert ([None, True, "M", "m"], fields) == (
        [Expression(source).evaluate(context, today=TODAY) for source in sources],
        person["fields"],
    )


def test_only_custom_fields_may_be_absent() -> None:
    """A field of PeopleForce's own is always there, so that its absence is our mistake and is told."""
    for source in ("employee.size", "employee.size ~ 'x'", "employee.place.fields.x"):
        with pytest.raises(ExpressionError):
            Expression(source).evaluate({"employee": {"place": {"fields": {}}}}, today=TODAY)


def test_a_text_cannot_be_doubled_without_end() -> None:
    """Each link of a chain could double it; a dozen would fill the memory."""
    chain = "task.title" + " | replace('a', 'aa')" * 60

    with pytest.raises(ExpressionError, match="longer than 32768 characters"):
        Expression(chain).evaluate({"task": {"title": "a"}}, today=TODAY)
