"""The recipe `onboarding`, played: work opens in several projects, follows the record, and ends with the issue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from story import Story, story
from workdays import monday, workday

MANAGER = 9001


def hire(told: Story, day: str, **more: Any) -> int:
    """Enter a joiner and return the HR id."""
    given = {"department": "Sales", "location": "Lviv", "manager": MANAGER, "email": "ada.byron@example.com", **more}
    return int(told.hr.hire("Ada", "Byron", day, **given)["id"])


def account(told: Story, person: int) -> str:
    """Return the account of a person."""
    email = told.hr.employees.by_id[person].email
    return next(one.account_id for one in told.tool.sandbox.company.accounts if one.email == email)


def test_the_work_opens_when_the_first_day_comes_near(tmp_path: Path) -> None:
    """Nothing three weeks ahead; two weeks ahead one issue and three children, each in its project, with its date."""
    with story(tmp_path, "onboarding") as told:
        start = monday(told, 4)
        hire(told, start)
        assert {} == told.sync()
        told.pass_days(7)
        assert {} == told.sync()

        told.pass_days(7)
        assert 4 == told.sync()["create"]

        parent = told.issue("Onboard")
        assert ("HR", "Onboarding", "Onboard Ada Byron, Support Engineer", start, account(told, MANAGER)) == (
            parent.project.key,
            parent.type.name,
            parent.fields["summary"],
            parent.fields["duedate"],
            parent.fields["assignee"],
        )
        assert ({"pfjira", "onboarding"}, "10101") == (set(parent.fields["labels"]), parent.fields["customfield_10051"])
        children = [told.issue(name) for name in ("Accounts", "Laptop", "Welcome")]
        assert [
            ("ITOPS", "Task", workday(start, -5), None),
            ("ITOPS", "Task", workday(start, -3), None),
            ("HR", "Sub-task", workday(start, 1), parent.id),
        ] == [(one.project.key, one.type.name, one.fields["duedate"], one.fields.get("parent")) for one in children]
        linked = {other for _, _, other in parent.links}
        assert ({children[0].id, children[1].id}, 4) == (linked, len(told.issues()))


def test_an_intern_gets_no_laptop(tmp_path: Path) -> None:
    """A child whose condition does not hold is not made; the others are."""
    with story(tmp_path, "onboarding") as told:
        hire(told, monday(told, 2), employment_type="Internship")

        assert 3 == told.sync()["create"]
        assert [] == told.issues("Laptop")


def test_the_manager_is_assigned_once(tmp_path: Path) -> None:
    """Somebody else takes the issue over, or the joiner gets another manager: the issue stays with who has it."""
    with story(tmp_path, "onboarding") as told:
        person = hire(told, monday(told, 2))
        told.sync()
        issue, other = told.issue("Onboard"), account(told, 9002)
        told.jira.act("assign", key=issue.key, account_id=other)
        told.hr.place(person, told.day(-1), manager=9003)

        assert {} == told.sync()
        assert other == issue.fields["assignee"]


def test_what_hr_owns_is_kept(tmp_path: Path) -> None:
    """Office and role follow the record; a due date that somebody moves in Jira is put back, other labels stay."""
    with story(tmp_path, "onboarding") as told:
        start = monday(told, 2)
        person = hire(told, start)
        told.sync()
        issue = told.issue("Onboard")
        told.jira.act("edit", key=issue.key, field="duedate", value=told.day(1))
        told.jira.act("labels", key=issue.key, add=["urgent"], remove=["onboarding"])
        (row,) = told.hr.employees.placements.of(person)
        told.hr.edit_place(person, row.id, location="Warsaw", position="System Administrator")

        assert {"update": 1} == told.sync()
        assert (start, "10102", "Onboard Ada Byron, System Administrator", {"pfjira", "onboarding", "urgent"}) == (
            issue.fields["duedate"],
            issue.fields["customfield_10051"],
            issue.fields["summary"],
            set(issue.fields["labels"]),
        )


def test_the_laptop_is_noted_once(tmp_path: Path) -> None:
    """The child is done: its key is written to the employee; cleared there by HR, it is not written a second time."""
    with story(tmp_path, "onboarding") as told:
        person = hire(told, monday(told, 2))
        told.sync()
        told.move("Laptop", "Done", resolution="Done")

        assert {"set fields": 1} == told.sync()
        assert told.issue("Laptop").key == told.person(person)["fields"]["laptop_ticket"]["value"]

        told.hr.edit_employee(person, laptop_ticket=None)
        assert {} == told.sync()
        assert not (told.person(person)["fields"].get("laptop_ticket") or {}).get("value")


def test_a_laptop_that_hr_noted_is_left_alone(tmp_path: Path) -> None:
    """The field is not empty: what HR wrote stays."""
    with story(tmp_path, "onboarding") as told:
        person = hire(told, monday(told, 2), laptop_ticket="OLD-1")
        told.sync()
        told.move("Laptop", "Done", resolution="Done")

        assert {} == told.sync()
        assert "OLD-1" == told.person(person)["fields"]["laptop_ticket"]["value"]


def test_once_the_issue_is_done_nothing_follows(tmp_path: Path) -> None:
    """The issue is done in Jira: a new first day and a new office change neither it nor its open children."""
    with story(tmp_path, "onboarding") as told:
        start = monday(told, 2)
        person = hire(told, start)
        told.sync()
        told.move("Onboard", "Done", resolution="Done")
        told.sync()
        told.hr.edit_employee(person, hired_on=told.day(5))

        assert {} == told.sync()
        assert (start, workday(start, -5)) == (
            told.issue("Onboard").fields["duedate"],
            told.issue("Accounts").fields["duedate"],
        )
        assert ["Done", "To Do", "To Do", "To Do"] == [issue.status.name for issue in told.issues()]
