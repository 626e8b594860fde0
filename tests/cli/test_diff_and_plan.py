"""`diff` shows and never touches; a saved plan is carried out as it was read, or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from harness import Tool, company, issue_of, matching, unique_tasks, writes

from pfjira.sandbox.server import Sandbox


@pytest.fixture
def tool(tool: Tool) -> Tool:
    """Lend a company whose first sync is done, with one of each difference since."""
    sandbox = tool.sandbox
    renamed, done, closed, *_ = unique_tasks(sandbox)
    keys = {task: issue_of(sandbox, task).key for task in (renamed, done, closed)}
    sandbox.peopleforce.edit_task(renamed, title="Renamed")
    sandbox.jira.act("transition", key=keys[done], to="Done")
    sandbox.peopleforce.complete(closed)
    sandbox.peopleforce.create_task(title="New", assigned_to=sandbox.peopleforce.tasks[renamed]["assigned_to"])
    sandbox.requests.clear()
    return tool


def fingerprints(folder: Path) -> dict[str, str]:
    """Return name to digest of each file of a folder; SQLite's index of readers holds no data."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file() and not path.name.endswith("-shm") and path.stat().st_size
    }


@pytest.mark.parametrize("arguments", [(), ("--full",), ("--json",), ("--only", "7002")])
def test_diff_writes_nothing_anywhere(tool: Tool, arguments: tuple[str, ...]) -> None:
    """Only reads leave the machine, and the state keeps every byte."""
    before = fingerprints(tool.folder)
    answer = tool.run("diff", *arguments)
    assert (True, [], before) == (answer.code in (0, 1), writes(tool.sandbox.requests), fingerprints(tool.folder))


def test_diff_before_the_first_sync_leaves_no_trace(tmp_path: Path) -> None:
    """Without a state it shows the whole first plan, exits 1, and no file appears."""
    with Sandbox(company()) as sandbox:
        answer = Tool(sandbox, tmp_path).run("diff", "--json")
        wanted = len(matching(sandbox))
        assert (1, wanted, [], []) == (
            answer.code,
            len(answer.json["changes"]),
            writes(sandbox.requests),
            list(tmp_path.iterdir()),
        )


def test_diff_shows_what_sync_then_does(tool: Tool) -> None:
    """The changes that diff lists are the ones that sync reports, and diff then shows agreement with exit 0."""
    counts = tool.run("diff", "--json").json["counts"]
    done = tool.run("sync", "--json").json["done"]
    after = tool.run("diff")
    assert ({"create": 1, "update": 1, "close": 1, "complete task": 1}, counts, 0) == (counts, done, after.code)


def test_a_saved_plan_is_carried_out(tool: Tool) -> None:
    """`diff -o` and `sync --plan` do exactly what was read; the file is private to its owner."""
    path = tool.folder / "plan.json"
    shown = tool.run("diff", "-o", str(path))
    assert (1, 0o600, []) == (shown.code, path.stat().st_mode & 0o777, writes(tool.sandbox.requests))

    answer = tool.run("sync", "--plan", str(path))

    assert (0, 0) == (answer.code, tool.run("diff").code), answer.err


def test_a_stale_plan_is_refused(tool: Tool) -> None:
    """Something moved after the plan was saved: 65, nothing written, and the sentence says that it is stale."""
    path = tool.folder / "plan.json"
    tool.run("diff", "-o", str(path))
    tool.sandbox.peopleforce.edit_task(unique_tasks(tool.sandbox)[5], title="Moved since")

    answer = tool.run("sync", "--plan", str(path))

    assert (65, [], 1) == (answer.code, writes(tool.sandbox.requests), len(answer.complaints))
    assert "stale" in answer.err


def test_a_plan_is_carried_out_once(tool: Tool) -> None:
    """The same file a second time is stale."""
    path = tool.folder / "plan.json"
    tool.run("diff", "-o", str(path))
    tool.run("sync", "--plan", str(path))
    tool.sandbox.requests.clear()

    assert (65, []) == (tool.run("sync", "--plan", str(path)).code, writes(tool.sandbox.requests))


@pytest.mark.parametrize("content", ["{}", "no JSON", '{"format": "pfjira-plan-1"}', '["format"]', ""])
def test_a_file_that_is_no_plan_is_refused(tool: Tool, content: str) -> None:
    """78 with one sentence, and nothing is written."""
    path = tool.folder / "plan.json"
    path.write_text(content)
    answer = tool.run("sync", "--plan", str(path))
    assert (78, 1, []) == (answer.code, len(answer.complaints), writes(tool.sandbox.requests)), answer.err


@pytest.mark.parametrize("place", ["missing/plan.json", "."])
def test_a_plan_that_cannot_be_saved_is_said(tool: Tool, place: str) -> None:
    """78, naming the place."""
    answer = tool.run("diff", "-o", str(tool.folder / place))
    assert (78, 1) == (answer.code, len(answer.complaints)), answer.err


def test_only_one_task_is_looked_at(tool: Tool) -> None:
    """`--only` with an id or an issue key carries out that one task's change; the rest follows with the next run."""
    renamed = next(t for t, task in tool.sandbox.peopleforce.tasks.items() if task["title"] == "Renamed")

    answer = tool.run("sync", "--only", f"task/{renamed}", "--json")

    assert (0, {"update": 1}) == (answer.code, answer.json["done"])
    assert {"create": 1, "close": 1, "complete task": 1} == tool.run("sync", "--json").json["done"]


def test_only_one_issue_is_looked_at(tool: Tool) -> None:
    """An issue key in any case names the task behind it."""
    issue = next(i for i in tool.sandbox.jira.issues.values() if i.status.name == "Done")

    answer = tool.run("sync", "--only", issue.key.lower(), "--json")

    assert (0, {"complete task": 1}) == (answer.code, answer.json["done"])


def test_only_the_changes_of_one_rule_are_carried_out(tool: Tool) -> None:
    """Another rule's name does nothing, a wrong one is refused with a suggestion, the right one does the work."""
    nothing = tool.run("sync", "--rule", "ignore-drafts", "--json")
    wrong = tool.run("sync", "--rule", "it-task")
    right = tool.run("sync", "--rule", "it-tasks", "--json")

    assert (2, True) == (wrong.code, "it-tasks" in wrong.err)
    assert ({}, 4) == (nothing.json["done"], sum(right.json["done"].values()))
    assert 0 == tool.run("sync").code


@pytest.mark.parametrize("command", [("sync",), ("diff",), ("status",), ("doctor",), ("rules", "lint")])
def test_json_is_one_document_and_nothing_else(tool: Tool, command: tuple[str, ...]) -> None:
    """Whatever is printed on stdout with --json parses, and says no person's address."""
    answer = tool.run(*command, "--json")
    document = json.loads(answer.out)
    assert isinstance(document, dict)
    if command != ("diff",):  # a plan holds the values that it would write
        assert "@it.example.com" not in answer.out


def test_status_and_doctor_say_that_all_is_well(tmp_path: Path) -> None:
    """After a good run doctor exits 0, and status 1 because a person is in review."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        tool.run("sync")
        doctor, status = tool.run("doctor"), tool.run("status")
        assert (0, 1) == (doctor.code, status.code), doctor.out + status.out
        assert [] == [line for line in doctor.out.splitlines() if line.startswith("FAIL")]
