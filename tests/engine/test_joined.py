"""Many conditions asked at once say the same as each asked alone, whatever fails among them."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pfjira.engine.expressions import Expression, ExpressionError
from pfjira.engine.joined import Joined

TODAY = date(2026, 3, 2)
MAPS: dict[str, dict[str, Any]] = {"lead": {"IT": 14, "*": 10}, "strict": {"IT": True}}
PERSON = {
    "id": 7,
    "status": "employed",
    "email": None,
    "hired_on": "2026-03-05",
    "gone": False,
    "tags": ["a", "b"],
    "department": {"id": 2, "name": "IT"},
    "manager": None,
    "fields": {"shoe": 44},
}

VALUES = st.sampled_from([
    "employee.id", "employee.status", "employee.email", "employee.hired_on", "employee.gone", "employee.tags", "today",
    "employee.department.name", "employee.department", "employee.manager.id", "employee.nope", "nobody.id", "employee",
    "employee.fields.shoe", "employee.fields.hat", "employee.fields", "_holds", "_told", "true", "none", "7", "-1",
    "'employed'", "'it}}%}'", "[1, 'IT', none]", "lookup('strict', employee.status)", "'a' * 15000", "'a' * 1000000000",
    "1 / 0", "employee.items",
])  # fmt: skip
SOURCES = st.recursive(
    VALUES,
    lambda inner: st.one_of(
        st.builds(
            "{} {} {}".format, inner, st.sampled_from(["==", "!=", "<", "in", "not in", "and", "or", "~"]), inner
        ),
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["==", "and", "or", "+", "*"]), inner),
        st.builds(
            "{} is {}".format,
            inner,
            st.sampled_from(
                ["none", "not none", "empty", "within(-9, lookup('lead', 'IT'))", "containing('e')", "startingwith(1)"]
            ),
        ),
        st.builds("not {}".format, inner),
        st.builds("{} if {} else {}".format, inner, inner, inner),
        st.builds(
            "{} | {}".format,
            inner,
            st.sampled_from(["default('x')", "upper", "date", "workdays(2)", "join", "length", "map('lead')", "first"]),
        ),
    ),
    max_leaves=4,
)


def readable(source: str) -> bool:
    """Say whether it is an expression at all."""
    try:
        Expression(source)
    except ExpressionError:
        return False
    return True


EXPRESSIONS = SOURCES.filter(readable).map(Expression)
CONDITIONS = st.lists(EXPRESSIONS, max_size=3)
SLOTS = st.lists(st.lists(CONDITIONS, min_size=1, max_size=3), max_size=40)


def told(work: Any) -> tuple[Any, ...]:
    """Return a value with its type, or an error with its place."""
    try:
        value = work()
    except ExpressionError as error:
        return str(error), error.offset
    except Exception as error:
        return (type(error),)
    return repr(value), type(value)


def singly(rules: list[list[Expression]]) -> int | None:
    """Return the place of the first rule that holds, -1 for none; None where a condition on the way fails."""
    for place, conditions in enumerate(rules):
        try:
            if all(one.holds({"employee": PERSON}, today=TODAY, maps=MAPS) for one in conditions):
                return place
        except ExpressionError:
            return None
    return -1


@given(EXPRESSIONS)
def test_a_compiled_expression_has_the_value_of_its_source(expression: Expression) -> None:
    """Value, type, error and place are those of the source as minijinja evaluates it by itself."""
    context = {"employee": PERSON if not expression.custom else {**PERSON, "fields": {"shoe": 44, "hat": None}}}

    assert told(lambda: expression._alone(context, TODAY, MAPS) if not expression._path else "path") == told(
        lambda: expression.evaluate(context, today=TODAY, maps=MAPS) if not expression._path else "path"
    )


@given(SLOTS)
def test_conditions_say_the_same_joined_as_singly(slots: list[list[list[Expression]]]) -> None:
    """For each slot the first rule that holds, or that only a single look can tell; never anything else."""
    answer = Joined(slots).ask({"employee": PERSON}, today=TODAY, maps=MAPS)
    asked = [singly(rules) for rules in slots]

    assert [number for number, first in enumerate(asked) if first is None and number not in answer.open] == []
    assert {n: first for n, first in enumerate(asked) if n not in answer.open} == {
        n: answer.first.get(n, -1) for n in range(len(slots)) if n not in answer.open
    }


def test_what_fails_takes_nothing_away_from_the_others() -> None:
    """Nor does what is greedy, nor what needs a look of its own: all others are answered in the same passes."""
    good, bad = Expression("employee.id == 7"), Expression("employee.nope == 7")
    greedy, whole = Expression("('a' * 1000000000) == employee.status"), Expression("employee.fields is empty")
    absent, text = Expression("employee.fields.hat is none"), Expression("employee.status")
    slots = [[[good]], [[bad]], [[greedy]], [[absent]], [[whole]], [[text]], [[bad], [good]], [[good], [bad]]] * 9

    answer = Joined(slots).ask({"employee": PERSON}, today=TODAY, maps=MAPS)

    assert {number: 0 for number in range(72) if number % 8 in (0, 3, 7)} == answer.first
    assert {number for number in range(72) if number % 8 in (1, 2, 4, 5, 6)} == answer.open


def test_threads_may_ask_at_once() -> None:
    """Each gets the answer for its own context, also while the passes are still being compiled."""
    joined = Joined([[[Expression(f"lookup('m', employee.id) == {n}")]] for n in range(100)])

    def work(number: int) -> list[Any]:
        maps = {"m": {"*": number}}
        return [joined.ask({"employee": PERSON}, today=TODAY, maps=maps).first for _ in range(50)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(8)))

    assert [[{number: 0}] * 50 for number in range(8)] == results


def test_records_leave_nothing_in_memory() -> None:
    """A rule set is compiled once; ten thousand records later nothing has grown."""
    joined = Joined([[[Expression(f"employee.id == {n} and employee.status ~ '{n}' != 'x'")]] for n in range(20)])

    def ask(ids: range) -> None:
        for number in ids:
            joined.ask({"employee": {**PERSON, "id": number}}, today=TODAY, maps=MAPS)

    ask(range(100))
    tracemalloc.start()
    ask(range(100, 200))
    before, _ = tracemalloc.get_traced_memory()
    ask(range(200, 3000))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert after - before < 16_384
