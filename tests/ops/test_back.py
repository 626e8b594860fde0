"""`back`: what it may read of an issue, that it is read twice before HR is written, and rules that have half of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Tool
from small_world import a_task, later, sent, world

from pfjira.ops import drain
from pfjira.sandbox.jira.store import StoredIssue

DONE = 'issue.status.category == "done", do: complete'
REOPEN = '      - { when: issue.status.category != "done", do: reopen }\n'
COMPLETE = '      - { when: issue.status.category == "done", do: complete }\n'
NO_BACK = (
    "    back:                                            # and the issue's status goes back to PeopleForce\n"
    + COMPLETE
    + REOPEN,
    "",
)


def completed(tool: Tool, task_id: int) -> bool:
    """Say whether PeopleForce shows a task as completed."""
    return bool(tool.sandbox.peopleforce.tasks[task_id]["completed"])


RESOLVED = f'({DONE.partition(",")[0]}) and issue.resolution != "Won\'t Do", do: complete'


@pytest.mark.parametrize(
    ("when", "resolution", "wanted"),
    [
        (RESOLVED, "Won't Do", False),
        (RESOLVED, "Done", True),
        ('issue.resolution == "Done", do: complete', "Done", True),
        ('issue.resolution == "Done", do: complete', "Won't Do", False),
        (f"({DONE.partition(',')[0]}) and issue.assignee != none, do: complete", "Done", True),
    ],
)
def test_back_reads_resolution_and_assignee(tmp_path: Path, when: str, resolution: str, wanted: bool) -> None:
    """They are read for the rule, also when no line of it writes them."""
    with world(tmp_path, (DONE, when), (REOPEN, "")) as tool:
        task_id, issue = next(pair for pair in map(a_task, [tool] * 5, range(5)) if pair[1].fields.get("assignee"))
        tool.sandbox.jira.act("transition", key=issue.key, to="Done", resolution=resolution)

        answer = tool.run("sync")

        assert (wanted, wanted) == (completed(tool, task_id), bool(sent(tool))), answer.out + answer.err


@pytest.mark.parametrize("name", ["resolution", "assignee"])
def test_nothing_is_written_to_hr_when_what_back_read_has_changed(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edited between the plan and the write, with the status as it was: the write is left out, and planned anew."""
    when = f"({DONE.partition(',')[0]}) and issue.{name} != none, do: complete"
    with world(tmp_path, (DONE, when), (REOPEN, "")) as tool:
        task_id, issue = next(pair for pair in map(a_task, [tool] * 5, range(5)) if pair[1].fields.get("assignee"))
        tool.sandbox.jira.act("transition", key=issue.key, to="Done", resolution="Done")
        _before_the_writes(tool, issue, name, monkeypatch)

        answer = tool.run("sync")
        assert (False, []) == (completed(tool, task_id), sent(tool)), answer.out
        later(tool)
        tool.run("sync")
        assert (False, []) == (completed(tool, task_id), sent(tool))


def _before_the_writes(tool: Tool, issue: StoredIssue, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a person empty a field after the plan was made, before anything is carried out."""
    real = drain._Batch.run

    def edited_first(batch: drain._Batch) -> None:
        tool.sandbox.jira.act("edit", key=issue.key, field=name, value=None)
        real(batch)

    monkeypatch.setattr(drain._Batch, "run", edited_first)


@pytest.mark.parametrize("full", [False, True])
def test_with_complete_alone_hr_still_closes_the_issue(tmp_path: Path, full: bool) -> None:
    """Completed in PeopleForce: the issue is closed; reopened there: it is reopened."""
    arguments = ("--full",) if full else ()
    with world(tmp_path, (REOPEN, "")) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.complete(task_id)
        assert (0, "Done") == (tool.run("sync", *arguments).code, issue.status.name)
        later(tool)
        tool.sandbox.peopleforce.reopen(task_id)
        assert (0, "new") == (tool.run("sync", *arguments).code, issue.status.category.key)
        later(tool)
        assert (0, []) == (tool.run("sync", *arguments).code, sent(tool))


def test_with_complete_alone_a_reopened_issue_is_nobodys_business(tmp_path: Path) -> None:
    """Done in Jira completes the task; moved back in Jira, no line speaks: nothing is written, exit 0."""
    with world(tmp_path, (REOPEN, "")) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.jira.act("transition", key=issue.key, to="Done")
        assert (0, True) == (tool.run("sync").code, completed(tool, task_id))
        later(tool)
        tool.sandbox.jira.act("transition", key=issue.key, to="To Do")

        assert (0, True, []) == (tool.run("sync").code, completed(tool, task_id), sent(tool))


def test_with_reopen_alone_the_other_half_comes_from_hr(tmp_path: Path) -> None:
    """Done in Jira completes nothing; completed in PeopleForce closes; moved back in Jira reopens the task."""
    with world(tmp_path, (COMPLETE, "")) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.jira.act("transition", key=issue.key, to="Done")
        assert (0, False, []) == (tool.run("sync").code, completed(tool, task_id), sent(tool))
        other, its_issue = a_task(tool, 1)
        tool.sandbox.peopleforce.complete(other)
        later(tool)
        assert (0, "Done") == (tool.run("sync").code, its_issue.status.name)
        later(tool)
        tool.sandbox.jira.act("transition", key=its_issue.key, to="To Do")

        assert (0, False) == (tool.run("sync").code, completed(tool, other))


def test_closing_to_a_status_that_is_not_done_settles(tmp_path: Path) -> None:
    """`close: { to: In Progress }` and no `back`: moved once, and the next runs write nothing."""
    with world(tmp_path, NO_BACK, ("close: { to: Done, resolution: Done }", "close: { to: In Progress }")) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.complete(task_id)
        assert (0, "In Progress", 1) == (tool.run("sync").code, issue.status.name, len(sent(tool)))
        for arguments in ((), ("--full",), ()):
            later(tool)
            assert (0, []) == (tool.run("sync", *arguments).code, sent(tool))


FAILING = (DONE, 'issue.status.category == "done" and issue.resolution + 1 != 2, do: complete')


def test_a_back_line_that_fails_is_said_at_every_run(tmp_path: Path) -> None:
    """It fails for one issue: exit 1 until the rule or the issue is mended, and the other issues go on."""
    with world(tmp_path, FAILING) as tool:
        task_id, issue = a_task(tool)
        other, its_issue = a_task(tool, 1)
        tool.sandbox.jira.act("transition", key=issue.key, to="Done")
        tool.sandbox.peopleforce.edit_task(other, title="Moved on")
        codes = []
        for arguments in ((), (), ("--full",), ()):
            codes.append(tool.run("sync", *arguments).code)
            tool.sandbox.clock.advance(900)

        assert ([1, 1, 1, 1], "Moved on") == (codes, its_issue.fields["summary"])
        assert (False, 1) == (completed(tool, task_id), len(sent(tool)))

        tool.sandbox.jira.act("transition", key=issue.key, to="To Do")
        assert 0 == tool.run("sync").code
