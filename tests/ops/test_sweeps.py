"""Looking is cheap, and what was not seen is never taken for gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import CLEAN, Tool, company, issue_of, standing, unique_tasks, writes
from small_world import later
from worlds import synced

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

HOUR_S = 3700


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company of several pages whose first sync is done."""
    with synced(tmp_path, people=60, tasks=180, completed_tasks=60) as tool:
        later(tool, HOUR_S)
        yield tool


def categories(tool: Tool) -> set[str]:
    """Return the status categories that occur in Jira."""
    return {issue.status.category.key for issue in tool.sandbox.jira.issues.values()}


def test_a_quiet_run_asks_for_listings_only(tool: Tool) -> None:
    """Nothing moved: PeopleForce's pages and one search, no read of any single thing, no write."""
    answer = tool.run("sync")

    asked = {(entry.system, entry.path.rpartition("/")[2]) for entry in tool.sandbox.requests}
    assert (0, {("peopleforce", "tasks"), ("jira", "jql")}) == (answer.code, asked)
    assert "nothing to write" in answer.out


def test_a_quiet_full_sweep_writes_nothing(tool: Tool) -> None:
    """A full sweep reads everything on both sides and writes nothing."""
    assert (0, []) == (tool.run("sync", "--full").code, writes(tool.sandbox.requests))


@pytest.mark.parametrize("kind", ["cut_list", "shift"])
@pytest.mark.parametrize("path", ["/tasks", "search|bulkfetch"])
@pytest.mark.parametrize("nth", [1, 2])
def test_rows_19_20_a_list_that_lost_rows_cancels_nothing(tool: Tool, kind: str, path: str, nth: int) -> None:
    """Three full sweeps, hours apart, each with rows missing: no issue is cancelled, closed or made again."""
    landed = 0
    for _ in range(3):
        fault = tool.sandbox.faults.add(Fault(kind, path=path, nth=nth, times=None))  # type: ignore[arg-type]
        tool.run("sync", "--full")
        landed += fault.landed
        tool.sandbox.faults.clear()
        tool.sandbox.clock.advance(HOUR_S)

    if kind == "shift" and path != "/tasks":
        pytest.skip("these lists have no numbered pages that could shift")
    assert landed > 0
    assert ({"new"}, CLEAN) == (categories(tool), standing(tool.sandbox))
    assert (0, {"new"}, CLEAN) == (tool.run("sync", "--full").code, categories(tool), standing(tool.sandbox))


def test_row_19_a_removed_task_is_not_cancelled_by_incomplete_sweeps(tool: Tool) -> None:
    """One complete sweep misses the task; later ones are cut short and do not count as the second witness."""
    task_id, *_ = unique_tasks(tool.sandbox)
    key = issue_of(tool.sandbox, task_id).key
    tool.sandbox.peopleforce.remove_task(task_id)
    tool.run("sync", "--full")
    tool.sandbox.clock.advance(HOUR_S)
    fault = tool.sandbox.faults.add(Fault("cut_list", "peopleforce", times=None))
    tool.run("sync", "--full")
    tool.sandbox.faults.clear()

    assert (True, "To Do") == (fault.landed > 0, tool.sandbox.jira.issue(key).status.name)
    tool.run("sync", "--full")
    assert "Cancelled" == tool.sandbox.jira.issue(key).status.name


def test_a_task_that_is_seen_again_begins_anew(tool: Tool) -> None:
    """Missed once, seen once, missed once: that is not twice in a row."""
    task_id, *_ = unique_tasks(tool.sandbox)
    key = issue_of(tool.sandbox, task_id).key
    task = tool.sandbox.peopleforce.tasks[task_id]
    for present in (False, True, False):
        if present:
            tool.sandbox.peopleforce._tasks.add(task)
        else:
            tool.sandbox.peopleforce.remove_task(task_id)
        assert 0 == tool.run("sync", "--full").code
        tool.sandbox.clock.advance(HOUR_S)

    assert "To Do" == tool.sandbox.jira.issue(key).status.name


def test_an_honestly_empty_list_is_no_alarm(tmp_path: Path) -> None:
    """When every open task was completed, they are found among the completed ones: their issues are closed."""
    with Sandbox(company(people=40, tasks=9, completed_tasks=3)) as sandbox:
        tool = Tool(sandbox, tmp_path)
        assert 0 == tool.run("sync").code
        sandbox.clock.advance(900)
        for task_id in sandbox.peopleforce.task_ids(completed=False):
            sandbox.peopleforce.complete(task_id)

        answer = tool.run("sync")

        assert (0, {"done"}) == (answer.code, categories(tool)), answer.err


def test_new_tasks_are_found_by_quick_runs(tool: Tool) -> None:
    """A task made a minute ago has its issue after the next run, and only that is written."""
    person = tool.sandbox.peopleforce.tasks[unique_tasks(tool.sandbox)[0]]["assigned_to"]
    tool.sandbox.peopleforce.create_task(title="Brand new", assigned_to=person)

    answer = tool.run("sync")

    assert (0, 1, CLEAN) == (answer.code, len(writes(tool.sandbox.requests)), standing(tool.sandbox))
