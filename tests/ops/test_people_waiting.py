"""Who waits for review and who does not: no right to look people up, a fallback person, and work that is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import CLEAN, Tool, issue_of, matching, standing, unique_tasks
from small_world import later, world

from pfjira.engine.people import Doubt
from pfjira.sandbox.faults import Fault

DAY_S = 24 * 3600 + 60


def in_review(tool: Tool) -> dict[str, str]:
    """Return the people that `status` shows as waiting, with the reason."""
    return {one["person"]: one["reason"] for one in tool.run("status", "--json").json["people_in_review"]}


def assigned(tool: Tool) -> set[Any]:
    """Return who is assigned any issue."""
    return {issue.fields.get("assignee") for issue in tool.sandbox.jira.issues.values()}


@pytest.mark.parametrize("path", ["user/(assignable/)?search", "user/search", "user/assignable/search"])
def test_without_the_right_to_look_people_up_issues_are_made_all_the_same(tmp_path: Path, path: str) -> None:
    """Everybody waits for review, and is assigned once the right is there."""
    with world(tmp_path, sync=False) as tool:
        fault = tool.sandbox.faults.add(Fault("forbidden", "jira", path=path, times=None))

        answer = tool.run("sync")

        assert (0, {None}, CLEAN) == (answer.code, assigned(tool), standing(tool.sandbox)), answer.err
        assert (True, True) == (fault.landed > 0, Doubt.NO_RIGHT.value in answer.out)
        everybody = {str(task["assigned_to"]["id"]) for task in matching(tool.sandbox).values()}
        assert everybody == set(in_review(tool))

        tool.sandbox.faults.clear()
        later(tool)
        assert (0, True) == (tool.run("sync", "--full").code, len(assigned(tool) - {None}) > 1)


@pytest.fixture
def doubtful(tmp_path: Path) -> Iterator[tuple[Tool, int]]:
    """Lend a company one of whose people has no account, and that person."""
    with world(tmp_path, people=200, tasks=60, sync=False) as tool:
        (person,) = tool.sandbox.company.irregular["no_account"]
        some = tool.sandbox.peopleforce.create_task(title="For nobody", assigned_to=person)
        assert some["assigned_to"]["email"].endswith("it.example.com")
        assert 0 == tool.run("sync").code
        later(tool, 900)
        yield tool, person


@pytest.mark.parametrize("removed", [False, True])
def test_a_person_for_whom_nothing_waits_any_more_is_not_in_review(doubtful: tuple[Tool, int], removed: bool) -> None:
    """Every task of the person was completed, or removed for good: nobody is asked about."""
    tool, person = doubtful
    assert Doubt.NO_ACCOUNT.value == in_review(tool)[str(person)]
    for task_id, task in matching(tool.sandbox).items():
        if task["assigned_to"]["id"] == person:
            (tool.sandbox.peopleforce.remove_task if removed else tool.sandbox.peopleforce.complete)(task_id)
    for _ in range(3):
        assert 0 == tool.run("sync", "--full").code
        later(tool, DAY_S)

    assert str(person) not in in_review(tool)


def test_a_fallback_person_is_known_by_the_address_in_another_record(tmp_path: Path) -> None:
    """A record that names the fallback person without an address settles nothing: the next one has it."""
    with world(tmp_path, tasks=40, sync=False) as tool:
        tasks = matching(tool.sandbox)
        first = tasks[min(tasks)]["assigned_to"]["id"]
        own = next(one for one in reversed(unique_tasks(tool.sandbox)) if tasks[one]["assigned_to"]["id"] != first)
        boss = tasks[own]["assigned_to"]["id"]
        text = tool.rules.read_text()
        tool.rules.write_text(text.replace("    make: issue\n", f'    fallback: "{boss}"\n    make: issue\n'))

        answer = tool.run("sync")

        account = issue_of(tool.sandbox, own).fields.get("assignee")
        assert (0, True) == (answer.code, account is not None)
        assert (None not in assigned(tool), False) == (True, str(boss) in in_review(tool))
