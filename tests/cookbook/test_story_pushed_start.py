"""The recipe `pushed-start`, played: the first day moves to and fro while the work under it is open, or done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from story import Story, story
from workdays import monday, workday


@contextmanager
def hired(folder: Path) -> Iterator[tuple[Story, int]]:
    """Lend a story in which somebody begins in the week after next, and the work for it is open."""
    with story(folder, "pushed-start") as told:
        person = int(told.hr.hire("Ada", "Byron", monday(told, 2), manager=9001)["id"])
        assert 4 == told.sync()["create"]
        assert dates(told) == planned(monday(told, 2))
        yield told, person


def dates(told: Story) -> list[str]:
    """Return the due dates of the issue and its children."""
    return [str(told.issue(name).fields["duedate"]) for name in ("Byron begins", "Desk", "Badge", "First talk")]


def planned(start: str) -> list[str]:
    """Return the due dates that belong to a first day."""
    return [start, workday(start, -2), workday(start, -1), workday(start, 1)]


def test_open_work_moves_later_and_earlier(tmp_path: Path) -> None:
    """Put off a week, then brought forward two: the same four issues, each edited once, all on their new dates."""
    with hired(tmp_path) as (told, person):
        for start in (monday(told, 3), monday(told, 1)):
            told.hr.edit_employee(person, hired_on=start)

            assert {"update": 4} == told.sync()
            assert planned(start) == dates(told)
            assert (start, 4) == (told.issue("Byron begins").fields["customfield_10052"], len(told.issues()))


def test_done_work_keeps_its_date(tmp_path: Path) -> None:
    """The desk is done: it keeps its date however the first day moves, and everything else moves."""
    with hired(tmp_path) as (told, person):
        before = dates(told)[1]
        told.move("Desk", "Done", resolution="Done")
        assert {} == told.sync()
        for start in (monday(told, 3), monday(told, 1)):
            told.hr.edit_employee(person, hired_on=start)

            assert {"update": 3} == told.sync()
            due, _, badge, talk = planned(start)
            assert [due, before, badge, talk] == dates(told)
        assert "Done" == told.status("Desk")


def test_reopened_work_catches_up(tmp_path: Path) -> None:
    """The desk was done, the first day moved, and the desk is reopened: it gets the date of today's plan."""
    with hired(tmp_path) as (told, person):
        told.move("Desk", "Done", resolution="Done")
        told.hr.edit_employee(person, hired_on=monday(told, 3))
        told.sync()
        told.move("Desk", "In Progress")

        assert {"update": 1} == told.sync()
        assert planned(monday(told, 3)) == dates(told)
        assert "In Progress" == told.status("Desk")


def test_work_in_progress_moves_and_stays_in_progress(tmp_path: Path) -> None:
    """Only what is done is frozen; a status is never touched because a date moved."""
    with hired(tmp_path) as (told, person):
        told.move("Badge", "In Progress")
        told.hr.edit_employee(person, hired_on=monday(told, 3))

        assert {"update": 4} == told.sync()
        assert (planned(monday(told, 3)), "In Progress") == (dates(told), told.status("Badge"))


def test_a_day_far_ahead_keeps_the_issues(tmp_path: Path) -> None:
    """Put off for half a year: nothing is cancelled, and when the day comes near nothing is opened a second time."""
    with hired(tmp_path) as (told, person):
        told.hr.edit_employee(person, hired_on=monday(told, 26))
        assert {"update": 4} == told.sync()
        told.pass_days(7 * 24)

        assert {} == told.sync()
        assert (["To Do"] * 4, planned(monday(told, 2))) == ([one.status.name for one in told.issues()], dates(told))


def test_a_date_of_both_sides_is_kept_until_both_move(tmp_path: Path) -> None:
    """The team moves the talk: kept. Then the first day moves as well: everything else follows, and pfjira asks."""
    with hired(tmp_path) as (told, person):
        arranged = workday(monday(told, 2), 4)
        told.jira.act("edit", key=told.issue("First talk").key, field="duedate", value=arranged)
        assert {} == told.sync()
        told.hr.edit_employee(person, hired_on=monday(told, 3))

        assert {"update": 3} == told.sync(expect=1)
        assert [*planned(monday(told, 3))[:3], arranged] == dates(told)


def test_once_the_issue_is_done_nothing_moves(tmp_path: Path) -> None:
    """Done by hand with the badge still open: a new first day leaves all of it as it is."""
    with hired(tmp_path) as (told, person):
        before = dates(told)
        told.move("Byron begins", "Done", resolution="Done")
        told.hr.edit_employee(person, hired_on=monday(told, 3))

        assert {} == told.sync()
        assert before == dates(told)
