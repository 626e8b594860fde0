"""People who cannot be matched for certain hold up nothing: their issue is made, unassigned, and they are listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import CLEAN, Tool, company, matching, standing
from worlds import synced

from pfjira.engine.people import Doubt
from pfjira.sandbox.company import Account
from pfjira.sandbox.server import Sandbox

DOUBTS = {
    "no_account": Doubt.NO_ACCOUNT,
    "hidden_email": Doubt.HIDDEN,
    "inactive": Doubt.NO_ACCOUNT,  # user search leaves deactivated accounts out (reference: jira section 4)
    "twice": Doubt.SEVERAL,
    "not_assignable": Doubt.NOT_ASSIGNABLE,
}
DAY_S = 24 * 3600 + 60


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company with one person of each doubt, whose first sync is done."""
    with synced(tmp_path, people=200, tasks=260) as tool:
        assert {1} == {len(people) for people in tool.sandbox.company.irregular.values()}
        yield tool


def assignees(tool: Tool, person: int) -> set[Any]:
    """Return who is assigned the issues of a person's tasks."""
    titles = {task["title"] for task in matching(tool.sandbox).values() if task["assigned_to"]["id"] == person}
    others = {task["title"] for task in matching(tool.sandbox).values() if task["assigned_to"]["id"] != person}
    return {
        issue.fields.get("assignee")
        for issue in tool.sandbox.jira.issues.values()
        if issue.fields["summary"] in titles - others
    }


def account(tool: Tool, person: int) -> Account:
    """Return the (first) account with a person's address."""
    email = tool.sandbox.peopleforce.employees.by_id[person].email
    return next(found for found in tool.sandbox.company.accounts if found.email == email)


def clear_up(tool: Tool, kind: str, person: int) -> str:
    """Let somebody put the person's account in order; return its id."""
    if kind == "no_account":
        email = tool.sandbox.peopleforce.employees.by_id[person].email
        tool.sandbox.company.accounts.append(Account("712020:new", "New colleague", str(email)))
    found = account(tool, person)
    found.active, found.email_hidden, found.assignable = True, False, True
    for other in tool.sandbox.company.accounts:
        if other is not found and other.email == found.email:
            other.active = False
    return found.account_id


@pytest.mark.parametrize("kind", DOUBTS)
def test_row_36_a_doubtful_person_is_listed_and_the_issue_is_made_unassigned(tool: Tool, kind: str) -> None:
    """Never the first hit, never a guess; `sync` and `status` say who and why."""
    (person,) = tool.sandbox.company.irregular[kind]
    listed = {entry["person"]: entry["reason"] for entry in tool.run("status", "--json").json["people_in_review"]}

    assert ({None}, CLEAN) == (assignees(tool, person), standing(tool.sandbox))
    assert listed[str(person)].startswith(DOUBTS[kind].value)


def test_every_doubt_is_said_by_the_run(tmp_path: Path) -> None:
    """The first sync names each of the five people with the reason."""
    with Sandbox(company(people=200, tasks=260)) as sandbox:
        said = Tool(sandbox, tmp_path).run("sync", "--json").json["reviews"]
        wanted = {str(sandbox.company.irregular[kind][0]): doubt.value for kind, doubt in DOUBTS.items()}
        assert wanted == {review["person"]: review["reason"] for review in said}


@pytest.mark.parametrize("kind", DOUBTS)
@pytest.mark.parametrize("full", [False, True])
def test_a_cleared_doubt_fills_the_assignee(tool: Tool, kind: str, full: bool) -> None:
    """With the account put in order, the assignee follows: at once with --full, a day later by itself."""
    (person,) = tool.sandbox.company.irregular[kind]
    wanted = clear_up(tool, kind, person)
    tool.sandbox.clock.advance(60 if full else DAY_S)

    answer = tool.run("sync", *(("--full",) if full else ()))

    assert (0, {wanted}) == (answer.code, assignees(tool, person)), answer.out


def test_a_doubt_is_not_asked_about_at_each_run(tool: Tool) -> None:
    """Within the day a quiet run asks about nobody."""
    tool.sandbox.clock.advance(900)
    tool.sandbox.requests.clear()

    assert 0 == tool.run("sync").code
    assert [] == [entry.path for entry in tool.sandbox.requests if "/user" in entry.path]


def test_a_person_once_known_is_never_looked_up_again(tool: Tool) -> None:
    """The account stays with the person though the e-mail address moves to somebody else in Jira."""
    task = next(
        task
        for task in matching(tool.sandbox).values()
        if all(task["assigned_to"]["id"] not in people for people in tool.sandbox.company.irregular.values())
    )
    known = account(tool, task["assigned_to"]["id"])
    tool.sandbox.company.accounts.append(Account("712020:impostor", "Somebody else", known.email))
    known.email = "moved@it.example.com"
    tool.sandbox.clock.advance(DAY_S)
    tool.sandbox.peopleforce.create_task(title="For a known person", assigned_to=task["assigned_to"]["id"])

    assert 0 == tool.run("sync").code
    (issue,) = [i for i in tool.sandbox.jira.issues.values() if i.fields["summary"] == "For a known person"]
    assert known.account_id == issue.fields["assignee"]
