"""Whose value survives: the whole table, each owner against each way in which two values can have moved."""

from __future__ import annotations

from itertools import product

import pytest

from pfjira.engine.model import Owner
from pfjira.engine.reconcile import FieldBase, Verdict, arbitrate

A, L, K, C = Verdict.AGREED, Verdict.LEFT, Verdict.KEPT, Verdict.CONFLICT

HOW = ("no base", "nobody moved", "HR moved", "Jira moved", "both moved")
TABLE: dict[Owner, tuple[Verdict, ...]] = {
    #          no base  nobody  HR  Jira  both
    Owner.HR: (L, A, L, L, L),
    Owner.JIRA: (A, A, A, A, A),
    Owner.ONCE: (A, A, A, A, A),
    Owner.EMPTY: (A, A, A, A, A),
    Owner.ASK: (C, A, L, K, C),
}
"""The two sides differ, and Jira shows something."""

TABLE_EMPTY: dict[Owner, tuple[Verdict, ...]] = {
    Owner.HR: (L, A, L, L, L),
    Owner.JIRA: (A, A, A, A, A),
    Owner.ONCE: (L, A, A, A, A),
    Owner.EMPTY: (L, A, L, L, L),
    Owner.ASK: (L, A, L, K, C),
}
"""The two sides differ, and Jira shows nothing."""

BASES = {
    "no base": None,
    "nobody moved": FieldBase("ours", "theirs"),
    "HR moved": FieldBase("ours before", "theirs"),
    "Jira moved": FieldBase("ours", "theirs before"),
    "both moved": FieldBase("ours before", "theirs before"),
}


@pytest.mark.parametrize(
    ("own", "how", "empty", "verdict"),
    [
        (own, how, empty, verdict)
        for empty, table in ((False, TABLE), (True, TABLE_EMPTY))
        for own, row in table.items()
        for how, verdict in zip(HOW, row, strict=True)
    ],
)
def test_the_owner_and_who_moved_decide_whose_value_survives(
    own: Owner, how: str, empty: bool, verdict: Verdict
) -> None:
    """Every cell of the table is as written down."""
    assert verdict == arbitrate(own, BASES[how], "ours", "theirs", equal=False, empty=empty)


@pytest.mark.parametrize(("own", "how", "empty"), list(product(Owner, HOW, (False, True))))
def test_equal_values_are_agreed_whoever_owns_them(own: Owner, how: str, empty: bool) -> None:
    """Two sides that show the same are never written, whatever the base says."""
    assert Verdict.AGREED == arbitrate(own, BASES[how], "ours", "theirs", equal=True, empty=empty)
