"""The budget of loading a large rules file, held as a test."""

from __future__ import annotations

import load_rules


def test_three_hundred_rules_are_loaded_soon() -> None:
    """A small multiple of reading the YAML alone, and well below the time that a person notices."""
    found = load_rules.measure(300, rounds=3)

    assert found["ratios"][0] <= load_rules.BUDGET, found
    assert found["cpu_load_s"] < 1.5, found


def test_the_cost_grows_with_the_rules_and_not_with_their_square() -> None:
    """Four times as many rules take four times as long, give and take what a busy machine does."""
    few, many = load_rules.measure(150, rounds=3), load_rules.measure(600, rounds=3)

    assert many["ratios"][0] < 2.5 * few["ratios"][0], (few, many)
