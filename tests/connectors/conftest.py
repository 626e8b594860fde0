"""A running sandbox, connectors that talk to it, and a clock that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from connector_clock import FakeClock

from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.server import Sandbox


@pytest.fixture
def clock() -> FakeClock:
    """Lend a clock that stands still until somebody sleeps."""
    return FakeClock()


@pytest.fixture
def start() -> Iterator[Callable[..., Sandbox]]:
    """Lend a function that starts a small sandbox with the given switches."""
    with ExitStack() as stack:

        def started(**switches: Any) -> Sandbox:
            sizes = {"people": 40, "tasks": 120, "completed_tasks": 10, **switches}
            return stack.enter_context(Sandbox(SandboxOptions(**sizes)))

        yield started


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    """Start a small sandbox with nothing switched."""
    return start()


@pytest.fixture
def to_peopleforce(clock: FakeClock) -> Iterator[Callable[..., PeopleForce]]:
    """Lend a function that connects to a sandbox's PeopleForce."""
    with ExitStack() as stack:

        def connect(sandbox: Sandbox, key: str = "sandbox-key") -> PeopleForce:
            config = PeopleForceConfig.model_validate({"url": sandbox.peopleforce_url, "api_key": key, "rate": 0})
            connector = PeopleForce(config, clock=clock, sleep=clock.sleep)
            stack.callback(connector.close)
            return connector

        yield connect


@pytest.fixture
def to_jira(clock: FakeClock) -> Iterator[Callable[..., Jira]]:
    """Lend a function that connects to a sandbox's Jira."""
    with ExitStack() as stack:

        def connect(sandbox: Sandbox, token: str = "sandbox-token", **settings: Any) -> Jira:
            login = {"url": sandbox.jira_url, "email": "sync@example.com", "api_token": token}
            connector = Jira(
                JiraConfig.model_validate({**login, "rate": 0, **settings}), clock=clock, sleep=clock.sleep
            )
            stack.callback(connector.close)
            return connector

        yield connect


@pytest.fixture
def peopleforce(sandbox: Sandbox, to_peopleforce: Callable[..., PeopleForce]) -> PeopleForce:
    """Connect to the small sandbox's PeopleForce."""
    return to_peopleforce(sandbox)


@pytest.fixture
def jira(sandbox: Sandbox, to_jira: Callable[..., Jira]) -> Jira:
    """Connect to the small sandbox's Jira."""
    return to_jira(sandbox)
