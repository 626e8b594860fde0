"""The employees of the simulated PeopleForce: who they are, where they sit and what they are today.

Whatever depends on the day is worked out when it is asked for, by the sandbox's clock: a position dated ahead, a first
day, a termination. Nothing is written for it, as in the real system.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company, Person
from pfjira.sandbox.peopleforce.dated import DatedRow, DatedRows
from pfjira.sandbox.peopleforce.dictionaries import Dictionaries
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.peopleforce.profiles import CUSTOM, PROFILE
from pfjira.sandbox.peopleforce.terminations import Terminations

PLACEMENT = ("position_id", "location_id", "division_id", "department_id", "reporting_to_id", "job_level_id")
EMPLOYMENT = ("employment_type_id", "comment")
_FIRST_ROWS, _LATER_ROWS = 50_000, 1_000_000
"""Ids of dated rows: the first one of a person by the person's id, later ones from there."""


class EmployeeStore:
    """Holds the people of the company; whoever changes one here says so in `updated_at`."""

    def __init__(self, company: Company, clock: SandboxClock, options: PeopleForceOptions) -> None:
        self._company = company
        self._clock = clock
        self._options = options
        self._first_when_ahead = options.placement_before_start == "first"
        self.version = 0
        """Moves with every change, so that a filtered list may be kept until then."""
        self.by_id = {person.id: person for person in company.people}
        self._next_id = max(self.by_id, default=9000) + 1
        self.dictionaries = Dictionaries(company)
        self.terminations = Terminations(clock, options)
        self.placements = DatedRows(PLACEMENT, clock, self._first_placement, _LATER_ROWS)
        self.employments = DatedRows(EMPLOYMENT, clock, self._first_employment, _LATER_ROWS)
        self._more: dict[int, dict[str, Any]] = {}
        self._created: dict[int, datetime] = {}
        self._touched: dict[int, datetime] = {}
        self._related: dict[int, datetime] = {}
        self._reports: dict[int, list[int]] = {}
        for person in company.people:
            if person.manager_id is not None:
                self._reports.setdefault(person.manager_id, []).append(person.id)
        for number, day in company.belongings.left_on.items():
            entered = datetime.fromisoformat(day).replace(hour=8, tzinfo=UTC) - timedelta(days=14)
            self.terminations.enter(number, day, 61, 62, True, None, entered)
            self._touched[number] = entered

    # What a person is today.

    def status(self, person: Person) -> str:
        """Return hired, probation, employed or terminated."""
        if person.id in self.terminations.by_person and self.terminations.in_effect(person.id):
            return "terminated"
        today = self._today()
        if person.hired_on > today:
            return "hired"
        ends = self._more.get(person.id, {}).get("probation_ends_on")
        if ends is not None:
            return "probation" if today < ends else "employed"
        return "employed" if person.status == "terminated" else person.status

    def placement(self, person: Person) -> dict[str, Any]:
        """Return the ids of where a person sits today, by the names in `PLACEMENT`."""
        return self.placements.current(person.id, first_when_ahead=self._first_when_ahead)

    def employment(self, person: Person) -> dict[str, Any]:
        """Return how a person is employed today."""
        return self.employments.current(person.id, first_when_ahead=self._first_when_ahead)

    def reports(self, manager_id: int) -> list[int]:
        """Return the ids of those who report to a manager today, ascending."""
        moved = {number: self.placement(self.by_id[number]) for number in self.placements.changed}
        found = [one for one in self._reports.get(manager_id, []) if one not in moved and one in self.by_id]
        found += [number for number, sits in moved.items() if sits["reporting_to_id"] == manager_id]
        return sorted(found)

    def more(self, person: Person, name: str) -> Any:
        """Return a field that most people leave empty."""
        return self._more.get(person.id, {}).get(name)

    def created_at(self, person: Person) -> datetime:
        """Return when a person was entered: who was seeded, on their first day, at a minute of their own."""
        return self._created.get(person.id) or datetime.fromisoformat(person.hired_on).replace(
            hour=9, minute=person.id % 60, microsecond=person.id % 1000 * 1000, tzinfo=UTC
        )

    def updated_at(self, person: Person) -> datetime:
        """Return when the person's record last changed."""
        moments = [self._touched.get(person.id) or self.created_at(person)]
        if self._options.related_rows_touch and person.id in self._related:
            moments.append(self._related[person.id])
        if self._options.clock_touches:
            moments += self._by_clock(person)
        return max(moments)

    def moved_at(self, person_id: int) -> tuple[datetime | None, datetime | None]:
        """Return when a person's record, and a row beside it, were changed; None for as it was seeded."""
        return self._touched.get(person_id), self._related.get(person_id)

    def _by_clock(self, person: Person) -> list[datetime]:
        found = [datetime.fromisoformat(person.hired_on).replace(tzinfo=UTC)]
        if termination := self.terminations.by_person.get(person.id):
            found.append(self.terminations.acts_at(termination))
        now = self._clock.now()
        return [moment for moment in found if moment <= now]

    # Changes.

    def touch(self, person_id: int, at: datetime | None = None) -> None:
        """Note that a person's record was changed at this time (now, when none is given)."""
        self._touched[person_id] = at or self._clock.now()
        self.version += 1

    def touch_related(self, person_id: int) -> None:
        """Note that a row beside a person's record was changed now."""
        self._related[person_id] = self._clock.now()
        self.version += 1

    def add(self, profile: dict[str, Any], placement: dict[str, Any], employment_type_id: int | None) -> Person:
        """Enter a person; the first rows begin on the first day."""
        person_id = self._next_id
        self._next_id += 1
        hired_on = date.fromisoformat(profile["hired_on"]).isoformat()
        person = Person(
            id=person_id,
            first_name=profile["first_name"],
            last_name=profile["last_name"],
            email=profile.get("email"),
            employee_number=profile.get("employee_number") or f"E-{person_id - 9000:05d}",
            department_id=placement["department_id"],
            position_id=placement["position_id"],
            location_id=placement["location_id"],
            manager_id=placement["reporting_to_id"],
            hired_on=hired_on,
        )
        self.by_id[person_id] = person
        self._company.people.append(person)
        self._created[person_id] = self._clock.now()
        self.write(person, {name: value for name, value in profile.items() if name not in Person.__dataclass_fields__})
        self.placements.begin(person_id, hired_on, {name: placement.get(name) for name in PLACEMENT})
        self.employments.begin(person_id, hired_on, {"employment_type_id": employment_type_id, "comment": None})
        return person

    def write(self, person: Person, values: dict[str, Any], *, rows_follow: bool = True) -> None:
        """Store profile and custom fields. ValueError for a field that people do not have.

        A new first day takes the rows along that begin on the old one, unless `rows_follow` is off.
        """
        self.check(values)
        for name, value in values.items():
            if name == "hired_on":
                self._created.setdefault(person.id, self.created_at(person))
                value = date.fromisoformat(value).isoformat()
                if rows_follow:
                    self.placements.shift_start(person.id, person.hired_on, value)
                    self.employments.shift_start(person.id, person.hired_on, value)
            if name in Person.__dataclass_fields__:
                setattr(person, name, value)
            else:
                self._more.setdefault(person.id, {})[name] = value
        self.touch(person.id)

    @staticmethod
    def check(values: dict[str, Any]) -> None:
        """Refuse, with ValueError, a field that people do not have and a day that is none."""
        if unknown := values.keys() - {*PROFILE, *CUSTOM, "probation_ends_on"}:
            raise ValueError(f"a person has no field to edit named {', '.join(sorted(unknown))}")
        for name in values.keys() & {"hired_on", "date_of_birth", "probation_ends_on"}:
            if values[name] is not None or name == "hired_on":
                date.fromisoformat(values[name])

    def taken(self, name: str, value: Any, person_id: int) -> bool:
        """Say whether somebody else has this e-mail address or telephone number."""
        if name in Person.__dataclass_fields__:
            return any(one.id != person_id and getattr(one, name) == value for one in self.by_id.values())
        return any(number != person_id and more.get(name) == value for number, more in self._more.items())

    def remove(self, person_id: int) -> None:
        """Drop a person without a trace."""
        person = self.by_id.pop(person_id)
        self._company.people.remove(person)
        self.placements.forget(person_id)
        self.employments.forget(person_id)
        for kept in (self._more, self._created, self._touched, self._related, self.terminations.by_person):
            kept.pop(person_id, None)
        heads = self.dictionaries.heads
        for department in [number for number, head in heads.items() if head == person_id]:
            del heads[department]
        self.version += 1

    def _today(self) -> str:
        return self._clock.now().date().isoformat()

    def _first_placement(self, person_id: int) -> DatedRow:
        person = self.by_id[person_id]
        entered = self.created_at(person)
        values = {
            "position_id": person.position_id,
            "location_id": person.location_id,
            "division_id": None,
            "department_id": person.department_id,
            "reporting_to_id": person.manager_id,
            "job_level_id": None,
        }
        return DatedRow(person_id + _FIRST_ROWS, person.hired_on, values, entered, entered)

    def _first_employment(self, person_id: int) -> DatedRow:
        person = self.by_id[person_id]
        entered = self.created_at(person)
        values = {"employment_type_id": 41, "comment": None}
        return DatedRow(person_id + _FIRST_ROWS, person.hired_on, values, entered, entered)
