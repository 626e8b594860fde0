"""Leave requests: who is away, when, and what became of the request.

The API can make and delete a request but not decide on one; people do that in the screens (`set_state`). Listed by
first day ascending [official]. The window filter asks for requests that lie wholly inside it, as documented.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pfjira.sandbox import hrbook
from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company, Person, timestamp
from pfjira.sandbox.peopleforce.answers import Refused, Speaker, as_id, is_day
from pfjira.sandbox.peopleforce.dictionaries import ENTERED, Dictionary
from pfjira.sandbox.peopleforce.employee_filters import Built
from pfjira.sandbox.peopleforce.employee_rows import EmployeeRows
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.wire import Reply, Request

FILTERS = frozenset(
    {"employee_ids[]", "states[]", "starts_on", "ends_on"}
    | {f"{field}[{end}]" for field in ("created_at", "updated_at") for end in ("gt", "lt")}
)
_FIRST = 6001
_HOURS = 8.0
_ASKED_BY = datetime(2025, 10, 1, 9, tzinfo=UTC)
"""No seeded request was made later, however far ahead it lies: nothing is made in the future."""


@dataclass(slots=True)
class Leave:
    """One request for leave."""

    id: int
    person_id: int
    type_id: int
    starts_on: str
    ends_on: str
    state: str
    comment: str
    entries: list[tuple[str, float]]
    created_at: datetime
    updated_at: datetime


class LeaveRequests:
    """Holds leave requests and answers the requests about them."""

    def __init__(
        self,
        company: Company,
        clock: SandboxClock,
        options: PeopleForceOptions,
        say: Speaker,
        people: dict[int, Person],
        rows: EmployeeRows,
    ) -> None:
        self._clock = clock
        self._options = options
        self._say = say
        self._people = people
        self._rows = rows
        self.types = Dictionary("leave type", ((number, name) for number, name, _ in hrbook.LEAVE_TYPES))
        self._units = {number: unit for number, _, unit in hrbook.LEAVE_TYPES}
        self.by_id: dict[int, Leave] = {}
        self._order: list[tuple[str, int]] = []
        self._next_id = _FIRST
        for seeded in company.belongings.leave:
            asked = datetime.fromisoformat(seeded.starts_on).replace(hour=9, tzinfo=UTC) - timedelta(days=20)
            asked = min(asked, _ASKED_BY)
            self.add(seeded.person_id, seeded.type_id, seeded.starts_on, seeded.ends_on, seeded.state, at=asked)

    def add(
        self,
        person_id: int,
        type_id: int,
        starts_on: str,
        ends_on: str,
        state: str,
        comment: str = "",
        entries: list[tuple[str, float]] | None = None,
        at: datetime | None = None,
    ) -> Leave:
        """Store a request; each working day counts when no days are named. ValueError when it makes no sense."""
        first, last = date.fromisoformat(starts_on), date.fromisoformat(ends_on)
        if last < first:
            raise ValueError("leave ends before it starts")
        at = at or self._clock.now()
        number = self._next_id
        self._next_id += 1
        entries = self._entries(type_id, first, last) if entries is None else entries
        _known(state)
        leave = Leave(number, person_id, type_id, first.isoformat(), last.isoformat(), state, comment, entries, at, at)
        self.by_id[number] = leave
        insort(self._order, (leave.starts_on, number))
        return leave

    def set_state(self, number: int, state: str) -> Leave:
        """Decide on a request, as people do in the screens."""
        leave = self.by_id[number]
        leave.state = _known(state)
        leave.updated_at = self._clock.now()
        return leave

    def shift(self, number: int, starts_on: str, ends_on: str) -> Leave:
        """Give a request other days, as people do in the screens. ValueError when they make no sense."""
        first, last = date.fromisoformat(starts_on), date.fromisoformat(ends_on)
        if last < first:
            raise ValueError("leave ends before it starts")
        leave = self.by_id[number]
        self._order.remove((leave.starts_on, number))
        leave.starts_on, leave.ends_on = first.isoformat(), last.isoformat()
        leave.entries = self._entries(leave.type_id, first, last)
        leave.updated_at = self._clock.now()
        insort(self._order, (leave.starts_on, number))
        return leave

    def _entries(self, type_id: int, first: date, last: date) -> list[tuple[str, float]]:
        days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
        amount = _HOURS if self._units[type_id] == "hours" else 1.0
        return [(day.isoformat(), amount) for day in days if day.weekday() < 5]

    def remove(self, number: int) -> None:
        """Delete a request. It leaves no trace."""
        leave = self.by_id.pop(number)
        self._order.remove((leave.starts_on, number))

    def forget(self, person_id: int) -> None:
        """Drop the requests of a person who is gone."""
        for number in [leave.id for leave in self.by_id.values() if leave.person_id == person_id]:
            self.remove(number)

    def row(self, leave: Leave) -> dict[str, Any]:
        """Show a request; the type is its name, the person is embedded."""
        say = self._say
        decided = {"state": leave.state, "assigned_to": None}
        return {
            "id": leave.id,
            "employee_id": leave.person_id,
            "employee": self._rows.short_of(leave.person_id),
            "leave_type_id": leave.type_id,
            "leave_type": self.types.names[leave.type_id],
            "state": leave.state,
            "amount": say.decimal(sum(amount for _, amount in leave.entries)),
            "tracking_time_in": self._units[leave.type_id],
            "on_demand": False,
            "starts_on": leave.starts_on,
            "ends_on": leave.ends_on,
            "comment": leave.comment,
            "attachment_url": None,
            "attachments": [],
            "entries": [
                {"date": day, "amount": say.decimal(amount), "starts_at": None, "ends_at": None}
                for day, amount in leave.entries
            ],
            "approvals": [decided],
            "leave_type_policy": {"name": "Standard", "visibility": "public", "activity_type": "not_working_paid"},
            "created_at": timestamp(leave.created_at),
            "updated_at": timestamp(leave.updated_at),
        }

    # The API.

    def index(self, request: Request) -> Reply:
        """GET /leave_requests, so many a page."""
        people, states = request.query.get("employee_ids[]"), request.query.get("states[]")
        first, last = request.first("starts_on"), request.first("ends_on")
        found = [self.by_id[number] for _, number in self._order]
        if people:
            found = [leave for leave in found if str(leave.person_id) in people]
        if states:
            found = [leave for leave in found if leave.state in states]
        if first:
            found = [leave for leave in found if leave.starts_on >= first]
        if last:
            found = [leave for leave in found if leave.ends_on <= last]
        for name in ("created_at", "updated_at"):
            after, before = self._seconds(request, f"{name}[gt]"), self._seconds(request, f"{name}[lt]")
            if after is not None:
                found = [leave for leave in found if getattr(leave, name).timestamp() > after]
            if before is not None:
                found = [leave for leave in found if getattr(leave, name).timestamp() < before]
        return self._say.page("leave_requests", request, Built(found, self.row), self._options.leave_page_size)

    def _seconds(self, request: Request, name: str) -> int | None:
        text = request.first(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            raise Refused(self._say.unprocessable(**{name: "is not a time in Unix seconds"}))
        return int(text)

    def show(self, request: Request, number: int) -> Reply:
        """GET /leave_requests/{id}."""
        leave = self.by_id.get(number)
        return self._say.single(self.row(leave)) if leave else self._say.not_found()

    def post(self, request: Request) -> Reply:
        """POST /leave_requests: pending, or approved at once with `skip_approval`."""
        body = self._say.object_of(request)
        person_id, type_id = as_id(body.get("employee_id")), as_id(body.get("leave_type_id"))
        starts_on, ends_on = body.get("starts_on"), body.get("ends_on")
        problems: dict[str, str] = {}
        if person_id not in self._people:
            problems["employee_id"] = "must exist"
        if type_id not in self.types.names:
            problems["leave_type_id"] = "must exist"
        for name in ("starts_on", "ends_on"):
            if not is_day(body.get(name)):
                problems[name] = "is not a valid date"
        if not problems and str(ends_on) < str(starts_on):
            problems["ends_on"] = "must be after the start"
        if problems or person_id is None or type_id is None:
            return self._say.unprocessable(**problems)
        named = body.get("leave_request_entries")
        entries = None
        if named:
            try:
                entries = [(str(entry["occurs_on"]), float(entry["amount"])) for entry in named]
            except (TypeError, KeyError, ValueError):
                return self._say.unprocessable(leave_request_entries="is invalid")
        state = "approved" if body.get("skip_approval") is True else "pending"
        comment = str(body.get("description") or "")
        leave = self.add(person_id, type_id, str(starts_on), str(ends_on), state, comment, entries)
        return self._say.single(self.row(leave), 201)

    def delete(self, request: Request, number: int) -> Reply:
        """DELETE /leave_requests/{id}."""
        if number not in self.by_id:
            return self._say.not_found()
        self.remove(number)
        return Reply(204)

    def type_rows(self) -> list[dict[str, Any]]:
        """Return the kinds of leave."""
        look = {"hex_color": "#3794ec", "fa_class": "fas fa-plane"}
        return [
            {"id": number, "name": name, "unit": unit, **look, "created_at": ENTERED}
            for number, name, unit in hrbook.LEAVE_TYPES
        ]


def _known(state: str) -> str:
    if state not in hrbook.LEAVE_STATES:
        raise ValueError(f"leave is {', '.join(hrbook.LEAVE_STATES)}, never {state!r}")
    return state
