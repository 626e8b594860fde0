"""A rules file that is edited while issues are kept: the links go with the rules, and nothing is made a second time."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import CLEAN, standing
from small_world import SECOND_RULE, a_task, later, rules_file, sent, world

RENAMED = ("id: it-tasks", "id: chores")
REKEYED = ("    make: issue\n", '    key: "t-{{ task.id }}"\n    make: issue\n')
BY_TITLE = ("    make: issue\n", '    key: "{{ task.title }}"\n    make: issue\n')
OTHER_TITLE = ('summary: "{{ task.title }}"', 'summary: "{{ task.title }}!"')


@pytest.mark.parametrize("edits", [(RENAMED,), (REKEYED,), (RENAMED, REKEYED)])
@pytest.mark.parametrize("full", [False, True])
def test_a_renamed_rule_or_another_key_takes_the_issues_over(
    tmp_path: Path, edits: tuple[tuple[str, str], ...], full: bool
) -> None:
    """Values are equal: no creation, no write at all, and the next run has nothing to look at."""
    with world(tmp_path) as tool:
        rules_file(tmp_path, *edits)
        answer = tool.run("sync", *(("--full",) if full else ()))
        assert (0, [], CLEAN) == (answer.code, sent(tool), standing(tool.sandbox)), answer.out + answer.err

        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))
        assert {"tasks", "jql"} == {entry.path.rpartition("/")[2] for entry in tool.sandbox.requests}


def test_a_rename_together_with_another_value_writes_the_value_only(tmp_path: Path) -> None:
    """One edit for each issue, no creation, and the next run writes nothing."""
    with world(tmp_path) as tool:
        count = len(tool.sandbox.jira.issues)
        rules_file(tmp_path, RENAMED, OTHER_TITLE)

        answer = tool.run("sync")

        titles = [str(issue.fields["summary"])[-1] for issue in tool.sandbox.jira.issues.values()]
        assert (0, ["!"] * count, count) == (answer.code, titles, len(sent(tool))), answer.out + answer.err
        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))


def test_an_unclear_heir_opens_nothing_and_is_asked_about(tmp_path: Path) -> None:
    """One rule became two for the same project: which of them owns the issues is a person's to say, at every run."""
    rival = (SECOND_RULE[0], SECOND_RULE[1].replace("project: HR", "project: ITOPS"))
    with world(tmp_path) as tool:
        rules_file(tmp_path, RENAMED, rival)

        first = tool.run("sync")
        later(tool)
        second = tool.run("sync")

        assert ([1, 1], [], CLEAN) == ([first.code, second.code], sent(tool), standing(tool.sandbox)), first.out
        assert "it is not clear whether ITOPS-" in first.out


def test_another_value_of_the_same_key_is_another_situation(tmp_path: Path) -> None:
    """The key is the title, and the title changed: a second issue is wanted, and the first is left as it is."""
    with world(tmp_path, BY_TITLE) as tool:
        task_id, issue = a_task(tool)
        before = issue.fields["summary"]
        tool.sandbox.peopleforce.edit_task(task_id, title="Another thing altogether")

        answer = tool.run("sync")

        titles = [issue.fields["summary"] for issue in tool.sandbox.jira.issues.values()]
        assert (0, before, 1) == (answer.code, issue.fields["summary"], titles.count("Another thing altogether"))


def test_row_15_a_deleted_issue_is_not_made_again_under_the_new_name(tmp_path: Path) -> None:
    """Its link goes over too: it is reported as missing once more, and then the runs are quiet."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        tool.sandbox.jira.act("delete", key=issue.key)
        tool.run("sync", "--full")
        later(tool)
        rules_file(tmp_path, RENAMED)

        codes = [tool.run("sync").code, tool.run("sync").code]

        assert ([1, 0], []) == (codes, sent(tool))


@pytest.mark.parametrize("edit", [RENAMED, REKEYED])
def test_a_closed_issue_is_taken_over_as_well(tmp_path: Path, edit: tuple[str, str]) -> None:
    """Done when the rules changed; reopened in PeopleForce later, it is this issue that is reopened."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.complete(task_id)
        assert 0 == tool.run("sync").code
        later(tool)
        rules_file(tmp_path, edit)
        assert (0, []) == (tool.run("sync").code, sent(tool))
        later(tool)
        tool.sandbox.peopleforce.reopen(task_id)

        answer = tool.run("sync")

        assert (0, "new", CLEAN) == (answer.code, issue.status.category.key, standing(tool.sandbox)), answer.out


@pytest.mark.parametrize("edit", [RENAMED, REKEYED])
def test_a_closed_issue_is_still_followed(tmp_path: Path, edit: tuple[str, str]) -> None:
    """Done when the rules changed; moved back in Jira later, its task is reopened."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.jira.act("transition", key=issue.key, to="Done")
        assert 0 == tool.run("sync").code
        later(tool)
        rules_file(tmp_path, edit)
        assert 0 == tool.run("sync").code
        later(tool)
        tool.sandbox.jira.act("transition", key=issue.key, to="In Progress")

        answer = tool.run("sync")

        assert (0, False) == (answer.code, tool.sandbox.peopleforce.tasks[task_id]["completed"]), answer.out


@pytest.mark.parametrize("edit", [RENAMED, REKEYED])
def test_an_issue_whose_task_went_elsewhere_is_found_when_it_comes_back(tmp_path: Path, edit: tuple[str, str]) -> None:
    """Assigned to somebody whom the rule does not look at when the rules change; back later, it has its issue still."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        person = tool.sandbox.peopleforce.tasks[task_id]["assigned_to"]
        others = tool.sandbox.peopleforce.employees.by_id.values()
        other = next(one.id for one in others if one.email and not one.email.endswith("@it.example.com"))
        tool.sandbox.peopleforce.edit_task(task_id, assigned_to=other)
        assert 0 == tool.run("sync").code
        rules_file(tmp_path, edit)
        assert 0 == tool.run("sync").code
        tool.sandbox.peopleforce.edit_task(task_id, assigned_to=person, title="Back again")
        later(tool)

        answer = tool.run("sync")

        assert (0, 1, "Back again") == (answer.code, len(sent(tool)), issue.fields["summary"]), answer.out
        assert CLEAN == standing(tool.sandbox)
