"""Working days: counted in one step, the same as counted on fingers."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfjira.engine.filters import workdays


def on_fingers(day: date, number: int) -> date:
    """Go day by day, counting Mondays to Fridays."""
    step = 1 if number > 0 else -1
    while number:
        day += timedelta(days=step)
        if day.weekday() < 5:
            number -= step
    return day


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-400, 400))
def test_working_days_are_counted_as_on_fingers(day: date, number: int) -> None:
    """From weekdays and weekends, forwards and backwards; no days are no step, on a weekend either."""
    assert on_fingers(day, number).isoformat() == workdays(day.isoformat(), number)


def test_a_hundred_years_take_no_longer_than_a_week() -> None:
    """A rule could chain them by the hundred."""
    before = time.process_time()
    for _ in range(2_000):
        workdays("2026-03-01", 26_000)

    assert time.process_time() - before < 1


def test_the_calendar_ends() -> None:
    """Told as a sentence, not as an overflow."""
    with pytest.raises(ValueError, match="outside of the calendar"):
        workdays("9999-12-30", 30)
