"""What was given is taken back though nothing can be written out any more of the record that it was given for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine import kinds
from pfjira.engine.mapping import evaluate
from pfjira.engine.model import Record, Ref

FILE = """
version: 1
maps: {{ groups: {{ IT: it-staff }} }}
rules:
  - id: staff
    for: {kind}
    make: member
    group: "{{{{ lookup('groups', {path}) }}}}"
    person: "{{{{ employee.id }}}}"
    cancel_when: {kind}.gone
"""
GONE: dict[str, Any] = {**kinds.empty(kinds.EMPLOYEE), "id": 7, "gone": True}
HERE: dict[str, Any] = {**GONE, "gone": False, "positions": []}


@pytest.mark.parametrize(
    ("kind", "path", "fields", "key"),
    [
        ("position", "position.department.name", HERE, "5001"),
        ("employee", "employee.department.name", GONE, "7"),
    ],
)
def test_a_membership_ends_with_its_row_or_its_person(kind: str, path: str, fields: dict[str, Any], key: str) -> None:
    """Which group it was is remembered; the map that has no entry for nothing is not asked."""
    rules = parse_rules(FILE.format(kind=kind, path=path))
    record = Record(Ref("peopleforce", "employee", "7"), fields)

    told = evaluate(rules, record, installation="x", held={("staff", key)}, today=date(2026, 3, 2))

    assert ([(key, True, "member")], ()) == (
        [(one.key, one.cancelled, one.deed.make if one.deed else "") for one in told.situations],
        told.failures,
    )
