"""Issues that people delete are reported and let go; only a login that sees nothing any more stops the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Tool, issue_of, unique_tasks
from small_world import a_new_task, later, sent, world

from pfjira.sandbox.faults import Fault

HOUR_S = 3700
NOBODY = ('      assignee: { person: "{{ task.assigned_to.id }}", own: once }\n', "")


def delete(tool: Tool, number: int) -> list[int]:
    """Delete the issues of some tasks, and return the tasks."""
    tasks = unique_tasks(tool.sandbox)[:number]
    for task_id in tasks:
        tool.sandbox.jira.act("delete", key=issue_of(tool.sandbox, task_id).key)
    return tasks


@pytest.mark.parametrize("edits", [(), (NOBODY,)])
def test_row_15_several_deleted_issues_do_not_stop_the_sweeps(
    tmp_path: Path, edits: tuple[tuple[str, str], ...]
) -> None:
    """Reported once with exit 1; from then on 0, also when only records without an issue are left to look at."""
    with world(tmp_path, *edits, tasks=16) as tool:
        gone = delete(tool, 4)
        codes = []
        for _ in range(3):
            codes.append(tool.run("sync", "--full").code)
            later(tool, HOUR_S)
        assert ([1, 0, 0], []) == (codes, sent(tool))

        for task_id in gone:
            tool.sandbox.peopleforce.complete(task_id)
        codes = [tool.run("sync").code, tool.run("sync").code]
        assert ([1, 0], []) == (codes, sent(tool))
        a_new_task(tool, "Brand new")
        assert (0, 1) == (tool.run("sync").code, len(sent(tool)))
        assert 4 == len(tool.run("status", "--json").json["facts"]["issues gone from Jira"].split(","))


@pytest.mark.parametrize("full", [False, True])
def test_row_15_all_issues_deleted_while_the_project_is_seen_goes_on(tmp_path: Path, full: bool) -> None:
    """Somebody else's issue in the project shows that the login sees it: nothing is made again, and no run stops."""
    with world(tmp_path) as tool:
        tool.sandbox.jira.act("create", project="ITOPS", summary="By hand")
        for task_id in delete(tool, 99):
            tool.sandbox.peopleforce.edit_task(task_id, ends_on="2031-02-03")

        first = tool.run("sync", *(("--full",) if full else ()))
        later(tool)
        later_code = tool.run("sync").code

        assert (1, 0, []) == (first.code, later_code, sent(tool)), first.err


@pytest.mark.parametrize("full", [False, True])
def test_row_18_a_login_that_sees_no_issue_any_more_is_refused(tmp_path: Path, full: bool) -> None:
    """All issues and the project with them are invisible: 65, nothing written, no link lost."""
    with world(tmp_path) as tool:
        for task_id in unique_tasks(tool.sandbox):
            tool.sandbox.peopleforce.edit_task(task_id, ends_on="2031-02-03")
        for path in ("bulkfetch", "search/jql"):
            tool.sandbox.faults.add(Fault("empty_list", "jira", path=path, times=None))

        refused = tool.run("sync", *(("--full",) if full else ()))

        assert (65, [], 1) == (refused.code, sent(tool), len(refused.complaints)), refused.err
        tool.sandbox.faults.clear()
        assert (0, []) == (tool.run("sync").code, [line for line in sent(tool) if "PUT" not in line])


@pytest.mark.parametrize("full", [False, True])
def test_row_18_an_empty_hr_side_is_refused_after_an_edit_of_the_rules(tmp_path: Path, full: bool) -> None:
    """No snapshot counts under the new rules, and yet the side held records: 65, and nothing is cancelled."""
    with world(tmp_path) as tool:
        tool.rules.write_text(tool.rules.read_text().replace("max: 25", "max: 26"))
        tool.sandbox.faults.add(Fault("empty_list", "peopleforce", times=None))
        codes = set()
        for _ in range(3):
            codes.add(tool.run("sync", *(("--full",) if full else ())).code)
            later(tool, HOUR_S)

        assert ({65}, []) == (codes, sent(tool))
