"""No mass change without a person: what is refused, what an approval lets pass, and what it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import CLEAN, RULES, Tool, company, matching, standing, unique_tasks, writes
from small_world import later
from worlds import synced

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

LIMITS = """guards:
  create: { max: 3, percent: 1 }
  update: { max: 3, percent: 1 }
  cancel: { max: 1, percent: 1 }
  first: { max: 500, percent: 0 }
"""


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company under tight limits whose first sync is done."""
    rules = tmp_path / "rules.yaml"
    text, found = re.subn(r"guards:\n(  .*\n)+", LIMITS, RULES.read_text())
    assert 1 == found
    rules.write_text(text)
    with synced(tmp_path, rules) as tool:
        later(tool, 900)
        yield tool


def new_tasks(tool: Tool, count: int, name: str = "Chore") -> None:
    """Make tasks that want an issue."""
    person = tool.sandbox.peopleforce.tasks[unique_tasks(tool.sandbox)[0]]["assigned_to"]
    for number in range(count):
        tool.sandbox.peopleforce.create_task(title=f"{name} {number}", assigned_to=person)


def offered(text: str) -> str:
    """Return the digest that a refusal offers for approval."""
    found = re.search(r"--approve ([0-9a-f]{16})", text)
    assert found is not None, text
    return found[1]


def test_a_mass_creation_is_refused_whole(tool: Tool) -> None:
    """Four creations against a limit of three: 65, nothing written, the digest and the count are said."""
    new_tasks(tool, 4)
    answer = tool.run("sync")
    assert (65, [], 1) == (answer.code, writes(tool.sandbox.requests), len(answer.complaints))
    assert "create 4 issues" in answer.err
    assert tool.run("diff", "--json").json["digest"] == offered(answer.err)


def test_the_approved_plan_is_done(tool: Tool) -> None:
    """With its digest, exactly the refused plan is carried out."""
    new_tasks(tool, 4)
    digest = offered(tool.run("sync").err)

    answer = tool.run("sync", "--approve", digest)

    assert (0, 4, CLEAN) == (answer.code, len(_created(tool)), standing(tool.sandbox))


def test_an_approval_covers_nothing_that_came_later(tool: Tool) -> None:
    """One more task after the look: the approved digest is refused, and a new one is offered."""
    new_tasks(tool, 4)
    digest = offered(tool.run("sync").err)
    new_tasks(tool, 1, "Later")

    answer = tool.run("sync", "--approve", digest)

    assert (65, []) == (answer.code, writes(tool.sandbox.requests))
    assert offered(answer.err) != digest


@pytest.mark.parametrize("digest", ["0000000000000000", "yes", ""])
def test_a_wrong_digest_is_refused(tool: Tool, digest: str) -> None:
    """Whatever is not the digest approves nothing, even a plan within the limits of none."""
    new_tasks(tool, 4)
    assert (65, []) == (tool.run("sync", "--approve", digest).code, writes(tool.sandbox.requests))


def test_many_small_runs_are_a_mass_change_too(tool: Tool) -> None:
    """Three creations pass, one more an hour later is the fourth of the day: refused; a day later it passes."""
    new_tasks(tool, 3)
    assert 0 == tool.run("sync").code
    tool.sandbox.clock.advance(3600)
    new_tasks(tool, 1, "Fourth")
    assert 65 == tool.run("sync").code
    tool.sandbox.clock.advance(24 * 3600)
    assert 0 == tool.run("sync").code


def test_what_a_person_approved_does_not_use_up_the_day(tool: Tool) -> None:
    """After an approved mass creation the ordinary three still pass."""
    new_tasks(tool, 10)
    tool.run("sync", "--approve", offered(tool.run("sync").err))
    new_tasks(tool, 3, "Ordinary")
    assert 0 == tool.run("sync").code


def test_an_approved_plan_that_died_needs_no_second_approval(tool: Tool) -> None:
    """Jira fails in the middle of an approved creation: the next runs finish it by themselves."""
    new_tasks(tool, 8)
    digest = offered(tool.run("sync").err)
    fault = tool.sandbox.faults.add(Fault("unauthorized", "jira", "POST", "/issue$", nth=3))
    assert 77 == tool.run("sync", "--approve", digest, PFJIRA_JIRA_BULK="1").code
    tool.sandbox.faults.clear()

    settled = tool.settle()

    assert (True, 0, CLEAN) == (fault.landed > 0, settled.code, standing(tool.sandbox)), settled.err


def test_a_first_sync_that_died_is_finished_without_a_person(tmp_path: Path) -> None:
    """The first run may create hundreds; when it dies half-way the rest is no mass change of its own."""
    with Sandbox(company(people=60, tasks=200)) as sandbox:
        tool = Tool(sandbox, tmp_path)
        fault = sandbox.faults.add(Fault("unauthorized", "jira", "POST", "/issue/bulk$", nth=2))
        assert (77, 50) == (tool.run("sync").code, len(sandbox.jira.issues))
        sandbox.faults.clear()

        settled = tool.settle()

        assert (True, 0, CLEAN) == (fault.landed > 0, settled.code, standing(sandbox)), settled.err
        new_tasks(tool, 20)
        assert 0 == tool.run("sync").code


def test_a_mass_update_is_refused(tool: Tool) -> None:
    """A rename of everything (somebody imported a list) is refused; so is a mass completion."""
    for task_id in list(matching(tool.sandbox))[:4]:
        tool.sandbox.peopleforce.edit_task(task_id, title=f"Renamed {task_id}")
    assert (65, []) == (tool.run("sync").code, writes(tool.sandbox.requests))


def test_a_mass_removal_is_refused(tool: Tool) -> None:
    """Two tasks gone for certain against a limit of one: nothing is cancelled without a person."""
    for task_id in list(matching(tool.sandbox))[:2]:
        tool.sandbox.peopleforce.remove_task(task_id)
    assert 0 == tool.run("sync", "--full").code
    tool.sandbox.clock.advance(3700)

    refused = tool.run("sync", "--full")
    assert (65, []) == (refused.code, writes(tool.sandbox.requests))

    # Without --full there is nothing to be seen: who is called must be told how to look.
    assert 2 == (refused.err + tool.run("alerts", "list").out).count("`pfjira diff --full`")
    answer = tool.run("sync", "--full", "--approve", offered(refused.err))
    names = [issue.status.name for issue in tool.sandbox.jira.issues.values()]
    assert (0, 2) == (answer.code, names.count("Cancelled"))


def _created(tool: Tool) -> list[str]:
    return [title for issue in tool.sandbox.jira.issues.values() if "Chore" in (title := issue.fields["summary"])]
