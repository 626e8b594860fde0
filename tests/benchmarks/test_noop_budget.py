"""The budget of a run that finds nothing to do, held as a test: a small size with slack, others behind `-m long`."""

from __future__ import annotations

from typing import Any

import noop
import pytest

MEMORY_MIB = 200
SLACK = 1.6
"""Times the limits: the machine of a test is busy, and small sizes tell less."""


@pytest.mark.long
def test_each_further_task_costs_what_its_row_costs() -> None:
    """500 tasks: listing pages only, and for each task little more than to fetch, parse and hash its row."""
    found: dict[int, list[Any]] = {}
    for tasks in (noop.NONE, 500):
        with noop.prepared(tasks=tasks, staff=50) as environment:
            found[tasks] = [noop.measure(environment, tasks, 3, full=full, peak=False) for full in (False, True)]

    none, some = found[noop.NONE], found[500]
    assert {"GET /api/public/v3/tasks", "POST /rest/api/3/search/jql"} == set(some[0]["requests"])
    incremental, full = (noop.a_record(many, few) for many, few in zip(some, none, strict=True))
    assert incremental <= noop.REACHED * SLACK, (incremental, found)
    assert full <= noop.BUDGET * SLACK, (full, found)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_cost_is_linear_and_memory_flat() -> None:
    """2,000 and 20,000 tasks: ten times the work and not more, and hardly more memory, for both kinds of run."""
    found: dict[int, list[Any]] = {}
    for tasks in (2000, 20_000):
        with noop.prepared(tasks=tasks) as environment:
            found[tasks] = [noop.measure(environment, tasks, 3, full=full) for full in (False, True)]

    for few, many in zip(found[2000], found[20_000], strict=True):
        assert many["cpu_sync_s"] <= 15 * few["cpu_sync_s"], found
        assert many["peak_rss_mib"] <= few["peak_rss_mib"] + 40, found


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_noop_sync_of_people_reads_listing_pages_only() -> None:
    """5,000 people and rules that read listed fields: nobody is read alone, for a quarter of a second at most."""
    with noop.prepared(people=5000) as environment:
        found = noop.measure(environment, 5000, 9)

    assert {"GET /api/public/v3/employees", "POST /rest/api/3/search/jql"} == set(found["requests"])
    assert found["cpu_sync_s"] <= 0.25, found


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_memory_stays_flat_at_a_hundred_thousand_tasks() -> None:
    """A record that did not move leaves nothing in memory but its fingerprint, in a full sweep too."""
    with noop.prepared(tasks=100_000) as environment:
        found = [noop.measure(environment, 100_000, 1, full=full) for full in (False, True)]

    assert max(one["peak_rss_mib"] for one in found) <= MEMORY_MIB, found
