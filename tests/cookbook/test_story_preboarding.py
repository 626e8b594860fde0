"""The recipe `preboarding`, played: from an accepted offer to the first day, by one issue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from story import Story, story

ADA = "ada@mail.example.org"
ADOPTED = {"take over": 1, "update": 1, "create": 1, "link": 1}
"""What taking an issue over comes to: its mark, its fields, and the child with its link."""


@contextmanager
def accepted(folder: Path) -> Iterator[tuple[Story, int]]:
    """Lend a story in which a candidate has accepted an offer, beside the seeded ones."""
    with story(folder, "preboarding") as told:
        candidate = int(told.hr.add_candidate("Ada Byron", ADA)["id"])
        assert ({}, []) == (told.sync(), told.issues("Byron"))
        told.hr.move_candidate(candidate, "Offer accepted")
        assert {"create": 1} == told.sync()
        yield told, candidate


def hire(told: Story, **more: Any) -> int:
    """Let the candidate become an employee and return the HR id."""
    given = {"email": "ada.byron@example.com", "personal_email": ADA, "manager": 9001, **more}
    return int(told.hr.hire("Ada", "Byron", told.day(20), **given)["id"])


def shown(told: Story) -> list[tuple[object, str]]:
    """Return the summary and status of the issues about the person, oldest first."""
    return [(issue.fields["summary"], issue.status.name) for issue in told.issues("Byron")]


PREPARE = ("Prepare for Ada Byron, Support Engineer", "To Do")
TAKEN_OVER = [("Onboard Ada Byron", "To Do"), ("Accounts for Ada Byron", "To Do")]


def test_the_issue_is_taken_over(tmp_path: Path) -> None:
    """The employee takes the candidate's issue over, with what people did to it; nothing is made a second time."""
    with accepted(tmp_path) as (told, candidate):
        assert [PREPARE] == shown(told)
        issue = told.issue("Byron")
        told.jira.act("comment", key=issue.key, text="The contract is signed")
        told.move("Byron", "In Progress")
        hire(told)

        assert ADOPTED == told.sync()
        assert [("Onboard Ada Byron", "In Progress"), TAKEN_OVER[1]] == shown(told)
        assert (issue.id, told.day(20), 1) == (
            told.issue("Onboard").id,
            issue.fields["duedate"],
            len(told.comments("Onboard")),
        )
        assert told.person(9001)["email"] == told.account(issue.fields["assignee"])

        told.hr.move_candidate(candidate, "Hired")
        assert {} == told.sync()
        assert {} == told.sync("--full")
        assert 2 == len(shown(told))


def test_hired_with_the_candidates_address_as_their_own(tmp_path: Path) -> None:
    """The only address of the employee is the candidate's, in capitals: known again all the same."""
    with accepted(tmp_path) as (told, _):
        hire(told, email=ADA.upper(), personal_email=None)

        assert ADOPTED == told.sync()
        assert TAKEN_OVER == shown(told)


def test_accepted_and_hired_between_two_syncs(tmp_path: Path) -> None:
    """Pfjira sees both at once: one issue, the onboarding's; none is made for the candidate, then or later."""
    with story(tmp_path, "preboarding") as told:
        candidate = int(told.hr.add_candidate("Ada Byron", ADA, stage="Offer accepted")["id"])
        hire(told)

        assert {"create": 2, "link": 1} == told.sync()
        assert TAKEN_OVER == shown(told)
        told.hr.move_candidate(candidate, "Hired")
        assert {} == told.sync()
        assert {} == told.sync("--full")
        assert TAKEN_OVER == shown(told)


def test_a_candidate_who_declines(tmp_path: Path) -> None:
    """The issue is cancelled with a comment; accepted after all, it is open again, and can be taken over."""
    with accepted(tmp_path) as (told, candidate):
        told.hr.disqualify(candidate, "Withdrew")
        assert {"cancel": 1} == told.sync()
        assert ([(PREPARE[0], "Cancelled")], 1) == (shown(told), len(told.comments("Byron")))

        told.hr.move_candidate(candidate, "Offer accepted")
        assert {"reopen": 1} == told.sync()
        hire(told)
        assert ADOPTED == told.sync()
        assert TAKEN_OVER == shown(told)


def test_two_candidates_of_one_address(tmp_path: Path) -> None:
    """Nobody is guessed: the employee has an issue of their own, and both candidates keep theirs."""
    with accepted(tmp_path) as (told, _):
        other = int(told.hr.add_candidate("Bo Byron", ADA)["id"])
        told.hr.move_candidate(other, "Offer accepted")
        assert {"create": 1} == told.sync()
        hire(told)

        assert {"create": 2, "link": 1} == told.sync()
        assert [PREPARE, ("Prepare for Bo Byron, Support Engineer", "To Do"), *TAKEN_OVER] == shown(told)


def test_somebody_of_the_same_name_is_somebody_else(tmp_path: Path) -> None:
    """Another address: the employee has an issue of their own, and the candidate's stays."""
    with accepted(tmp_path) as (told, _):
        hire(told, personal_email="other@mail.example.org")

        assert {"create": 2, "link": 1} == told.sync()
        assert [PREPARE, *TAKEN_OVER] == shown(told)


def test_the_taken_over_issue_ends_with_the_employee(tmp_path: Path) -> None:
    """The hire is withdrawn: the one issue and its child are cancelled, and the candidate opens no new one."""
    with accepted(tmp_path) as (told, candidate):
        person = hire(told)
        told.sync()
        told.hr.terminate(person, told.day(0))
        told.pass_days(1)

        assert {"cancel": 2} == told.sync()
        told.hr.move_candidate(candidate, "Hired")
        assert {} == told.sync()
        assert [(summary, "Cancelled") for summary, _ in TAKEN_OVER] == shown(told)
