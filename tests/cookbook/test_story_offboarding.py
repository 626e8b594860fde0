"""The recipe `offboarding`, played in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from story import Story, story

LEAVER = 9012
MADE = {"create": 3, "link": 2}
WORK = ("Offboard", "Close the accounts", "Take back the laptop")


def statuses(told: Story) -> list[str]:
    """Return the status of the issue and of its two children."""
    return [told.status(text) for text in WORK]


def comments(told: Story) -> list[int]:
    """Count the comments on the issue and on its children."""
    return [len(told.issue(text).comments) for text in WORK]


def days(told: Story) -> list[Any]:
    """Return the days on which the issue and its children are due."""
    return [told.issue(text).fields["duedate"] for text in WORK]


def test_a_last_day_ahead_opens_its_issues_two_weeks_before(tmp_path: Path) -> None:
    """Nothing sixteen days ahead, everything fourteen ahead, though nobody moved anything; then the day moves."""
    with story(tmp_path, "offboarding") as told:
        told.hr.terminate(LEAVER, told.day(16))
        last = told.day(16)
        assert ({}, []) == (told.sync(), told.issues())
        told.pass_days(2)
        assert MADE == told.sync()
        assert ([last] * 3, ["To Do"] * 3) == (days(told), statuses(told))
        manager = told.person(LEAVER)["reporting_to"]["email"]
        assert manager == told.account(told.issue("Offboard").fields["assignee"])

        told.move("Take back", "Done")
        assert {} == told.sync()
        told.hr.terminate(LEAVER, told.day(20))
        assert {"update": 2} == told.sync()
        assert [told.day(20), told.day(20), last] == days(told)

        told.pass_days(21)
        assert "terminated" == told.person(LEAVER)["status"]
        assert ({}, ["To Do", "To Do", "Done"]) == (told.sync(), statuses(told))


def test_a_last_day_that_is_today_opens_its_issues_at_once(tmp_path: Path) -> None:
    """Who leaves on the spot has the issues at the next sync, and who left two weeks ago has none."""
    with story(tmp_path, "offboarding") as told:
        told.hr.terminate(LEAVER, told.day(0))
        told.hr.terminate(LEAVER + 1, told.day(-14))
        assert MADE == told.sync()
        assert ["terminated", [told.day(0)] * 3] == [told.person(LEAVER)["status"], days(told)]


def test_row_34_a_termination_reverted_before_its_day_and_entered_again(tmp_path: Path) -> None:
    """Taken back: cancelled with one comment each. Entered again: the same issues are open again, with the new day."""
    with story(tmp_path, "offboarding") as told:
        told.hr.terminate(LEAVER, told.day(5))
        assert MADE == told.sync()
        told.hr.revert_termination(LEAVER)
        assert {"cancel": 3} == told.sync()
        assert (["Cancelled"] * 3, [1, 1, 1]) == (statuses(told), comments(told))
        (text,) = told.comments("Offboard")
        assert "The termination was taken back in PeopleForce" in text

        told.hr.terminate(LEAVER, told.day(9))
        assert {"update": 3, "reopen": 3} == told.sync()
        assert (["To Do"] * 3, [told.day(9)] * 3, 3) == (statuses(told), days(told), len(told.issues()))
        told.pass_days(1)  # the guard counts what was cancelled within a day
        told.hr.revert_termination(LEAVER)
        assert ({"cancel": 3}, [2, 2, 2]) == (told.sync(), comments(told))


def test_row_34_a_termination_reverted_after_its_day(tmp_path: Path) -> None:
    """What was done stays done without a word, what is open is cancelled; another termination opens that again."""
    with story(tmp_path, "offboarding") as told:
        told.hr.terminate(LEAVER, told.day(1))
        assert MADE == told.sync()
        told.move("Take back", "Done")
        told.pass_days(3)
        assert {} == told.sync()
        told.hr.revert_termination(LEAVER)
        assert {"cancel": 2} == told.sync()
        assert (["Cancelled", "Cancelled", "Done"], [1, 1, 0]) == (statuses(told), comments(told))

        told.pass_days(10)
        told.hr.terminate(LEAVER, told.day(4))
        assert {"update": 2, "reopen": 2} == told.sync()
        assert (["To Do", "To Do", "Done"], [told.day(4)] * 2) == (statuses(told), days(told)[:2])


def test_row_34_a_reverted_termination_opens_nothing_by_itself(tmp_path: Path) -> None:
    """Reverted before the first sync saw it: no issue, no comment, and nobody is asked."""
    with story(tmp_path, "offboarding") as told:
        told.hr.terminate(LEAVER, told.day(5))
        told.hr.revert_termination(LEAVER)
        assert ({}, []) == (told.sync(), told.issues())


def test_who_is_hired_again_and_leaves_again_has_another_issue(tmp_path: Path) -> None:
    """A second employment under the same id ends with issues of its own; those of the first stay as they are."""
    with story(tmp_path, "offboarding") as told:
        told.hr.terminate(LEAVER, told.day(0))
        assert MADE == told.sync()
        for text in WORK:
            told.move(text, "Done")
        told.pass_days(30)
        assert {} == told.sync()
        told.hr.rehire(LEAVER, told.day(0))
        assert {} == told.sync()
        told.pass_days(60)
        told.hr.terminate(LEAVER, told.day(3))
        assert MADE == told.sync()
        assert ["Done", "To Do"] == [str(issue.status.name) for issue in told.issues("Offboard")]
