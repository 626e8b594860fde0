"""What the API does with tasks: list, create, complete, reopen. There is no read, edit or delete of one task."""

from __future__ import annotations

from pfjira.sandbox.company import Person, reference_to
from pfjira.sandbox.peopleforce.answers import Listed, Speaker, as_id, is_day
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.peopleforce.tasks import Task, TaskStore
from pfjira.sandbox.wire import Reply, Request


class TasksApi:
    """Answers the requests about tasks."""

    def __init__(self, tasks: TaskStore, people: dict[int, Person], options: PeopleForceOptions, say: Speaker) -> None:
        self._tasks = tasks
        self._people = people
        self._options = options
        self._say = say

    def index(self, request: Request) -> Reply:
        """GET /tasks: one half."""
        completed = (request.first("completed") or "false").lower() in ("true", "1")
        return self._shown(self._say.page("tasks", request, self._tasks.half(completed)))

    def of_person(self, request: Request, person_id: int) -> Reply:
        """GET /employees/{id}/tasks."""
        if person_id not in self._people:
            return self._say.not_found()
        return self._shown(self._say.page("employee_tasks", request, Listed(self._tasks.of_person(person_id))))

    def _shown(self, reply: Reply) -> Reply:
        if isinstance(reply.body, dict) and isinstance(reply.body.get("data"), list):
            reply.body["data"] = [self._row(task) for task in reply.body["data"]]
        return reply

    def _row(self, task: Task) -> Task:
        row = dict(task)
        if self._options.empty_text_for_null:
            row |= {name: row[name] or "" for name in ("description", "description_plain")}
        return row

    def post(self, request: Request) -> Reply:
        """POST /tasks."""
        body = self._say.object_of(request)
        name = body.get("name")
        problems: dict[str, str] = {}
        if not isinstance(name, str) or not name.strip():
            problems["name"] = "can't be blank"
        number = as_id(body.get("employee_id"))
        person = self._people.get(number) if number is not None else None
        if person is None:
            problems["employee_id"] = "must exist"
        for field in ("starts_on", "ends_on"):
            if body.get(field) is not None and not is_day(body[field]):
                problems[field] = "is not a valid date"
        if problems or person is None:
            return self._say.unprocessable(**problems)
        author = next(iter(self._people.values()))
        task = self._tasks.create(
            title=str(name),
            assigned_to=reference_to(person),
            created_by=reference_to(author),
            description=body.get("description"),
            starts_on=body.get("starts_on"),
            ends_on=body.get("ends_on"),
        )
        return self._say.single(self._row(task), self._options.create_status)

    def complete(self, request: Request, task_id: int) -> Reply:
        """PUT /tasks/{id}/complete."""
        return self._set_completed(task_id, True)

    def reopen(self, request: Request, task_id: int) -> Reply:
        """PUT /tasks/{id}/incomplete."""
        return self._set_completed(task_id, False)

    def _set_completed(self, task_id: int, completed: bool) -> Reply:
        task = self._tasks.by_id.get(task_id)
        if task is None:
            return self._say.not_found()
        repeated = self._options.repeated_completion
        if task["completed"] == completed and repeated == "unprocessable":
            return self._say.unprocessable(completed="has not changed")
        task = self._tasks.set_completed(task_id, completed, touch=repeated == "touched")
        return self._say.completion(self._row(task))
