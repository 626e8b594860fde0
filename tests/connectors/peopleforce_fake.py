"""A small PeopleForce behind a transport: slim rows, full records, and a list of what was asked of it.

It is no second sandbox: it holds what a test puts in, serves it in the shapes of the reference, and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson
from connector_clock import FakeClock

from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.engine.model import Record

ROW = (
    "id", "active", "access", "full_name", "first_name", "middle_name", "last_name", "email", "personal_email",
    "mobile_number", "work_phone_number", "date_of_birth", "probation_ends_on", "hired_on", "position", "job_level",
    "location", "employment_type", "division", "department", "reporting_to",
)  # fmt: skip
PER_PAGE = 50


def employee(number: int, **changes: Any) -> dict[str, Any]:
    """Return a full record."""
    return {
        "id": number,
        "active": True,
        "access": True,
        "full_name": f"Testina Fakename {number}",
        "first_name": "Testina",
        "middle_name": None,
        "last_name": f"Fakename {number}",
        "email": f"p{number}@example.invalid",
        "personal_email": None,
        "date_of_birth": "1990-01-01",
        "gender": {"id": "female", "name": "Female"},
        "hired_on": "2024-03-01",
        "probation_ends_on": None,
        "position": {"id": 701, "name": "Imaginary Engineer"},
        "job_level": None,
        "location": {"id": 21, "name": "Nowhere Office", "country_code": "XX"},
        "employment_type": {"id": 41, "name": "Full-time"},
        "division": None,
        "department": {"id": 32, "name": "Sandbox Squad"},
        "reporting_to": {"id": 9001, "first_name": "Bossy", "last_name": "McFake", "email": "bossy@example.invalid"},
        "status": "employed",
        "termination_effective_on": None,
        "termination_comment": None,
        "termination_eligible_for_rehire": None,
        "termination_type": None,
        "termination_reason": None,
        "fields": {
            "employee_number": {"value": f"FAKE-{number}"},
            "mobile_number": {"value": "+000"},
            "work_phone_number": {"value": None},
            "github": {"value": "not-a-real-user"},
        },
        "created_at": "2024-02-20T09:15:00.123Z",
        "updated_at": "2026-05-04T11:22:33.456Z",
        **changes,
    }


def leave(number: int, person: int, **changes: Any) -> dict[str, Any]:
    """Return a leave request."""
    return {
        "id": number,
        "employee_id": person,
        "employee": {
            "id": person,
            "first_name": "Testina",
            "last_name": f"Fakename {person}",
            "email": f"p{person}@example.invalid",
        },
        "leave_type_id": 81,
        "leave_type": "Vacation",
        "state": "approved",
        "amount": "2.0",
        "tracking_time_in": "days",
        "on_demand": False,
        "starts_on": "2026-08-03",
        "ends_on": "2026-08-04",
        "comment": "-",
        "leave_type_policy": {"name": "Standard", "visibility": "public", "activity_type": "not_working_paid"},
        "created_at": "2026-07-01T08:20:16.466Z",
        "updated_at": "2026-07-01T10:32:50.845Z",
        **changes,
    }


def asset(number: int, *assignments: dict[str, Any]) -> dict[str, Any]:
    """Return an asset with its assignments."""
    return {
        "id": number,
        "name": "Pretend Laptop",
        "code": f"FAKE-LT-{number}",
        "serial_number": "SN-NOT-REAL",
        "description": "",
        "location_id": 21,
        "asset_category_id": 121,
        "asset_assignments": list(assignments),
    }


def assignment(number: int, about: int, person: int, returned_on: str | None = None) -> dict[str, Any]:
    """Return an assignment of an asset to a person."""
    return {
        "id": number,
        "asset_id": about,
        "user_id": person,
        "issued_on": "2026-03-01",
        "returned_on": returned_on,
        "created_at": "2026-03-01T09:00:00.000Z",
        "updated_at": "2026-03-01T09:00:00.000Z",
    }


class FakePeopleForce:
    """Holds full records and shows them as the API does."""

    def __init__(self, *people: dict[str, Any]) -> None:
        self.people = {person["id"]: person for person in people}
        self.lists: dict[str, list[dict[str, Any]]] = {}
        """Path to rows, for the listings without a rule of their own (`leave_requests`, `assets`, ...)."""
        self.asked: list[str] = []
        """Method, path and query (without the page) of every request."""
        self.sent: list[tuple[str, Any]] = []
        """Path and body of every write."""
        self.answers: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
        """`METHOD path` to an answer that comes in place of the usual one."""
        self.after: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
        """The same, given once the write was done."""

    def connect(self) -> PeopleForce:
        """Return a connector that talks to this one."""
        clock = FakeClock()
        config = PeopleForceConfig.model_validate({"url": "https://x.test", "api_key": "fake-key", "rate": 0})
        transport = httpx.MockTransport(self._answer)
        return PeopleForce(config, clock=clock, sleep=clock.sleep, transport=transport)

    def count(self, start: str) -> int:
        """Return how many requests begin so."""
        return sum(asked.startswith(start) for asked in self.asked)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.strip("/")
        query = request.url.query.decode()
        page, rest = 1, []
        for part in query.split("&") if query else []:
            if part.startswith("page="):
                page = int(part[5:])
            else:
                rest.append(part)
        self.asked.append(f"{request.method} {path}" + (f"?{'&'.join(rest)}" if rest else ""))
        name = f"{request.method} {path}"
        if name in self.answers:
            return self.answers[name](request)
        if request.method == "GET":
            return self._shown(path, dict(parse_qsl("&".join(rest))), query, page)
        body = orjson.loads(request.content)
        self.sent.append((path, body))
        answer = self._written(request.method, path, body)
        return self.after[name](request) if name in self.after else answer

    def _shown(self, path: str, params: dict[str, str], query: str, page: int) -> httpx.Response:
        parts = path.split("/")
        if path == "employees":
            return _page([_slim(person) for person in self._chosen(params, query)], page)
        if path == "employees/terminated":
            return _page([person for person in self.people.values() if person["status"] == "terminated"], page)
        if path in self.lists:
            rows = self.lists[path]
            return _page(rows, page) if not path.endswith(("/positions", "/notes")) else _json({"data": rows})
        if len(parts) == 2 and parts[0] == "employees" and int(parts[1]) in self.people:
            return _json({"data": self.people[int(parts[1])]})
        for row in self.lists.get("/".join(parts[:-1]), ()):
            if str(row["id"]) == parts[-1]:
                return _json({"data": row})
        return _json({"message": "not found"}, 404)

    def _chosen(self, params: dict[str, str], query: str) -> list[dict[str, Any]]:
        ids = {value for name, value in parse_qsl(query) if name == "ids[]"}
        status = params.get("status", "active")
        return [
            person
            for person in self.people.values()
            if (not ids or str(person["id"]) in ids) and (status == "all" or person["status"] == status)
        ]

    def _written(self, method: str, path: str, body: Any) -> httpx.Response:
        if path.endswith("/notes"):
            self.lists.setdefault(path, []).append({"id": 10 + len(self.sent), **body})
        elif path == "tasks":
            made = {"id": 7000 + len(self.sent), "title": body["name"], "completed": False, **body}
            self.lists.setdefault(f"employees/{body['employee_id']}/tasks", []).append(made)
            return _json({"data": made})
        elif path == "asset_assignments":
            held = next(row for row in self.lists["assets"] if row["id"] == body["asset_id"])
            held["asset_assignments"].append({"id": 111 + len(self.sent), "returned_on": None, **body})
        elif path.startswith("asset_assignments/"):
            for row in self.lists["assets"]:
                for one in row["asset_assignments"]:
                    if str(one["id"]) == path.rpartition("/")[2]:
                        one.update(body)
        elif int(path.rpartition("/")[2]) not in self.people:
            return _json({"message": "not found"}, 404)
        return _json({"data": {"id": 1, **body}}, 201 if method == "POST" else 200)


def _slim(person: dict[str, Any]) -> dict[str, Any]:
    row = {name: person.get(name) for name in ROW}
    gender = person["gender"]
    return {**row, "gender": gender["id"] if gender else None}


def _page(rows: list[dict[str, Any]], page: int) -> httpx.Response:
    shown = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    pages = max(1, -(-len(rows) // PER_PAGE))
    counters = {"page": page, "pages": pages, "count": len(rows), "items": PER_PAGE}
    return _json({"data": shown, "metadata": {"pagination": counters}})


def _json(payload: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps(payload))


def company(size: int = 3) -> FakePeopleForce:
    """Return a small company: everybody employed, the last one a leaver, the first one hired."""
    people = [employee(number) for number in range(1, size + 1)]
    people[0]["status"] = "hired"
    people[-1].update(status="terminated", termination_effective_on="2026-06-30", termination_comment="bye")
    return FakePeopleForce(*people)


def absences(people: int, count: int) -> FakePeopleForce:
    """Return a company with leave requests, taken in turns."""
    fake = company(people)
    fake.lists["leave_requests"] = [leave(6000 + number, 1 + number % people) for number in range(count)]
    return fake


def read(peopleforce: PeopleForce, kind: str, paths: Collection[str] = ()) -> list[Record]:
    """Return all records of a kind as its listings show them."""
    return [
        record
        for section in peopleforce.sections(kind, paths)
        for page in peopleforce.scan(kind, section, paths)
        for record in page.records
    ]
