"""`rules …` on the command line, and what `sync`, `diff`, `status` and `doctor` say of the rules in force."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from harness import RULES, Tool
from small_world import a_new_task, later, rules_file, world

from pfjira.state import rule_versions
from pfjira.state.store import Store

ASKED = "pfjira.connectors.jira.connector.Jira.contradictions"
BREAK = ("{{ task.title }}", "{{ task.titel }}")
SHORTER = ("{{ task.title }}", "{{ task.title | lower }}")


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Let Jira contradict nothing, unless a test says what."""
    against: dict[str, list[str]] = {}

    def contradictions(self: object, demands: list[Any]) -> dict[str, list[str]]:
        return {one.rule: against[one.rule] for one in demands if one.rule in against}

    monkeypatch.setattr(ASKED, contradictions, raising=False)
    return against


def edit(tool: Tool, *edits: tuple[str, str]) -> None:
    """Write the delivered rules with other words over the rules file."""
    rules_file(tool.folder, *edits)


def test_a_broken_file_stops_nothing_but_is_said(tmp_path: Path) -> None:
    """Exit 1 with the place, in every command that is asked; the tasks are kept all the same; mended, all is well."""
    with world(tmp_path) as tool:
        edit(tool, BREAK)
        a_new_task(tool, "Another laptop")
        diff, sync = tool.run("diff"), tool.run("sync")
        status, doctor, listed = tool.run("status"), tool.run("doctor"), tool.run("rules", "list")
        quiet, document = tool.run("sync", "--quiet"), tool.run("sync", "--json").json
        edit(tool)
        mended = tool.run("sync")

        assert (1, 1, 1, 78, 0, 1, 0) == (
            diff.code, sync.code, status.code, doctor.code, listed.code, quiet.code, mended.code,
        )  # fmt: skip
        for answer in (diff, sync, status, doctor, listed, quiet):
            assert re.search(r"rules\.yaml:\d+:\d+: .*titel", answer.out), answer.out + answer.err
        assert ("1 issue created" in sync.out, "rules lint" in sync.out) == (True, True)
        assert (False, True) == (document["rules_file"]["usable"], document["differs"])
        assert "keeps running" not in mended.out


def test_a_broken_file_before_the_first_run_is_an_error(tmp_path: Path) -> None:
    """There is no good version; no state file is made."""
    with world(tmp_path, BREAK, sync=False) as tool:
        sync = tool.run("sync")

        assert (78, 1, False) == (sync.code, len(sync.complaints), tool.state.exists())


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Nobody can say which rules are meant by a name that leads nowhere."""
    with world(tmp_path) as tool:
        answer = tool.run("sync", "--rules", str(tmp_path / "none.yaml"))

        assert (78, True) == (answer.code, "there is no such file" in answer.err)


def test_a_rollback_holds_until_the_file_changes(tmp_path: Path) -> None:
    """Exit 0 and one line in each run; the history tells which version is in force and which is set aside."""
    with world(tmp_path) as tool:
        edit(tool, SHORTER)
        changed = tool.run("sync")
        back = tool.run("rules", "rollback")
        diff = tool.run("diff")
        sync = tool.run("sync")
        history = tool.run("rules", "history", "--json").json
        status = tool.run("status")
        edit(tool, SHORTER, ("Cancelled", "Done"))
        edited = tool.run("sync")

        assert ([0, 0, 1, 0, 0], True) == (
            [one.code for one in (changed, back, diff, sync, edited)],
            "is set aside until it changes" in back.out,
        ), sync.out + sync.err + edited.out
        assert 1 == sync.out.count("went back to version")
        assert [(False, True), (True, False)] == [(one["in_force"], one["set_aside"]) for one in history]
        assert "set the file aside" in status.out
        assert "went back" not in edited.out


def test_a_rollback_to_a_named_version_and_its_end(tmp_path: Path) -> None:
    """The first digits of the hash suffice; `--undo` takes the file over again."""
    with world(tmp_path) as tool:
        first = tool.run("rules", "history", "--json").json[0]["version"]
        edit(tool, SHORTER)
        tool.run("sync")
        back = tool.run("rules", "rollback", first[:6], "--json").json
        undone = tool.run("rules", "rollback", "--undo")
        again = tool.run("sync", "--json").json
        none = tool.run("rules", "rollback", "ffffff")

        assert ({"in_force": first, "file_set_aside": True}, 0) == (back, undone.code)
        assert ([], 78, 2) == (
            again["rules_file"]["notes"],
            none.code,
            tool.run("rules", "rollback", first, "--undo").code,
        )


def test_a_disabled_rule_plans_nothing_and_comes_back_whole(tmp_path: Path) -> None:
    """Exit 0 and one line meanwhile; what happened meanwhile is made up for when it is enabled."""
    with world(tmp_path) as tool:
        off = tool.run("rules", "disable", "it-tasks", "--why", "holiday")
        a_new_task(tool, "Another laptop")
        diff, sync = tool.run("diff"), tool.run("sync")
        listed = tool.run("rules", "list", "--json").json
        status = tool.run("status")
        later(tool)
        idle = tool.run("sync", "--json").json
        on = tool.run("rules", "enable", "it-tasks")
        made = tool.run("sync", "--json").json

        assert [0, 0, 0, 0] == [one.code for one in (off, diff, sync, on)], diff.out + sync.out
        assert ("disabled by" in sync.out, "holiday" in sync.out, "holiday" in status.out) == (True, True, True)
        assert [("ignore-drafts", "active"), ("it-tasks", "disabled")] == [
            (rule["id"], rule["state"]) for rule in listed["rules"]
        ]
        assert ({}, {"create": 1}) == (idle["done"], made["done"])


def test_an_unknown_rule_is_suggested(tmp_path: Path) -> None:
    """Exit 2, and nothing is written."""
    with world(tmp_path) as tool:
        answers = [tool.run("rules", verb, "it-task") for verb in ("disable", "enable")]

        assert [(2, True)] * 2 == [(one.code, "did you mean 'it-tasks'?" in one.err) for one in answers]
        with Store.open(tool.state, read_only=True) as store:
            assert [] == rule_versions.overrides(store)


def test_a_rule_that_jira_contradicts_is_off_alone(tmp_path: Path, site: dict[str, list[str]]) -> None:
    """Exit 1 with the reason while it lasts; when the site agrees again, the next run does what was left."""
    copy = ("rules:\n", "rules:\n  - { id: copies, for: task, make: issue, in: { project: HR, type: Task }, ")
    copy = (copy[0], copy[1] + 'set: { summary: "HR {{ task.title }}" } }\n')
    with world(tmp_path, copy) as tool:
        site["copies"] = ["The project 'HR' has no type 'Task'."]
        a_new_task(tool, "Another laptop")
        sync = tool.run("sync", "--full")
        diff, status, listed = tool.run("diff"), tool.run("status"), tool.run("rules", "list")
        later(tool)
        still = tool.run("sync", "--quiet")
        site.clear()
        mended = tool.run("sync")
        well = tool.run("status")

        assert [1, 1, 1, 0, 1, 0] == [one.code for one in (sync, diff, status, listed, still, mended)]
        for answer in (sync, diff, status, listed, still):
            assert "jira contradicts it: The project 'HR' has no type 'Task'." in answer.out, answer.out
        assert (True, True) == ("1 issue created" in sync.out, "1 issue created" in mended.out)
        assert "contradicts" not in well.out


def test_an_unknown_field_name_switches_off_its_rule_only(tmp_path: Path) -> None:
    """A field that was renamed in Jira does not stop the others."""
    named = ("duedate:", "Shoe size: ok\n      duedate:")
    with world(tmp_path) as tool:
        edit(tool, named)
        sync, doctor = tool.run("sync"), tool.run("doctor")

        assert (1, 78) == (sync.code, doctor.code)
        assert "the site has no field 'Shoe size', or more than one (line " in sync.out
        assert "FAIL fields of it-tasks" in doctor.out


def test_lint_can_ask_the_site(tmp_path: Path, site: dict[str, list[str]]) -> None:
    """Only with --live; 78 with rule, line and reason."""
    with world(tmp_path, sync=False) as tool:
        well = tool.run("rules", "lint", "--live")
        site["it-tasks"] = ["There is no status 'Cancelled'."]
        dry, live = tool.run("rules", "lint"), tool.run("rules", "lint", "--live")
        document = tool.run("rules", "lint", "--live", "--json").json

        assert (0, 0, 78) == (well.code, dry.code, live.code)
        assert re.search(r"rules\.yaml:\d+: it-tasks: Jira contradicts it: There is no status", live.out), live.out
        assert [{"rule": "it-tasks", "reasons": ["There is no status 'Cancelled'."]}] == document["contradictions"]


def test_a_file_without_tests_says_so(tmp_path: Path) -> None:
    """Exit 0: nothing differs; 78 where the file cannot be used."""
    with world(tmp_path, sync=False) as tool:
        none = tool.run("rules", "test", str(RULES))
        edit(tool, BREAK)
        broken = tool.run("rules", "test")

        assert (0, 78) == (none.code, broken.code)
        assert "no tests" in none.out


def test_the_acts_are_recorded(tmp_path: Path) -> None:
    """Who did what to which rule is in the audit, once each."""
    with world(tmp_path) as tool:
        tool.run("rules", "disable", "it-tasks")
        tool.run("rules", "enable", "it-tasks")
        tool.run("rules", "enable", "it-tasks")
        with Store.open(tool.state, read_only=True) as store:
            acts = store.rows("SELECT act, subject FROM audit WHERE subject = 'it-tasks'")

        assert [("rules disable", "it-tasks"), ("rules enable", "it-tasks")] == acts


def test_the_tests_of_a_file_are_carried_out(tmp_path: Path) -> None:
    """0 when all pass, 1 with what is missing and what is extra; a file whose tests fail does not come into force."""
    good = "\ntests:\n  - { name: an IT task, today: 2026-03-01, given: { task: { id: 7, title: Laptop, assigned_to: "
    good += "{ id: 3, email: a@it.example.com } } }, expect: ['it-tasks: create'] }\n"
    with world(tmp_path) as tool:
        tool.rules.write_text(RULES.read_text() + good)
        passed = tool.run("rules", "test")
        tool.rules.write_text(RULES.read_text() + good.replace("create'", "close'"))
        failed, document = tool.run("rules", "test", str(tool.rules)), tool.run("rules", "test", "--json").json
        sync = tool.run("sync")

        assert (0, 1, 1) == (passed.code, failed.code, sync.code), passed.out + passed.err
        assert ("ok   an IT task" in passed.out, "FAIL an IT task" in failed.out) == (True, True)
        assert (["it-tasks: close"], ["it-tasks: create"]) == (
            document["tests"][0]["missing"],
            document["tests"][0]["extra"],
        )
        assert "the test 'an IT task' fails: missing" in sync.out


def test_the_schema_is_one_document(tmp_path: Path) -> None:
    """For editors; no rules file and no account is needed."""
    with world(tmp_path, sync=False) as tool:
        answer = tool.run("rules", "schema")

        assert (0, "object") == (answer.code, answer.json["type"])
