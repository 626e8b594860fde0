"""What `sync`, `diff` and `status` say: enough to act on, short where much is alike, and a document for programs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from harness import RULES, Tool, company, issue_of, matching, unique_tasks, writes

from pfjira.cli import reports
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox
from pfjira.state import runs
from pfjira.state.store import Store


def rename(tool: Tool, count: int) -> None:
    """Give so many tasks another title."""
    for task_id in list(matching(tool.sandbox))[:count]:
        tool.sandbox.peopleforce.edit_task(task_id, title=f"Renamed {task_id}")


def tight(tool: Tool) -> None:
    """Allow one update a day."""
    tool.rules = tool.folder / "rules.yaml"
    tool.rules.write_text(
        RULES.read_text().replace("update: { max: 50, percent: 20 }", "update: { max: 1, percent: 0 }")
    )


def test_diff_says_what_the_guard_would_say(tool: Tool) -> None:
    """The refusal that sync would end with, and the command that approves this plan on a line of its own."""
    tight(tool)
    rename(tool, 2)
    said, document = tool.run("diff"), tool.run("diff", "--json").json

    assert f"  pfjira sync --approve {document['digest']}" in said.out.splitlines()
    assert (1, document["digest"], True) == (
        said.code,
        document["guard"]["digest"],
        "limit" in document["guard"]["reason"],
    )


def test_diff_within_the_limits_speaks_of_no_guard(tool: Tool) -> None:
    """Nothing to approve, nothing said."""
    rename(tool, 1)
    said = tool.run("diff")

    assert (None, False) == (tool.run("diff", "--json").json["guard"], "guard" in said.out)
    assert "1 issue to update. Digest" in said.out


def test_diff_shows_every_field_of_a_creation(tool: Tool) -> None:
    """One per line, so that nothing is written that was not shown."""
    sandbox = tool.sandbox
    some = sandbox.peopleforce.tasks[unique_tasks(sandbox)[0]]
    sandbox.peopleforce.create_task(title="New", assigned_to=some["assigned_to"], ends_on="2026-03-31", description="x")
    lines = tool.run("diff").out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("create"))

    assert ["summary", "description", "duedate", "assignee"] == [
        line.split(":")[0].strip() for line in lines[start + 1 : start + 5]
    ]


def test_diff_before_the_first_sync_says_so(tmp_path: Path) -> None:
    """Whoever mistyped the state's place sees it; stdout stays a document."""
    with Sandbox(company(tasks=20)) as sandbox:
        answer = Tool(sandbox, tmp_path).run("diff", "--json")

    assert (True, 1) == (f"no state at {tmp_path / 'state.db'}" in answer.err, len(answer.json["format"].split()))


def test_a_saved_plan_is_private_even_over_an_open_file(tool: Tool) -> None:
    """A former plan that others could read is closed to them; how to carry it out is said."""
    path = tool.folder / "plan.json"
    path.touch(mode=0o644)
    path.chmod(0o644)
    answer = tool.run("diff", "-o", str(path))
    path.chmod(0o644)
    again = tool.run("diff", "-o", str(path))

    assert (0, 0, 0o600) == (answer.code, again.code, path.stat().st_mode & 0o777)
    assert f"  pfjira sync --plan {path}" in again.err.splitlines()


@pytest.mark.parametrize("place", ["notes.txt", "-", "/dev/null"])
def test_a_plan_overwrites_nothing_else(tool: Tool, place: str) -> None:
    """Notes, a device and the dash are refused before any system is asked, and stay as they are."""
    notes = tool.folder / "notes.txt"
    notes.write_text("mine")
    answer = tool.run("diff", "-o", place if place.startswith(("-", "/")) else str(tool.folder / place))

    assert (78, "mine", 0, 1) == (answer.code, notes.read_text(), len(tool.sandbox.requests), len(answer.complaints))


def test_quiet_says_nothing_about_nothing(tool: Tool) -> None:
    """Cron mails only when something was written, is left, or failed."""
    nothing = tool.run("sync", "--quiet")
    rename(tool, 1)
    something = tool.run("sync", "-q")
    failed = tool.run("sync", "-q", PFJIRA_JIRA_API_TOKEN="wrong")

    assert (0, "", "") == (nothing.code, nothing.out, nothing.err)
    assert (0, True, "") == (something.code, "1 issue updated" in something.out, something.err)
    assert (77, 1) == (failed.code, len(failed.complaints))


@pytest.mark.parametrize(
    ("arguments", "environment", "code"),
    [
        (("sync", "--json"), {"PFJIRA_JIRA_API_TOKEN": "wrong"}, 77),
        (("diff", "--json"), {"PFJIRA_JIRA_URL": ""}, 78),
        (("status", "--json", "--state", "/"), {}, 74),
        (("rules", "lint", "--json", "--rules", "/nothing/here"), {}, 78),
        (("sync", "--json", "--rule", "none"), {}, 2),
        (("sync", "--json", "--bogus"), {}, 2),
    ],
)
def test_an_error_is_a_document_too(
    tool: Tool, arguments: tuple[str, ...], environment: dict[str, str], code: int
) -> None:
    """A program that asked for JSON gets sentence, hint and exit code on stdout; a person still reads stderr."""
    answer = tool.run(*arguments, **environment)

    assert (code, {"error", "hint", "exit"}, code) == (answer.code, set(answer.json), answer.json["exit"])
    assert answer.json["error"] in answer.err


def test_a_refusal_as_a_document_holds_the_digest(tool: Tool) -> None:
    """What approves the plan need not be fished out of a sentence."""
    tight(tool)
    rename(tool, 2)
    answer = tool.run("sync", "--json")

    assert (65, tool.run("diff", "--json").json["digest"]) == (answer.code, answer.json["digest"])


def test_a_refused_run_shows_the_command_that_approves_it(tool: Tool) -> None:
    """The same command with the new digest, on a line of its own, ready to be copied."""
    tight(tool)
    rename(tool, 2)
    answer = tool.run("sync", "--full", "--approve", "0000000000000000")
    digest = tool.run("diff", "--full", "--json").json["digest"]

    assert (65, f"  pfjira sync --full --approve {digest}") == (answer.code, answer.err.splitlines()[-1])


def test_status_without_a_state_has_the_same_shape(tool: Tool) -> None:
    """Whoever reads the document finds every name in it; nothing is made by looking."""
    there, none = tool.run("status", "--json"), tool.run("status", "--json", PFJIRA_STATE=str(tool.folder / "none.db"))

    assert (2, "critical", set(there.json)) == (none.code, none.json["verdict"], set(none.json))
    assert set(there.json["facts"]) == set(none.json["facts"])
    assert not (tool.folder / "none.db").exists()


def test_status_tells_a_first_run_that_did_not_end(tmp_path: Path) -> None:
    """Going on or killed: it cannot know, and says so."""
    path = tmp_path / "state.db"
    with Sandbox(company(tasks=20)) as sandbox:
        with Store.open(path) as store:
            runs.start(store, full=False, now=sandbox.clock.now())
        answer = Tool(sandbox, tmp_path).run("status")

    assert (2, True) == (answer.code, "CRITICAL: the first run is going on, or was killed" in answer.out), answer.out


def test_status_says_what_to_do_about_people(tool: Tool) -> None:
    """A list without a next step is a complaint."""
    assert reports.MEND_PEOPLE in tool.run("status").out


def test_what_is_alike_is_said_once(tool: Tool) -> None:
    """Six refusals for one reason are one line, in the run's answer and in the status."""
    tool.sandbox.faults.add(Fault("forbidden", "jira", "PUT", "/issue/", times=None))
    rename(tool, 2)
    done, status = tool.run("sync"), tool.run("status")
    tool.sandbox.faults.clear()

    for said in (done.out, status.out):
        lines = [line for line in said.splitlines() if re.search(r"2 tasks \(\d+, \d+\): update: ", line)]
        assert 1 == len(lines), said


def test_issues_that_were_found_again_are_counted(tool: Tool) -> None:
    """After a lost state both diff and sync tell what was linked."""
    kept = len(matching(tool.sandbox))
    tool.state.unlink()
    rename(tool, 1)

    assert f"{kept} issues found in Jira by their mark" in tool.run("diff").out


def test_lint_does_not_advise_to_lint(tool: Tool) -> None:
    """Nor is anybody sent to doctor for a mistake in an expression."""
    path = tool.folder / "bad.yaml"
    path.write_text(RULES.read_text().replace('"{{ task.ends_on }}"', '"{{ task.ends_on }"'))
    first = ("--rules", str(path), "--state", str(tool.folder / "none.db"))
    lint, sync = tool.run("rules", "lint", "--rules", str(path)), tool.run("sync", *first)

    assert (78, [], True) == (lint.code, lint.hints, "`}}` is missing" in lint.err)
    assert (78, False, True) == (sync.code, "doctor" in sync.err, "rules lint" in sync.err)
    assert json.loads(tool.run("rules", "lint", "--json", "--rules", str(path)).out)["errors"][0]["hint"] == ""


def test_a_renamed_issue_is_found_by_its_key(tool: Tool) -> None:
    """What diff shows names both sides."""
    task = unique_tasks(tool.sandbox)[0]
    key = issue_of(tool.sandbox, task).key
    tool.sandbox.peopleforce.edit_task(task, title="Another")

    assert (f"update   {key} for task {task}" in tool.run("diff").out, []) == (True, writes(tool.sandbox.requests))


def test_what_diff_offers_looks_at_the_same(tool: Tool) -> None:
    """A plan of one task, or of a full sweep, is carried out by a command that looks at just that."""
    task = unique_tasks(tool.sandbox)[0]
    rename(tool, 3)
    tool.sandbox.peopleforce.edit_task(task, title="Another")
    plan = tool.folder / "my plan.json"
    answer = tool.run("diff", "--full", "--only", str(task), "-o", str(plan))
    command = shlex.split(answer.err.splitlines()[-1])

    assert f"`pfjira sync --full --only {task}` carries this out." in answer.out
    assert ["pfjira", "sync", "--plan", str(plan), "--full", "--only", str(task)] == command
    assert (0, True) == ((done := tool.run(*command[1:])).code, "1 issue updated" in done.out), done.err


def test_a_saved_plan_that_a_guard_would_stop_is_offered_with_its_approval(tool: Tool) -> None:
    """The command that is offered does what it says."""
    tight(tool)
    rename(tool, 2)
    command = shlex.split(tool.run("diff", "-o", str(tool.folder / "plan.json")).err.splitlines()[-1])

    assert "--approve" in command
    assert "2 issues updated" in tool.run(*command[1:]).out
