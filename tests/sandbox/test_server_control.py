"""Steering a sandbox from another process: over HTTP, and the command that serves one."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys

import pytest
from plainclient import PlainClient, peopleforce_client

from pfjira.sandbox.options import SandboxOptions, with_settings
from pfjira.sandbox.server import Sandbox


def test_the_state_counts_both_systems(control: PlainClient, sandbox: Sandbox) -> None:
    """Counts and issues by op; ids only on demand."""
    state = control.get("/state").json()
    ids = control.get("/state", ids=1).json()["task_ids"]

    assert {"open": 300, "completed": 60} == state["tasks"]
    assert (200, 0, {}) == (state["people"], state["issues"], state["issues_by_op"])
    assert sandbox.peopleforce.task_ids(completed=True) == ids["completed"]


def test_faults_can_be_planned_and_watched(control: PlainClient, peopleforce: PlainClient) -> None:
    """A fault sent as JSON lands, its counters can be read, and it can be cleared."""
    planned = control.send("POST", "/faults", {"kind": "status_before", "status": 500, "path": "/tasks"})

    statuses = [peopleforce.get("/tasks").status for _ in range(2)]

    found = control.get("/faults").json()
    assert (201, [500, 200]) == (planned.status, statuses)
    assert [("status_before", 1, 2)] == [(one["kind"], one["landed"], one["seen"]) for one in found]
    assert 204 == control.send("DELETE", "/faults").status
    assert [] == control.get("/faults").json()


def test_requests_can_be_read_and_forgotten(control: PlainClient, peopleforce: PlainClient) -> None:
    """The log shows requests to the systems, none of the steering."""
    peopleforce.get("/positions")

    logged = control.get("/requests").json()

    assert [("peopleforce", "/api/public/v3/positions", 200)] == [
        (one["system"], one["path"], one["status"]) for one in logged
    ]
    assert 204 == control.send("DELETE", "/requests").status
    assert [] == control.get("/requests").json()


def test_time_can_be_advanced(control: PlainClient, sandbox: Sandbox) -> None:
    """Seconds forward; backward is refused."""
    before = sandbox.clock.now()

    assert 200 == control.send("POST", "/advance", {"seconds": 3600}).status
    assert (sandbox.clock.now() - before).total_seconds() >= 3600
    assert 400 == control.send("POST", "/advance", {"seconds": -1}).status

    control.send("POST", "/advance", {"days": 2, "seconds": 60})
    assert (sandbox.clock.now() - before).total_seconds() >= 2 * 86_400 + 3660
    assert [400, 400] == [control.send("POST", "/advance", body).status for body in ({}, {"weeks": 1})]


def test_people_can_act_from_outside(control: PlainClient, sandbox: Sandbox) -> None:
    """What a person does in the screens of PeopleForce can be asked for by name."""
    task_id = sandbox.peopleforce.task_ids(completed=False)[0]
    who = {"system": "peopleforce"}

    edited = control.send("POST", "/act", {**who, "verb": "edit", "id": task_id, "title": "Renamed"})
    control.send("POST", "/act", {**who, "verb": "complete", "id": task_id})
    task = dict(sandbox.peopleforce.tasks[task_id])
    control.send("POST", "/act", {**who, "verb": "remove", "id": task_id})

    assert (200, "Renamed") == (edited.status, edited.json()["result"]["title"])
    assert ("Renamed", True) == (task["title"], task["completed"])
    assert task_id not in sandbox.peopleforce.tasks


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"system": "peopleforce", "verb": "dance"}, 400),
        ({"system": "peopleforce", "verb": "complete", "id": 1}, 404),
        ({"system": "peopleforce", "verb": "complete"}, 400),
        ({"system": "payroll", "verb": "complete"}, 404),
        ({}, 400),
    ],
)
def test_an_act_that_makes_no_sense_is_refused(control: PlainClient, body: object, status: int) -> None:
    """A steering mistake in a test must be heard."""
    answer = control.send("POST", "/act", body)

    assert status == answer.status
    assert answer.json()["error"]


def test_unknown_steering_is_refused(control: PlainClient) -> None:
    """404 for an address, 400 for a fault that does not exist."""
    assert 404 == control.get("/elsewhere").status
    assert 400 == control.send("POST", "/faults", {"kind": "earthquake"}).status
    assert 400 == control.send("POST", "/faults", {"sort": "html"}).status


def test_settings_reach_the_switches() -> None:
    """Switches of both systems can be named on a command line."""
    options = with_settings(
        SandboxOptions(), ["peopleforce.metadata=flat", "peopleforce.page_size=10", "jira.index_lag_s=3"]
    )

    assert ("flat", 10, 3) == (options.peopleforce.metadata, options.peopleforce.page_size, options.jira.index_lag_s)


@pytest.mark.parametrize(
    "setting",
    ["peopleforce.colour=red", "metadata=flat", "jira.index_lag_s", "people.x=1", "peopleforce.metadata=round"],
)
def test_a_setting_nobody_knows_is_refused(setting: str) -> None:
    """A misspelt switch must not pass as the default."""
    with pytest.raises(ValueError, match="no setting"):
        with_settings(SandboxOptions(), [setting])


def test_the_command_serves_until_interrupted() -> None:
    """`python -m pfjira.sandbox` prints the environment, answers, and ends cleanly on SIGTERM."""
    command = [sys.executable, "-m", "pfjira.sandbox", "--people", "10", "--tasks", "3", "--completed", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(7)]
        environment = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        connection = http.client.HTTPConnection(environment["PFJIRA_JIRA_URL"].removeprefix("http://"), timeout=5)
        connection.request("GET", "/__sandbox__/state")
        answer = connection.getresponse().read()
        connection.close()
        process.send_signal(signal.SIGTERM)
        process.wait(10)

    assert b'"tasks": {"open": 3, "completed": 2}' in answer
    assert (0, "sandbox-key") == (process.returncode, environment["PFJIRA_PEOPLEFORCE_API_KEY"])


def test_a_session_of_steering_does_not_disturb(sandbox: Sandbox, control: PlainClient) -> None:
    """Faults for everything leave the steering address alone."""
    control.send("POST", "/faults", {"kind": "drop_before", "times": None})

    assert 200 == control.get("/state").status
    with peopleforce_client(sandbox) as client, pytest.raises((OSError, http.client.HTTPException)):
        client.get("/tasks")
