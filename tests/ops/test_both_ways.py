"""Both sides move, and the other follows, as the rules say: completion, fields by owner, removal, deletion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import CLEAN, RULES, Tool, company, issue_of, matching, standing, unique_tasks, writes
from small_world import later
from worlds import synced

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira import site
from pfjira.sandbox.server import Sandbox

HOUR_S = 3700


def a_task(tool: Tool, number: int = 0) -> tuple[int, str]:
    """Return the id of a kept task and the key of its issue."""
    task_id = unique_tasks(tool.sandbox)[number]
    return task_id, issue_of(tool.sandbox, task_id).key


def resolution(tool: Tool, key: str) -> str | None:
    """Return the name of an issue's resolution."""
    return site.RESOLUTIONS.get(tool.sandbox.jira.issue(key).fields.get("resolution") or "")


def status(tool: Tool, key: str) -> str:
    """Return the name of an issue's status."""
    return tool.sandbox.jira.issue(key).status.name


def test_done_in_jira_completes_the_task(tool: Tool) -> None:
    """An issue moved to Done completes its task: one write, towards PeopleForce."""
    task_id, key = a_task(tool)
    tool.sandbox.jira.act("transition", key=key, to="Done", resolution="Done")

    answer = tool.run("sync")

    sent = [(entry.system, entry.path.rsplit("/", 2)[-2:]) for entry in writes(tool.sandbox.requests)]
    assert (0, True) == (answer.code, tool.sandbox.peopleforce.tasks[task_id]["completed"])
    assert [("peopleforce", [str(task_id), "complete"])] == sent


def test_reopened_in_jira_reopens_the_task(tool: Tool) -> None:
    """An issue moved back from Done reopens its task."""
    task_id, key = a_task(tool)
    tool.sandbox.jira.act("transition", key=key, to="Done")
    tool.run("sync")
    tool.sandbox.clock.advance(60)
    tool.sandbox.jira.act("transition", key=key, to="In Progress")

    answer = tool.run("sync")

    assert (0, False) == (answer.code, tool.sandbox.peopleforce.tasks[task_id]["completed"])
    assert "In Progress" == status(tool, key)


def test_completed_in_peopleforce_closes_the_issue(tool: Tool) -> None:
    """A completed task moves its issue to Done, with the resolution that the rule names."""
    task_id, key = a_task(tool)
    tool.sandbox.peopleforce.complete(task_id)

    answer = tool.run("sync")

    assert (0, "Done", "Done") == (answer.code, status(tool, key), resolution(tool, key))


def test_reopened_in_peopleforce_reopens_the_issue(tool: Tool) -> None:
    """A task that was completed and is open again reopens its issue, without a resolution."""
    task_id, key = a_task(tool)
    tool.sandbox.peopleforce.complete(task_id)
    tool.run("sync")
    tool.sandbox.clock.advance(60)
    tool.sandbox.peopleforce.reopen(task_id)

    answer = tool.run("sync")

    assert (0, "new") == (answer.code, tool.sandbox.jira.issue(key).status.category.key), answer.out


def test_done_on_both_sides_is_no_work(tool: Tool) -> None:
    """Completed here and moved to Done there between two runs: nothing is written."""
    task_id, key = a_task(tool)
    tool.sandbox.peopleforce.complete(task_id)
    tool.sandbox.jira.act("transition", key=key, to="Done")

    answer = tool.run("sync")

    assert (0, []) == (answer.code, writes(tool.sandbox.requests))


def test_changes_in_peopleforce_reach_the_issue(tool: Tool) -> None:
    """Title, day and text follow; a task that gets another assignee keeps the one that was set once."""
    task_id, key = a_task(tool)
    before = tool.sandbox.jira.issue(key).fields["assignee"]
    tool.sandbox.peopleforce.edit_task(task_id, title="A new title", ends_on="2031-02-03", description="<b>Bold</b>")

    answer = tool.run("sync")

    fields = tool.sandbox.jira.issue(key).fields
    assert (0, "A new title", "2031-02-03") == (answer.code, fields["summary"], fields["duedate"])
    assert "Bold" in str(fields["description"])
    assert before == fields["assignee"]


def test_a_removed_task_is_cancelled_after_two_sweeps_an_hour_apart(tool: Tool) -> None:
    """One sweep proves nothing, a second at once neither; an hour later the issue is cancelled, with a comment."""
    task_id, key = a_task(tool)
    tool.sandbox.peopleforce.remove_task(task_id)

    seen = []
    for pause_s in (0, 60, HOUR_S, 60):
        tool.sandbox.clock.advance(pause_s)
        seen.append((tool.run("sync", "--full").code, status(tool, key)))

    assert [(0, "To Do"), (0, "To Do"), (0, "Cancelled"), (0, "Cancelled")] == seen
    assert "Won't Do" == resolution(tool, key)
    assert 1 == len(tool.sandbox.jira.issue(key).comments)


def test_a_removed_task_is_never_cancelled_by_quick_runs(tool: Tool) -> None:
    """Without a full sweep absence is no fact, however long it lasts."""
    task_id, key = a_task(tool)
    tool.sandbox.peopleforce.remove_task(task_id)
    for _ in range(4):
        tool.sandbox.clock.advance(HOUR_S)
        assert 0 == tool.run("sync").code

    assert "To Do" == status(tool, key)


@pytest.mark.parametrize("full", [False, True])
def test_row_15_an_issue_deleted_in_jira_is_reported_and_not_made_again(tool: Tool, full: bool) -> None:
    """Somebody deleted it for a reason: the run says so, and no run makes another."""
    task_id, key = a_task(tool)
    count = len(tool.sandbox.jira.issues)
    tool.sandbox.jira.act("delete", key=key)
    tool.sandbox.peopleforce.edit_task(task_id, title="Moved since")

    first = tool.run("sync", *(("--full",) if full else ()))
    tool.sandbox.clock.advance(HOUR_S)
    later = tool.run("sync", "--full")

    assert f"missing  {key} (task {task_id})" in first.out
    assert count - 1 == len(tool.sandbox.jira.issues)
    assert (0, []) == (later.code, [e for e in writes(tool.sandbox.requests) if e.path.endswith("/issue")])


def test_row_16_an_issue_that_was_moved_is_followed(tool: Tool) -> None:
    """Ids stay when keys move: the title still reaches the issue."""
    task_id, key = a_task(tool)
    issue = tool.sandbox.jira.act("move", key=key, project="HR")
    tool.sandbox.peopleforce.edit_task(task_id, title="After the move")

    answer = tool.run("sync")

    assert (0, "After the move", CLEAN) == (answer.code, issue.fields["summary"], standing(tool.sandbox))


@pytest.mark.parametrize("full", [False, True])
def test_row_16_a_label_that_was_taken_away_is_put_back_where_it_is_ours(tool: Tool, full: bool) -> None:
    """The issue is still known; our label comes back, in one edit, unless our mark was taken away with it."""
    (task_id, key), store = a_task(tool), tool.sandbox.jira
    issue = store.act("labels", key=key, remove=("pfjira",), add=("theirs",))
    other = next(one for one in store.issues.values() if one.id != issue.id)
    store.act("labels", key=other.key, remove=("pfjira",))
    other.properties.clear()
    tool.sandbox.peopleforce.edit_task(task_id, title="Without a label")
    tool.sandbox.requests.clear()

    answer = tool.run("sync", *(("--full",) if full else ()))

    assert (0, [f"/rest/api/3/issue/{issue.id}"]) == (answer.code, [e.path for e in writes(tool.sandbox.requests)])
    assert ({"theirs", "pfjira"}, "Without a label") == (set(issue.fields["labels"]), issue.fields["summary"])
    assert "pfjira" not in other.fields["labels"]


OWNERS = ("hr", "jira", "once", "empty", "ask")


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[Tool]:
    """As `tool`, with a rules file in which each of five fields has another owner."""
    rules = tmp_path / "rules.yaml"
    lines = [
        '      customfield_10050: { value: "{{ task.title }}", own: hr }',
        '      environment: { html: "{{ task.title }}", own: jira }',
        '      customfield_10052: { value: "{{ task.ends_on }}", own: once }',
        '      duedate: { value: "{{ task.ends_on }}", own: empty }',
        '      summary: { value: "{{ task.title }}", own: ask }',
    ]
    kept = [line for line in RULES.read_text().splitlines() if not line.strip().startswith(("summary:", "duedate:"))]
    at = next(number for number, line in enumerate(kept) if line.strip() == "set:") + 1
    rules.write_text("\n".join(kept[:at] + lines + kept[at:]) + "\n")
    with synced(tmp_path, rules) as tool:
        later(tool, 900)
        yield tool


def with_a_day(tool: Tool) -> tuple[int, str]:
    """Return a kept task that has a last day, and its issue's key."""
    task_id = next(one for one in unique_tasks(tool.sandbox) if matching(tool.sandbox)[one]["ends_on"])
    return task_id, issue_of(tool.sandbox, task_id).key


@pytest.mark.parametrize(
    ("field", "edited", "undone"),
    [
        ("customfield_10050", "Edited", True),
        ("customfield_10050", None, True),
        ("environment", "Edited", False),
        ("environment", None, False),
        ("customfield_10052", "2030-01-01", False),
        ("customfield_10052", None, False),
        ("duedate", "2030-01-01", False),
        ("duedate", None, True),
        ("summary", "Edited", False),
    ],
)
def test_row_12_an_edit_in_jira_is_undone_only_where_peopleforce_owns_the_field(
    owned: Tool, field: str, edited: str | None, undone: bool
) -> None:
    """hr: undone; jira, once: kept; empty: filled again when emptied; ask: kept while only Jira moved."""
    _, key = with_a_day(owned)
    before = owned.sandbox.jira.issue(key).fields[field]
    owned.sandbox.jira.act("edit", key=key, field=field, value=edited)
    after = owned.sandbox.jira.issue(key).fields.get(field)

    codes = [owned.run("sync").code, owned.run("sync", "--full").code]

    assert ([0, 0], before if undone else after) == (codes, owned.sandbox.jira.issue(key).fields.get(field))
    assert (1 if undone else 0) == len(writes(owned.sandbox.requests))


def test_an_asked_field_follows_peopleforce_while_jira_stands_still(owned: Tool) -> None:
    """Two-way: whoever moved last from the agreement is followed."""
    task_id, key = with_a_day(owned)
    owned.sandbox.peopleforce.edit_task(task_id, title="Moved in HR")

    assert (0, "Moved in HR") == (owned.run("sync").code, owned.sandbox.jira.issue(key).fields["summary"])


def test_row_13_an_asked_field_that_both_moved_is_a_conflict_until_they_agree(owned: Tool) -> None:
    """Nothing is written to it, exit 1 each time and `status` names it; once a person made them equal, exit 0."""
    task_id, key = with_a_day(owned)
    owned.sandbox.peopleforce.edit_task(task_id, title="Moved in HR")
    owned.sandbox.jira.act("edit", key=key, field="summary", value="Moved in Jira")

    codes = [owned.run("sync").code, owned.run("sync").code, owned.run("sync", "--full").code]

    assert ([1, 1, 1], "Moved in Jira") == (codes, owned.sandbox.jira.issue(key).fields["summary"])
    (conflict,) = owned.run("status", "--json").json["conflicts"]
    assert (str(task_id), key, "summary") == (conflict["record"], conflict["issue"], conflict["field"])

    owned.sandbox.clock.advance(60)
    owned.sandbox.jira.act("edit", key=key, field="summary", value="Moved in HR")
    assert (0, []) == (owned.run("sync").code, owned.run("status", "--json").json["conflicts"])


@pytest.mark.parametrize("full", [False, True])
def test_a_completion_of_ours_that_a_person_undoes_is_followed(tool: Tool, full: bool) -> None:
    """We completed the task, a person reopened it: it looks as it did before our write, and yet it moved."""
    task_id, key = a_task(tool)
    tool.sandbox.jira.act("transition", key=key, to="Done")
    assert 0 == tool.run("sync").code
    tool.sandbox.clock.advance(60)
    tool.sandbox.peopleforce.reopen(task_id)

    answer = tool.run("sync", *(("--full",) if full else ()))

    assert (0, "new") == (answer.code, tool.sandbox.jira.issue(key).status.category.key), answer.out


def test_a_task_removed_before_it_was_ever_seen_settled_is_cancelled(tmp_path: Path) -> None:
    """The answer to its creation was lost and looked up; removed at once, its issue is cancelled all the same."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        fault = sandbox.faults.add(Fault("drop_after", "jira", "POST", "/issue/bulk$"))
        assert 0 == tool.run("sync").code
        task_id, key = a_task(tool)
        sandbox.peopleforce.remove_task(task_id)
        for _ in range(3):
            sandbox.clock.advance(HOUR_S)
            assert 0 == tool.run("sync", "--full").code

        assert (1, "Cancelled") == (fault.landed, status(tool, key))
