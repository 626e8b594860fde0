"""A real state file for each test, under the umask that most machines have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pfjira.state.store import Store


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """Let new files be readable by everybody unless the program says otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Say where the state file is to be; neither it nor its folders are there yet."""
    return tmp_path / "state" / "pfjira" / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Open a new state file."""
    with Store.open(path) as opened:
        yield opened
