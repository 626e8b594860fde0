"""What every test may rely on: an environment that says nothing, a home of its own, and no way out of this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tally import MARKER, Collector, rows_of

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")  # a busy machine is no reason for a property to fail

HOMES = count()
LOOPBACK = ("127.", "::1", "localhost")


def pytest_configure(config: pytest.Config) -> None:
    """Count faults where the reports of all workers come together."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what proves a row of the failure matrix, so that `-m faults` runs all of it."""
    for item in items:
        if rows_of(item.name) or "tally" in getattr(item, "fixturenames", ()):
            item.add_marker(MARKER)


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Remove everything that could steer pfjira from outside the test; the home is made by whoever writes to it."""
    for name in list(os.environ):
        if name.startswith(("PFJIRA_", "XDG_")) or name.endswith("_DIRECTORY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / f"home-{next(HOMES)}"))


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Let sockets reach loopback addresses and local paths only."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "bind"):
            patch.setattr(socket.socket, name, _loopback_only(name))
        yield


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Any]:
    """Lend the tool in a company whose first sync is done, a quarter of an hour ago."""
    from harness import Tool, company  # the whole tool, which tests of its parts need not load

    from pfjira.sandbox.server import Sandbox

    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        assert 0 == tool.run("sync").code
        sandbox.clock.advance(900)
        sandbox.requests.clear()
        yield tool


def _loopback_only(name: str) -> Any:
    real = getattr(socket.socket, name)

    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise RuntimeError(f"a test wanted to {name} to {address[0]!r}; tests stay on this machine")
        return real(self, address)

    return guarded
