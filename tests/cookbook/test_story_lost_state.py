"""The state file is deleted in the middle of things: the issues are found again by their marks, and none is doubled."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness import writes
from story import Story, story


def lose(told: Story) -> None:
    """Delete the state with all that lies beside it."""
    for path in told.tool.folder.glob("state.db*"):
        path.unlink()


def standing(told: Story) -> list[tuple[str, str, str]]:
    """Return id, summary and status of every issue, oldest first; no mark stands on two of them."""
    assert {1} == {len(ids) for ids in told.jira.issues_by_op().values()}
    return [(issue.id, str(issue.fields["summary"]), issue.status.name) for issue in told.issues()]


def refused(told: Story) -> str:
    """Prove that a sync writes nothing until a person has looked; return the digest to approve."""
    told.tool.sandbox.clock.advance(300)
    told.tool.sandbox.requests.clear()
    answer = told.run("sync")
    assert (65, []) == (answer.code, writes(told.tool.sandbox.requests)), answer.out + answer.err
    return str(told.run("diff", "--json").json["digest"])


def test_in_the_middle_of_onboarding(tmp_path: Path) -> None:
    """A date moved as well: refused with 65; approved, nothing is doubled, and children are linked as before."""
    with story(tmp_path, "onboarding") as told:
        person = int(told.hr.hire("Ada", "Byron", told.day(10), manager=9001)["id"])
        told.sync()
        told.move("Accounts", "Done", resolution="Done")
        told.sync()
        before = standing(told)
        children = [told.issue(name) for name in ("Accounts", "Laptop")]
        accounts_due = children[0].fields["duedate"]
        told.hr.edit_employee(person, hired_on=told.day(17))
        lose(told)

        digest = refused(told)
        assert 3 == told.sync("--approve", digest)["update"]
        assert (before, 4, told.day(17)) == (standing(told), len(before), told.issue("Onboard").fields["duedate"])
        assert accounts_due == children[0].fields["duedate"]
        linked = [other for _, _, other in told.issue("Onboard").links]
        assert sorted(child.id for child in children) == sorted(linked)

        told.move("Laptop", "Done", resolution="Done")
        assert {"set fields": 1} == told.sync()  # the parent knows its children again
        assert told.issue("Laptop").key == told.person(person)["fields"]["laptop_ticket"]["value"]
        told.hr.edit_employee(person, hired_on=told.day(10))
        assert {"update": 2} == told.sync()


def test_with_nothing_to_do(tmp_path: Path) -> None:
    """Both sides agree: what is linked again needs no approval but for what a state alone remembers."""
    with story(tmp_path, "onboarding") as told:
        told.hr.hire("Ada", "Byron", told.day(10), manager=9001)
        told.sync()
        before, made = standing(told), told.issue("Accounts").links
        lose(told)

        told.sync("--approve", refused(told))
        assert (before, made) == (standing(told), told.issue("Accounts").links)


def test_after_a_rehire(tmp_path: Path) -> None:
    """In the second employment: its issue is found again, the first one's is left alone, and later returns count on."""
    with story(tmp_path, "rehire") as told:
        person = int(told.hr.hire("Ada", "Byron", told.day(1), manager=9001)["id"])
        told.sync()
        for name in ("Byron begins", "Accounts"):
            told.move(name, "Done", resolution="Done")
        told.hr.terminate(person, told.day(3))
        told.pass_days(4)
        told.sync()
        told.hr.rehire(person, told.day(10))
        assert 2 == told.sync()["create"]
        before, first = standing(told), told.issues("Byron begins")[0]
        due = first.fields["duedate"]
        told.hr.edit_employee(person, hired_on=told.day(12))
        lose(told)

        told.sync("--approve", refused(told))
        assert (before, [due, told.day(12)]) == (
            standing(told),
            [issue.fields["duedate"] for issue in told.issues("Byron begins")],
        )
        told.hr.terminate(person, told.day(13))
        told.pass_days(14)
        told.sync()
        told.hr.rehire(person, told.day(5))
        assert 2 == told.sync()["create"]
        assert 3 == len(told.issues("Byron begins"))


def test_a_state_from_before_the_rehire(tmp_path: Path) -> None:
    """A backup of the first employment is put back: the issue of the second one is found, and the first left alone."""
    with story(tmp_path, "rehire") as told:
        person = int(told.hr.hire("Ada", "Byron", told.day(1), manager=9001)["id"])
        told.sync()
        copy = shutil.copy(told.tool.state, tmp_path / "copy.db")
        told.hr.terminate(person, told.day(3))
        told.pass_days(4)
        told.sync()
        told.hr.rehire(person, told.day(10))
        told.sync()
        before, dates = standing(told), [issue.fields.get("duedate") for issue in told.issues()]
        lose(told)
        shutil.copy(copy, told.tool.state)

        told.tool.sandbox.clock.advance(300)
        answer = told.run("sync")
        if answer.code == 65:
            told.sync("--approve", str(told.run("diff", "--json").json["digest"]))
        assert (before, dates) == (standing(told), [issue.fields.get("duedate") for issue in told.issues()])
        assert {} == told.sync("--full")


def test_after_an_issue_was_taken_over(tmp_path: Path) -> None:
    """The candidate's issue is the employee's: it is found as such, and none is made for the candidate again."""
    with story(tmp_path, "preboarding") as told:
        candidate = int(told.hr.add_candidate("Ada Byron", "ada@mail.example.org", stage="Offer accepted")["id"])
        told.sync()
        person = told.hr.hire("Ada", "Byron", told.day(9), personal_email="ada@mail.example.org", manager=9001)
        told.sync()
        told.hr.move_candidate(candidate, "Hired")
        told.sync()
        before = standing(told)
        told.hr.edit_employee(person["id"], hired_on=told.day(12))
        lose(told)

        told.sync("--approve", refused(told))
        assert (before, told.day(12)) == (standing(told), told.issue("Onboard").fields["duedate"])
        assert {} == told.sync("--full")


def test_before_an_issue_is_taken_over(tmp_path: Path) -> None:
    """The state is lost between the offer and the hire: the candidate's issue is found, and taken over at once."""
    with story(tmp_path, "preboarding") as told:
        told.hr.add_candidate("Ada Byron", "ada@mail.example.org", stage="Offer accepted")
        told.sync()
        made = told.issue("Byron").id
        told.hr.hire("Ada", "Byron", told.day(9), personal_email="ada@mail.example.org", manager=9001)
        lose(told)

        told.sync("--approve", refused(told))
        assert ([made], 2) == ([issue.id for issue in told.issues("Onboard")], len(told.issues("Byron")))
        assert [] == told.issues("Prepare for Ada")
