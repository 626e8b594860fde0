"""The recipe `transfer`, played in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from story import Story, story

MOVER = 9012
MADE = {"create": 1}


def day_in(told: Story, months: int, day: int) -> str:
    """Return a day of the month that comes so many months after this one."""
    first = told.today.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    return first.replace(day=day).isoformat()


def others(told: Story) -> list[str]:
    """Return departments that the mover has never been in."""
    names = ["Sales", "Finance", "Marketing", "Warehouse"]
    return [name for name in names if name != told.person(MOVER)["department"]["name"]]


def shown(told: Story) -> list[tuple[str, Any, str]]:
    """Return where each issue says that the mover goes, when, and its status."""
    return [
        (str(issue.fields["summary"]).partition(" moves to ")[2], issue.fields["duedate"], issue.status.name)
        for issue in told.issues(" moves to ")
    ]


def came_from(told: Story, to: str) -> str:
    """Return the whole text of the issue about a move to a department."""
    return str(told.issue(f"moves to {to}").fields["description"])


def test_a_transfer_ahead_has_its_issue_at_once_and_one_only(tmp_path: Path) -> None:
    """One issue, due on the day, for IT; the day itself, which nobody enters, brings nothing more."""
    with story(tmp_path, "transfer") as told:
        to, day = others(told)[0], day_in(told, 1, 10)
        origin = told.person(MOVER)["department"]["name"]
        told.hr.place(MOVER, day, department=to)
        assert (MADE, [(to, day, "To Do")]) == (told.sync(), shown(told))
        assert origin in came_from(told, to)
        told.pass_days(45)
        assert to == told.person(MOVER)["department"]["name"]
        assert ({}, 1) == (told.sync(), len(told.issues()))


def test_a_change_of_manager_or_place_is_no_transfer(tmp_path: Path) -> None:
    """Rows that leave the department as it is open nothing."""
    with story(tmp_path, "transfer") as told:
        told.hr.place(MOVER, day_in(told, 1, 10), manager=9002, location="Lviv")
        assert ({}, []) == (told.sync(), told.issues())


def test_a_row_put_in_between_changes_where_the_later_one_comes_from(tmp_path: Path) -> None:
    """The row before the later transfer is another: its issue says so, and the row in between has its own."""
    with story(tmp_path, "transfer") as told:
        first, second = others(told)[:2]
        told.hr.place(MOVER, day_in(told, 3, 10), department=second)
        assert MADE == told.sync()
        told.hr.place(MOVER, day_in(told, 1, 10), department=first)
        assert {"create": 1, "update": 1} == told.sync()
        assert [(second, day_in(told, 3, 10), "To Do"), (first, day_in(told, 1, 10), "To Do")] == shown(told)
        assert first in came_from(told, second)


def test_a_row_in_between_that_takes_the_move_away_cancels_its_issue(tmp_path: Path) -> None:
    """Moved to the same department earlier, the later row moves nobody any more."""
    with story(tmp_path, "transfer") as told:
        to = others(told)[0]
        told.hr.place(MOVER, day_in(told, 3, 10), department=to)
        assert MADE == told.sync()
        told.hr.place(MOVER, day_in(told, 1, 10), department=to)
        assert {"create": 1, "cancel": 1} == told.sync()
        assert [(to, day_in(told, 3, 10), "Cancelled"), (to, day_in(told, 1, 10), "To Do")] == shown(told)


def test_a_burst_of_rows_is_one_issue_about_the_last_of_them(tmp_path: Path) -> None:
    """Three departments within a week, entered one by one or at once, are one issue that tells where it ends."""
    with story(tmp_path, "transfer") as told:
        one, two, three = others(told)[:3]
        told.hr.place(MOVER, day_in(told, 1, 3), department=one)
        assert (MADE, one) == (told.sync(), shown(told)[0][0])
        told.hr.place(MOVER, day_in(told, 1, 5), department=two)
        last = told.hr.place(MOVER, day_in(told, 1, 8), department=three)["id"]
        assert ({"update": 1}, [(three, day_in(told, 1, 8), "To Do")]) == (told.sync(), shown(told))
        told.hr.place(MOVER, day_in(told, 1, 9), location="Lviv")  # moves nobody to another department
        assert ({}, three) == (told.sync(), shown(told)[0][0])
        told.hr.remove_place(MOVER, last)
        # Now the row of the next day is the one that moves to the third.
        assert ({"update": 1}, [(three, day_in(told, 1, 9), "To Do")]) == (told.sync(), shown(told))


def test_a_row_that_hr_removes_or_moves_away_cancels_its_issue(tmp_path: Path) -> None:
    """Removed: cancelled with one comment, for good. Entered again: open again, as the same issue."""
    with story(tmp_path, "transfer") as told:
        to, day = others(told)[0], day_in(told, 2, 10)
        row = told.hr.place(MOVER, day, department=to)
        assert MADE == told.sync()
        told.hr.remove_place(MOVER, row["id"])
        assert ({"cancel": 1}, [(to, day, "Cancelled")]) == (told.sync(), shown(told))
        (text,) = told.comments("moves to")
        assert "The transfer was called off in PeopleForce" in text

        again = told.hr.place(MOVER, day, department=to)
        assert ({"reopen": 1}, [(to, day, "To Do")]) == (told.sync(), shown(told))
        told.hr.edit_place(MOVER, again["id"], effective_on=day_in(told, 3, 10))
        assert {"create": 1, "cancel": 1} == told.sync()
        assert [(to, day, "Cancelled"), (to, day_in(told, 3, 10), "To Do")] == shown(told)
