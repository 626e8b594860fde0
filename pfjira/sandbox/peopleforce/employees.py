"""The employees of the simulated PeopleForce, and the small dictionaries their rows point to.

List rows are slim: no status, no timestamps, no custom fields, as in the real system; the detail has them. Rows are
built when asked for, so that 50,000 people cost nothing until a page shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pfjira.sandbox.company import Company, Person, timestamp
from pfjira.sandbox.peopleforce.answers import Refused, Speaker
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.wire import Request

FILTERS = frozenset(
    {"ids[]", "emails[]", "employee_numbers[]", "status", "manager_id"}
    | {f"{field}[{end}]" for field in ("hired_on", "created_at", "updated_at") for end in ("gte", "lte")}
)
_SOCIAL = ("skype_username", "slack_username", "twitter_username", "facebook_url", "linkedin_url")
_STATUSES = ("hired", "probation", "employed", "terminated")


class EmployeeStore:
    """Holds the people of the company and shows them in the two shapes of the API."""

    def __init__(self, company: Company, options: PeopleForceOptions, speaker: Speaker) -> None:
        self._options = options
        self._speaker = speaker
        self.by_id = {person.id: person for person in company.people}
        self._departments = {number: (name, parent) for number, name, parent in company.departments}
        self._positions = dict(company.positions)
        self._locations = dict(company.locations)
        self._touched: dict[int, datetime] = {}
        self._heads: dict[int, int] = {}
        self._reports: dict[int, list[int]] = {}
        for person in company.people:
            if person.manager_id is not None:
                self._reports.setdefault(person.manager_id, []).append(person.id)
            if person.position_id in (701, 702):
                self._heads[person.department_id] = person.id

    def matching(self, request: Request) -> PeopleRows:
        """Return the people a list request asks for, by id ascending (the real order is not known)."""
        tests = self._tests(request)
        found = list(self.by_id.values())
        for test in tests:
            found = [person for person in found if test(person)]
        return PeopleRows(found, self.row)

    def touch(self, person_id: int, at: datetime) -> None:
        """Note that a person's record was changed at this time."""
        self._touched[person_id] = at

    def updated_at(self, person: Person) -> datetime:
        """Return when the person's record last changed."""
        return self._touched.get(person.id) or self._created_at(person)

    @staticmethod
    def _created_at(person: Person) -> datetime:
        # Hired people were entered on their first day, at a minute of their own.
        return datetime.fromisoformat(person.hired_on).replace(
            hour=9, minute=person.id % 60, microsecond=person.id % 1000 * 1000, tzinfo=UTC
        )

    def row(self, person: Person) -> dict[str, Any]:
        """Show a person as a list row."""
        row = self._common(person)
        row["mobile_number"] = row["work_phone_number"] = None
        if self._options.employee_number_in_rows:
            row["employee_number"] = person.employee_number
        return row

    def detail(self, person: Person) -> dict[str, Any]:
        """Show a person as the full record: phone numbers and the employee number move into `fields`."""
        terminated = person.status == "terminated"
        return {
            **self._common(person),
            "status": person.status,
            "direct_reports": [self.short(self.by_id[number]) for number in self._reports.get(person.id, [])],
            "termination_effective_on": timestamp(self.updated_at(person))[:10] if terminated else None,
            "termination_comment": None,
            "termination_eligible_for_rehire": True if terminated else None,
            "termination_type": {"id": 1, "name": "Voluntary"} if terminated else None,
            "termination_reason": None,
            "fields": {
                "employee_number": {"value": person.employee_number},
                "mobile_number": {"value": None},
                "work_phone_number": {"value": None},
                "jira_account_id": {"value": None},
            },
            "created_at": timestamp(self._created_at(person)),
            "updated_at": timestamp(self.updated_at(person)),
        }

    def _common(self, person: Person) -> dict[str, Any]:
        manager = self.by_id.get(person.manager_id) if person.manager_id else None
        return {
            "id": person.id,
            "active": True,
            "access": person.status != "terminated",
            "full_name": f"{person.first_name} {person.last_name}",
            "first_name": person.first_name,
            "middle_name": None,
            "last_name": person.last_name,
            "email": person.email,
            "personal_email": None,
            # Everyone has one, so that a test can look for it where it must never be.
            "date_of_birth": f"{1960 + person.id % 40}-0{1 + person.id % 9}-1{person.id % 10}",
            "gender": None,
            "avatar_url": None,
            "probation_ends_on": None,
            "hired_on": person.hired_on,
            "position": {"id": person.position_id, "name": self._positions.get(person.position_id)},
            "job_level": None,
            "location": self._location(person.location_id),
            "employment_type": {"id": 41, "name": "Full-time"},
            "division": None,
            "department": {"id": person.department_id, "name": self._departments[person.department_id][0]},
            "reporting_to": self.short(manager) if manager else None,
            **dict.fromkeys(_SOCIAL),
        }

    def _location(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "name": self._locations.get(number),
            "country_code": None,
            "address": None,
            "time_zone": "Kyiv",
            "holiday_policy_id": None,
        }

    @staticmethod
    def short(person: Person) -> dict[str, Any]:
        """Show a person as managers and authors are shown."""
        return {
            "id": person.id,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": person.email,
        }

    def placements(self, person: Person) -> list[dict[str, Any]]:
        """Return the dated positions of a person, newest first; this company has one each."""
        number = person.id + 50_000
        common = self._common(person)
        name, parent = self._departments[person.department_id]
        return [
            {
                "id": str(number) if self._options.string_position_ids else number,
                "effective_on": person.hired_on,
                "position": common["position"],
                "location": common["location"],
                "division": None,
                "department": {
                    "id": person.department_id,
                    "name": name,
                    "parent_id": parent,
                    "manager_id": self._heads.get(person.department_id),
                },
                "reporting_to": common["reporting_to"],
                "job_level": None,
            }
        ]

    def departments(self) -> list[dict[str, Any]]:
        """Return the departments with their heads."""
        return [
            {"id": number, "name": name, "parent_id": parent, "manager_id": self._heads.get(number)}
            for number, (name, parent) in self._departments.items()
        ]

    def positions(self) -> list[dict[str, Any]]:
        """Return the dictionary of positions."""
        return [{"id": number, "name": name} for number, name in self._positions.items()]

    def locations(self) -> list[dict[str, Any]]:
        """Return the locations."""
        return [self._location(number) for number in self._locations]

    def _tests(self, request: Request) -> list[Callable[[Person], bool]]:
        """Compile the filters of a list request; [official] default cohort: active people only."""
        tests: list[Callable[[Person], bool]] = []
        changed = any(name.startswith("updated_at[") for name in request.query)
        status = request.first("status") or ("all" if changed and self._options.delta_widens_status else "active")
        if status == "active":
            tests.append(lambda person: person.status != "terminated")
        elif status in _STATUSES:
            tests.append(lambda person: person.status == status)
        if ids := request.query.get("ids[]"):
            tests.append(lambda person: str(person.id) in ids)
        if emails := request.query.get("emails[]"):
            tests.append(lambda person: person.email in emails)
        if numbers := request.query.get("employee_numbers[]"):
            tests.append(lambda person: person.employee_number in numbers)
        if manager := request.first("manager_id"):
            tests.append(lambda person: str(person.manager_id) == manager)
        for end, within in (("gte", lambda value, bound: value >= bound), ("lte", lambda value, bound: value <= bound)):
            if day := request.first(f"hired_on[{end}]"):
                tests.append(lambda person, within=within, day=day: within(person.hired_on, day))  # type: ignore[misc]
            for name, read in (("created_at", self._created_at), ("updated_at", self.updated_at)):
                if text := request.first(f"{name}[{end}]"):
                    moment = self._moment(name, text)
                    tests.append(
                        lambda person, within=within, read=read, moment=moment: within(read(person), moment)  # type: ignore[misc]
                    )
        return tests

    def _moment(self, name: str, text: str) -> datetime:
        """Read a bound in one of the formats the option allows (the real one is not documented)."""
        allowed = self._options.employee_filter_format
        form = "unix" if text.isdigit() else "date" if len(text) == 10 else "iso"
        try:
            if allowed not in ("any", form):
                raise ValueError(text)
            if form == "unix":
                return datetime.fromtimestamp(int(text), UTC)
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Refused(self._speaker.unprocessable(**{name: "is not a valid time"})) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class PeopleRows:
    """People whose rows are built page by page."""

    def __init__(self, people: Sequence[Person], row: Callable[[Person], dict[str, Any]]) -> None:
        self._people = people
        self._row = row

    def __len__(self) -> int:
        return len(self._people)

    def slice(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Build the rows of one page."""
        return [self._row(person) for person in self._people[start:stop]]
