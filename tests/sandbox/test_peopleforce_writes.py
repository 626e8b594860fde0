"""Writing to the simulated PeopleForce, through the API and as people do in its screens."""

from __future__ import annotations

from typing import Any

import pytest
from plainclient import PlainClient

from pfjira.sandbox.server import Sandbox


def shown(client: PlainClient, task_id: int) -> dict[str, Any]:
    """Return a task from whichever half lists it."""
    rows = client.sweep("/tasks") + client.sweep("/tasks", completed="true")
    return next(row for row in rows if row["id"] == task_id)


def open_task(sandbox: Sandbox) -> int:
    """Return the id of some open task."""
    return sandbox.peopleforce.task_ids(completed=False)[17]


def test_a_completed_task_changes_halves(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Completing moves a task, stamps it, and the counters of both halves follow."""
    task_id = open_task(sandbox)

    answer = peopleforce.send("PUT", f"/tasks/{task_id}/complete")

    counts = [
        peopleforce.get("/tasks", completed=half).json()["metadata"]["pagination"]["count"]
        for half in ("false", "true")
    ]
    task = shown(peopleforce, task_id)
    assert (200, task) == (answer.status, answer.json()["data"])
    assert ([299, 61], True) == (counts, task["completed"])
    assert task["completed_at"] == task["updated_at"]


def test_a_reopened_task_returns_to_its_place(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Order is by id, so a reopened task stands where it stood."""
    task_id = open_task(sandbox)
    before = [row["id"] for row in peopleforce.sweep("/tasks")]

    peopleforce.send("PUT", f"/tasks/{task_id}/complete")
    answer = peopleforce.send("PUT", f"/tasks/{task_id}/incomplete")

    assert (False, None) == (answer.json()["data"]["completed"], answer.json()["data"]["completed_at"])
    assert before == [row["id"] for row in peopleforce.sweep("/tasks")]


def test_completing_twice_changes_nothing_the_second_time(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """The verb is safe to repeat."""
    task_id = open_task(sandbox)

    first = peopleforce.send("PUT", f"/tasks/{task_id}/complete")
    sandbox.clock.advance(60)
    second = peopleforce.send("PUT", f"/tasks/{task_id}/complete")

    assert (first.status, first.json()) == (second.status, second.json())


def test_a_created_task_is_the_newest(peopleforce: PlainClient) -> None:
    """`name` comes back as `title`, the start is today, HTML is kept and also shown plain."""
    answer = peopleforce.send(
        "POST", "/tasks", {"name": "Grant access", "employee_id": 9002, "description": "<p>a &amp; <b>b</b></p>"}
    )

    created = answer.json()["data"]
    assert created == peopleforce.get("/tasks").json()["data"][0]
    assert ("Grant access", "a & b", False) == (created["title"], created["description_plain"], created["completed"])
    assert (9002, created["created_at"][:10]) == (created["assigned_to"]["id"], created["starts_on"])


def test_the_same_task_can_be_created_twice(peopleforce: PlainClient) -> None:
    """There is no idempotency key."""
    body = {"name": "Grant access", "employee_id": 9002}

    ids = [peopleforce.send("POST", "/tasks", body).json()["data"]["id"] for _ in range(2)]

    assert [7361, 7362] == ids


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": " ", "employee_id": 9002}, 422),
        ({"name": "x"}, 422),
        ({"name": "x", "employee_id": 1}, 422),
        ({"name": "x", "employee_id": 9002, "ends_on": "tomorrow"}, 422),
        (["no", "object"], 400),
    ],
)
def test_a_task_that_makes_no_sense_is_refused(
    sandbox: Sandbox, peopleforce: PlainClient, body: object, status: int
) -> None:
    """Name and a known employee are mandatory; nothing is stored otherwise."""
    answer = peopleforce.send("POST", "/tasks", body)

    assert (status, 360) == (answer.status, len(sandbox.peopleforce.tasks))
    assert answer.json()["errors"]


def test_people_use_the_screens(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Edits, removals and new tasks made by hand show up over the API, with a moved `updated_at`."""
    task_id = open_task(sandbox)
    before = shown(peopleforce, task_id)

    sandbox.clock.advance(5)
    sandbox.peopleforce.edit_task(task_id, title="Renamed", description="<i>new</i>", assigned_to=9002)
    removed = sandbox.peopleforce.task_ids(completed=False)[3]
    sandbox.peopleforce.remove_task(removed)
    made = sandbox.peopleforce.create_task(title="By hand", assigned_to=9003)

    after = shown(peopleforce, task_id)
    ids = [row["id"] for row in peopleforce.sweep("/tasks")]
    assert ("Renamed", "new", 9002) == (after["title"], after["description_plain"], after["assigned_to"]["id"])
    assert after["updated_at"] > before["updated_at"]
    assert (made["id"], False) == (ids[0], removed in ids)
    assert 404 == peopleforce.send("PUT", f"/tasks/{removed}/complete").status


def test_a_screen_refuses_what_a_task_does_not_have(sandbox: Sandbox) -> None:
    """A misspelt field in a test must not pass silently."""
    with pytest.raises(ValueError, match="titel"):
        sandbox.peopleforce.edit_task(open_task(sandbox), titel="x")
