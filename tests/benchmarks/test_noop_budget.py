"""The budget of a run that finds nothing to do, held as a test: behind `-m long`, as a busy machine tells nothing."""

from __future__ import annotations

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
@pytest.mark.timeout(600)
def test_a_noop_sync_of_people_reads_listing_pages_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 people and rules that read listed fields: nobody is read alone, for a quarter of a second at most."""
    found = run(monkeypatch, people=5000, rounds=9)

    assert {"GET /api/public/v3/employees", "POST /rest/api/3/search/jql"} == set(found["requests"])
    assert found["cpu_sync_s"] <= 0.25, found


@pytest.mark.long
@pytest.mark.timeout(900)
def test_memory_stays_flat_at_fifty_thousand_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that did not move leaves nothing in memory but its fingerprint."""
    assert run(monkeypatch, tasks=50_000, rounds=1)["peak_rss_mib"] <= MEMORY_MIB


def run(monkeypatch: pytest.MonkeyPatch, *, tasks: int = 0, people: int = 0, rounds: int) -> Any:
    """Measure once, leaving the environment as it was."""
    with noop.prepared(tasks=tasks, people=people) as environment:
        return noop.measure(environment, tasks or people, rounds)
