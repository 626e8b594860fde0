"""The recipe `equipment`, played: things are handed out, come back, and are collected from who leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from remarks import remarks
from story import Story, story


def lent(told: Story, name: str, code: str, person: int) -> dict[str, Any]:
    """Let somebody buy a thing and assign it today; return the assignment."""
    asset = told.hr.act("add_asset", name=name, code=code)
    return dict(told.hr.act("issue_asset", asset=asset["id"], employee=person, issued_on=told.day(0)))


def somebody(told: Story) -> int:
    """Return the id of a person who is employed."""
    return next(one.id for one in told.hr.employees.by_id.values() if one.status == "employed")


def assignment(told: Story, number: int) -> Any:
    """Return an assignment as PeopleForce keeps it."""
    return told.hr.assets.assignments[number]


def test_an_asset_is_handed_over_and_returned(tmp_path: Path) -> None:
    """One issue when it is assigned, none for what was handed out long ago; returned in PeopleForce, it is closed."""
    with story(tmp_path, "equipment") as told:
        assert [] == told.issues()
        person = somebody(told)
        row = lent(told, "Laptop 14", "IT-900", person)

        assert {"create": 1} == told.sync()
        issue = told.issue("Hand over Laptop 14 (IT-900)")
        assert (told.person(person)["full_name"] in str(issue.fields["summary"]), told.day(0)) == (
            True,
            issue.fields["duedate"],
        )

        told.pass_days(5)
        assert {} == told.sync()
        told.hr.act("return_asset", assignment=row["id"], returned_on=told.day(0))
        assert {"close": 1} == told.sync()
        assert ("Done", 1) == (told.status("Hand over"), len(told.issues()))
        assert [f"Returned on {told.day(0)}"] == remarks(told, "Hand over")


def test_what_is_handed_over_by_hand_stays_done(tmp_path: Path) -> None:
    """Whoever hands it over moves the issue to Done: nothing is returned by that, and nothing reopened."""
    with story(tmp_path, "equipment") as told:
        row = lent(told, "Laptop 14", "IT-900", somebody(told))
        told.sync()
        told.move("Hand over", "Done", resolution="Done")

        assert {} == told.sync()
        told.pass_days(40)
        assert {} == told.sync()
        assert ("Done", None) == (told.status("Hand over"), assignment(told, row["id"]).returned_on)


def test_a_removed_assignment_leaves_a_cancelled_issue(tmp_path: Path) -> None:
    """Gone from two whole sweeps an hour apart: cancelled, with the reason."""
    with story(tmp_path, "equipment") as told:
        row = lent(told, "Laptop 14", "IT-900", somebody(told))
        told.sync()
        told.hr.act("remove_assignment", id=row["id"])

        assert {} == told.sync("--full")
        told.pass_days(1)
        assert {"cancel": 1} == told.sync("--full")
        assert ("Cancelled", ["The assignment was removed in PeopleForce"]) == (
            told.status("Hand over"),
            remarks(told, "Hand over"),
        )


def test_what_a_leaver_still_has_is_collected(tmp_path: Path) -> None:
    """A second issue, due on the last day; Done there returns the asset, and then the first is closed, too."""
    with story(tmp_path, "equipment") as told:
        person = somebody(told)
        row = lent(told, "Laptop 14", "IT-900", person)
        told.sync()
        told.hr.act("terminate", id=person, effective_on=told.day(14))
        told.pass_days(1)

        had = 1 + sum(
            one.person_id == person and one.returned_on is None and one.id != row["id"]
            for one in told.hr.assets.assignments.values()
        )
        assert {"create": had} == told.sync("--full")
        issue = told.issue("Collect Laptop 14 (IT-900)")
        assert (told.day(13), "To Do") == (issue.fields["duedate"], issue.status.name)

        told.pass_days(12)
        told.move("Collect Laptop 14", "Done", resolution="Done")
        assert {"take back": 1} == told.run("sync", "--json").json["done"]
        assert told.day(0) == assignment(told, row["id"]).returned_on
        assert ({"close": 1}, "Done") == (told.sync(), told.status("Hand over"))


def test_who_stays_after_all_keeps_the_asset(tmp_path: Path) -> None:
    """The termination is taken back: the issue is cancelled, and its done status returns nothing."""
    with story(tmp_path, "equipment") as told:
        person = somebody(told)
        row = lent(told, "Laptop 14", "IT-900", person)
        told.hr.act("terminate", id=person, effective_on=told.day(14))
        told.sync()
        assert "To Do" == told.status("Collect Laptop 14")
        told.hr.act("revert_termination", id=person)
        told.pass_days(1)

        had = len(told.issues("Collect"))
        assert {"cancel": had} == told.sync("--full")
        assert ("Cancelled", None) == (told.status("Collect Laptop 14"), assignment(told, row["id"]).returned_on)
