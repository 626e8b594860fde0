"""The recipe `rehire`, played: who comes back, whose termination is taken back, and who is entered anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from story import Story, story


@contextmanager
def left(folder: Path) -> Iterator[tuple[Story, int]]:
    """Lend a story in which somebody began three days ago, whose issue is done, and left yesterday."""
    with story(folder, "rehire") as told:
        person = int(told.hr.hire("Ada", "Byron", told.day(1), email="ada@example.com", manager=9001)["id"])
        assert 2 == told.sync()["create"]
        for name in ("Byron begins", "Accounts"):
            told.move(name, "Done", resolution="Done")
        told.sync()
        told.hr.terminate(person, told.day(3))
        told.pass_days(4)
        assert ({}, "terminated") == (told.sync(), told.person(person)["status"])
        yield told, person


def seen(told: Story) -> list[tuple[str, str, object]]:
    """Return the summary, status and due date of every issue, oldest first."""
    return [(str(i.fields["summary"]), i.status.name, i.fields.get("duedate")) for i in told.issues()]


def test_back_under_the_same_id(tmp_path: Path) -> None:
    """Another first day: two new issues; those of the first employment are not touched, then or later."""
    with left(tmp_path) as (told, person):
        before, changed = seen(told), [issue.updated for issue in told.issues()]
        told.hr.rehire(person, told.day(10))

        assert 2 == told.sync()["create"]
        assert [
            *before,
            ("Ada Byron begins", "To Do", told.day(10)),
            ("Accounts for Ada Byron", "To Do", None),
        ] == seen(told)
        told.hr.edit_employee(person, hired_on=told.day(12))
        assert {"update": 1} == told.sync()
        assert (before, told.day(12)) == (seen(told)[:2], seen(told)[2][2])
        assert changed == [issue.updated for issue in told.issues()][:2]


def test_row_34_a_termination_that_is_taken_back(tmp_path: Path) -> None:
    """The same first day: the same employment, no issue, and the done ones stay done."""
    with left(tmp_path) as (told, person):
        before = seen(told)
        told.hr.revert_termination(person)

        assert {} == told.sync()
        assert (before, "employed") == (seen(told), told.person(person)["status"])


def test_back_twice(tmp_path: Path) -> None:
    """Left and back a second time: a third employment with a third issue."""
    with left(tmp_path) as (told, person):
        told.hr.rehire(person, told.day(2))
        assert 2 == told.sync()["create"]
        told.hr.terminate(person, told.day(4))
        told.pass_days(5)
        told.sync()
        told.hr.rehire(person, told.day(6))

        assert 2 == told.sync()["create"]
        assert ["Done", "To Do", "To Do"] == [issue.status.name for issue in told.issues("Byron begins")]


def test_row_33_entered_anew_under_another_id(tmp_path: Path) -> None:
    """The same name and private address, another id: another person with issues of their own; nothing is merged."""
    with left(tmp_path) as (told, person):
        before = seen(told)
        other = int(told.hr.hire("Ada", "Byron", told.day(5), email="ada.byron@example.com", manager=9001)["id"])

        assert 2 == told.sync()["create"]
        assert (before, 4, True) == (seen(told)[:2], len(told.issues()), other != person)
