"""The simulated PeopleForce, public API v3: key, limit, routes.

It answers what the reference documents and refuses what the real one refuses: there is no single read, edit or delete
of a task. What the reference marks unknown is decided by the options, never here.
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company
from pfjira.sandbox.peopleforce.answers import Refused
from pfjira.sandbox.peopleforce.limits import RateLimit
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.peopleforce.routes import build_routes
from pfjira.sandbox.peopleforce.screens_people import PeopleScreens
from pfjira.sandbox.peopleforce.screens_things import ThingScreens
from pfjira.sandbox.peopleforce.tasks import Task
from pfjira.sandbox.wire import Reply, Request

BASE = "/api/public/v3"
_PAGING = frozenset({"page", "per_page"})
VERBS = {
    "create": "create_task",
    "complete": "complete",
    "reopen": "reopen",
    "edit": "edit_task",
    "remove": "remove_task",
    **{
        name: name
        for name in (
            "hire", "edit_employee", "place", "edit_place", "remove_place", "change_employment", "terminate",
            "revert_termination", "rehire", "remove_employee", "write_note", "request_leave", "set_leave_state",
            "remove_leave", "add_asset", "issue_asset", "return_asset", "remove_assignment", "add_candidate",
            "move_candidate", "disqualify", "remove_candidate", "add_team", "join_team", "leave_team",
        )
    },
}  # fmt: skip
"""What a person can do in the screens, and the method that does it. The five of tasks have the short names."""


class PeopleForceSystem(PeopleScreens, ThingScreens):
    """PeopleForce as a client sees it, and the white-box methods that stand for people using its screens."""

    name = "peopleforce"

    def __init__(self, company: Company, clock: SandboxClock, options: PeopleForceOptions) -> None:
        super().__init__(company, clock, options)
        self._limit = RateLimit(options, clock)
        self._routes = build_routes(self, self._tasks, self._say, options)

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
        for pattern, parameters, handlers in self._routes:
            if (found := pattern.fullmatch(path)) and (handler := handlers.get(request.method)):
                unknown = request.query.keys() - parameters - _PAGING
                if unknown and self._options.refuses_unknown_parameters:
                    return self._say.bad_request(f"unknown parameter {min(unknown)}")
                return handler(request, *map(int, found.groups()))
        return self._say.not_found()

    def act(self, verb: str, **arguments: Any) -> Any:
        """Do by name what a person does in the screens. Unknown verb: ValueError."""
        if verb not in VERBS:
            raise ValueError(f"PeopleForce's screens have no {verb!r}; there are {', '.join(VERBS)}")
        return getattr(self, VERBS[verb])(**arguments)
