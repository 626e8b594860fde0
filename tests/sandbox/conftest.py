"""A running sandbox for each test, and clients that add nothing of their own."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from plainclient import PlainClient, peopleforce_client

from pfjira.sandbox.company import SERVICE_EMAIL, SERVICE_TOKEN
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.server import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox of the usual size."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def peopleforce(sandbox: Sandbox) -> Iterator[PlainClient]:
    """Lend a client of the simulated PeopleForce."""
    with peopleforce_client(sandbox) as client:
        yield client


@pytest.fixture
def jira(sandbox: Sandbox) -> Iterator[PlainClient]:
    """Lend a client of the simulated Jira."""
    login = base64.b64encode(f"{SERVICE_EMAIL}:{SERVICE_TOKEN}".encode()).decode()
    client = PlainClient(sandbox, "/rest/api/3", {"Authorization": f"Basic {login}"})
    yield client
    client.close()


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[PlainClient]:
    """Lend a client of the sandbox's own steering address."""
    client = PlainClient(sandbox, "/__sandbox__", {})
    yield client
    client.close()


@pytest.fixture
def switched() -> Iterator[Callable[..., PlainClient]]:
    """Lend a function that starts a sandbox with PeopleForce switches and returns a client of it."""
    with ExitStack() as running:

        def start(people: int = 20, tasks: int = 120, completed_tasks: int = 5, **switches: Any) -> PlainClient:
            options = SandboxOptions(people, tasks, completed_tasks, peopleforce=PeopleForceOptions(**switches))
            return running.enter_context(peopleforce_client(running.enter_context(Sandbox(options))))

        yield start
