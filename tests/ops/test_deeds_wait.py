"""A deed that is meant for an issue which is only being made waits for it, and is then done once."""

from __future__ import annotations

from pathlib import Path

from harness import Tool, company
from story import Story

from pfjira.sandbox.server import Sandbox

RULES = """
version: 1
rules:
  - id: joiner
    for: employee
    when: employee.hired_on is within(-1, 30)
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Onboard {{ employee.full_name }}" }
  - id: hello
    for: employee
    when: employee.hired_on is within(-1, 30)
    make: comment
    on: joiner
    text: "First day {{ employee.hired_on }}"
"""


def test_a_comment_on_an_issue_of_the_same_run_comes_with_the_next(tmp_path: Path) -> None:
    """Nobody moved meanwhile; the third run writes nothing more, nor does one with another text in the rules."""
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    with Sandbox(company(people=5, tasks=0, completed_tasks=0)) as sandbox:
        told = Story(Tool(sandbox, tmp_path, path))
        told.run("sync")
        told.hr.hire("Ann", "Lee", told.day(9), email="ann.lee@example.com")
        done = []
        for _ in range(3):
            sandbox.clock.advance(300)
            done.append(told.run("sync", "--json").json["done"])
        path.write_text(RULES.replace("First day", "The first day is"))
        assert {} == told.run("sync", "--full", "--json").json["done"]

        assert ([{"create": 1}, {"comment": 1}, {}], 1) == (done, len(told.comments("Onboard Ann")))
