"""The recipe `manager-change`, played in time."""

from __future__ import annotations

from pathlib import Path

import pytest
from story import Story, story

PERSON, OLD, NEW, OTHER = 9012, 9003, 9004, 9005


def joiner(told: Story) -> int:
    """Hire somebody for today under the old manager, with an open onboarding."""
    hired = told.hr.hire("Vira", "Nova", told.day(0), email="vira.nova@example.com", manager=OLD)
    assert {"create": 1} == told.sync()
    assert told.email(OLD) == told.assignee("Onboard")
    return int(hired["id"])


def leaver(told: Story) -> int:
    """Let somebody under the old manager leave in three weeks, with an open offboarding."""
    told.hr.place(PERSON, told.day(-40), manager=OLD)
    told.hr.terminate(PERSON, told.day(21))
    assert {"create": 1} == told.sync()
    assert told.email(OLD) == told.assignee("Offboard")
    return PERSON


def test_an_onboarding_that_follows_hr_gets_the_new_manager(tmp_path: Path) -> None:
    """The rule's own assignee follows on the day of the change, not before; one comment; done by hand, it stays."""
    with story(tmp_path, "manager-change") as told:
        person = joiner(told)
        told.hr.place(person, told.day(2), manager=NEW)
        assert ({}, told.email(OLD)) == (told.sync(), told.assignee("Onboard"))
        told.pass_days(2)
        assert {"update": 1, "comment": 1} == told.sync()
        assert told.email(NEW) == told.assignee("Onboard")
        (text,) = told.comments("Onboard")
        assert f"From {told.day(0)} the manager is" in text

        told.move("Onboard", "Done")
        told.hr.place(person, told.day(0), manager=OTHER)
        assert ({}, told.email(NEW), 1) == (told.sync(), told.assignee("Onboard"), len(told.comments("Onboard")))


def test_an_offboarding_is_handed_over_once(tmp_path: Path) -> None:
    """The other rule's issue goes to the new manager on the day; whoever reassigns it afterwards keeps it."""
    with story(tmp_path, "manager-change") as told:
        person = leaver(told)
        told.hr.place(person, told.day(1), manager=NEW)
        assert ({}, told.email(OLD)) == (told.sync(), told.assignee("Offboard"))
        told.pass_days(1)
        assert {"set once": 1, "comment": 1} == told.sync()
        assert (told.email(NEW), 1) == (told.assignee("Offboard"), len(told.comments("Offboard")))

        told.assign("Offboard", OTHER)
        for _ in range(3):
            told.pass_days(1)
            assert ({}, told.email(OTHER)) == (told.sync(), told.assignee("Offboard"))
        assert 1 == len(told.comments("Offboard"))


@pytest.mark.parametrize("missed", [0, 5])
def test_a_change_that_no_sync_saw_on_its_day_is_caught_up_with(tmp_path: Path, missed: int) -> None:
    """Entered for a day on which nothing ran: the next run hands over and tells, once."""
    with story(tmp_path, "manager-change") as told:
        person = leaver(told)
        told.hr.place(person, told.day(1), manager=NEW)
        told.pass_days(1 + missed)
        assert {"set once": 1, "comment": 1} == told.sync()
        told.pass_days(1)
        assert ({}, told.email(NEW)) == (told.sync(), told.assignee("Offboard"))


def test_an_offboarding_that_is_done_is_left_alone(tmp_path: Path) -> None:
    """Neither the assignee nor a comment: the work is over."""
    with story(tmp_path, "manager-change") as told:
        person = leaver(told)
        told.move("Offboard", "Done")
        told.hr.place(person, told.day(0), manager=NEW)
        assert ({}, told.email(OLD), []) == (told.sync(), told.assignee("Offboard"), told.comments("Offboard"))
