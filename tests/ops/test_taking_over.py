"""One rule takes over another's issue: the one who was a candidate is an employee now."""

from __future__ import annotations

from pathlib import Path

from test_once import done, people

RULES = """  - id: preboarding
    for: candidate
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Before {{ candidate.full_name }}, {{ candidate.application.stage }}" }
  - id: onboarding
    for: employee
    when: employee.candidate_id is not none
    adopt: "preboarding/{{ employee.candidate_id }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "On board {{ employee.full_name }}" }
"""


def test_a_candidate_who_moves_on_and_is_hired_keeps_one_issue(tmp_path: Path) -> None:
    """Both records move between two runs: the new rule answers for the issue, and the old one makes no second."""
    with people(tmp_path, RULES) as tool:
        hr, jira = tool.sandbox.peopleforce, tool.sandbox.jira
        candidate = hr.act("add_candidate", full_name="New Face", email="face@x.example")["id"]
        done(tool)
        hr.act("move_candidate", id=candidate, stage="Interview")
        name = {"first_name": "New", "last_name": "Face"}
        hr.act("hire", **name, hired_on="2031-01-06", personal_email="face@x.example")

        assert [{"update": 1, "take over": 1}, {}] == [done(tool), done(tool)]
        hr.act("move_candidate", id=candidate, stage="Applied")
        assert {} == done(tool)
        found = [issue.fields["summary"] for issue in jira.issues.values() if "Face" in str(issue.fields["summary"])]
        assert ["On board New Face"] == found
