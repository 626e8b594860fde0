"""A login that has lost its rights sees nothing; that is said with 77, and nothing counts as gone because of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness import CLEAN, Tool, company, standing, unique_tasks
from small_world import later, sent, world
from tally import Tally

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

HOUR_S = 3700


LOST: dict[str, Callable[[], Fault]] = {
    "PeopleForce refuses everything": lambda: Fault("status_before", "peopleforce", status=403, times=None),
    "PeopleForce hides everything": lambda: Fault("status_before", "peopleforce", status=404, times=None),
    "Jira refuses everything": lambda: Fault("status_before", "jira", status=403, times=None),
    "Jira hides everything": lambda: Fault("status_before", "jira", status=404, times=None),
    "Jira refuses the issues": lambda: Fault("status_before", "jira", path="bulkfetch", status=403, times=None),
}


@pytest.mark.parametrize("name", LOST)
def test_row_17_a_login_without_rights_takes_nothing_for_gone(tmp_path: Path, name: str, tally: Tally) -> None:
    """Two full sweeps hours apart: 77 each time, nothing written, no link given up; with the right back all is well."""
    with world(tmp_path) as tool:
        fault = tool.sandbox.faults.add(LOST[name]())
        codes = []
        for _ in range(2):
            codes.append(tool.run("sync", "--full").code)
            later(tool, HOUR_S)
        tool.sandbox.faults.clear()
        facts = tool.run("status", "--json").json["facts"]

        assert ([77, 77], "none") == (codes, facts["issues gone from Jira"])
        assert (0, []) == (tool.run("sync", "--full").code, sent(tool))
        tally.add("17", planned=2, landed=min(2, fault.landed), wrong_cancels=len(sent(tool)))


@pytest.mark.parametrize("arguments", [(), ("--full",)])
@pytest.mark.parametrize("kept", [1, 9])
def test_row_17_hidden_projects_are_no_deleted_issues(
    tmp_path: Path, arguments: tuple[str, ...], kept: int, tally: Tally
) -> None:
    """The projects are hidden from the login: 77, be it one issue or many; shown again, nothing was lost."""
    with Sandbox(company(tasks=12, completed_tasks=3)) as sandbox:
        for task_id in sandbox.peopleforce.task_ids(completed=False):
            if task_id not in unique_tasks(sandbox)[:kept]:
                sandbox.peopleforce.remove_task(task_id)
        tool = Tool(sandbox, tmp_path)
        assert 0 == tool.run("sync").code
        later(tool, 900)
        sandbox.jira.act("hide_project", project="ITOPS")
        for task_id in unique_tasks(sandbox):
            sandbox.peopleforce.edit_task(task_id, ends_on="2031-02-03")

        refused = tool.run("sync", *arguments)

        assert (77, []) == (refused.code, sent(tool)), refused.err
        sandbox.jira.act("hide_project", project="ITOPS", hidden=False)
        assert (0, CLEAN) == (tool.settle("--full").code, standing(sandbox))
        tally.add("17", planned=1, landed=1)


PEOPLE = """
version: 1
rules:
  - id: staff
    for: employee
    make: issue
    in: { project: ITOPS, type: Task }
    set: { summary: "{{ employee.full_name }}" }
    cancel_when: employee.gone
    cancel: { to: Cancelled }
"""


def test_row_17_who_lists_people_and_shows_none_by_id_takes_nobody_for_gone(tmp_path: Path, tally: Tally) -> None:
    """Two people left the lists and every read by id says 404, that of those who are listed too: 77 and no cancelling.

    With the right back, both are gone for certain.
    """
    rules = tmp_path / "rules.yaml"
    rules.write_text(PEOPLE)
    with Sandbox(company(people=20, tasks=1)) as sandbox:
        tool = Tool(sandbox, tmp_path, rules)
        assert 0 == tool.run("sync", "--full").code
        later(tool, HOUR_S)
        for person in sandbox.company.people[4:6]:
            sandbox.peopleforce.remove_employee(person.id)
        assert 0 == tool.run("sync", "--full").code
        later(tool, HOUR_S)
        fault = sandbox.faults.add(
            Fault("status_before", "peopleforce", path=r"/employees/\d+", status=404, times=None)
        )

        refused = tool.run("sync", "--full")

        assert (77, []) == (refused.code, sent(tool)), refused.err
        tally.add("17", "C5", planned=1, landed=min(1, fault.landed), wrong_cancels=len(sent(tool)))
        sandbox.faults.clear()
        assert 0 == tool.run("sync", "--full").code
        names = [issue.status.name for issue in sandbox.jira.issues.values()]
        assert 2 == names.count("Cancelled")
