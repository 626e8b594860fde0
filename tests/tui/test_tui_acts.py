"""Keys that do something: what stands in the state and in both systems afterwards, and who did it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from boards import PFJIRA, Driven, board_over, drive
from forking import forking
from furnished import PLAN
from harness import RULES, Tool
from small_world import a_new_task, a_task, later, rules_file, world
from textual.widgets import Input

from pfjira.ops.roles import Role
from pfjira.sandbox.faults import Fault
from pfjira.state.store import Store
from pfjira.tui.app import Dashboard
from pfjira.tui.commands import Command
from pfjira.tui.widgets.dialogs import Ask

ASK = ('summary: "{{ task.title }}"', 'summary: { value: "{{ task.title }}", own: ask }')
ACTS = {"approve", "conflicts resolve", "pause", "people link", "replay", "resume", "rules activate", "sync"}
LIMITED = "guards:\n  create: { max: 2, percent: 1 }\n"


def asked(board: Dashboard) -> Command:
    """Return the command about which the dashboard asks."""
    assert isinstance(board.screen, Ask)
    return board.screen.command


def rows(tool: Tool, sql: str) -> list[Any]:
    """Ask the state."""
    # Never through another copy of SQLite: within one process it would take the locks of the dashboard's away.
    with Store.open(tool.state, read_only=True) as store:
        return store.rows(sql)


def acts(tool: Tool) -> list[str]:
    """Return what the audit holds."""
    return [row[0] for row in rows(tool, "SELECT act FROM audit ORDER BY number")]


def unsettled(tool: Tool) -> str:
    """Leave a conflict, a dead letter, a person in doubt and three tasks that a guard holds back; name the issue."""
    task_id, issue = a_task(tool)
    tool.sandbox.peopleforce.edit_task(task_id, title="Moved in HR")
    tool.sandbox.jira.act("edit", key=issue.key, field="summary", value="Moved in Jira")
    tool.sandbox.faults.add(Fault("status_before", "jira", "POST", r"/issue(/bulk)?$", status=400))
    a_new_task(tool, "Refused")
    assert 1 == tool.run("sync").code
    later(tool)
    for number in range(3):
        a_new_task(tool, f"Held back {number}")
    return issue.key


def test_every_act_of_the_dashboard_does_what_its_command_does(tmp_path: Path) -> None:
    """Read-only until armed; then each key is a command line that is asked about, done, and written down by name."""
    guards = next(re.finditer(r"guards:\n(  .*\n)+", RULES.read_text()))[0]
    with world(tmp_path, ASK, (guards, LIMITED)) as tool, forking() as program:
        key = unsettled(tool)
        board = board_over(tool.state, environment=tool.environment(), program=program)

        async def script(at: Driven) -> None:
            await at.until(lambda: "1 conflict" in at.said("#top"))
            await at.press("S")
            assert (None, 1) == (board.running, len(board.screen_stack))  # read-only

            await at.press("A")
            plan = await at.opened("2")
            await at.until(lambda: plan.document)
            assert "REFUSED" in plan.summary()
            await at.press("c")
            await at.until(lambda: isinstance(board.screen, Ask))
            await at.press("enter")
            assert (None, True) == (board.running, isinstance(board.screen, Ask))  # the digest must be typed
            board.screen.query_one(Input).value = plan.document["digest"]
            assert 1 == await at.ran("enter")

            conflicts = await at.opened("5")
            await at.until(lambda: conflicts.table.row)
            await at.press("greater_than_sign")
            await at.until(lambda: isinstance(board.screen, Ask))
            assert {"PeopleForce": "Moved in HR", "Jira": "Moved in Jira"} == dict(asked(board).beside)
            assert 0 == await at.ran("enter")
            assert [] == rows(tool, "SELECT * FROM conflicts")

            people = await at.opened("4")
            await at.until(lambda: people.table.row)
            await at.press("end")
            person, account = people.table.row[:2]
            await at.press("l")
            await at.until(lambda: isinstance(board.screen, Ask))
            await at.press("enter")
            assert isinstance(board.screen, Ask)  # an account must be named
            board.screen.query_one(Input).value = account
            assert 0 == await at.ran("enter")
            assert [(account, "link")] == rows(
                tool, f"SELECT account_id, matched_by FROM people WHERE hr_id = '{person}'"
            )

            letters = await at.opened("6")
            await at.until(lambda: letters.table.row)
            assert 1 == await at.ran("p")
            assert board.running is not None
            assert "Refused" in " ".join(board.running.said)
            await at.press("t")
            await at.until(lambda: isinstance(board.screen, Ask))
            assert f"pfjira replay {letters.table.row[-1]}" == asked(board).line()
            assert 0 == await at.ran("enter")
            await at.until(lambda: letters.table.total == 0)

            await at.press("P")
            await at.until(lambda: isinstance(board.screen, Ask))
            await at.type("audit")
            assert 0 == await at.ran("enter")
            await at.until(lambda: "PAUSED" in at.said("#top") and "(audit)" in at.said("#needs"))
            await at.press("P")
            await at.until(lambda: isinstance(board.screen, Ask))
            assert "pfjira resume" == asked(board).line()
            assert 0 == await at.ran("enter")
            await at.until(lambda: "PAUSED" not in at.said("#top"))

        drive(board, script)
        assert ACTS == {*acts(tool)}
        assert ("Moved in Jira", True) == (title(tool, key), {"Held back 0", "Held back 2"} <= titles(tool))


def title(tool: Tool, key: str) -> str:
    """Return the title of an issue."""
    return next(str(issue.fields["summary"]) for issue in tool.sandbox.jira.issues.values() if issue.key == key)


def titles(tool: Tool) -> set[str]:
    """Return the titles of all issues."""
    return {str(issue.fields["summary"]) for issue in tool.sandbox.jira.issues.values()}


@pytest.mark.long
def test_rules_are_switched_tried_and_taken_back(tmp_path: Path) -> None:
    """Off with a reason, on again, the file's own tests, back to the version before, and forward again."""
    with world(tmp_path) as tool:
        rules_file(tmp_path, ("# ", "#  "))
        assert 0 == tool.run("sync").code
        board = board_over(tool.state, environment=tool.environment(), program=PFJIRA)

        async def script(at: Driven) -> None:
            await at.press("A")
            rules = await at.opened("8")
            await at.until(lambda: rules.table.row and rules.versions.total == 2)
            rule = rules.table.row["id"]
            await at.press("x")
            await at.until(lambda: isinstance(board.screen, Ask))
            await at.type("holiday")
            assert 0 == await at.ran("enter")
            assert [(rule, "holiday")] == rows(tool, "SELECT rule, why FROM rule_overrides")
            await at.until(lambda: rules.table.row["state"] == "disabled")
            await at.press("e")
            assert 0 == await at.ran("enter")
            assert [] == rows(tool, "SELECT rule FROM rule_overrides")
            assert 0 == await at.ran("t")
            older = rules.versions.known()[1][0]
            rules.versions.focus()
            await at.press("down", "b")
            assert 0 == await at.ran("enter")
            assert [(older,)] == rows(tool, "SELECT hash FROM rules_in_force")
            await at.press("u")
            assert 0 == await at.ran("enter")
            assert [("",)] == rows(tool, "SELECT aside FROM rules_in_force")

        drive(board, script)
        assert {"rules disable", "rules enable", "rules rollback", "rules rollback undone"} <= {*acts(tool)}


@pytest.mark.long
def test_an_issue_that_is_gone_is_made_again_by_an_admin_only(tmp_path: Path) -> None:
    """An operator is told who may; an admin is asked, with the key of what is gone, and the issue is there again."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        tool.sandbox.jira.act("delete", key=issue.key)
        assert 1 == tool.run("sync", "--full").code
        later(tool)
        before = {*tool.sandbox.jira.issues}

        async def refused(at: Driven) -> None:
            await at.until(lambda: at.board.outlook)
            await at.press("A", "0", "m")
            assert (None, 1) == (at.board.running, len(at.board.screen_stack))
            assert [True] == ["takes admin" in note.message for note in at.board._notifications]

        async def made(at: Driven) -> None:
            await at.until(lambda: at.board.outlook)
            await at.press("A", "0")
            assert 1 == await at.ran("p")  # there is work
            assert at.board.running is not None
            assert "Digest" in " ".join(at.board.running.said)
            assert before == {*tool.sandbox.jira.issues}
            await at.press("m")
            await at.until(lambda: isinstance(at.board.screen, Ask))
            assert f"pfjira replay {issue.key} --recreate --yes" == asked(at.board).line()
            ((_, makes),) = asked(at.board).beside
            assert ("create", True) == (makes.split()[0], str(issue.fields["summary"]) in makes)
            assert 0 == await at.ran("enter")

        drive(board_over(tool.state, role=Role.OPERATOR, environment=tool.environment(), program=PFJIRA), refused)
        drive(board_over(tool.state, environment=tool.environment(), program=PFJIRA), made)
        assert 1 == len({*tool.sandbox.jira.issues} - before)
        assert "replay --recreate" in acts(tool)


def test_what_would_be_made_again_is_asked_about_with_its_guard(tmp_path: Path) -> None:
    """Where several issues are gone the person says which; a guard's digest must be typed; nothing made is told so."""
    guard = {"reason": "The plan makes 214 issues.", "digest": "0123456789abcdef"}
    plans = [PLAN | {"guard": guard}, {**PLAN, "changes": []}]
    answers = [sys.executable, "-S", "-c", f"import sys; print({[*map(json.dumps, plans)]!r}['ITOPS-2' in sys.argv])"]
    state = tmp_path / "state.db"
    with Store.open(state) as store:
        for number in (1, 2):
            store.run(
                "INSERT INTO links (rule, key, kind, id, issue_id, issue_key, op, state) "
                "VALUES ('it-tasks', ?, 'task', ?, ?, ?, ?, 'gone')",
                (*[str(number)] * 3, f"ITOPS-{number}", f"op{number}"),
            )
    board = board_over(state, program=tuple(answers))

    async def script(at: Driven) -> None:
        await at.until(lambda: board.outlook)
        await at.press("0", "A", "m")
        await at.until(lambda: isinstance(board.screen, Ask))
        assert "pfjira replay --diff --recreate ITOPS-1" == asked(board).line("ITOPS-1")
        await at.press("enter")
        await at.until(lambda: isinstance(board.screen, Ask) and asked(board).beside)
        assert "pfjira replay ITOPS-1 --recreate --yes --approve 0123456789abcdef" == asked(board).line()
        assert ("0123456789abcdef", True) == (asked(board).must_be, "Order a laptop" in at.screen())
        assert {"It makes", "Enter runs it"} <= {text for text in ("It makes", "Enter runs it") if text in at.screen()}
        await at.press("escape", "m")
        await at.until(lambda: isinstance(board.screen, Ask))
        board.screen.query_one(Input).value = "ITOPS-2"
        await at.press("enter")
        await at.until(lambda: any("ITOPS-2: conflict" in note.message for note in board._notifications))
        assert (None, 1) == (board.running, len(board.screen_stack))

    drive(board, script)
