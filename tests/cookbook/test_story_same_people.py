"""Who is who while people come back, change their address or share one: never guessed, never merged."""

from __future__ import annotations

from pathlib import Path

import pytest
from story import Story, story

PERSON, MANAGER = 9012, 9003
ONBOARD = "Onboard"


def joins(told: Story, first: str, email: str | None, manager: int = MANAGER) -> int:
    """Hire somebody for today; return the id."""
    return int(told.hr.hire(first, "Nova", told.day(0), email=email, manager=manager)["id"])


def test_row_33_hired_again_under_a_new_id_is_a_new_person(tmp_path: Path) -> None:
    """The old record and its issue stay as they are, the new one has its own: the same name merges nobody."""
    with story(tmp_path, "manager-change") as told:
        old = joins(told, "Vira", "vira.nova@example.com")
        assert {"create": 1} == told.sync()
        told.hr.edit_employee(old, email=None)
        told.hr.terminate(old, told.day(0))
        told.sync()
        before = told.status(ONBOARD)
        told.pass_days(60)
        new = joins(told, "Vira", "vira.nova@example.com")
        assert (True, {"create": 1}) == (new != old, told.sync())
        assert [before, "To Do"] == [str(issue.status.name) for issue in told.issues(ONBOARD)]
        assert 2 == len({issue.key for issue in told.issues(ONBOARD)})


def test_row_35_an_address_that_changes_is_the_same_person(tmp_path: Path) -> None:
    """The manager's address changes in PeopleForce: nothing is made anew, nobody is unassigned, the account is kept."""
    with story(tmp_path, "manager-change") as told:
        joins(told, "Vira", "vira.nova@example.com")
        assert {"create": 1} == told.sync()
        account = told.issue(ONBOARD).fields["assignee"]
        assert told.email(MANAGER) == told.account(account)

        told.hr.edit_employee(MANAGER, email="married.name@example.com")
        told.jira.act("edit_account", account_id=account, email="married.name@example.com")
        assert ({}, account) == (told.sync(), told.issue(ONBOARD).fields["assignee"])
        joins(told, "Second", "second.nova@example.com")
        assert {"create": 1} == told.sync()
        assert {account} == {issue.fields["assignee"] for issue in told.issues(ONBOARD)}


@pytest.mark.parametrize("case", ["nobody", "two", "hidden"])
def test_row_36_an_address_that_tells_nobody_for_certain_assigns_nobody(tmp_path: Path, case: str) -> None:
    """No account, two accounts, a hidden address: the issue is made without an assignee, and the person is listed."""
    with story(tmp_path, "manager-change") as told:
        chief = joins(told, "Chief", "chief.nova@example.com")
        told.sync()
        if case == "hidden":
            told.jira.act(
                "add_account", display_name="Somebody Else", email="chief.nova@example.com", email_hidden=True
            )
        for name in ("One", "Two") if case == "two" else ():
            told.jira.act("add_account", display_name=name, email="chief.nova@example.com")
        joins(told, "Vira", "vira.nova@example.com", manager=chief)
        told.tool.sandbox.clock.advance(300)
        answer = told.run("sync", "--json")
        assert ({"create": 1}, None) == (answer.json["done"], told.issue("Onboard Vira").fields.get("assignee"))
        assert [str(chief)] == [one["person"] for one in answer.json["reviews"]]


def test_row_36_an_assignee_of_old_is_left_alone(tmp_path: Path) -> None:
    """A new manager nobody can find in Jira: whoever is assigned stays assigned."""
    with story(tmp_path, "manager-change") as told:
        person = joins(told, "Vira", "vira.nova@example.com")
        chief = joins(told, "Chief", "chief.nova@example.com")
        told.sync()
        account = told.issue("Onboard Vira").fields["assignee"]
        told.hr.place(person, told.day(0), manager=chief)
        told.tool.sandbox.clock.advance(300)
        told.run("sync")
        assert (account, told.email(MANAGER)) == (told.issue("Onboard Vira").fields["assignee"], told.account(account))
