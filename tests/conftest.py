"""What every test may rely on: an environment that says nothing, a home of its own, and no way out of this machine."""

from __future__ import annotations

import gc
import os
import shutil
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tally import MARKER, Collector, rows_of

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")  # a busy machine is no reason for a property to fail

HOMES = count()
LOOPBACK = ("127.", "::1", "localhost")
MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that the folders of a whole run may take, with much to spare."""

if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    # Hundreds of state files, each synced to the disk at every commit: a fifth of the time of a run was spent waiting.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


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


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass by what lives as long as the run: four thousand tests and all modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def disk() -> Iterator[Path]:
    """Lend a folder on a disk, where it matters what a disk does."""
    with TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Remove everything that could steer pfjira from outside the test; the home is made by whoever writes to it."""
    for name in list(os.environ):
        if name.startswith(("PFJIRA_", "XDG_", "INVOCATION_ID", "SUDO_")) or name.endswith("_DIRECTORY"):
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
    from small_world import later  # the whole tool, which tests of its parts need not load
    from worlds import synced

    with synced(tmp_path) as tool:
        later(tool, 900)
        yield tool


def _loopback_only(name: str) -> Any:
    real = getattr(socket.socket, name)

    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise RuntimeError(f"a test wanted to {name} to {address[0]!r}; tests stay on this machine")
        return real(self, address)

    return guarded
