"""Edited rules where it is not clear whose an issue is, or whether there is one: nothing is opened, a person asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import CLEAN, Tool, matching, standing
from small_world import a_task, later, rules_file, sent, world

from pfjira.sandbox.faults import Fault

RENAMED = ("id: it-tasks", "id: chores")


def keyed(key: str) -> tuple[str, str]:
    """Return the edit that gives the rule a key."""
    return "    make: issue\n", f'    key: "{key}"\n    make: issue\n'


@pytest.mark.parametrize("full", [False, True])
def test_a_new_key_that_joins_records_moves_no_link(tmp_path: Path, full: bool) -> None:
    """The new key is the same for many tasks: one issue goes over, the others are asked about at every run."""
    arguments = ("--full",) if full else ()
    with world(tmp_path) as tool:
        before = {issue.key: issue.fields["summary"] for issue in tool.sandbox.jira.issues.values()}
        rules_file(tmp_path, keyed("{{ task.assigned_to.id }}"))
        codes = []
        for _ in range(3):
            codes.append(tool.run("sync", *arguments).code)
            later(tool)

        assert ([1, 1, 1], [], CLEAN) == (codes, sent(tool), standing(tool.sandbox))
        assert before == {issue.key: issue.fields["summary"] for issue in tool.sandbox.jira.issues.values()}

        rules_file(tmp_path)
        assert (0, [], CLEAN) == (tool.run("sync").code, sent(tool), standing(tool.sandbox))


def test_a_record_with_two_issues_of_one_rule_is_asked_about_at_every_run(tmp_path: Path) -> None:
    """Its title was the key and changed once; then the key template changes: which issue is meant is not known."""
    with world(tmp_path, keyed("{{ task.title }}")) as tool:
        task_id, _ = a_task(tool)
        tool.sandbox.peopleforce.edit_task(task_id, title="Another thing altogether")
        assert 0 == tool.run("sync").code
        later(tool)
        rules_file(tmp_path, keyed("{{ task.id }}"))
        codes = []
        for _ in range(3):
            codes.append(tool.run("sync").code)
            later(tool)

        assert ([1, 1, 1], []) == (codes, sent(tool))


def hidden(tool: Tool, *, lost: bool) -> None:
    """Let Jira show nothing of what was made; with `lost`, the answer to the creation is lost too."""
    if lost:
        tool.sandbox.faults.add(Fault("drop_after", "jira", "POST", "/issue/bulk$"))
    for path in ("bulkfetch", "search/jql"):
        tool.sandbox.faults.add(Fault("empty_list", "jira", path=path, times=None))


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("edit", [RENAMED, keyed("t-{{ task.id }}")])
def test_a_creation_of_open_outcome_is_not_made_again_under_another_name(
    tmp_path: Path, lost: bool, edit: tuple[str, str]
) -> None:
    """Its issue cannot be seen when the rule gets another name or key: parked still, and taken over once it shows."""
    with world(tmp_path, sync=False) as tool:
        hidden(tool, lost=lost)
        assert 1 == tool.run("sync").code
        rules_file(tmp_path, edit)
        for arguments in ((), ("--full",), ()):
            later(tool, 120)
            assert (1, []) == (tool.run("sync", *arguments).code, sent(tool))
        tool.sandbox.faults.clear()
        later(tool)

        answer = tool.run("sync")

        assert (0, CLEAN, len(matching(tool.sandbox))) == (
            answer.code,
            standing(tool.sandbox),
            len(tool.sandbox.jira.issues),
        ), answer.out


def test_another_key_finds_an_issue_that_was_moved_to_another_project(tmp_path: Path) -> None:
    """The rule is the same, so wherever the issue went it is this rule's."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        tool.sandbox.jira.act("move", key=issue.key, project="HR")
        assert 0 == tool.run("sync").code
        later(tool)
        rules_file(tmp_path, keyed("t-{{ task.id }}"))

        assert (0, [], CLEAN) == (tool.run("sync").code, sent(tool), standing(tool.sandbox))
