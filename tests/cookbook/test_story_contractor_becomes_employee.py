"""The recipe `contractor-becomes-employee`, played: the type of employment changes on a day, and perhaps back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from story import Story, story


@contextmanager
def contracted(folder: Path) -> Iterator[tuple[Story, int]]:
    """Lend a story in which a contractor began yesterday."""
    with story(folder, "contractor-becomes-employee") as told:
        ada = told.hr.hire("Ada", "Byron", told.day(-1), manager=9001, employment_type="Contractor")
        assert {"create": 1} == told.sync()
        assert ["To Do"] == statuses(told)
        yield told, int(ada["id"])


def statuses(told: Story) -> list[str]:
    """Return the status of every issue, oldest first."""
    return [issue.status.name for issue in told.issues()]


def test_the_type_changes_on_its_day(tmp_path: Path) -> None:
    """Nothing before the day; the sweep after it closes the access issue with one comment, and the onboarding opens."""
    with contracted(tmp_path) as (told, person):
        told.hr.change_employment(person, told.day(5), "Full-time")
        assert {} == told.sync()
        told.pass_days(6)

        assert {"close": 1, "create": 1} == told.sync("--full")
        assert (["Done", "To Do"], 1) == (statuses(told), len(told.comments("Contractor access")))
        assert "Onboard Ada Byron as an employee" == told.issues()[1].fields["summary"]
        assert told.person(9001)["email"] == told.account(told.issues()[1].fields["assignee"])


def test_back_to_contractor(tmp_path: Path) -> None:
    """The change is taken back by another one: access is open again, and the onboarding is cancelled."""
    with contracted(tmp_path) as (told, person):
        told.hr.change_employment(person, told.day(0), "Full-time")
        told.sync()
        told.hr.change_employment(person, told.day(1), "Contractor")
        told.pass_days(2)

        assert {"reopen": 1, "cancel": 1} == told.sync("--full")
        assert ["To Do", "Cancelled"] == statuses(told)

        told.hr.change_employment(person, told.day(0), "Full-time")
        assert {"close": 1, "reopen": 1} == told.sync()
        assert ["Done", "To Do"] == statuses(told)


def test_a_contractor_who_leaves(tmp_path: Path) -> None:
    """The access issue is cancelled once the last day is over, and no onboarding opens."""
    with contracted(tmp_path) as (told, person):
        told.hr.terminate(person, told.day(3))
        assert {} == told.sync()
        told.pass_days(4)

        assert {"cancel": 1} == told.sync("--full")
        assert ["Cancelled"] == statuses(told)


def test_an_employee_from_the_start(tmp_path: Path) -> None:
    """Somebody who never was a contractor has the onboarding alone."""
    with story(tmp_path, "contractor-becomes-employee") as told:
        told.hr.hire("Bo", "Marsh", told.day(3), manager=9001)

        assert {"create": 1} == told.sync()
        assert "Onboard Bo Marsh as an employee" == told.issues()[0].fields["summary"]
