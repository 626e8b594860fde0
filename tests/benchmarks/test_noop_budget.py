"""The budget of a run that finds nothing to do, held as a test: behind `-m long`, as a busy machine tells nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import noop
import pytest

MEMORY_MIB = 150


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_noop_sync_costs_little_more_than_its_listing_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 tasks: listing requests only, at most half as much CPU again as fetching and parsing the same pages."""
    found = run(monkeypatch, tasks=5000, rounds=9)

    assert {"GET /api/public/v3/tasks", "POST /rest/api/3/search/jql"} == set(found["requests"])
    assert found["cpu_ratio"] <= noop.BUDGET, found


@pytest.mark.long
@pytest.mark.timeout(900)
def test_memory_stays_flat_at_fifty_thousand_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that did not move leaves nothing in memory but its fingerprint."""
    assert run(monkeypatch, tasks=50_000, rounds=1)["peak_rss_mib"] <= MEMORY_MIB


def run(monkeypatch: pytest.MonkeyPatch, *, tasks: int, rounds: int) -> dict[str, Any]:
    """Measure once, leaving the environment as it was."""
    with tempfile.TemporaryDirectory() as folder, noop.serving(tasks) as environment:
        environment |= {"PFJIRA_STATE": f"{folder}/state.db", "PFJIRA_RULES": str(noop.open_rules(Path(folder)))}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return noop.measure(environment, tasks, rounds)
