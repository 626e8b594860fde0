"""The recipe `long-leave`, played in time."""

from __future__ import annotations

from pathlib import Path

import pytest
from story import Story, story

AWAY = 9012
MADE = {"create": 1}


def nobody_is_away(told: Story) -> None:
    """Take away the leave that the company came with: on some day of the calendar it would be about to begin."""
    for leave in list(told.hr.leave.by_id):
        told.hr.remove_leave(leave)
    told.hr.request_leave(AWAY + 1, told.day(-60), told.day(-58))  # a list without any row proves no absence


def ask(told: Story, first: int = 10, last: int = 40, **more: str) -> int:
    """Let somebody ask for leave from one day to another, counted from today; return the request's id."""
    return int(told.hr.request_leave(AWAY, told.day(first), told.day(last), **more)["id"])


def test_short_leave_does_nothing(tmp_path: Path) -> None:
    """Three weeks to the day are no long leave; a day more is."""
    with story(tmp_path, "long-leave", prepare=nobody_is_away) as told:
        ask(told, 10, 30)
        assert ({}, []) == (told.sync(), told.issues())
        ask(told, 10, 31)
        assert MADE == told.sync()
        assert f"{told.day(10)} to {told.day(31)}" in str(told.issue("Arrange cover").fields["summary"])


def test_long_leave_far_ahead_waits_for_its_month(tmp_path: Path) -> None:
    """Approved half a year ahead: the issue comes thirty days before the first day, once."""
    with story(tmp_path, "long-leave", prepare=nobody_is_away) as told:
        ask(told, 90, 130)
        assert ({}, []) == (told.sync(), told.issues())
        told.pass_days(59)
        assert {} == told.sync()
        told.pass_days(1)
        assert (MADE, "To Do") == (told.sync(), told.status("Arrange cover"))
        told.pass_days(1)
        assert {} == told.sync()


@pytest.mark.parametrize("state", ["withdrawn", "rejected"])
def test_leave_that_is_called_off_cancels_and_approved_again_reopens(tmp_path: Path, state: str) -> None:
    """Cancelled with one comment; approved after all, the same issue is open again."""
    with story(tmp_path, "long-leave", prepare=nobody_is_away) as told:
        leave = ask(told, state="pending")
        assert {} == told.sync()
        told.hr.set_leave_state(leave, "approved")
        assert MADE == told.sync()
        told.hr.set_leave_state(leave, state)
        assert ({"cancel": 1}, "Cancelled") == (told.sync(), told.status("Arrange cover"))
        (text,) = told.comments("Arrange cover")
        assert "called off or shortened" in text
        told.hr.set_leave_state(leave, "approved")
        assert ({"reopen": 1}, "To Do") == (told.sync(), told.status("Arrange cover"))


def test_leave_that_is_deleted_is_cancelled_after_two_sweeps(tmp_path: Path) -> None:
    """PeopleForce tells nothing of a deletion: two full sweeps an hour apart prove it, and one comment says so."""
    with story(tmp_path, "long-leave", prepare=nobody_is_away) as told:
        leave = ask(told)
        assert MADE == told.sync()
        told.hr.remove_leave(leave)
        assert {} == told.sync("--full")
        assert "To Do" == told.status("Arrange cover")
        told.tool.sandbox.clock.advance(3700)
        assert ({"cancel": 1}, "Cancelled") == (told.sync("--full"), told.status("Arrange cover"))
        assert 1 == len(told.comments("Arrange cover"))


def test_leave_that_is_shifted_keeps_its_issue(tmp_path: Path) -> None:
    """Other dates are written into the issue; shortened, it is cancelled; longer again, opened again."""
    with story(tmp_path, "long-leave", prepare=nobody_is_away) as told:
        leave = ask(told)
        assert MADE == told.sync()
        told.hr.shift_leave(leave, told.day(12), told.day(45))
        assert {"update": 1} == told.sync()
        assert f"{told.day(12)} to {told.day(45)}" in str(told.issue("Arrange cover").fields["summary"])
        told.hr.shift_leave(leave, told.day(12), told.day(16))
        assert ({"cancel": 1}, "Cancelled") == (told.sync(), told.status("Arrange cover"))
        told.hr.shift_leave(leave, told.day(12), told.day(45))
        assert ({"reopen": 1}, 1) == (told.sync(), len(told.issues()))
