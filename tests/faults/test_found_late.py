"""A state that was lost while search lagged: an issue that it shows late finds the task that was settled without it."""

from __future__ import annotations

from pathlib import Path

from harness import company, matching
from machine import Machine, rules_from, standing_still
from simulation import PLAIN

from pfjira.sandbox.jira.options import JiraOptions


def test_row_10_an_issue_that_search_shows_late_is_taken_over(tmp_path: Path) -> None:
    """Its task was completed meanwhile and settled as one that needs no issue: the next full sweep asks about it."""
    options = company(people=12, tasks=5, completed_tasks=0, jira=JiraOptions(index_lag_s=600.0))
    machine = Machine(standing_still(options), tmp_path, rules_from(PLAIN))
    machine.lose_state()
    assert 0 == machine.sync().code
    task_id, task = next(iter(matching(machine.sandbox).items()))
    issue = next(one for one in machine.sandbox.jira.issues.values() if one.fields["summary"] == task["title"].strip())
    machine.sandbox.clock.advance(60)
    machine.lose_state()
    machine.sandbox.peopleforce.complete(task_id)
    assert 0 == machine.sync(full=True).code  # what is open is found by its key, before it would be made again

    machine.sandbox.clock.advance(4000)
    found = machine.sync(full=True)

    assert found.report is not None
    asked = [(conflict.issue_key, conflict.ref.id) for conflict in found.report.plan.conflicts]
    assert (1, 1, [(issue.key, str(task_id))]) == (found.code, found.report.plan.adopted, asked)
