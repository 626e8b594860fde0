"""The recipe `contractor-ending`, played in time."""

from __future__ import annotations

from pathlib import Path

from story import Story, story

MADE = {"create": 1}
TEXT = "Contract of"


def contractor(told: Story, days: int) -> int:
    """Let a contractor begin half a year ago, with an end so many days from today; return the id."""
    hired = told.hr.hire(
        "Vira", "Nova", told.day(-180), email="vira.nova@example.com", manager=9003, employment_type="Contractor"
    )
    told.hr.edit_employee(hired["id"], probation_ends_on=told.day(days))
    return int(hired["id"])


def test_the_manager_is_asked_three_weeks_before_the_end(tmp_path: Path) -> None:
    """Nothing 22 days before, one issue for the manager 21 days before, and no second one as the days go by."""
    with story(tmp_path, "contractor-ending") as told:
        person = contractor(told, 22)
        end = told.person(person)["probation_ends_on"]
        assert {} == told.sync()
        told.pass_days(1)
        assert (MADE, told.email(9003)) == (told.sync(), told.assignee(TEXT))
        assert f"ends on {end}" in str(told.issue(TEXT).fields["summary"])
        for _ in range(3):
            told.pass_days(10)
            assert ({}, "To Do") == (told.sync(), told.status(TEXT))


def test_an_extension_closes_the_issue_and_the_new_end_opens_it_again(tmp_path: Path) -> None:
    """Extended: done, with one comment and the new date. Three weeks before the new end: the same issue, open."""
    with story(tmp_path, "contractor-ending") as told:
        person = contractor(told, 10)
        assert MADE == told.sync()
        told.hr.edit_employee(person, probation_ends_on=told.day(200))
        assert ({"update": 1, "close": 1}, "Done") == (told.sync(), told.status(TEXT))
        (text,) = told.comments(TEXT)
        assert "The contract was extended" in text
        told.pass_days(178)
        assert {} == told.sync()
        told.pass_days(1)
        assert ({"reopen": 1}, "To Do", 1) == (told.sync(), told.status(TEXT), len(told.issues()))


def test_a_contract_of_employment_closes_the_issue(tmp_path: Path) -> None:
    """Who is no contractor any more has nothing to be decided; nor had the employees ever."""
    with story(tmp_path, "contractor-ending") as told:
        person = contractor(told, 10)
        told.hr.edit_employee(9012, probation_ends_on=told.day(10))
        assert MADE == told.sync()
        told.hr.change_employment(person, told.day(0), "Full-time")
        assert ({"close": 1}, "Done") == (told.sync(), told.status(TEXT))


def test_closed_by_hand_it_stays_closed(tmp_path: Path) -> None:
    """The decision was made in Jira: nothing opens the issue again, not even the extension that follows."""
    with story(tmp_path, "contractor-ending") as told:
        person = contractor(told, 10)
        assert MADE == told.sync()
        told.move(TEXT, "Done")
        assert ({}, "Done") == (told.sync(), told.status(TEXT))
        told.hr.edit_employee(person, probation_ends_on=told.day(300))
        assert ({"update": 1}, "Done", []) == (told.sync(), told.status(TEXT), told.comments(TEXT))


def test_a_contractor_who_has_left_cancels_the_issue(tmp_path: Path) -> None:
    """The end came: the issue is cancelled, once the termination is in force."""
    with story(tmp_path, "contractor-ending") as told:
        person = contractor(told, 10)
        assert MADE == told.sync()
        told.hr.terminate(person, told.day(0))
        assert ({"cancel": 1}, "Cancelled") == (told.sync(), told.status(TEXT))
