"""Which path leads to which handler: the whole surface of the simulated API on one page.

A path that is not here does not exist. With each stands which query parameters it knows, besides those of paging.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pfjira.sandbox.peopleforce import employee_filters, leave, recruiting_api
from pfjira.sandbox.peopleforce.answers import Listed, Speaker
from pfjira.sandbox.peopleforce.employees_api import EmployeesApi
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.peopleforce.profiles import field_rows
from pfjira.sandbox.peopleforce.stores import Stores
from pfjira.sandbox.peopleforce.tasks import TaskStore
from pfjira.sandbox.peopleforce.tasks_api import TasksApi
from pfjira.sandbox.wire import Reply, Request

Handler = Callable[..., Reply]
Routes = list[tuple[re.Pattern[str], frozenset[str], dict[str, Handler]]]


def build_routes(held: Stores, tasks_held: TaskStore, say: Speaker, options: PeopleForceOptions) -> Routes:
    """Return the paths below the base with their parameters and their handlers by method."""
    tasks = TasksApi(tasks_held, held.employees.by_id, options, say)
    people = EmployeesApi(held.employees, held.rows, held.filters, options, say)
    words = held.employees.dictionaries
    none: frozenset[str] = frozenset()

    def rows(name: str, made: Callable[[], list[dict[str, Any]]]) -> dict[str, Handler]:
        return {"GET": lambda request: say.page(name, request, Listed(made()))}

    def job_levels(request: Request) -> Reply:
        found = words.job_levels.rows("created_at", "updated_at")
        return (
            say.page("job_levels", request, Listed(found))
            if options.job_levels_counted
            else Reply(body={"data": found})
        )

    one = r"/employees/(\d+)"
    table: list[tuple[str, frozenset[str], dict[str, Handler]]] = [
        (r"/tasks", frozenset({"completed"}), {"GET": tasks.index, "POST": tasks.post}),
        (r"/tasks/(\d+)/complete", none, {"PUT": tasks.complete}),
        (r"/tasks/(\d+)/incomplete", none, {"PUT": tasks.reopen}),
        (r"/employees", employee_filters.FILTERS, {"GET": people.index}),
        (r"/employees/terminated", employee_filters.TERMINATED_FILTERS, {"GET": people.terminated}),
        (one, none, {"GET": people.show, "PUT": people.put}),
        (one + r"/terminate", none, {"POST": people.terminate}),
        (one + r"/activate", none, {"POST": people.activate}),
        (one + r"/tasks", none, {"GET": tasks.of_person}),
        (one + r"/positions", none, {"GET": people.placements, "POST": people.post_placement}),
        (one + r"/positions/(\d+)", none, {"PUT": people.put_placement, "DELETE": people.delete_placement}),
        (one + r"/employment_statuses", none, {"GET": people.employments, "POST": people.post_employment}),
        (
            one + r"/employment_statuses/(\d+)",
            none,
            {"PUT": people.put_employment, "DELETE": people.delete_employment},
        ),
        (one + r"/notes", none, {"GET": held.notes.index, "POST": held.notes.post}),
        (r"/employee_fields", none, rows("employee_fields", field_rows)),
        (r"/positions", none, rows("positions", words.positions.rows)),
        (r"/departments", none, rows("departments", words.department_rows)),
        (r"/locations", none, rows("locations", words.location_rows)),
        (r"/divisions", none, rows("divisions", words.divisions.rows)),
        (r"/employment_types", none, rows("employment_types", lambda: words.employment_types.rows("created_at"))),
        (r"/job_levels", none, {"GET": job_levels}),
        (
            r"/termination_types",
            none,
            rows("termination_types", lambda: words.termination_types.rows("created_at", "updated_at")),
        ),
        (
            r"/termination_reasons",
            none,
            rows("termination_reasons", lambda: words.termination_reasons.rows("created_at", "updated_at")),
        ),
        (r"/leave_requests", leave.FILTERS, {"GET": held.leave.index, "POST": held.leave.post}),
        (r"/leave_requests/(\d+)", none, {"GET": held.leave.show, "DELETE": held.leave.delete}),
        (r"/leave_types", none, rows("leave_types", held.leave.type_rows)),
        (r"/assets", none, {"GET": held.assets.index}),
        (r"/assets/(\d+)", none, {"GET": held.assets.show}),
        (r"/asset_categories", none, {"GET": held.assets.list_categories}),
        (r"/asset_assignments", none, {"POST": held.assets.post_assignment}),
        (
            r"/asset_assignments/(\d+)",
            none,
            {"PUT": held.assets.put_assignment, "DELETE": held.assets.delete_assignment},
        ),
        (r"/teams", none, {"GET": held.teams.index, "POST": held.teams.post}),
        (r"/teams/(\d+)/team_members", none, {"POST": held.teams.post_member}),
        (r"/teams/(\d+)/team_members/(\d+)", none, {"DELETE": held.teams.delete_member}),
        (r"/recruitment/candidates", recruiting_api.FILTERS, {"GET": held.recruiting.candidates}),
        (r"/recruitment/candidates/(\d+)", none, {"GET": held.recruiting.candidate}),
        (r"/recruitment/pipelines", none, {"GET": held.recruiting.pipelines}),
        (r"/recruitment/vacancies", frozenset({"status[]"}), {"GET": held.recruiting.vacancies}),
        (r"/recruitment/vacancies/(\d+)/applications", none, {"GET": held.recruiting.applications}),
        (r"/recruitment/movements", recruiting_api.MOVEMENT_FILTERS, {"GET": held.recruiting.movements}),
    ]
    return [(re.compile(pattern), parameters, methods) for pattern, parameters, methods in table]
