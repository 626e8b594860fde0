"""Both sides moved, and a person chooses: the chosen value is what both show afterwards, and nothing is guessed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Tool
from small_world import a_task, later, sent, world

from pfjira.ops import resolve as deciding
from pfjira.ops.run import Report
from pfjira.ops.sync import sync
from pfjira.ops.workspace import Scope, Workspace
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.store import StoredIssue

ASK = (
    ('summary: "{{ task.title }}"', 'summary: { value: "{{ task.title }}", own: ask }'),
    ('duedate: "{{ task.ends_on }}"', 'duedate: { value: "{{ task.ends_on }}", own: ask }'),
    ('assignee: { person: "{{ task.assigned_to.id }}", own: once }',
     'assignee: { person: "{{ task.assigned_to.id }}", own: ask }\n'
     '      priority: { value: "{{ task.title | replace(task.title, \'High\') }}", own: ask }'),
)  # fmt: skip


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company in which both sides may edit what a rule sets, in agreement."""
    with world(tmp_path, *ASK) as tool:
        yield tool


def both_move(tool: Tool, number: int = 0) -> tuple[int, StoredIssue]:
    """Let both sides move the title, and a sync find it."""
    task_id, issue = a_task(tool, number)
    tool.sandbox.peopleforce.edit_task(task_id, title="Moved in HR")
    tool.sandbox.jira.act("edit", key=issue.key, field="summary", value="Moved in Jira")
    assert 1 == tool.run("sync").code
    later(tool)
    return task_id, issue


def resolve(tool: Tool, issue: StoredIssue, field: str, side: str) -> int:
    """Decide a conflict and return the exit code."""
    return tool.run("conflicts", "resolve", issue.key, field, "--take", side).code


def audit(tool: Tool) -> list[str]:
    """Return what the audit holds of decisions."""
    with sqlite3.connect(tool.state) as connection:
        return [row[0] for row in connection.execute("SELECT subject FROM audit WHERE act = 'conflicts resolve'")]


@pytest.mark.parametrize(
    ("side", "title", "written"),
    [("peopleforce", "Moved in HR", 1), ("jira", "Moved in Jira", 0)],
)
def test_the_chosen_side_of_a_text_stays(asked: Tool, side: str, title: str, written: int) -> None:
    """One write at most, exit 0; afterwards no run asks or writes, a full one neither."""
    _, issue = both_move(asked)

    code = resolve(asked, issue, "summary", side)
    count = len(sent(asked))
    after = [asked.run("sync").code, asked.run("sync", "--full").code]

    assert (0, title, written) == (code, issue.fields["summary"], count)
    assert ([0, 0], written, []) == (
        after,
        len(sent(asked)),
        asked.run("conflicts", "list", "--json").json["conflicts"],
    )
    assert [f"it-tasks {issue.key} summary {side}"] == audit(asked)


@pytest.mark.parametrize("side", ["peopleforce", "jira"])
def test_after_a_decision_the_next_move_in_peopleforce_is_followed(asked: Tool, side: str) -> None:
    """A decision is an agreement like any other: whoever moves alone after it is followed."""
    task_id, issue = both_move(asked)
    assert 0 == resolve(asked, issue, "summary", side)
    later(asked)
    asked.sandbox.peopleforce.edit_task(task_id, title="Moved later")

    assert (0, "Moved later") == (asked.run("sync").code, issue.fields["summary"])


@pytest.mark.parametrize(("side", "day"), [("peopleforce", "2031-02-03"), ("jira", "2032-04-05")])
def test_a_day_is_decided_by_the_name_that_jira_shows(asked: Tool, side: str, day: str) -> None:
    """`Due date` is understood as well as `duedate`."""
    task_id, issue = a_task(asked)
    asked.sandbox.peopleforce.edit_task(task_id, ends_on="2031-02-03")
    asked.sandbox.jira.act("edit", key=issue.key, field="duedate", value="2032-04-05")

    assert (0, day) == (resolve(asked, issue, "Due date", side), issue.fields["duedate"])


@pytest.mark.parametrize("side", ["peopleforce", "jira"])
def test_an_assignee_is_decided(asked: Tool, side: str) -> None:
    """The account of the person whom PeopleForce names, or the one whom Jira shows."""
    task_id, issue = a_task(asked)
    others = {one.fields["assignee"]: (number, one) for number, one in (a_task(asked, place) for place in range(1, 6))}
    others.pop(issue.fields["assignee"], None)
    (other_id, other), (_, third_one) = list(others.values())[:2]
    third = third_one.fields["assignee"]
    somebody = asked.sandbox.peopleforce.tasks[other_id]["assigned_to"]
    asked.sandbox.peopleforce.edit_task(task_id, assigned_to=somebody)
    asked.sandbox.jira.act("edit", key=issue.key, field="assignee", value=third)
    assert 1 == asked.run("sync").code

    code = resolve(asked, issue, "assignee", side)

    wanted = other.fields["assignee"] if side == "peopleforce" else third
    assert (0, wanted) == (code, issue.fields["assignee"])


@pytest.mark.parametrize(("side", "emptied"), [("peopleforce", False), ("jira", True)])
def test_an_option_that_never_was_agreed_is_decided(tmp_path: Path, side: str, emptied: bool) -> None:
    """A rule begins to set an option where Jira shows another: there is no agreement yet, and one side is chosen."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        tool.sandbox.jira.act("edit", key=issue.key, field="priority", value="Low")
        text = tool.rules.read_text().replace(
            "      assignee:", '      priority: { value: "High", own: ask }\n      assignee:'
        )
        tool.rules.write_text(text)
        later(tool)
        before = issue.fields["priority"]
        tool.run("sync", "--approve", tool.run("diff", "--json").json["digest"])

        code = resolve(tool, issue, "priority", side)

        assert (0, emptied) == (code, before == issue.fields["priority"])


@pytest.mark.parametrize(("side", "done"), [("peopleforce", False), ("jira", True)])
def test_completion_is_decided(tmp_path: Path, side: str, done: bool) -> None:
    """The rule begins to look at completion while the issue is done and the task is not: nobody knows who moved."""
    with world(tmp_path) as tool:
        whole = tool.rules.read_text()
        blind = "\n".join(
            line for line in whole.splitlines()
            if not line.strip().startswith(("done_when:", "close:", "back:", "- { when: issue."))
        )  # fmt: skip
        tool.rules.write_text(blind + "\n")
        task_id, issue = a_task(tool)
        assert 0 == tool.run("sync").code
        tool.sandbox.jira.act("transition", key=issue.key, to="Done")
        assert 0 == tool.run("sync").code
        tool.rules.write_text(whole)
        later(tool)
        assert 1 == tool.run("sync").code

        code = resolve(tool, issue, "completed", side)

        shown = tool.sandbox.peopleforce.tasks[task_id]["completed"], issue.status.category.key == "done"
        assert (0, (done, done)) == (code, shown)
        assert 0 == tool.run("sync", "--full").code


@pytest.mark.parametrize(("side", "title"), [("peopleforce", "Moved in HR"), ("jira", "Moved in Jira")])
def test_a_decision_that_was_not_carried_out_is_carried_out_by_the_next_sync(
    asked: Tool, side: str, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends between the agreement and the write: no harm, and nobody is asked again."""
    _, issue = both_move(asked)

    def ends(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(deciding, "sync", ends)
        assert 130 == resolve(asked, issue, "summary", side)
    assert "Moved in Jira" == issue.fields["summary"]

    assert (0, title) == (asked.run("sync").code, issue.fields["summary"])


def test_a_decision_that_jira_is_not_there_to_take_is_remembered(asked: Tool) -> None:
    """The write fails: the command says that the choice is remembered, and the next sync carries it out."""
    _, issue = both_move(asked)
    asked.sandbox.faults.add(Fault("status_before", "jira", "PUT", f"/issue/{issue.id}$", times=None))

    answer = asked.run("conflicts", "resolve", issue.key, "summary", "--take", "peopleforce")
    asked.sandbox.faults.clear()

    assert answer.code in (1, 69), answer.out + answer.err
    assert (0, "Moved in HR") == (asked.settle().code, issue.fields["summary"])


@pytest.mark.parametrize("side", ["peopleforce", "jira"])
def test_what_moves_again_meanwhile_is_asked_again(asked: Tool, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides move between the look and the write: the decision was about other values, exit 1, nothing written."""
    task_id, issue = both_move(asked)

    def moved(workspace: Workspace, scope: Scope) -> Report:
        asked.sandbox.peopleforce.edit_task(task_id, title="Again in HR")
        asked.sandbox.jira.act("edit", key=issue.key, field="summary", value="Again in Jira")
        return sync(workspace, scope)

    with monkeypatch.context() as patch:
        patch.setattr(deciding, "sync", moved)
        answer = asked.run("conflicts", "resolve", issue.key, "summary", "--take", side)

    assert (1, "Again in Jira") == (answer.code, issue.fields["summary"])
    assert "both sides moved again meanwhile" in answer.out


def test_where_peopleforce_goes_back_meanwhile_it_is_followed_all_the_same(
    asked: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PeopleForce is chosen, and shows its former title again when the write comes: that is what Jira gets."""
    task_id, issue = a_task(asked)
    former = asked.sandbox.peopleforce.tasks[task_id]["title"]
    both_move(asked)

    def moved(workspace: Workspace, scope: Scope) -> Report:
        asked.sandbox.peopleforce.edit_task(task_id, title=former)
        return sync(workspace, scope)

    with monkeypatch.context() as patch:
        patch.setattr(deciding, "sync", moved)
        code = resolve(asked, issue, "summary", "peopleforce")

    assert (0, former) == (code, issue.fields["summary"])


def test_without_such_a_conflict_it_says_what_there_is(asked: Tool) -> None:
    """Another field, an edit that stays, a write to come, an unknown issue, a rule that is off: 78, nothing written."""
    _, issue = both_move(asked)
    _, other = a_task(asked, 1)
    asked.sandbox.jira.act("edit", key=other.key, field="summary", value="Only Jira moved")
    coming_id, coming = a_task(asked, 2)
    asked.sandbox.peopleforce.edit_task(coming_id, title="Only HR moved")

    said = [
        asked.run("conflicts", "resolve", key, field, "--take", "jira")
        for key, field in (
            (issue.key, "duedate"), (other.key, "summary"), (coming.key, "summary"), ("OPS-1", "summary"),
        )
    ]  # fmt: skip
    asked.run("rules", "disable", "it-tasks", "--why", "a test")
    said.append(asked.run("conflicts", "resolve", issue.key, "summary", "--take", "jira"))

    words = [
        "nobody asks about it",
        "the edit in Jira stays",
        "the next sync writes it",
        "keeps no issue OPS-1",
        "is off",
    ]
    assert [(78, True)] * 5 == [(answer.code, word in answer.err) for answer, word in zip(said, words, strict=True)]
    assert "It has one about summary." in said[0].err
    assert ([], []) == (sent(asked), audit(asked))


def test_a_guard_that_refuses_names_the_sync_that_carries_it_out(tmp_path: Path) -> None:
    """The limit of updates is spent: nothing is written, the choice is remembered, and the command given works."""
    tight = ("update: { max: 50, percent: 20 }", "update: { max: 0, percent: 0 }")
    with world(tmp_path, *ASK, tight) as tool:
        _, issue = both_move(tool)

        answer = tool.run("conflicts", "resolve", issue.key, "summary", "--take", "peopleforce")
        command = answer.err.split("`pfjira ")[1].split("`")[0].split()
        followed = tool.run(*command)

        assert (65, 0, "Moved in HR") == (answer.code, followed.code, issue.fields["summary"]), answer.err
        assert "remembered" in answer.err


def test_the_list_shows_values_only_when_asked(asked: Tool) -> None:
    """From the state alone: rule, record, issue, field, since when; with --values both sides are read."""
    task_id, issue = both_move(asked)

    plain = asked.run("conflicts", "list", "--json")
    asked_nobody = list(asked.sandbox.requests)
    whole = asked.run("conflicts", "list", "--values", "--json")

    (one,), (other,) = plain.json["conflicts"], whole.json["conflicts"]
    since = one.pop("since")
    assert (0, []) == (plain.code, asked_nobody)
    assert {"rule": "it-tasks", "ref": f"peopleforce/task/{task_id}", "issue": issue.key, "field": "summary"} == one
    assert {**one, "since": since, "ours": "Moved in HR", "theirs": "Moved in Jira"} == other
    assert [] == sent(asked)


def test_diff_sync_and_status_name_the_command(asked: Tool) -> None:
    """Whoever sees a conflict sees how it is decided."""
    both_move(asked)
    shown = [asked.run(command).out for command in ("diff", "sync", "status")]

    assert [True] * 3 == ["pfjira conflicts resolve ISSUE FIELD --take peopleforce|jira" in out for out in shown]
