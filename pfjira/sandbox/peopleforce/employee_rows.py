"""How a person is shown: a slim list row, the full record, and the dated rows beside it.

List rows have no status, no timestamps, no custom fields, as in the real system; the detail has them. Rows are built
when asked for, so that 50,000 people cost nothing until a page shows them.
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.company import Person, timestamp
from pfjira.sandbox.peopleforce.dated import DatedRow
from pfjira.sandbox.peopleforce.dictionaries import ENTERED
from pfjira.sandbox.peopleforce.employees import EmployeeStore
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.peopleforce.profiles import CUSTOM

_SOCIAL = ("skype_username", "slack_username", "twitter_username", "facebook_url", "linkedin_url")
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class EmployeeRows:
    """Builds the rows about people."""

    def __init__(self, store: EmployeeStore, options: PeopleForceOptions) -> None:
        self._store = store
        self._options = options

    def row(self, person: Person) -> dict[str, Any]:
        """Show a person as a list row."""
        row = self._common(person)
        for name in ("mobile_number", "work_phone_number", "gender"):
            row[name] = self._store.more(person, name)
        if self._options.employee_number_in_rows:
            row["employee_number"] = person.employee_number
        return row

    def detail(self, person: Person) -> dict[str, Any]:
        """Show a person as the full record: phone numbers and the employee number move into `fields`."""
        store = self._store
        status = store.status(person)
        gender = store.more(person, "gender")
        numbers = ("mobile_number", "work_phone_number")
        return {
            **self._common(person),
            "status": status,
            "gender": {"id": gender, "name": gender.capitalize()} if gender else None,
            "direct_reports": [self.short(store.by_id[number]) for number in store.reports(person.id)],
            **self._termination(person, status),
            "fields": {
                "employee_number": {"value": person.employee_number},
                **{name: {"value": store.more(person, name)} for name in (*numbers, *CUSTOM)},
            },
            "created_at": timestamp(store.created_at(person)),
            "updated_at": timestamp(store.updated_at(person)),
        }

    def _termination(self, person: Person, status: str) -> dict[str, Any]:
        found = self._store.terminations.by_person.get(person.id)
        if status != "terminated" and not self._options.termination_shown_ahead:
            found = None
        words = self._store.dictionaries
        return {
            "termination_effective_on": found.effective_on if found else None,
            "termination_comment": found.comment if found else None,
            "termination_eligible_for_rehire": found.eligible_for_rehire if found else None,
            "termination_type": words.termination_types.ref(found.type_id) if found else None,
            "termination_reason": words.termination_reasons.ref(found.reason_id) if found else None,
        }

    def _common(self, person: Person) -> dict[str, Any]:
        store = self._store
        words = store.dictionaries
        sits = store.placement(person)
        return {
            "id": person.id,
            "active": True,
            "access": store.status(person) != "terminated",
            "full_name": f"{person.first_name} {person.last_name}",
            "first_name": person.first_name,
            "middle_name": store.more(person, "middle_name"),
            "last_name": person.last_name,
            "email": person.email,
            "personal_email": store.more(person, "personal_email"),
            # Everyone has one, so that a test can look for it where it must never be.
            "date_of_birth": store.more(person, "date_of_birth")
            or f"{1960 + person.id % 40}-0{1 + person.id % 9}-1{person.id % 10}",
            "gender": None,
            "avatar_url": None,
            "probation_ends_on": store.more(person, "probation_ends_on"),
            "hired_on": person.hired_on,
            "position": words.positions.ref(sits["position_id"]),
            "job_level": words.job_levels.ref(sits["job_level_id"]),
            "location": words.location(sits["location_id"]),
            "employment_type": words.employment_types.ref(store.employment(person)["employment_type_id"]),
            "division": words.divisions.ref(sits["division_id"]),
            "department": words.departments.ref(sits["department_id"]),
            "reporting_to": self.short_of(sits["reporting_to_id"]),
            **dict.fromkeys(_SOCIAL),
        }

    def short_of(self, person_id: int | None) -> dict[str, Any] | None:
        """Show a person by id as managers are shown; null when there is none, or none any more."""
        person = self._store.by_id.get(person_id) if person_id is not None else None
        return self.short(person) if person else None

    @staticmethod
    def short(person: Person) -> dict[str, Any]:
        """Show a person as managers and authors are shown."""
        return {
            "id": person.id,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": person.email,
        }

    def placement(self, row: DatedRow) -> dict[str, Any]:
        """Show a dated position; here the department has its parent and head."""
        words = self._store.dictionaries
        return {
            "id": str(row.id) if self._options.string_position_ids else row.id,
            "effective_on": row.effective_on,
            "position": words.positions.ref(row.values["position_id"]),
            "location": words.location(row.values["location_id"]),
            "division": words.divisions.ref(row.values["division_id"]),
            "department": words.department(row.values["department_id"]),
            "reporting_to": self.short_of(row.values["reporting_to_id"]),
            "job_level": words.job_levels.ref(row.values["job_level_id"]),
        }

    def employment(self, row: DatedRow) -> dict[str, Any]:
        """Show a dated employment status; everybody works the same forty hours."""
        hours = [(f"{day}_hours", 8.0 if day not in _WEEK[5:] else 0.0) for day in _WEEK]
        shown = {name: value if self._options.decimal_numbers else str(value) for name, value in hours}
        pattern = {"id": 71, "name": "40hrs", **shown, "created_at": ENTERED, "updated_at": ENTERED}
        return {
            "id": row.id,
            "effective_from": row.effective_on,
            "employment_type": self._store.dictionaries.employment_types.ref(row.values["employment_type_id"]),
            "probation_policy": None,
            "working_pattern": pattern,
            "comment": row.values["comment"],
            "created_at": timestamp(row.created_at),
            "updated_at": timestamp(row.updated_at),
        }
