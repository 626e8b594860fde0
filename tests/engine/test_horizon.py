"""How long the rules say the same of a record: the days on which something begins, ends or moves are found."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine import kinds
from pfjira.engine.horizon import NEAREST, SPREAD, furthest, same_through
from pfjira.engine.mapping import evaluate
from pfjira.engine.model import Record, Ref

TODAY = date(2026, 3, 2)
REF = Ref("peopleforce", "employee", "7")
FURTHEST = furthest(Record(REF, {}))
FILE = """
version: 1
rules:
  - id: leaver
    for: termination
    when: {when}
    make: issue
    in: {{ project: HR, type: Task }}
    set: {{ summary: "{{{{ employee.full_name }}}}", duedate: "{{{{ termination.effective_on }}}}" }}
"""
WITHIN = "termination.effective_on is within(-7, 14)"


def through(ends_on: str | None, *, when: str = WITHIN, held: bool = False) -> int:
    """Return for how many days from today the rules say the same of a person."""
    rules = parse_rules(FILE.format(when=when))
    fields: dict[str, Any] = {
        **kinds.empty(kinds.EMPLOYEE),
        "id": 7,
        "gone": False,
        "termination_effective_on": ends_on,
    }
    record = Record(REF, fields)
    pairs = {("leaver", "7")} if held else set()
    told = evaluate(rules, record, installation="x", held=pairs, today=TODAY)
    last = same_through(rules, record, told, installation="x", held=pairs, today=TODAY)
    return (last - TODAY).days


@pytest.mark.parametrize(
    ("ends_on", "days"),
    [
        (None, FURTHEST),
        ("2026-03-20", 3),  # the window opens fourteen days before
        ("2026-03-17", 0),
        ("2026-02-27", 4),  # it is open, and closes seven days after the last day
        ("2026-03-16", FURTHEST),
        ("2026-02-23", 0),
        ("2026-02-01", FURTHEST),
        ("2026-12-31", FURTHEST),
    ],
)
def test_the_day_on_which_something_changes_is_found(ends_on: str | None, days: int) -> None:
    """Up to the day before it, nobody need be read again."""
    assert days == through(ends_on)


def test_what_is_opened_today_is_followed_from_then_on() -> None:
    """The day on which the window closes does not matter less for it."""
    assert through("2026-02-27") == through("2026-02-27", held=True)


def test_not_everybody_comes_up_on_one_day() -> None:
    """A company that was read on one day is read again over a week."""
    days = {furthest(Record(Ref("peopleforce", "employee", str(number)), {})) for number in range(9000, 9100)}

    assert set(range(NEAREST, NEAREST + SPREAD)) == days


@given(st.integers(-100, 100), st.integers(-20, 0), st.integers(0, 20))
def test_no_change_lies_before_the_day_that_is_found(offset: int, first: int, last: int) -> None:
    """Whatever the window and the date: opening and closing are never slept through."""
    ends_on = TODAY + timedelta(days=offset)
    days = through(ends_on.isoformat(), when=f"termination.effective_on is within({first}, {last})")
    open_on = [first <= offset - number <= last for number in range(FURTHEST + 1)]

    assert len({*open_on[: days + 1]}) == 1
    assert days == FURTHEST or open_on[days + 1] != open_on[0]
