"""A key names one record: where a rule gives two records the same one, the second is asked about, never mixed in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from harness import Tool, matching
from small_world import later, sent, world

BY_PERSON = ("    make: issue\n", '    key: "{{ task.assigned_to.id }}"\n    make: issue\n')


def owners(tool: Tool) -> dict[str, int]:
    """Return the id of each issue, and of the task that has its title."""
    titles = {task["title"]: task_id for task_id, task in matching(tool.sandbox).items()}
    return {issue.id: titles[issue.fields["summary"]] for issue in tool.sandbox.jira.issues.values()}


@pytest.mark.parametrize("full", [False, True])
def test_the_second_record_with_a_key_is_a_failure(tmp_path: Path, full: bool) -> None:
    """One issue for each key, exit 1 at every run, and nobody's issue gets another record's values."""
    arguments = ("--full",) if full else ()
    with world(tmp_path, BY_PERSON, sync=False, tasks=20) as tool:
        for number, task_id in enumerate(tool.sandbox.peopleforce.tasks):
            tool.sandbox.peopleforce.edit_task(task_id, title=f"Chore {number}")
        people = Counter(task["assigned_to"]["id"] for task in matching(tool.sandbox).values())
        first = tool.run("sync", *arguments)
        assert (1, len(people)) == (first.code, len(tool.sandbox.jira.issues)), first.out
        assert "has the same key" in first.out
        before = owners(tool)
        for _ in range(2):
            later(tool, 900)
            assert (1, []) == (tool.run("sync", *arguments).code, sent(tool))
        assert before == owners(tool)


def test_done_in_jira_completes_the_task_that_the_issue_was_made_for(tmp_path: Path) -> None:
    """And only that one, though others have the same key."""
    with world(tmp_path, BY_PERSON, sync=False, tasks=20) as tool:
        for number, task_id in enumerate(tool.sandbox.peopleforce.tasks):
            tool.sandbox.peopleforce.edit_task(task_id, title=f"Chore {number}")
        tool.run("sync")
        done_before = {one for one, task in tool.sandbox.peopleforce.tasks.items() if task["completed"]}
        made_for = owners(tool)
        people = Counter(task["assigned_to"]["id"] for task in matching(tool.sandbox).values())
        issue_id, task_id = next(
            (issue, task)
            for issue, task in made_for.items()
            if people[matching(tool.sandbox)[task]["assigned_to"]["id"]] > 1
        )
        later(tool, 900)
        tool.sandbox.jira.act("transition", key=tool.sandbox.jira.issues[issue_id].key, to="Done")

        answer = tool.run("sync")

        done = {one for one, task in tool.sandbox.peopleforce.tasks.items() if task["completed"]}
        assert (1, {task_id}) == (answer.code, done - done_before), answer.out
