"""What a rule of each kind sees of a record, and where the names of its expressions lie in it."""

from __future__ import annotations

from typing import Any

import pytest

from pfjira.engine import kinds, views
from pfjira.engine.model import Record, Ref

PERSON: dict[str, Any] = {**kinds.empty(kinds.EMPLOYEE), "id": 7, "email": "a@example.com", "gone": False}


def a_record(kind: str, **fields: Any) -> Record:
    """Return a record of a stream."""
    return Record(Ref("peopleforce", kind, "7"), fields)


@pytest.mark.parametrize(
    ("kind", "path", "lies"),
    [
        ("task", "task.assigned_to.email", "assigned_to.email"),
        ("employee", "employee.department.name", "department.name"),
        ("leave", "leave.state", "state"),
        ("leave", "employee.email", "employee.email"),
        ("termination", "termination.effective_on", "termination_effective_on"),
        ("termination", "termination.type.name", "termination_type.name"),
        ("termination", "termination.gone", "termination_effective_on"),
        ("termination", "employee.hired_on", "hired_on"),
        ("termination", "termination.employee.hired_on", "hired_on"),
        ("position", "position.prev.department.id", "positions.prev.department.id"),
        ("position", "employee.email", "email"),
        ("team", "team.member.email", "members.email"),
        ("team", "team.name", "name"),
        ("hook.desk", "hook.ticket.id", "ticket.id"),
        ("leave", "leave", ""),
    ],
)
def test_a_name_lies_where_the_record_holds_it(kind: str, path: str, lies: str) -> None:
    """What is said to be read is what is fingerprinted and asked for."""
    assert lies == views.record_path(kind, path)


def test_every_name_of_every_kind_lies_somewhere() -> None:
    """No path that the loader lets through is lost on the way to the record, but for the bare kind."""
    lost = {
        (kind, path)
        for kind in kinds.KINDS
        for path in kinds.paths(kind)
        if views.record_path(kind, path) == "" and path not in (kind, "employee", f"{kind}.employee")
    }

    assert set() == lost


def test_a_termination_is_seen_in_the_employee() -> None:
    """An announced end is there, a reverted one is gone."""
    ended = views.termination({**PERSON, "termination_effective_on": "2026-04-01", "termination_type": {"name": "X"}})
    reverted = views.termination(PERSON)

    assert ("2026-04-01", "X", False, 7) == (ended["effective_on"], ended["type"]["name"], ended["gone"], ended["id"])
    assert (None, True) == (reverted["effective_on"], reverted["gone"])


def test_each_dated_row_is_seen_alone() -> None:
    """With its person; a person without rows shows none."""
    rows = [{"id": 1, "effective_on": "2026-01-01"}, {"id": 2, "effective_on": "2026-02-01"}]
    seen = list(views.contexts("position", a_record("employee", **PERSON, positions=rows)))

    assert [(1, 7), (2, 7)] == [(one["position"]["id"], one["employee"]["id"]) for one in seen]
    assert [] == list(views.contexts("position", a_record("employee", **PERSON)))


def test_a_team_is_seen_once_or_once_for_each_member() -> None:
    """As the rules look at it."""
    team = a_record("team", id=7, members=[{"id": 1}, {"id": 2}])

    assert (1, [1, 2]) == (
        len(list(views.contexts("team", team))),
        [one["team"]["member"]["id"] for one in views.contexts("team", team, by_member=True)],
    )


def test_a_vanished_row_is_gone_and_keeps_its_person() -> None:
    """So that what was kept for it can be withdrawn."""
    shell = views.vanished("position", a_record("employee", **PERSON))

    assert shell is not None
    assert (True, 7, None) == (
        shell["position"]["gone"],
        shell["employee"]["id"],
        shell["position"]["department"]["id"],
    )
    assert None is views.vanished("leave", a_record("leave", employee=PERSON))


def test_a_record_is_about_a_person_or_about_nobody() -> None:
    """A task is nobody's, a leave request somebody's."""
    assert ("7", "7", None) == (
        views.person_of(a_record("employee", **PERSON)),
        views.person_of(a_record("leave", employee={"id": 7})),
        views.person_of(a_record("task", assigned_to={"id": 7})),
    )
