"""What the API does with people: lists, the record, writing it, the dated rows beside it, and leaving."""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.company import Person
from pfjira.sandbox.peopleforce import profiles
from pfjira.sandbox.peopleforce.answers import Refused, Speaker, as_id, is_day
from pfjira.sandbox.peopleforce.dated import DatedRow
from pfjira.sandbox.peopleforce.employee_filters import Built, EmployeeFilters
from pfjira.sandbox.peopleforce.employee_rows import EmployeeRows
from pfjira.sandbox.peopleforce.employees import EmployeeStore
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.wire import Reply, Request


class EmployeesApi:
    """Answers the requests below /employees, tasks and notes excepted."""

    def __init__(
        self,
        store: EmployeeStore,
        rows: EmployeeRows,
        filters: EmployeeFilters,
        options: PeopleForceOptions,
        say: Speaker,
    ) -> None:
        self._store = store
        self._rows = rows
        self._filters = filters
        self._options = options
        self._say = say

    def index(self, request: Request) -> Reply:
        """GET /employees."""
        return self._say.page("employees", request, Built(self._filters.matching(request), self._rows.row))

    def terminated(self, request: Request) -> Reply:
        """GET /employees/terminated: full records."""
        return self._say.page("terminated", request, Built(self._filters.terminated(request), self._rows.detail))

    def show(self, request: Request, person_id: int) -> Reply:
        """GET /employees/{id}."""
        return self._detail(self._person(person_id))

    def put(self, request: Request, person_id: int) -> Reply:
        """PUT /employees/{id}: eleven keys and the custom fields, only those that are sent."""
        person = self._person(person_id)
        values, problems = profiles.judge(self._say.object_of(request), self._options)
        for name in profiles.UNIQUE:
            if values.get(name) and name not in problems and self._store.taken(name, values[name], person_id):
                problems[name] = "has already been taken"
        if problems:
            return self._say.unprocessable(**problems)
        if values:
            self._store.write(person, values)
        return self._detail(person)

    def terminate(self, request: Request, person_id: int) -> Reply:
        """POST /employees/{id}/terminate; a second one replaces the first."""
        person = self._person(person_id)
        body = self._say.object_of(request)
        words = self._store.dictionaries
        type_id, reason_id = as_id(body.get("termination_type_id")), as_id(body.get("termination_reason_id"))
        problems: dict[str, str] = {}
        if not is_day(body.get("effective_from")):
            problems["effective_from"] = "is not a valid date" if body.get("effective_from") else "can't be blank"
        if type_id not in words.termination_types.names:
            problems["termination_type_id"] = "must exist"
        if reason_id not in words.termination_reasons.names:
            problems["termination_reason_id"] = "must exist"
        if not isinstance(body.get("eligible_for_rehire"), bool):
            problems["eligible_for_rehire"] = "is not included in the list"
        if problems:
            return self._say.unprocessable(**problems)
        self._store.terminations.enter(
            person_id, body["effective_from"], type_id, reason_id, body["eligible_for_rehire"], body.get("comment")
        )
        self._store.touch(person_id)
        return Reply(body={"success": True}) if self._options.terminate_body == "success" else self._detail(person)

    def activate(self, request: Request, person_id: int) -> Reply:
        """POST /employees/{id}/activate: a termination is taken back, before or after its day."""
        person = self._person(person_id)
        if person_id in self._store.terminations.by_person:
            del self._store.terminations.by_person[person_id]
            self._store.touch(person_id)
        elif self._options.repeated_activation == "unprocessable":
            return self._say.unprocessable(status="is active already")
        return self._detail(person)

    # Dated positions: a list without counters [official].

    def placements(self, request: Request, person_id: int) -> Reply:
        """GET /employees/{id}/positions."""
        self._person(person_id)
        return Reply(body={"data": [self._rows.placement(row) for row in self._store.placements.of(person_id)]})

    def post_placement(self, request: Request, person_id: int) -> Reply:
        """POST /employees/{id}/positions: what is not named stays as in the latest row before."""
        self._person(person_id)
        day, values = self._placement_values(request, needed=True)
        return self._say.single(self._rows.placement(place(self._store, person_id, day, values)), 201)

    def put_placement(self, request: Request, person_id: int, row_id: int) -> Reply:
        """PUT /employees/{id}/positions/{id}."""
        self._person(person_id)
        if not self._store.placements.has(person_id, row_id):
            return self._say.not_found()
        day, values = self._placement_values(request, needed=False)
        row = self._store.placements.edit(person_id, row_id, day or None, values)
        self._store.touch_related(person_id)
        return self._say.single(self._rows.placement(row))

    def delete_placement(self, request: Request, person_id: int, row_id: int) -> Reply:
        """DELETE /employees/{id}/positions/{id}."""
        self._person(person_id)
        if not self._store.placements.has(person_id, row_id):
            return self._say.not_found()
        self._store.placements.remove(person_id, row_id)
        self._store.touch_related(person_id)
        return Reply(204)

    # Dated employment statuses.

    def employments(self, request: Request, person_id: int) -> Reply:
        """GET /employees/{id}/employment_statuses."""
        self._person(person_id)
        rows = Built(self._store.employments.of(person_id), self._rows.employment)
        return self._say.page("employment_statuses", request, rows)

    def post_employment(self, request: Request, person_id: int) -> Reply:
        """POST /employees/{id}/employment_statuses."""
        self._person(person_id)
        day, values = self._employment_values(request, needed=True)
        return self._say.single(self._rows.employment(employ(self._store, person_id, day, values)))

    def put_employment(self, request: Request, person_id: int, row_id: int) -> Reply:
        """PUT /employees/{id}/employment_statuses/{id}."""
        self._person(person_id)
        if not self._store.employments.has(person_id, row_id):
            return self._say.not_found()
        day, values = self._employment_values(request, needed=False)
        row = self._store.employments.edit(person_id, row_id, day or None, values)
        self._store.touch_related(person_id)
        return self._say.single(self._rows.employment(row))

    def delete_employment(self, request: Request, person_id: int, row_id: int) -> Reply:
        """DELETE /employees/{id}/employment_statuses/{id}."""
        self._person(person_id)
        if not self._store.employments.has(person_id, row_id):
            return self._say.not_found()
        self._store.employments.remove(person_id, row_id)
        self._store.touch_related(person_id)
        return Reply(204)

    def _placement_values(self, request: Request, *, needed: bool) -> tuple[str, dict[str, Any]]:
        words = self._store.dictionaries
        known: dict[str, Any] = {
            "position_id": words.positions.names,
            "location_id": words.locations.names,
            "division_id": words.divisions.names,
            "department_id": words.departments.names,
            "reporting_to_id": self._store.by_id,
            "job_level_id": words.job_levels.names,
        }
        return self._dated(self._say.object_of(request), known, needed)

    def _employment_values(self, request: Request, *, needed: bool) -> tuple[str, dict[str, Any]]:
        body = self._say.object_of(request)
        known = {"employment_type_id": self._store.dictionaries.employment_types.names}
        day, values = self._dated(body, known, needed)
        if "comment" in body:
            values["comment"] = body["comment"]
        return day, values

    def _dated(self, body: dict[str, Any], known: dict[str, Any], needed: bool) -> tuple[str, dict[str, Any]]:
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        day = body.get("effective_from")
        if day is None and needed:
            problems["effective_from"] = "can't be blank"
        elif day is not None and not is_day(day):
            problems["effective_from"] = "is not a valid date"
        for name in body.keys() & known.keys():
            values[name] = None if body[name] is None else as_id(body[name])
            if body[name] is not None and values[name] not in known[name]:
                problems[name] = "must exist"
        if problems:
            raise Refused(self._say.unprocessable(**problems))
        return str(day or ""), values

    def _detail(self, person: Person) -> Reply:
        return self._say.single(self._rows.detail(person))

    def _person(self, person_id: int) -> Person:
        if person_id not in self._store.by_id:
            raise Refused(self._say.not_found())
        return self._store.by_id[person_id]


def place(store: EmployeeStore, person_id: int, day: str, values: dict[str, Any]) -> DatedRow:
    """Add a dated position; what is not named is taken from the row before that day."""
    before = store.placements.before(person_id, day)
    row = store.placements.add(person_id, day, {**before, **values})
    store.touch_related(person_id)
    return row


def employ(store: EmployeeStore, person_id: int, day: str, values: dict[str, Any]) -> DatedRow:
    """Add a dated employment status; what is not named is taken from the row before that day."""
    before = store.employments.before(person_id, day)
    row = store.employments.add(person_id, day, {**before, "comment": None, **values})
    store.touch_related(person_id)
    return row
