"""The budget of loading a large rules file, held as a test."""

from __future__ import annotations

import load_rules
import pytest


def test_three_hundred_rules_are_loaded_soon() -> None:
    """A small multiple of reading the YAML alone, with slack for a busy machine, and below what a person notices."""
    found = load_rules.measure(300, rounds=3)

    assert found["ratios"][0] <= 1.5 * load_rules.BUDGET, found
    assert found["cpu_load_s"] < 1.5, found


@pytest.mark.long
def test_the_cost_grows_with_the_rules_and_not_with_their_square() -> None:
    """Four times as many rules take four times as long, give and take what a busy machine does."""
    few, many = [], []
    for _ in range(4):  # by turns, so that a busy machine slows both
        few.append(load_rules.measure(150, rounds=1)["cpu_load_s"])
        many.append(load_rules.measure(600, rounds=1)["cpu_load_s"])

    assert min(many) < 4 * 2.5 * min(few), (few, many)
