"""The recipe `request`, played: a service request in the name of who comes, raised once whatever is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from remarks import remarks
from story import Story, story

from pfjira.sandbox.faults import Fault, Kind


def hire(told: Story, *, account: bool = True) -> int:
    """Enter somebody whose first day is in nine days, with an account in Jira or without; return the id."""
    if account:
        told.jira.act("add_account", display_name="Ada Ray", email="ada.ray@example.com")
    email, day = "ada.ray@example.com", told.day(9)
    return int(told.hr.act("hire", first_name="Ada", last_name="Ray", hired_on=day, email=email)["id"])


def raised_for(told: Story) -> str:
    """Return the address of whom the one request is raised for."""
    customer = told.issue("Laptop for Ada Ray").fields["reporter"]
    return next(one.email for one in told.tool.sandbox.company.accounts if one.account_id == customer)


def test_a_request_is_raised_resolved_and_seen_by_its_customer(tmp_path: Path) -> None:
    """In the new person's name, with the form's fields; the first day moves its date, the laptop resolves it."""
    with story(tmp_path, "request") as told:
        assert [] == told.issues()
        person = hire(told)

        assert {"create": 1} == told.sync()
        issue = told.issue("Laptop for Ada Ray")
        assert ("HELP", "Waiting for support", "ada.ray@example.com") == (
            issue.project.key,
            issue.status.name,
            raised_for(told),
        )

        told.hr.act("edit_employee", id=person, hired_on=told.day(3))
        due = issue.fields["duedate"]
        assert {"update": 1} == told.sync()
        assert due != issue.fields["duedate"]

        told.hr.act("edit_employee", id=person, laptop_ticket="IT-00042")
        assert ({"close": 1}, "Resolved", "10000") == (told.sync(), issue.status.name, issue.fields["resolution"])


def test_a_withdrawn_hire_cancels_the_request(tmp_path: Path) -> None:
    """Terminated before the first day: cancelled, with the reason."""
    with story(tmp_path, "request") as told:
        person = hire(told)
        told.sync()
        told.hr.act("terminate", id=person, effective_on=told.day(0))
        told.pass_days(1)

        assert ({"cancel": 1}, "Canceled", ["The hire was withdrawn"]) == (
            told.sync(),
            told.status("Laptop for Ada Ray"),
            remarks(told, "Laptop for Ada Ray"),
        )


@pytest.mark.parametrize("kind", ["drop_after", "cut_after", "status_after"])
def test_a_lost_answer_raises_no_second_request(tmp_path: Path, kind: Kind) -> None:
    """The site raised it and nobody was told: it is found by its trace, marked, and followed."""
    with story(tmp_path, "request") as told:
        person = hire(told)
        fault = told.tool.sandbox.faults.add(Fault(kind, "jira", "POST", r"servicedeskapi/request$", keep=40))
        told.run("sync")

        told.sync()
        assert (1, 1) == (fault.landed, len(told.issues()))
        told.hr.act("edit_employee", id=person, laptop_ticket="IT-00042")
        assert ({"close": 1}, "Resolved") == (told.sync(), told.status("Laptop for Ada Ray"))


def test_a_request_that_never_arrived_is_raised_again(tmp_path: Path) -> None:
    """The connection broke before the site had it; after a quarter of an hour that is certain, and it is sent."""
    with story(tmp_path, "request") as told:
        hire(told)
        told.tool.sandbox.clock.advance(1200)  # long enough for no listing to show the person as moved again
        fault = told.tool.sandbox.faults.add(Fault("drop_before", "jira", "POST", r"servicedeskapi/request$"))
        first = told.run("sync")
        assert (1, 1, 0) == (fault.landed, first.code, len(told.issues()))

        assert 0 == told.tool.settle(minutes=40).code
        assert 1 == len(told.issues())


def test_a_mark_that_was_lost_is_made_again(tmp_path: Path) -> None:
    """The request was raised and answered, then the site went down before it was marked: one request, found again."""
    with story(tmp_path, "request") as told:
        hire(told)
        fault = told.tool.sandbox.faults.add(Fault("status_before", "jira", "PUT", "properties", times=3))
        told.run("sync")
        told.tool.sandbox.faults.clear()

        told.sync()
        assert (True, 1) == (fault.landed > 0, len(told.issues()))


def test_who_has_no_account_yet_waits(tmp_path: Path) -> None:
    """Nothing is raised in another name, and the person is listed; once the account is there, the request is raised."""
    with story(tmp_path, "request") as told:
        person = hire(told, account=False)
        assert {} == told.sync()
        assert ([], True) == (told.issues(), str(person) in told.run("status").out)

        told.jira.act("add_account", display_name="Ada Ray", email="ada.ray@example.com")
        assert {"create": 1} == told.sync("--full")
        assert (1, "ada.ray@example.com") == (len(told.issues()), raised_for(told))
