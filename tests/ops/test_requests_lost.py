"""Answers to service requests that were lost: the call takes no mark, so they are known by what they are about."""

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
