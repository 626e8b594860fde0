"""The recipe `withdrawn-hire`, played: a hire that comes to nothing by termination, or by removal, or by neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from story import Story, story

from pfjira.sandbox.jira import site

COMMENT = "The hire was withdrawn in PeopleForce"
HOUR_S = 3700


@contextmanager
def hired(folder: Path) -> Iterator[tuple[Story, int]]:
    """Lend a story in which somebody begins in ten days, and the contract is done already."""
    with story(folder, "withdrawn-hire") as told:
        person = int(told.hr.hire("Ada", "Byron", told.day(10), manager=9001)["id"])
        assert 4 == told.sync()["create"]
        told.move("Contract", "Done", resolution="Done")
        assert {} == told.sync()
        assert OPEN == statuses(told)
        yield told, person


OPEN = ["To Do", "Done", "To Do", "To Do"]
WITHDRAWN = ["Cancelled", "Done", "Cancelled", "Cancelled"]


def statuses(told: Story) -> list[str]:
    """Return the statuses of the issue and its children."""
    assert 4 == len(told.issues())
    return [told.status(name) for name in ("Byron begins", "Contract", "Accounts", "Laptop")]


def comments(told: Story) -> list[list[str]]:
    """Return the texts of the comments on the issue and its children."""
    issues = [told.issue(name) for name in ("Byron begins", "Contract", "Accounts", "Laptop")]
    return [[text(comment["body"]) for comment in issue.comments] for issue in issues]


def text(document: dict[str, object]) -> str:
    """Return the text in an Atlassian document."""
    inner = document.get("content")
    parts = inner if isinstance(inner, list) else []
    return str(document.get("text", "")) + "".join(text(part) for part in parts)


@pytest.mark.parametrize("ahead", [0, 5, 10])
def test_terminated_on_or_before_the_first_day(tmp_path: Path, ahead: int) -> None:
    """The termination takes effect: open work is cancelled with a comment each, the contract stays done."""
    with hired(tmp_path) as (told, person):
        told.hr.terminate(person, told.day(ahead))
        told.pass_days(ahead + 1)

        assert {"cancel": 3} == told.sync()
        assert WITHDRAWN == statuses(told)
        assert [[COMMENT], [], [COMMENT], [COMMENT]] == comments(told)
        resolution = told.issue("Byron begins").fields["resolution"]
        assert "Won't Do" == site.RESOLUTIONS[resolution]


def test_announced_is_not_withdrawn_yet(tmp_path: Path) -> None:
    """A termination dated ahead changes nothing before its day, and taken back in time it changes nothing at all."""
    with hired(tmp_path) as (told, person):
        told.hr.terminate(person, told.day(5))
        assert {} == told.sync()
        told.hr.revert_termination(person)
        told.pass_days(6)

        assert {} == told.sync()
        assert OPEN == statuses(told)


def test_terminated_after_the_first_day(tmp_path: Path) -> None:
    """Somebody who has begun and leaves keeps the issues as they are: that is a matter for another rule."""
    with hired(tmp_path) as (told, person):
        told.hr.terminate(person, told.day(12))
        told.pass_days(13)

        assert {} == told.sync()
        assert ("terminated", OPEN) == (told.person(person)["status"], statuses(told))


def test_removed_from_peopleforce(tmp_path: Path) -> None:
    """Gone only after two complete sweeps an hour apart and a look by id; then cancelled as any withdrawal."""
    with hired(tmp_path) as (told, person):
        told.hr.remove_employee(person)

        assert {} == told.sync()
        assert {} == told.sync("--full")  # five minutes apart
        assert {} == told.sync("--full")
        assert OPEN == statuses(told)
        told.tool.sandbox.clock.advance(HOUR_S)
        assert {} == told.sync()  # not a complete sweep
        told.tool.sandbox.requests.clear()

        assert {"cancel": 3} == told.sync("--full")
        assert WITHDRAWN == statuses(told)
        assert [[COMMENT], [], [COMMENT], [COMMENT]] == comments(told)
        told.tool.sandbox.clock.advance(HOUR_S)
        assert {} == told.sync("--full")


def test_on_again(tmp_path: Path) -> None:
    """Withdrawn, and the termination is taken back: the same issues are reopened; withdrawn again, cancelled again."""
    with hired(tmp_path) as (told, person):
        told.hr.terminate(person, told.day(0))
        told.pass_days(1)
        told.sync()
        assert WITHDRAWN == statuses(told)

        told.hr.revert_termination(person)
        assert {"reopen": 3} == told.sync()
        assert OPEN == statuses(told)

        told.hr.terminate(person, told.day(0))
        told.pass_days(1)
        assert {"cancel": 3} == told.sync()
        assert (WITHDRAWN, [[COMMENT] * 2, [], [COMMENT] * 2, [COMMENT] * 2]) == (statuses(told), comments(told))


def test_on_again_for_another_day(tmp_path: Path) -> None:
    """The hire is entered anew with another first day: that is another employment, with issues of its own."""
    with hired(tmp_path) as (told, person):
        told.hr.terminate(person, told.day(0))
        told.pass_days(1)
        told.sync()
        told.hr.rehire(person, told.day(14))

        assert 4 == told.sync()["create"]
        assert ["Cancelled", "To Do"] == [issue.status.name for issue in told.issues("Byron begins")]
        assert ["Done", "To Do"] == [issue.status.name for issue in told.issues("Contract")]


def test_reopened_by_hand_stays_open(tmp_path: Path) -> None:
    """A person reopens the laptop of a withdrawn hire, for somebody else: it is not cancelled a second time."""
    with hired(tmp_path) as (told, person):
        told.hr.terminate(person, told.day(0))
        told.pass_days(1)
        told.sync()
        told.move("Laptop", "In Progress")

        assert {} == told.sync()
        assert [*WITHDRAWN[:3], "In Progress"] == statuses(told)


def test_done_before_the_withdrawal_stays_done(tmp_path: Path) -> None:
    """Everything was done already: a withdrawal changes nothing, and neither does its being taken back."""
    with hired(tmp_path) as (told, person):
        for name in ("Accounts", "Laptop", "Byron begins"):
            told.move(name, "Done", resolution="Done")
        told.sync()
        told.hr.terminate(person, told.day(0))
        told.pass_days(1)
        assert {} == told.sync()
        told.hr.revert_termination(person)

        assert {} == told.sync()
        assert ["Done"] * 4 == statuses(told)
