"""Reading from the simulated PeopleForce: what the reference says about lists, rows and the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from plainclient import PlainClient

from pfjira.sandbox.server import Sandbox

SCHEMAS = json.loads((Path(__file__).parent / "peopleforce_schemas.json").read_text())


def complaints(schema: str, value: Any) -> list[str]:
    """Return what the reference's schema says against a value."""
    validator = jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **SCHEMAS})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_open_tasks_are_listed_newest_first_in_pages_of_fifty(peopleforce: PlainClient) -> None:
    """A sweep of the default half sees each open task once, ids descending."""
    first = peopleforce.get("/tasks").json()
    rows = peopleforce.sweep("/tasks")

    ids = [row["id"] for row in rows]
    assert {"pagination": {"page": 1, "pages": 6, "count": 300, "items": 50}} == first["metadata"]
    assert 50 == len(first["data"])
    assert sorted(set(ids), reverse=True) == ids
    assert (300, {False}) == (len(ids), {row["completed"] for row in rows})


def test_completed_tasks_are_the_other_half(peopleforce: PlainClient) -> None:
    """`completed=true` shows exactly the tasks that the default half does not."""
    rows = peopleforce.sweep("/tasks", completed="true")

    assert (60, {True}) == (len(rows), {row["completed"] for row in rows})
    assert all(row["completed_at"] is not None for row in rows)


def test_a_page_past_the_end_is_empty_with_the_usual_counters(peopleforce: PlainClient) -> None:
    """The page after the last has no rows; its counters are those of the list."""
    answer = peopleforce.get("/tasks", page=7)

    assert (200, []) == (answer.status, answer.json()["data"])
    assert {"page": 7, "pages": 6, "count": 300, "items": 50} == answer.json()["metadata"]["pagination"]


def test_the_page_size_cannot_be_chosen(peopleforce: PlainClient) -> None:
    """`per_page` is ignored, as is every parameter the API does not know."""
    answer = peopleforce.get("/tasks", per_page=200, updated_at="2026-01-01", page="x")

    assert (200, 50) == (answer.status, len(answer.json()["data"]))


def test_a_single_page_counts_its_own_rows_as_items(peopleforce: PlainClient) -> None:
    """Seen on the wire: three rows on one page say items 3."""
    counters = peopleforce.get("/locations").json()["metadata"]["pagination"]

    assert {"page": 1, "pages": 1, "count": 4, "items": 4} == counters


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/tasks", "Task"),
        ("/employees", "EmployeeListItem"),
        ("/positions", "Position"),
        ("/departments", "Department"),
        ("/locations", "Location"),
        ("/employees/9002/tasks", "Task"),
    ],
)
def test_rows_and_counters_look_as_the_reference_says(peopleforce: PlainClient, path: str, schema: str) -> None:
    """Every row of every list validates, and so do the counters."""
    body = peopleforce.get(path).json()

    found = [complaint for row in body["data"] for complaint in complaints(schema, row)]
    assert [] == found + complaints("ListMetadata", body["metadata"])
    assert body["data"]


def test_a_person_has_more_in_detail_than_in_a_row(peopleforce: PlainClient) -> None:
    """Status, timestamps and custom fields are only in the detail; the employee number moves into `fields`."""
    row = peopleforce.get("/employees", **{"ids[]": 9002}).json()["data"][0]
    detail = peopleforce.get("/employees/9002").json()["data"]

    only_detail = {"status", "created_at", "updated_at", "fields", "direct_reports"}
    assert [] == complaints("Employee", detail)
    assert (set(), only_detail) == (only_detail & row.keys(), only_detail & detail.keys())
    assert {"value": "E-00002"} == detail["fields"]["employee_number"]
    assert detail["full_name"] == row["full_name"]


def test_positions_of_a_person_come_without_counters(peopleforce: PlainClient) -> None:
    """The reference lists employee positions among the lists that have no metadata."""
    body = peopleforce.get("/employees/9002/positions").json()

    assert {"data"} == body.keys()
    assert [] == [one for row in body["data"] for one in complaints("EmployeePosition", row)]


def test_leavers_are_hidden_from_the_default_cohort(peopleforce: PlainClient) -> None:
    """Only `status=all` shows everybody."""
    shown = {
        status: peopleforce.get("/employees", status=status).json()["metadata"]["pagination"]["count"]
        for status in (None, "active", "all", "terminated", "employed", "probation", "hired")
    }

    assert shown[None] == shown["active"] == shown["all"] - shown["terminated"]
    assert 200 == shown["all"] == shown["employed"] + shown["probation"] + shown["hired"] + shown["terminated"]
    assert shown["terminated"] > 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"ids[]": [9003, 9005]}, [9003, 9005]),
        ({"employee_numbers[]": ["E-00004"]}, [9004]),
        ({"status": "all", "hired_on[gte]": "9999-01-01"}, []),
        ({"status": "all", "updated_at[gte]": "2099-01-01T00:00:00Z"}, []),
    ],
)
def test_people_can_be_filtered(peopleforce: PlainClient, query: dict[str, Any], expected: list[int]) -> None:
    """Array parameters repeat with literal brackets; bounds are inclusive."""
    rows = peopleforce.get("/employees", **query).json()["data"]

    assert expected == [row["id"] for row in rows]


def test_changed_people_are_found_by_time(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """`updated_at[gte]` shows who was touched since."""
    since = sandbox.clock.now()
    sandbox.peopleforce.employees.touch(9010, sandbox.clock.now())

    rows = peopleforce.get("/employees", **{"updated_at[gte]": since.isoformat()}).json()["data"]

    assert [9010] == [row["id"] for row in rows]


@pytest.mark.parametrize("headers", [{}, {"X-API-KEY": "wrong"}, {"Authorization": "Bearer sandbox-key"}])
def test_without_the_key_nothing_is_shown(peopleforce: PlainClient, headers: dict[str, str]) -> None:
    """401 with the documented body."""
    peopleforce.headers = headers

    answer = peopleforce.get("/tasks")

    assert (401, {"message": "Bad Credentials"}) == (answer.status, answer.json())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/tasks/7001"),
        ("PUT", "/tasks/7001"),
        ("DELETE", "/tasks/7001"),
        ("GET", "/employees/1"),
        ("GET", "/employees/1/tasks"),
        ("DELETE", "/employees/9002"),
        ("GET", "/nothing"),
        ("PUT", "/tasks/1/complete"),
    ],
)
def test_what_does_not_exist_is_not_found(peopleforce: PlainClient, method: str, path: str) -> None:
    """There is no single read, edit or delete of a task, and no delete of a person."""
    assert 404 == peopleforce.send(method, path).status
