"""The simulated PeopleForce, public API v3: key, limit, routes.

It answers what the reference documents and refuses what the real one refuses: there is no single read, edit or delete
of a task. What the reference marks unknown is decided by the options, never here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company, reference_to
from pfjira.sandbox.peopleforce import employees
from pfjira.sandbox.peopleforce.answers import Listed, Refused, Speaker
from pfjira.sandbox.peopleforce.employees import EmployeeStore
from pfjira.sandbox.peopleforce.limits import RateLimit
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.peopleforce.tasks import Task, TaskStore
from pfjira.sandbox.wire import Reply, Request

BASE = "/api/public/v3"
_PAGING = frozenset({"page", "per_page"})
_Handler = Callable[..., Reply]


class PeopleForceSystem:
    """PeopleForce as a client sees it, and a few white-box methods that stand for people using its screens."""

    name = "peopleforce"

    def __init__(self, company: Company, clock: SandboxClock, options: PeopleForceOptions) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._options = options
        self._say = Speaker(options)
        self._limit = RateLimit(options, clock)
        self.employees = EmployeeStore(company, options, self._say)
        self._tasks = TaskStore(company.tasks, clock)
        self._routes: tuple[tuple[str, re.Pattern[str], _Handler, frozenset[str]], ...] = (
            ("GET", re.compile(r"/tasks"), self._list_tasks, frozenset({"completed"})),
            ("POST", re.compile(r"/tasks"), self._create_task, frozenset()),
            ("PUT", re.compile(r"/tasks/(\d+)/complete"), self._complete, frozenset()),
            ("PUT", re.compile(r"/tasks/(\d+)/incomplete"), self._reopen, frozenset()),
            ("GET", re.compile(r"/employees"), self._list_employees, employees.FILTERS),
            ("GET", re.compile(r"/employees/(\d+)"), self._employee, frozenset()),
            ("GET", re.compile(r"/employees/(\d+)/tasks"), self._tasks_of, frozenset()),
            ("GET", re.compile(r"/employees/(\d+)/positions"), self._placements_of, frozenset()),
            ("GET", re.compile(r"/positions"), self._list_positions, frozenset()),
            ("GET", re.compile(r"/departments"), self._list_departments, frozenset()),
            ("GET", re.compile(r"/locations"), self._list_locations, frozenset()),
        )

    @property
    def tasks(self) -> dict[int, Task]:
        """Every task by id."""
        return self._tasks.by_id

    def task_ids(self, *, completed: bool) -> list[int]:
        """Return the ids of one half, ascending."""
        with self.lock:
            return list(self._tasks.half(completed).ids)

    def owns(self, path: str) -> bool:
        """Say whether this path belongs to PeopleForce."""
        return path.startswith("/api/")

    def answer(self, request: Request) -> Reply:
        """Handle one request: the limit first, then the key, then the route."""
        key = request.headers.get("x-api-key", "")
        passes, headers = self._limit.admit(key)
        if not passes:
            return self._say.too_many(headers)
        try:
            reply = self._route(key, request)
        except Refused as refusal:
            reply = refusal.reply
        reply.headers |= headers
        return reply

    def _route(self, key: str, request: Request) -> Reply:
        if key not in self._options.keys:
            return self._say.unauthorized()
        path = request.path.removeprefix(BASE)
        if path == request.path:
            return self._say.not_found()
        if path.split("/")[1:2] and path.split("/")[1] in self._options.modules_off:
            return self._say.forbidden() if self._options.module_off_status == 403 else self._say.not_found()
        for method, pattern, handler, parameters in self._routes:
            if method == request.method and (found := pattern.fullmatch(path)):
                unknown = request.query.keys() - parameters - _PAGING
                if unknown and self._options.refuses_unknown_parameters:
                    return self._say.bad_request(f"unknown parameter {min(unknown)}")
                return handler(request, *map(int, found.groups()))
        return self._say.not_found()

    def _list_tasks(self, request: Request) -> Reply:
        completed = (request.first("completed") or "false").lower() in ("true", "1")
        return self._shown(self._say.page("tasks", request, self._tasks.half(completed)))

    def _tasks_of(self, request: Request, person_id: int) -> Reply:
        self._person(person_id)
        return self._shown(self._say.page("employee_tasks", request, Listed(self._tasks.of_person(person_id))))

    def _shown(self, reply: Reply) -> Reply:
        if isinstance(reply.body, dict) and isinstance(reply.body.get("data"), list):
            reply.body["data"] = [self._task_row(task) for task in reply.body["data"]]
        return reply

    def _task_row(self, task: Task) -> Task:
        row = dict(task)
        if self._options.empty_text_for_null:
            row |= {name: row[name] or "" for name in ("description", "description_plain")}
        return row

    def _create_task(self, request: Request) -> Reply:
        body = self._object(request)
        name, employee_id = body.get("name"), body.get("employee_id")
        problems: dict[str, str] = {}
        if not isinstance(name, str) or not name.strip():
            problems["name"] = "can't be blank"
        # Accepts the id as text too: the reference declares integers, Rails casts.
        number = str(employee_id)
        person = self.employees.by_id.get(int(number)) if number.isascii() and number.isdigit() else None
        if person is None:
            problems["employee_id"] = "must exist"
        for field in ("starts_on", "ends_on"):
            if body.get(field) is not None and not _is_day(body[field]):
                problems[field] = "is not a valid date"
        if problems or person is None:
            return self._say.unprocessable(**problems)
        author = next(iter(self.employees.by_id.values()))
        task = self._tasks.create(
            title=str(name),
            assigned_to=reference_to(person),
            created_by=reference_to(author),
            description=body.get("description"),
            starts_on=body.get("starts_on"),
            ends_on=body.get("ends_on"),
        )
        return self._say.single(self._task_row(task), self._options.create_status)

    def _complete(self, request: Request, task_id: int) -> Reply:
        return self._set_completed(task_id, True)

    def _reopen(self, request: Request, task_id: int) -> Reply:
        return self._set_completed(task_id, False)

    def _set_completed(self, task_id: int, completed: bool) -> Reply:
        task = self.tasks.get(task_id)
        if task is None:
            return self._say.not_found()
        repeated = self._options.repeated_completion
        if task["completed"] == completed and repeated == "unprocessable":
            return self._say.unprocessable(completed="has not changed")
        task = self._tasks.set_completed(task_id, completed, touch=repeated == "touched")
        return self._say.completion(self._task_row(task))

    def _list_employees(self, request: Request) -> Reply:
        return self._say.page("employees", request, self.employees.matching(request))

    def _employee(self, request: Request, person_id: int) -> Reply:
        self._person(person_id)
        return self._say.single(self.employees.detail(self.employees.by_id[person_id]))

    def _placements_of(self, request: Request, person_id: int) -> Reply:
        self._person(person_id)
        # No counters at all on this list [official].
        return Reply(body={"data": self.employees.placements(self.employees.by_id[person_id])})

    def _list_positions(self, request: Request) -> Reply:
        return self._say.page("positions", request, Listed(self.employees.positions()))

    def _list_departments(self, request: Request) -> Reply:
        return self._say.page("departments", request, Listed(self.employees.departments()))

    def _list_locations(self, request: Request) -> Reply:
        return self._say.page("locations", request, Listed(self.employees.locations()))

    def _person(self, person_id: int) -> None:
        if person_id not in self.employees.by_id:
            raise Refused(self._say.not_found())

    def _object(self, request: Request) -> dict[str, Any]:
        try:
            body = request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(self._say.bad_request("the body is not a JSON object"))
        return body

    # White-box: what a person does in the screens of PeopleForce.

    def create_task(self, **fields: Any) -> Task:
        """Make a task. `title` is needed; `assigned_to` may be an employee's id."""
        with self.lock:
            for name in ("assigned_to", "created_by"):
                if isinstance(fields.get(name), int):
                    fields[name] = reference_to(self.employees.by_id[fields[name]])
            return self._tasks.create(**fields)

    def complete(self, id: int) -> Task:
        """Tick a task off."""
        with self.lock:
            return self._tasks.set_completed(id, True)

    def reopen(self, id: int) -> Task:
        """Untick a task."""
        with self.lock:
            return self._tasks.set_completed(id, False)

    def edit_task(self, id: int, **fields: Any) -> Task:
        """Change fields of a task; `assigned_to` may be an employee's id."""
        with self.lock:
            if isinstance(fields.get("assigned_to"), int):
                fields["assigned_to"] = reference_to(self.employees.by_id[fields["assigned_to"]])
            return self._tasks.edit(id, **fields)

    def remove_task(self, id: int) -> None:
        """Delete a task."""
        with self.lock:
            self._tasks.remove(id)

    def act(self, verb: str, **arguments: Any) -> Any:
        """Do one of `create complete reopen edit remove` (a task) by name. Unknown verb: ValueError."""
        verbs: dict[str, Callable[..., Any]] = {
            "create": self.create_task,
            "complete": self.complete,
            "reopen": self.reopen,
            "edit": self.edit_task,
            "remove": self.remove_task,
        }
        if verb not in verbs:
            raise ValueError(f"PeopleForce's screens have no {verb!r}; there are {', '.join(verbs)}")
        return verbs[verb](**arguments)


def _is_day(text: object) -> bool:
    try:
        return isinstance(text, str) and len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
