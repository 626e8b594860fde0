"""A listing that shows nothing at all, though it held records: believed late, because systems in trouble do that."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import later, world

from pfjira.sandbox.faults import Fault


def statuses(jira_issues: object) -> set[str]:
    """Return the statuses of all issues."""
    assert isinstance(jira_issues, dict)
    return {issue.status.name for issue in jira_issues.values()}


@pytest.mark.parametrize("days", [0, 2])
def test_row_18_an_empty_half_is_believed_after_a_day(tmp_path: Path, days: int) -> None:
    """The completed half is honest, the open one answers empty with fitting counters: no issue is cancelled at once.

    Should it last for more than a day, its records do count as gone; such a mass is then the guard's affair.
    """
    with world(tmp_path, tasks=6) as tool:
        open_ = set(tool.sandbox.peopleforce.task_ids(completed=False))
        for task_id in sorted(open_)[2:]:
            tool.sandbox.peopleforce.complete(task_id)
        assert 0 == tool.run("sync").code
        before = statuses(tool.sandbox.jira.issues)
        codes, landed = [], 0
        for pause_s in (0, 3700, 86_400 * days):
            later(tool, pause_s)
            # The open tasks are read first, then the completed ones, then those that showed nothing again.
            faults = [
                tool.sandbox.faults.add(Fault("empty_list", "peopleforce", path=r"/tasks$", nth=n)) for n in (1, 3)
            ]
            codes.append(tool.run("sync", "--full").code)
            landed += sum(fault.landed for fault in faults)
            tool.sandbox.faults.clear()

    gone = {"Cancelled"} if days else set()
    assert (6, [0, 0, 0], before | gone) == (landed, codes, before | statuses(tool.sandbox.jira.issues))
    assert bool(days) == ("Cancelled" in statuses(tool.sandbox.jira.issues))
