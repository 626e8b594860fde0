"""A task that is removed, comes back and is removed again: one comment for each withdrawal, however often tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Tool
from small_world import a_task, later, sent, world

from pfjira.sandbox.faults import Fault, Kind

HOUR_S = 3700


def sweep_twice(tool: Tool) -> list[int]:
    """Run the two full sweeps that prove an absence; return their exit codes."""
    codes = []
    for _ in range(2):
        codes.append(int(tool.run("sync", "--full").code))
        later(tool, HOUR_S)
    return codes


@pytest.mark.parametrize("kind", ["status_before", "status_after", "drop_before", "drop_after"])
def test_a_withdrawal_that_is_tried_again_has_one_comment(tmp_path: Path, kind: Kind) -> None:
    """The answer to the move was lost, or there was none: the next run finishes it, and the comment is there once."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.remove_task(task_id)
        faults = [
            tool.sandbox.faults.add(Fault(kind, "jira", "POST", path, status=500))
            for path in (f"/issue/{issue.id}/transitions$", f"/issue/{issue.id}/comment$")
        ]
        sweep_twice(tool)
        for _ in range(3):
            code = tool.run("sync", "--full").code
            later(tool, HOUR_S)

        assert (0, "Cancelled", 1) == (code, issue.status.name, len(issue.comments))
        assert any(fault.landed for fault in faults)


def test_a_second_withdrawal_has_a_comment_again(tmp_path: Path) -> None:
    """Removed, restored, removed: cancelled, reopened, cancelled, with two comments; and each quiet run adds none."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        task = tool.sandbox.peopleforce.tasks[task_id]
        seen = []
        for _ in range(2):
            tool.sandbox.peopleforce.remove_task(task_id)
            assert [0, 0, 0] == [*sweep_twice(tool), int(tool.run("sync", "--full").code)]
            seen.append((issue.status.name, len(issue.comments)))
            tool.sandbox.peopleforce._tasks.add(task)
            later(tool)
            assert 0 == tool.run("sync", "--full").code
            seen.append((issue.status.name, len(issue.comments)))

        assert [("Cancelled", 1), ("To Do", 1), ("Cancelled", 2), ("To Do", 2)] == seen
        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))


def test_a_second_reopening_and_closing_is_carried_out(tmp_path: Path) -> None:
    """Completed and reopened in PeopleForce three times over: the issue follows each time."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        seen = []
        for _ in range(3):
            for act in (tool.sandbox.peopleforce.complete, tool.sandbox.peopleforce.reopen):
                act(task_id)
                seen.append((int(tool.run("sync").code), issue.status.category.key))
                later(tool)

        assert [(0, "done"), (0, "new")] * 3 == seen
