"""What HR does with people in the screens of PeopleForce: white-box acts, each of which moves `updated_at`.

Dictionary rows may be named by id or by name, people by id. Whatever is named and does not exist is a LookupError,
whatever makes no sense a ValueError; nothing is stored then.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pfjira.sandbox.company import Person
from pfjira.sandbox.peopleforce.employees_api import employ, place
from pfjira.sandbox.peopleforce.stores import Stores, alone

_Named = int | str | None


class PeopleScreens(Stores):
    """Hiring, moving, leaving."""

    @alone
    def hire(
        self,
        first_name: str,
        last_name: str,
        hired_on: str,
        email: str | None = None,
        department: _Named = "IT",
        position: _Named = "Support Engineer",
        location: _Named = "Kyiv",
        manager: int | None = None,
        employment_type: _Named = "Full-time",
        employee_number: str | None = None,
        personal_email: str | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Enter a person, whose first day may be ahead. `fields`: more of the profile, or custom fields."""
        sits = self._where(department=department, position=position, location=location, manager=manager)
        kind = self.employees.dictionaries.employment_types.id_of(employment_type)
        given = {"email": email, "employee_number": employee_number, "personal_email": personal_email}
        names = {"first_name": first_name, "last_name": last_name, "hired_on": hired_on}
        self.employees.check({**names, **given, **fields})
        return self._shown(self.employees.add({**names, **given, **fields}, sits, kind))

    @alone
    def edit_employee(self, id: int, **fields: Any) -> dict[str, Any]:
        """Change profile or custom fields; `hired_on` and `probation_ends_on` too."""
        person = self._someone(id)
        self.employees.write(person, fields)
        return self._shown(person)

    @alone
    def place(self, id: int, effective_on: str, **what: Any) -> dict[str, Any]:
        """Give a person a dated position: department, position, location, division, job_level, manager.

        What is not named stays as it was before that day.
        """
        self._someone(id)
        return self.rows.placement(place(self.employees, id, effective_on, self._where(**what)))

    @alone
    def edit_place(self, id: int, row: int, effective_on: str | None = None, **what: Any) -> dict[str, Any]:
        """Correct a dated position."""
        self._someone(id)
        changed = self.employees.placements.edit(id, int(row), effective_on, self._where(**what))
        self.employees.touch_related(id)
        return self.rows.placement(changed)

    @alone
    def remove_place(self, id: int, row: int) -> None:
        """Delete a dated position."""
        self._someone(id)
        self.employees.placements.remove(id, int(row))
        self.employees.touch_related(id)

    @alone
    def change_employment(
        self, id: int, effective_on: str, employment_type: int | str, comment: str | None = None
    ) -> dict[str, Any]:
        """Give a person a dated employment status."""
        self._someone(id)
        kind = self.employees.dictionaries.employment_types.id_of(employment_type)
        values = {"employment_type_id": kind, "comment": comment}
        return self.rows.employment(employ(self.employees, id, effective_on, values))

    @alone
    def terminate(
        self,
        id: int,
        effective_on: str,
        type: _Named = "Voluntary",
        reason: _Named = "Better offer",
        comment: str | None = None,
        eligible_for_rehire: bool = True,
    ) -> dict[str, Any]:
        """Note that a person leaves; it acts on its day, by the batch at 01:00 UTC."""
        person = self._someone(id)
        words = self.employees.dictionaries
        kind, why = words.termination_types.id_of(type), words.termination_reasons.id_of(reason)
        self.employees.terminations.enter(id, effective_on, kind, why, eligible_for_rehire, comment)
        self.employees.touch(id)
        return self._shown(person)

    @alone
    def revert_termination(self, id: int) -> dict[str, Any]:
        """Take a termination back, before or after its day. KeyError when the person is not leaving."""
        person = self._someone(id)
        del self.employees.terminations.by_person[id]
        self.employees.touch(id)
        return self._shown(person)

    @alone
    def rehire(self, id: int, hired_on: str, **what: Any) -> dict[str, Any]:
        """Take somebody back under the same id, with a new first day and a placement from that day."""
        person = self._someone(id)
        day = date.fromisoformat(hired_on).isoformat()
        if id not in self.employees.terminations.by_person:
            raise ValueError("only somebody who has left can be hired again")
        where = self._where(**what)
        del self.employees.terminations.by_person[id]
        # The old rows stay where they are: history begins with the first employment.
        place(self.employees, id, day, where)
        employ(self.employees, id, day, {})
        self.employees.write(person, {"hired_on": day}, rows_follow=False)
        return self._shown(person)

    @alone
    def remove_employee(self, id: int) -> None:
        """Delete a person without a trace: rows, leave, memberships, assignments and notes go as well."""
        self._someone(id)
        for store in (self.leave, self.assets, self.teams, self.notes):
            store.forget(id)
        self.employees.remove(id)

    @alone
    def write_note(self, id: int, body: str, author: int | None = None) -> dict[str, Any]:
        """Write a note on a person."""
        self._someone(id)
        return self.notes.add(id, body, author)

    def _someone(self, person_id: int) -> Person:
        if person_id not in self.employees.by_id:
            raise LookupError(f"employee {person_id}")
        return self.employees.by_id[person_id]

    def _shown(self, person: Person) -> dict[str, Any]:
        return self.rows.detail(person)

    def _where(self, **what: Any) -> dict[str, Any]:
        words = self.employees.dictionaries
        found: dict[str, Any] = {}
        kinds = {
            "department": words.departments,
            "position": words.positions,
            "location": words.locations,
            "division": words.divisions,
            "job_level": words.job_levels,
        }
        for name, value in what.items():
            if name == "manager":
                found["reporting_to_id"] = None if value is None else self._someone(value).id
            elif name in kinds:
                found[f"{name}_id"] = kinds[name].id_of(value)
            else:
                raise ValueError(f"a position has no {name!r}; there are {', '.join(kinds)}, manager")
        return found
