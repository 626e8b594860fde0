"""The budget of a first sync, held as a test."""

from __future__ import annotations

import first_sync
import pytest


def test_a_first_sync_asks_in_bulk_and_makes_fifty_issues_a_call() -> None:
    """300 tasks: no more calls than bulk requests need, and a constant."""
    found = first_sync.measure(300, 0.0, naive=5)

    assert found["jira_calls"] <= found["jira_calls_most"], found
    assert abs(found["issues"] / first_sync.BULK_CREATE - found["creates"]) < 1, found


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_first_sync_is_as_fast_as_the_rates_allow() -> None:
    """1,000 tasks at the usual rates, answers take 20 ms: little is added to what the rates allow."""
    found = first_sync.measure(1000, 0.02, naive=5, paced=True)

    assert found["wall_to_rate"] <= first_sync.WALL, found


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_first_sync_is_several_times_as_fast_as_one_call_a_task() -> None:
    """1,000 tasks, answers take 100 ms: everything that is read, checked and remembered included."""
    found = first_sync.measure(1000, 0.1, naive=20)

    assert found["naive_ms_an_issue"] > 4 * found["ours_ms_an_issue"], found
