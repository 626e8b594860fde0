"""The recipe `write-back`, played: what happens in Jira comes back to PeopleForce, once or always, as the rules say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from story import Story, story

from pfjira.sandbox.faults import Fault


def hire(told: Story, department: str = "Sales") -> int:
    """Enter somebody whose first day is in a week, and let their issue be made; return the id."""
    person = told.hr.act("hire", first_name="Ada", last_name="Ray", hired_on=told.day(7), department=department)
    return int(person["id"])


def field(told: Story, person: int, name: str) -> Any:
    """Return a custom field of a person."""
    return told.person(person)["fields"].get(name, {}).get("value")


def notes(told: Story, person: int) -> list[str]:
    """Return the notes on a person, without the mark by which each is known again."""
    return [note["body"].partition("\n\n(pfjira ")[0] for note in told.hr.notes.by_person.get(person, [])]


def lent(told: Story, person: int) -> list[tuple[int, str, str | None]]:
    """Return what a person was handed: asset, day, and when it came back."""
    found = [one for one in told.hr.assets.assignments.values() if one.person_id == person]
    return [(one.asset_id, one.issued_on, one.returned_on) for one in found]


def test_completion_is_one_fact_with_two_sides(tmp_path: Path) -> None:
    """Done and reopened in Jira, then completed and reopened in PeopleForce: the other side follows each time."""
    with story(tmp_path, "write-back") as told:
        person = next(p for p in told.hr.employees.by_id.values() if (p.email or "").endswith("@it.example.com"))
        task = told.hr.create_task(title="Order badges", assigned_to=person.id)["id"]
        assert {"create": 1} == told.sync()

        told.move("Order badges", "Done", resolution="Done")
        assert ({"complete task": 1}, True) == (told.sync(), told.hr.tasks[task]["completed"])
        told.move("Order badges", "In Progress")
        assert ({"reopen task": 1}, False) == (told.sync(), told.hr.tasks[task]["completed"])
        told.hr.complete(task)
        assert ({"close": 1}, "Done") == (told.sync(), told.status("Order badges"))
        told.hr.reopen(task)
        assert ({"reopen": 1}, "To Do") == (told.sync(), told.status("Order badges"))


def test_a_field_is_written_once_and_another_follows(tmp_path: Path) -> None:
    """The key is written while the field is empty and never again; the status is mirrored, an edit is undone."""
    with story(tmp_path, "write-back") as told:
        person = hire(told)
        assert {"create": 1} == told.run("sync", "--json").json["done"]
        assert {"set fields": 2} == told.sync()
        key = told.issue("Workplace").key
        assert (key, "To Do") == (field(told, person, "laptop_ticket"), field(told, person, "github"))

        told.hr.act("edit_employee", id=person, laptop_ticket="by hand", github="ada")
        told.move("Workplace", "In Progress")
        assert {"set fields": 1} == told.sync()
        assert ("by hand", "In Progress") == (field(told, person, "laptop_ticket"), field(told, person, "github"))

        told.hr.act("edit_employee", id=person, laptop_ticket=None)
        assert ({}, None) == (told.sync(), field(told, person, "laptop_ticket"))


def test_the_end_writes_one_note_and_hands_the_laptop_out(tmp_path: Path) -> None:
    """Done, opened again, and done again: one note, one assignment, of today."""
    with story(tmp_path, "write-back") as told:
        person = hire(told)
        told.run("sync")
        told.sync()
        told.pass_days(3)
        told.move("Workplace", "Done", resolution="Done")
        key = told.issue("Workplace").key

        assert {"set fields": 1, "note": 1, "hand out": 1} == told.sync()
        assert ([f"The workplace is ready ({key})"], [(101, told.day(0), None)]) == (
            notes(told, person),
            lent(told, person),
        )
        told.move("Workplace", "To Do")
        assert {"set fields": 1} == told.sync()
        told.move("Workplace", "Done", resolution="Done")
        assert {"set fields": 1} == told.sync()
        assert (1, 1, "Done") == (len(notes(told, person)), len(lent(told, person)), field(told, person, "github"))


def test_who_has_no_reserved_laptop_gets_a_note_only(tmp_path: Path) -> None:
    """An empty asset hands nothing out."""
    with story(tmp_path, "write-back") as told:
        person = hire(told, department="Finance")
        told.run("sync")
        told.sync()
        told.move("Workplace", "Done", resolution="Done")

        assert {"set fields": 1, "note": 1} == told.sync()
        assert (1, []) == (len(notes(told, person)), lent(told, person))


def test_a_withdrawn_hire_is_handed_nothing(tmp_path: Path) -> None:
    """Cancelled by us: nothing is written to PeopleForce any more."""
    with story(tmp_path, "write-back") as told:
        person = hire(told)
        told.run("sync")
        told.sync()
        told.hr.act("terminate", id=person, effective_on=told.day(0))
        told.pass_days(1)

        assert {"cancel": 1} == told.sync()
        assert ("Cancelled", "To Do", [], []) == (
            told.status("Workplace"),
            field(told, person, "github"),
            notes(told, person),
            lent(told, person),
        )


@pytest.mark.parametrize("path", ["notes", "asset_assignments"])
def test_a_lost_answer_writes_nothing_twice(tmp_path: Path, path: str) -> None:
    """PeopleForce did it, and nobody was told: the next run sees that it is there."""
    with story(tmp_path, "write-back") as told:
        person = hire(told)
        told.run("sync")
        told.sync()
        told.move("Workplace", "Done", resolution="Done")
        fault = told.tool.sandbox.faults.add(Fault("drop_after", "peopleforce", "POST", path))

        told.run("sync")
        told.sync()
        assert (1, 1, 1) == (fault.landed, len(notes(told, person)), len(lent(told, person)))
