"""What rules do once, when something is in the way: a target that is down, a doubt, another word under the same id."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from harness import Answer, Tool, company, writes
from small_world import later

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

HEAD = """version: 1
guards: { create: { max: 500 }, update: { max: 500 } }
targets: { badge: { url: "TARGET" } }
sources: { desk: { id: ticket.id, fields: [ticket.id, ticket.title], scheme: hmac-sha256, header: x-sig } }
rules:
"""
ISSUE = (
    "  - { id: on, for: employee, make: issue, in: { project: HR, type: Task }, "
    'set: { summary: "{{ employee.id }}" } }\n'
)
POST = '  - { id: x, for: employee, make: post, to: badge, body: { id: "{{ employee.id }}" } }\n'
COMMENT = '  - { id: x, for: employee, make: comment, on: on, text: "hello" }\n'
MEMBER = (
    "  - { id: x, for: employee, when: employee.id == 9001, make: member, group: vpn-users, "
    'person: "{{ employee.id }}", cancel_when: CANCEL }\n'
)


@contextmanager
def people(folder: Path, *rules: str, **sizes: Any) -> Iterator[Tool]:
    """Lend a company of a dozen people and no tasks, under these rules."""
    with Sandbox(company(**{"people": 12, "tasks": 0, "completed_tasks": 0, **sizes})) as sandbox:
        tool = Tool(sandbox, folder, folder / "rules.yaml")
        rule(tool, *rules)
        yield tool


def rule(tool: Tool, *rules: str) -> None:
    """Write another rules file."""
    tool.rules.write_text((HEAD + "".join(rules)).replace("TARGET", tool.sandbox.target_url("badge")))


def done(tool: Tool, *, code: int = 0, pause_s: float = 3600) -> dict[str, int]:
    """Run a sync an hour later, and return what it did."""
    later(tool, pause_s)
    answer: Answer = tool.run("sync", "--json")
    assert code == answer.code, answer.out + answer.err
    return dict(answer.json["done"]) if code in (0, 1) else {}


def members(tool: Tool) -> int:
    """Count who is in the group."""
    return len(tool.sandbox.jira.groups.members["c1a7e0f4-3b52-4d6e-9a54-7d1f0c8e2b90"])


def test_what_a_target_could_not_take_is_sent_when_it_is_back(tmp_path: Path) -> None:
    """Though nobody moved in between, and no full sweep was made."""
    with people(tmp_path, POST) as tool:
        tool.sandbox.targets.answer_with("badge", 503)
        done(tool, code=69)
        tool.sandbox.targets.answer_with("badge", 200)

        assert [{"post": 12}, {}] == [done(tool), done(tool)]


def test_issues_that_jira_could_not_take_are_made_when_it_is_back(tmp_path: Path) -> None:
    """People are not listed again until they move, so what is open is asked for."""
    with people(tmp_path, ISSUE) as tool:
        fault = tool.sandbox.faults.add(
            Fault("status_before", system="jira", method="POST", path="issue/bulk", times=None)
        )
        done(tool, code=69)
        tool.sandbox.faults.clear()

        assert fault.landed
        assert [{"create": 12}, {}] == [done(tool), done(tool)]


def test_a_comment_follows_the_issue_that_was_made_before_it(tmp_path: Path) -> None:
    """The run that makes the issue leaves the record open; the next one comments, once."""
    with people(tmp_path, ISSUE, COMMENT) as tool:
        assert [{"create": 12}, {"comment": 12}, {}] == [done(tool), done(tool), done(tool)]


def test_a_comment_of_another_stream_follows_too(tmp_path: Path) -> None:
    """Leave is read before people here; the issue is the person's all the same."""
    told = '  - { id: x, for: leave, when: leave.id > 0, make: comment, on: on, text: "{{ leave.id }}" }\n'
    with people(tmp_path, told, ISSUE, people=30) as tool:
        first, second, third = done(tool), done(tool), done(tool)

        assert ({"create"}, {"comment"}, set()) == (set(first), set(second), set(third))


def test_another_make_under_the_same_id_is_another_deed(tmp_path: Path) -> None:
    """A comment that became an issue, a post, a member: what was done under the id before is not taken for it."""
    with people(tmp_path, ISSUE, COMMENT) as tool:
        done(tool)
        done(tool)
        rule(tool, ISSUE, POST)
        assert {"post": 12} == done(tool)
        rule(tool, ISSUE, MEMBER.replace("CANCEL", "employee.id > 0"))
        assert {} == done(tool)
        rule(tool, ISSUE, ISSUE.replace("id: on", "id: x").replace("project: HR", "project: ITOPS"))

        assert [{"create": 12}, {}] == [done(tool), done(tool)]


def test_an_edit_waits_for_whom_it_cannot_name(tmp_path: Path) -> None:
    """Half of it is not done and then taken for the whole: it is done when the doubt is over."""
    hand_over = (
        '  - { id: x, for: employee, make: update, on: on, set: { duedate: "2031-01-01", '
        'assignee: { person: "{{ employee.id }}" } } }\n'
    )
    with people(tmp_path, ISSUE, hand_over) as tool:
        hidden = tool.sandbox.company.people[0]
        tool.sandbox.peopleforce.act("edit_employee", id=hidden.id, email="nobody@it.example.com")
        done(tool)
        assert {"set once": 11} == done(tool)
        account = next(iter(tool.sandbox.company.accounts)).account_id
        assert 0 == tool.run("people", "link", str(hidden.id), account, "--also").code

        assert [{"set once": 1}, {}] == [done(tool), done(tool)]


def test_a_group_is_left_when_the_last_rule_lets_go(tmp_path: Path) -> None:
    """Two rules gave the same membership: the first that is withdrawn takes nothing away."""
    first = MEMBER.replace("CANCEL", 'employee.fields.github == "x" or employee.fields.github == "y"')
    second = MEMBER.replace("id: x", "id: y").replace("CANCEL", 'employee.fields.github == "y"')
    with people(tmp_path, first, second) as tool:
        hr = tool.sandbox.peopleforce
        assert ({"add member": 2}, 1) == (done(tool), members(tool))
        hr.act("edit_employee", id=9001, github="x")
        assert ({}, 1) == (done(tool), members(tool))
        hr.act("edit_employee", id=9001, github="y")

        assert ({"remove member": 1}, 0, {}) == (done(tool), members(tool), done(tool))


def test_two_rules_that_let_go_at_once_leave_the_group(tmp_path: Path) -> None:
    """Neither takes the other for one that still wants it."""
    rules = MEMBER.replace("CANCEL", 'employee.fields.github == "y"')
    with people(tmp_path, rules, rules.replace("id: x", "id: y")) as tool:
        done(tool)
        tool.sandbox.peopleforce.act("edit_employee", id=9001, github="y")

        assert ({"remove member": 1}, 0, {}) == (done(tool), members(tool), done(tool))


def test_a_state_with_deeds_alone_is_guarded_as_any_other(tmp_path: Path) -> None:
    """After the first run, what was done in the last day counts, five minutes later too."""
    rules = MEMBER.replace("when: employee.id == 9001, ", "")
    with people(tmp_path, rules.replace("CANCEL", "employee.id < 0")) as tool:
        done(tool)
        rule(tool, rules.replace("CANCEL", "employee.id < 9005"))
        assert {"remove member": 4} == done(tool)
        rule(tool, rules.replace("CANCEL", "employee.id < 9010"))

        assert {} == done(tool, code=65)


def test_a_dead_letter_holds_up_nothing_else_of_its_person(tmp_path: Path) -> None:
    """An issue is done in Jira: that is written to HR although another rule of the person was refused."""
    noted = ISSUE.replace(" } }\n", ' }, back: [{ when: issue.status.category == "done", note: "Done" }] }\n')
    with people(tmp_path, noted, POST) as tool:
        tool.sandbox.targets.answer_with("badge", 400)
        done(tool, code=1)
        issue = next(iter(tool.sandbox.jira.issues.values()))
        tool.sandbox.jira.act("transition", key=issue.key, to="Done")

        assert [{"note": 1}, {}] == [done(tool, code=1), done(tool, code=1)]
        assert [] == writes(tool.sandbox.requests)


def test_a_delivery_waits_for_a_rule_that_is_off(tmp_path: Path) -> None:
    """It cannot be read again, so it is not erased before the rule had its turn."""
    told = '  - { id: x, for: hook.desk, make: post, to: badge, body: { text: "{{ hook.ticket.title }}" } }\n'
    with people(tmp_path, told) as tool:
        done(tool)
        tool.run("rules", "disable", "x", "--why", "a test")
        with closing(sqlite3.connect(tool.state)) as store, store:
            fields = json.dumps({"ticket.id": "1", "ticket.title": "Broken"})
            row = ("desk", "1", fields, "2026-01-01T00:00:00+00:00")
            store.execute("INSERT INTO deliveries (source, id, fields, received_at) VALUES (?,?,?,?)", row)
        assert {} == done(tool)
        tool.run("rules", "enable", "x")

        assert [{"post": 1}, {}] == [done(tool), done(tool)]
        with closing(sqlite3.connect(tool.state)) as store:
            assert [("",)] == store.execute("SELECT fields FROM deliveries").fetchall()


def test_a_field_named_person_names_nobody(tmp_path: Path) -> None:
    """What is written to HR is written to the person of the record, whatever its fields are called."""
    back = ' }, back: [{ when: issue.status.category == "done", set: { person: "9002" } }] }\n'
    with people(tmp_path, ISSUE.replace(" } }\n", back)) as tool:
        done(tool)
        (issue,) = [one for one in tool.sandbox.jira.issues.values() if one.fields["summary"] == "9001"]
        tool.sandbox.jira.act("transition", key=issue.key, to="Done")
        later(tool)
        tool.run("sync")

        assert ["9001"] == [one.path.rpartition("/")[2] for one in writes(tool.sandbox.requests.of("peopleforce"))]


def test_many_edits_that_are_made_once_are_no_quarrel(tmp_path: Path) -> None:
    """Eight of them on the same issues within an hour: none can be undone and made again, so none is parked."""
    edit = '  - {{ id: x{}, for: employee, make: update, on: on, set: {{ duedate: "2031-01-0{}" }} }}\n'
    with people(tmp_path, ISSUE) as tool:
        done(tool)
        for number in range(1, 9):
            rule(tool, ISSUE, *(edit.format(one, one) for one in range(1, number + 1)))
            assert {"set once": 12} == done(tool, pause_s=60)
