"""Everything the simulated PeopleForce holds, put together once; the API and the screens both work on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company
from pfjira.sandbox.peopleforce.answers import Speaker
from pfjira.sandbox.peopleforce.assets import Assets
from pfjira.sandbox.peopleforce.employee_filters import EmployeeFilters
from pfjira.sandbox.peopleforce.employee_rows import EmployeeRows
from pfjira.sandbox.peopleforce.employees import EmployeeStore
from pfjira.sandbox.peopleforce.leave import LeaveRequests
from pfjira.sandbox.peopleforce.notes import Notes
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.peopleforce.recruiting import RecruitingStore
from pfjira.sandbox.peopleforce.recruiting_api import Recruiting
from pfjira.sandbox.peopleforce.tasks import TaskStore
from pfjira.sandbox.peopleforce.teams import Teams


class Stores:
    """The stores of one company."""

    def __init__(self, company: Company, clock: SandboxClock, options: PeopleForceOptions) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._options = options
        self._say = say = Speaker(options)
        self.employees = EmployeeStore(company, clock, options)
        people = self.employees.by_id
        self.rows = EmployeeRows(self.employees, options)
        self.filters = EmployeeFilters(self.employees, clock, options, say)
        self._tasks = TaskStore(company.tasks, clock)
        self.leave = LeaveRequests(company, clock, options, say, people, self.rows)
        self.assets = Assets(company, clock, say, people)
        self.teams = Teams(company, clock, options, say, people)
        self.notes = Notes(clock, options, say, people, self.rows)
        self.recruiting_store = RecruitingStore(company, clock)
        words = self.employees.dictionaries
        self.recruiting = Recruiting(self.recruiting_store, clock, say, words, people, self.filters)


_Method = TypeVar("_Method", bound=Callable[..., Any])


def alone(method: _Method) -> _Method:
    """Let a method run while nothing else looks at the stores."""

    @wraps(method)
    def held(self: Stores, /, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return cast(_Method, held)
