"""What the create call cannot carry: edited in by the same run, or, where Jira refuses that, a dead letter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from harness import CLEAN, matching, standing
from small_world import a_new_task, a_task, later, rules_file, sent, world

from pfjira.sandbox.faults import Fault, Kind
from pfjira.sandbox.jira import site
from pfjira.sandbox.jira.options import JiraOptions

OFF_SCREEN = ("assignee", "customfield_10050", "customfield_10052", "duedate")
OWNED = (
    "    set:\n",
    """    set:
      customfield_10050: { value: "{{ task.title }}", own: ask }
      customfield_10052: { value: "{{ task.ends_on }}", own: jira }
""",
)
NOBODY = ('      assignee: { person: "{{ task.assigned_to.id }}", own: once }\n', "")
LENIENT = JiraOptions(edit_checks_screen=False)


@pytest.fixture
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave four fields off the create screen of the project."""
    project = site.PROJECTS["ITOPS"]
    narrow = replace(project, fields=project.fields - set(OFF_SCREEN))
    monkeypatch.setitem(site.PROJECTS, "ITOPS", narrow)


@pytest.mark.usefixtures("_narrow")
def test_fields_off_the_create_screen_are_edited_in_by_the_same_run(tmp_path: Path) -> None:
    """Whoever owns them (hr, once, ask, jira): one edit for each issue, and the next runs write nothing."""
    with world(tmp_path, OWNED, sync=False, jira=LENIENT) as tool:
        assert 0 == tool.run("sync").code
        count = len(tool.sandbox.jira.issues)
        assert (count, CLEAN) == (sum("PUT" in line for line in sent(tool)), standing(tool.sandbox))

        dated = sum(1 for task in matching(tool.sandbox).values() if task["ends_on"])
        issues = tool.sandbox.jira.issues.values()
        shown = [sum(1 for issue in issues if issue.fields.get(name)) for name in OFF_SCREEN]
        assert (True, [count, dated, dated]) == (shown[0] > 0, shown[1:])

        for arguments in ((), ("--full",)):
            later(tool, 900)
            assert (0, []) == (tool.run("sync", *arguments).code, sent(tool))


@pytest.mark.usefixtures("_narrow")
def test_an_edit_that_completes_a_creation_needs_no_permission_of_its_own(tmp_path: Path) -> None:
    """More first edits than the limit for updates allows: they were allowed together with the creations."""
    limits = ("  update: { max: 50, percent: 20 }", "  update: { max: 1, percent: 1 }")
    with world(tmp_path, limits, sync=False, jira=LENIENT) as tool:
        assert 0 == tool.run("sync").code
        a_new_task(tool, "One more")
        a_new_task(tool, "And one more")
        later(tool)

        answer = tool.run("sync")

        assert (0, CLEAN) == (answer.code, standing(tool.sandbox)), answer.err


@pytest.mark.usefixtures("_narrow")
def test_a_refused_first_edit_is_a_dead_letter_and_no_loop(tmp_path: Path) -> None:
    """The fields are on no screen at all: the issues stand, exit 1; then the rule is off, and nothing more is sent."""
    with world(tmp_path, NOBODY, sync=False, jira=JiraOptions()) as tool:
        dated = sum(1 for task in matching(tool.sandbox).values() if task["ends_on"])
        first = tool.run("sync")
        assert (1, CLEAN, True) == (first.code, standing(tool.sandbox), "duedate" in first.out), first.out
        assert dated == len(tool.run("status", "--json").json["dead_letters"])
        for _ in range(2):
            later(tool, 900)
            answer = tool.run("sync")
            assert (1, []) == (answer.code, sent(tool)), answer.out
            assert "neither on the create nor on the edit screen" in answer.out


STRICT = (
    ("project: ITOPS", "project: STRICT"),
    ("    set:\n", '    set:\n      customfield_10060: { option: "CC-100" }\n'),
)
"""A project whose create screen has no labels."""


@pytest.mark.parametrize("removed", [False, True])
def test_issues_made_without_a_label_are_followed_by_plain_runs(tmp_path: Path, removed: bool) -> None:
    """The mark's label is edited in, or was tidied away: Done in Jira completes the task all the same."""
    with world(tmp_path, *(() if removed else STRICT)) as tool:
        task_id, issue = a_task(tool)
        if removed:
            tool.sandbox.jira.act("labels", key=issue.key, remove=("pfjira",))
            assert 0 == tool.run("sync").code
            later(tool, 900)
        tool.sandbox.jira.act("transition", key=issue.key, to="Done", resolution="Done")

        answer = tool.run("sync")

        assert (0, True) == (answer.code, tool.sandbox.peopleforce.tasks[task_id]["completed"]), answer.out


@pytest.mark.parametrize("removed", [False, True])
def test_issues_made_without_a_label_survive_a_loss(tmp_path: Path, removed: bool) -> None:
    """Sixty hand-made issues later the state is lost: they are found by their creator and mark; nothing is doubled."""
    with world(tmp_path, *(() if removed else STRICT)) as tool:
        if removed:
            tool.sandbox.jira.act("labels", key=a_task(tool)[1].key, remove=("pfjira",))
        for number in range(60):
            tool.sandbox.jira.act("create", project="ITOPS" if removed else "STRICT", summary=f"By hand {number}")
        later(tool, 900)
        for path in tool.folder.glob("state.db*"):
            path.unlink()

        answer = tool.run("sync")

        assert (0, []) == (answer.code, sent(tool)), answer.out + answer.err
        assert {1} == {len(ids) for ids in tool.sandbox.jira.issues_by_op().values()}


def test_a_project_that_takes_no_issues_holds_up_nothing_else(tmp_path: Path) -> None:
    """Everything but its creations is carried out; then 78 with one sentence, run after run, and no dead letter."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.jira.act("transition", key=issue.key, to="Done")
        edited, other = a_task(tool, 1)
        tool.sandbox.peopleforce.edit_task(edited, title="Moved on")
        a_new_task(tool, "Brand new")
        tool.sandbox.faults.add(Fault("forbidden", "jira", path="createmeta", times=None))

        first = tool.run("sync")
        assert (78, 1, 1) == (first.code, len(first.complaints), len(first.hints)), first.err
        assert (True, "Moved on") == (
            tool.sandbox.peopleforce.tasks[task_id]["completed"],
            other.fields["summary"],
        )
        later(tool)
        assert (78, []) == (tool.run("sync").code, sent(tool))
        assert [] == tool.run("status", "--json").json["dead_letters"]

        tool.sandbox.faults.clear()
        assert (0, 0) == (tool.run("sync").code, standing(tool.sandbox)["lost"])


def test_a_wrong_project_in_one_rule_holds_up_no_other_rule(tmp_path: Path) -> None:
    """The other rule's issues are made at the first run already."""
    with world(tmp_path, sync=False) as tool:
        text = rules_file(tmp_path).read_text()
        second = text[text.index("  - id: it-tasks") : text.index("    # Done is one fact")]
        second = second.replace("it-tasks", "strays").replace("    slot: tasks\n", "").replace("ITOPS", "NOPE")
        tool.rules.write_text(text + "\n" + second)

        answer = tool.run("sync")

        assert (1, [], CLEAN) == (answer.code, answer.complaints, standing(tool.sandbox)), answer.err
        assert "off      rule strays: jira contradicts it: the site has no project NOPE" in answer.out


@pytest.mark.usefixtures("_narrow")
@pytest.mark.parametrize("kind", ["rate_limited", "drop_before", "drop_after"])
def test_a_first_edit_that_did_not_get_through_is_made_by_a_later_run(tmp_path: Path, kind: Kind) -> None:
    """Whoever owns the fields, also Jira from then on: what belongs to the creation is not forgotten."""
    with world(tmp_path, OWNED, sync=False, jira=LENIENT) as tool:
        fault = tool.sandbox.faults.add(Fault(kind, "jira", "PUT", "/issue/", times=None, retry_after=120))
        assert 0 != tool.run("sync").code
        tool.sandbox.faults.clear()
        for _ in range(2):
            later(tool)
            answer = tool.run("sync")

        dated = sum(1 for task in matching(tool.sandbox).values() if task["ends_on"])
        issues = tool.sandbox.jira.issues.values()
        shown = [sum(1 for issue in issues if issue.fields.get(name)) for name in OFF_SCREEN]
        assert (0, [], CLEAN, True) == (answer.code, sent(tool), standing(tool.sandbox), fault.landed > 0), answer.out
        assert (True, [len(issues), dated, dated]) == (shown[0] > 0, shown[1:])


@pytest.mark.usefixtures("_narrow")
def test_a_creation_whose_answer_was_lost_is_completed_as_well(tmp_path: Path) -> None:
    """It is found by its mark, and what the create call could not carry is edited in, whoever owns it."""
    with world(tmp_path, OWNED, sync=False, jira=LENIENT) as tool:
        tool.sandbox.faults.add(Fault("drop_after", "jira", "POST", "/issue/bulk$"))
        tool.run("sync")
        for _ in range(2):
            later(tool)
            answer = tool.run("sync")

        issues = tool.sandbox.jira.issues.values()
        shown = [sum(1 for issue in issues if issue.fields.get(name)) for name in OFF_SCREEN[1:]]
        assert (0, [], CLEAN) == (answer.code, sent(tool), standing(tool.sandbox)), answer.out
        assert shown[0] == len(issues)
        assert shown[1] == shown[2]
