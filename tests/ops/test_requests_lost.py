"""Service requests that cannot be made at once: the answer is lost, or the person is in doubt."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Tool, company
from small_world import later

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

RULES = """version: 1
rules:
  - id: laptop
    for: employee
    when: employee.id < FIRST
    make: request
    in: { project: HELP, request: Laptop }
    raise_for: "{{ employee.id }}"
    set: { summary: "Laptop", description: "A laptop" }
"""


@pytest.mark.parametrize(("first", "left"), [(9002, 0), (9003, 2)])
def test_requests_whose_answers_were_lost_are_not_made_again(tmp_path: Path, first: int, left: int) -> None:
    """One is found by its summary; of two alike nobody can tell which is whose, so they wait for a person."""
    with Sandbox(company(people=12, tasks=0, completed_tasks=0)) as sandbox:
        tool = Tool(sandbox, tmp_path, tmp_path / "rules.yaml")
        text = RULES.replace("FIRST", str(first))
        tool.rules.write_text(text)
        fault = sandbox.faults.add(Fault("drop_after", system="jira", method="POST", path="/request$", times=None))
        tool.run("sync")
        sandbox.faults.clear()
        for _ in range(4):
            later(tool, 1200)
            answer = tool.run("sync", "--json")

        made = first - 9001
        assert (made, made, left, int(left > 0)) == (
            fault.landed,
            len(sandbox.jira.issues),
            answer.json["open"],
            answer.code,
        ), answer.out + answer.err


def test_a_request_waits_for_the_person_it_is_for(tmp_path: Path) -> None:
    """While nobody can tell the account, none is raised in our own name; once it is told, it is raised for it."""
    with Sandbox(company(people=12, tasks=0, completed_tasks=0)) as sandbox:
        tool = Tool(sandbox, tmp_path, tmp_path / "rules.yaml")
        tool.rules.write_text(RULES.replace("FIRST", "9002"))
        sandbox.peopleforce.act("edit_employee", id=9001, email="nobody@it.example.com")
        tool.run("sync")
        assert 0 == len(sandbox.jira.issues)
        account = sandbox.company.accounts[-1].account_id
        assert 0 == tool.run("people", "link", "9001", account, "--also").code
        later(tool)
        answer = tool.run("sync")

        assert (0, [account]) == (answer.code, [one.fields["reporter"] for one in sandbox.jira.issues.values()])
