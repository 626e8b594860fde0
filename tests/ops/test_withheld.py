"""Runs that carry out a part of the work do not settle the rest of it: what was left comes with a later run."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Tool
from small_world import SECOND_RULE, a_new_task, a_task, later, sent, world

from pfjira.sandbox.faults import Fault


def titled(tool: Tool, title: str) -> list[str]:
    """Return the summaries that end with a title."""
    return sorted(
        str(issue.fields["summary"])
        for issue in tool.sandbox.jira.issues.values()
        if str(issue.fields["summary"]).endswith(title)
    )


@pytest.mark.parametrize("rule", ["it-tasks", "copies"])
@pytest.mark.parametrize("new", [False, True])
def test_the_changes_of_another_rule_come_with_the_next_run(tmp_path: Path, rule: str, new: bool) -> None:
    """`--rule` writes for one rule; a plain run right after writes for the other, edit or creation."""
    with world(tmp_path, SECOND_RULE) as tool:
        if new:
            a_new_task(tool, "Moved on")
        else:
            tool.sandbox.peopleforce.edit_task(a_task(tool)[0], title="Moved on")

        part = tool.run("sync", "--rule", rule)
        assert (0, 1, 1) == (part.code, len(sent(tool)), len(titled(tool, "Moved on"))), part.out
        later(tool)
        whole = tool.run("sync")

        assert (0, 1, ["HR Moved on", "Moved on"]) == (whole.code, len(sent(tool)), titled(tool, "Moved on"))
        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))


def refuse(tool: Tool, issue_id: str) -> None:
    """Let Jira refuse the next edit of an issue."""
    tool.sandbox.faults.add(Fault("status_before", "jira", "PUT", f"/issue/{issue_id}$", status=400))


def test_the_success_of_one_rule_does_not_clear_the_dead_letter_of_another(tmp_path: Path) -> None:
    """The refused edit stays a dead letter, exit 1, until a full sweep tries it again."""
    with world(tmp_path, SECOND_RULE) as tool:
        task_id, issue = a_task(tool)
        (copy,) = [
            i for i in tool.sandbox.jira.issues.values() if i.fields["summary"] == f"HR {issue.fields['summary']}"
        ]
        tool.sandbox.peopleforce.edit_task(task_id, title="Moved on")
        refuse(tool, issue.id)
        assert (1, ["HR Moved on"]) == (tool.run("sync").code, titled(tool, "Moved on"))
        for _ in range(2):
            later(tool, 60)
            tool.sandbox.jira.act("edit", key=copy.key, field="summary", value="drift")
            assert (1, ["HR Moved on"]) == (tool.run("sync").code, titled(tool, "Moved on"))
            assert 1 == len(tool.run("status", "--json").json["dead_letters"])

        later(tool)
        assert (0, ["HR Moved on", "Moved on"]) == (tool.run("sync", "--full").code, titled(tool, "Moved on"))


@pytest.mark.parametrize("full", [False, True])
def test_a_refused_change_is_not_sent_again_and_not_forgotten(tmp_path: Path, full: bool) -> None:
    """Plain runs leave it alone and say 1; a full sweep tries it, and clears the dead letter when it is taken."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.edit_task(task_id, title="Moved on")
        refuse(tool, issue.id)
        assert 1 == tool.run("sync").code
        later(tool)

        answer = tool.run("sync", *(("--full",) if full else ()))

        wanted = (0, ["jira PUT " + issue.id]) if full else (1, [])
        assert wanted == (answer.code, sent(tool)), answer.out
        assert (not full) == bool(tool.run("status", "--json").json["dead_letters"])


def test_a_plan_with_something_withheld_is_not_agreement(tmp_path: Path) -> None:
    """`diff` right after a refusal, when the record was looked at again for another reason: exit 1."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.edit_task(task_id, title="Moved on")
        refuse(tool, issue.id)
        tool.run("sync")
        tool.sandbox.jira.act("comment", key=issue.key, text="Hello")
        later(tool)

        answer = tool.run("diff")

        assert 1 == answer.code, answer.out
