"""The budget of planning, held as a test: 300 rules over a few hundred people always, over 20,000 behind `-m long`."""

from __future__ import annotations

import planning
import pytest


@pytest.mark.long
def test_planning_is_at_least_a_third_as_fast_as_the_bare_expressions() -> None:
    """300 rules over 500 people: soon done, and with everything around the expressions no more than thrice as slow."""
    found = planning.measure(300, 500, rounds=3)

    assert (0, True) == (found["changes"], found["compared"] > 500)
    assert found["ratio"] <= planning.BUDGET, found
    assert found["cpu_plan_s"] < 5, found


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_large_company_is_planned_in_proportion() -> None:
    """300 rules over 20,000 people: the same ratio, and nothing that grows with their number."""
    few = planning.measure(300, 1000, rounds=5)
    many = planning.measure(300, 20_000, rounds=3)

    assert many["ratio"] <= planning.BUDGET, many
    assert many["us_per_person"] < 2 * few["us_per_person"], (few, many)
