"""The recipe `membership`, played: groups by department, taken away when somebody leaves, never from many at once."""

from __future__ import annotations

import re
from pathlib import Path

from story import Story, story

from pfjira.sandbox.company import Person
from pfjira.sandbox.faults import Fault


def account(told: Story, person: Person) -> str:
    """Return the account of somebody with a plain one."""
    return next(one.account_id for one in told.tool.sandbox.company.accounts if one.email == person.email)


def regular(told: Story, department: str) -> list[Person]:
    """Return the people of a department who work and whose account is plain."""
    odd = {person for people in told.tool.sandbox.company.irregular.values() for person in people}
    return [
        one
        for one in told.hr.employees.by_id.values()
        if one.status != "terminated" and one.id not in odd and told.person(one.id)["department"]["name"] == department
    ]


def members(told: Story, group: str) -> set[str]:
    """Return the accounts in a group."""
    return set(told.jira.groups.members_of(group))


def test_a_department_is_in_its_group(tmp_path: Path) -> None:
    """Everybody with a certain account; who comes is added, who leaves is taken out, who returns is back."""
    with story(tmp_path, "membership", people=60) as told:
        it = regular(told, "IT")
        assert {account(told, person) for person in it} == members(told, "it-staff")

        told.jira.act("add_account", display_name="Ada Ray", email="ada.ray@example.com")
        person = told.hr.act(
            "hire", first_name="Ada", last_name="Ray", hired_on=told.day(0), email="ada.ray@example.com"
        )["id"]
        assert {"add member": 1} == told.sync()
        ada = account(told, told.hr.employees.by_id[person])
        assert ada in members(told, "it-staff")

        told.hr.act("terminate", id=person, effective_on=told.day(3))
        assert {} == told.sync()
        told.pass_days(4)
        assert ({"remove member": 1}, False) == (told.sync("--full"), ada in members(told, "it-staff"))

        told.hr.act("rehire", id=person, hired_on=told.day(0))
        assert ({"add member": 1}, True) == (told.sync(), ada in members(told, "it-staff"))


def test_who_was_added_by_hand_stays(tmp_path: Path) -> None:
    """A membership that pfjira did not give is not taken; one that an administrator took is not given again."""
    with story(tmp_path, "membership", people=60) as told:
        one, other = regular(told, "IT")[0], regular(told, "Engineering")[0]
        told.jira.act("add_to_group", group="it-staff", account_id=account(told, other))
        told.jira.act("remove_from_group", group="it-staff", account_id=account(told, one))
        told.hr.act("terminate", id=other.id, effective_on=told.day(0))
        told.pass_days(1)

        assert {} == told.sync("--full")
        assert (True, False) == (
            account(told, other) in members(told, "it-staff"),
            account(told, one) in members(told, "it-staff"),
        )


def test_a_mass_removal_is_stopped(tmp_path: Path) -> None:
    """Many leave on one day: nothing at all is written before a person approves exactly this plan."""
    with story(tmp_path, "membership", people=60) as told:
        leaving = (regular(told, "IT") + regular(told, "Sales"))[:4]
        before = members(told, "it-staff") | members(told, "vpn-users")
        for person in leaving:
            told.hr.act("terminate", id=person.id, effective_on=told.day(0))
        told.pass_days(1)

        refused = told.run("sync")
        assert (
            "The plan would take away 4 memberships of kind employee; the limit without approval is 3." in refused.err
        )
        assert (65, before) == (refused.code, members(told, "it-staff") | members(told, "vpn-users")), refused.err
        (digest,) = re.findall(r"--approve ([0-9a-f]{16})", refused.err)
        assert {"remove member": 4} == told.sync("--approve", digest)
        left = before - {account(told, person) for person in leaving}
        assert left == members(told, "it-staff") | members(told, "vpn-users")


def test_removals_over_the_day_are_counted_together(tmp_path: Path) -> None:
    """Three today pass; a fourth within 24 hours asks a person."""
    with story(tmp_path, "membership", people=60) as told:
        people = (regular(told, "IT") + regular(told, "Sales"))[:4]
        for person in people[:3]:
            told.hr.act("terminate", id=person.id, effective_on=told.day(0))
        assert {"remove member": 3} == told.sync()
        told.hr.act("terminate", id=people[3].id, effective_on=told.day(0))

        refused = told.run("sync")
        assert (65, True) == (
            refused.code,
            "membership of kind employee after 3 in the last 24 hours" in refused.err,
        )


def test_a_group_that_nobody_may_write_is_told(tmp_path: Path) -> None:
    """An identity provider owns it: a dead letter with the reason, and exit 1."""
    with story(tmp_path, "membership", people=60) as told:
        told.jira.act("add_account", display_name="Ada Ray", email="ada.ray@example.com")
        day = told.day(0)
        told.hr.act("hire", first_name="Ada", last_name="Ray", hired_on=day, email="ada.ray@example.com")
        fault = told.tool.sandbox.faults.add(Fault("forbidden", "jira", "POST", "group/user"))

        answer = told.run("sync", "--json")
        assert (1, 1, [("group", "add member", 403)]) == (
            fault.landed,
            answer.code,
            [(letter["rule"], letter["action"], letter["status"]) for letter in answer.json["buried"]],
        )
