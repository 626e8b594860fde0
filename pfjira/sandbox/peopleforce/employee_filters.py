"""Which people a list request asks for.

The people of one question are kept until somebody changes or the clock passes a full hour (whatever the clock alone
changes, it changes at midnight or at 01:00), so that page after page costs only its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Person
from pfjira.sandbox.peopleforce.answers import Refused, Speaker
from pfjira.sandbox.peopleforce.employees import EmployeeStore
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.wire import Request

FILTERS = frozenset(
    {"ids[]", "emails[]", "employee_numbers[]", "status", "manager_id"}
    | {f"{field}[{end}]" for field in ("hired_on", "created_at", "updated_at") for end in ("gte", "lte")}
)
TERMINATED_FILTERS = frozenset({"terminated_on[gte]", "terminated_on[lte]"})
_STATUSES = ("hired", "probation", "employed", "terminated")
_KEPT = 8


class EmployeeFilters:
    """Answers list requests with people, by id ascending (the real order is not known)."""

    def __init__(self, store: EmployeeStore, clock: SandboxClock, options: PeopleForceOptions, say: Speaker) -> None:
        self._store = store
        self._clock = clock
        self._options = options
        self._say = say
        self._kept: dict[object, list[Person]] = {}

    def matching(self, request: Request) -> list[Person]:
        """Return the people a list request asks for."""
        return self._remembered("", request, FILTERS, lambda: self._tests(request))

    def terminated(self, request: Request) -> list[Person]:
        """Return who has left, within days when asked."""
        return self._remembered("terminated", request, TERMINATED_FILTERS, lambda: self._left_tests(request))

    def _remembered(
        self, kind: str, request: Request, names: frozenset[str], tests: Callable[[], list[Callable[[Person], bool]]]
    ) -> list[Person]:
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        asked = tuple(sorted((name, *values) for name, values in request.query.items() if name in names))
        key = (kind, self._store.version, hour, asked)
        if key not in self._kept:
            found = list(self._store.by_id.values())
            for test in tests():
                found = [person for person in found if test(person)]
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = found
        return self._kept[key]

    def _left_tests(self, request: Request) -> list[Callable[[Person], bool]]:
        store = self._store
        first = request.first("terminated_on[gte]") or ""
        last = request.first("terminated_on[lte]") or "9999-12-31"

        def left(person: Person) -> bool:
            found = store.terminations.by_person.get(person.id)
            return found is not None and first <= found.effective_on <= last and store.status(person) == "terminated"

        return [left]

    def _tests(self, request: Request) -> list[Callable[[Person], bool]]:
        """Compile the filters of a list request; [official] default cohort: active people only."""
        store = self._store
        tests: list[Callable[[Person], bool]] = []
        changed = any(name.startswith("updated_at[") for name in request.query)
        if ids := request.query.get("ids[]"):
            tests.append(lambda person: str(person.id) in ids)
        if emails := request.query.get("emails[]"):
            tests.append(lambda person: person.email in emails)
        if numbers := request.query.get("employee_numbers[]"):
            tests.append(lambda person: person.employee_number in numbers)
        status = request.first("status") or ("all" if changed and self._options.delta_widens_status else "active")
        if status == "active":
            hidden = {"terminated"} if self._options.hired_are_active else {"terminated", "hired"}
            tests.append(lambda person: store.status(person) not in hidden)
        elif status in _STATUSES:
            tests.append(lambda person: store.status(person) == status)
        if manager := request.first("manager_id"):
            reports = set(store.reports(int(manager))) if manager.isascii() and manager.isdigit() else set()
            tests.append(lambda person: person.id in reports)
        for end, within in (("gte", lambda value, bound: value >= bound), ("lte", lambda value, bound: value <= bound)):
            if day := request.first(f"hired_on[{end}]"):
                tests.append(lambda person, within=within, day=day: within(person.hired_on, day))  # type: ignore[misc]
            for name, read in (("created_at", store.created_at), ("updated_at", store.updated_at)):
                if text := request.first(f"{name}[{end}]"):
                    moment = self.moment(name, text)
                    tests.append(
                        lambda person, within=within, read=read, moment=moment: within(read(person), moment)  # type: ignore[misc]
                    )
        return tests

    def moment(self, name: str, text: str) -> datetime:
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
            raise Refused(self._say.unprocessable(**{name: "is not a valid time"})) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Built:
    """Things whose rows are built page by page."""

    def __init__(self, things: Sequence[Any], row: Callable[[Any], dict[str, Any]]) -> None:
        self._things = things
        self._row = row

    def __len__(self) -> int:
        return len(self._things)

    def slice(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Build the rows of one page."""
        return [self._row(thing) for thing in self._things[start:stop]]
