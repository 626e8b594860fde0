"""Identity over time: moved addresses, rehires, shared addresses, employee numbers. Nobody is merged or switched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from harness import CLEAN, Tool, issue_of, matching, standing, unique_tasks
from small_world import later, world

from pfjira.connectors.base import HrSystem, Page, TicketSystem
from pfjira.engine.model import Account, Record, Ref
from pfjira.engine.people import EMAIL, NUMBER, By, Doubt, Facts
from pfjira.engine.rules import RuleSet
from pfjira.errors import Forbidden, Missing
from pfjira.ops.persons import PIECE, PeopleBook, email_print, number_print
from pfjira.ops.workspace import Workspace
from pfjira.sandbox import company as sandbox_company
from pfjira.state import people
from pfjira.state.people import Identity
from pfjira.state.store import Store

DAY_S = 24 * 3600 + 60
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Tool]:
    """Lend a small company whose first sync is done."""
    with world(tmp_path, people=60, tasks=30) as tool:
        yield tool


def two_people(tool: Tool) -> tuple[int, int]:
    """Return two IT people whose task is kept and assigned."""
    tasks = matching(tool.sandbox)
    one, two, *_ = dict.fromkeys(tasks[task_id]["assigned_to"]["id"] for task_id in unique_tasks(tool.sandbox))
    return one, two


def give(tool: Tool, person: int, title: str) -> None:
    """Let somebody give a person a task."""
    tool.sandbox.peopleforce.create_task(title=title, assigned_to=person)


def assignee(tool: Tool, title: str) -> Any:
    """Return who is assigned the issue of this title."""
    (task_id,) = [number for number, task in tool.sandbox.peopleforce.tasks.items() if task["title"] == title]
    return issue_of(tool.sandbox, task_id).fields.get("assignee")


def account_of(tool: Tool, person: int) -> sandbox_company.Account:
    """Return the account with a person's address."""
    email = tool.sandbox.peopleforce.employees.by_id[person].email
    return next(account for account in tool.sandbox.company.accounts if account.email == email)


def review(tool: Tool) -> dict[str, str]:
    """Return who is in review, and why, besides those whose account is not plain from the first."""
    odd = {str(person) for people in tool.sandbox.company.irregular.values() for person in people}
    asked = tool.run("status", "--json").json["people_in_review"]
    return {one["person"]: one["reason"] for one in asked if one["person"] not in odd}


def test_an_address_that_moved_to_another_account_is_a_question_and_no_switch(tool: Tool) -> None:
    """The stored account is still assigned; the run and the review say so, until the address is right again."""
    person, other = two_people(tool)
    mine, theirs = account_of(tool, person).account_id, account_of(tool, other)
    somebody = tool.sandbox.peopleforce.employees.by_id[person]
    before, somebody.email = somebody.email, theirs.email

    give(tool, person, "Under a new address")
    synced = tool.run("sync", "--json")

    assert (0, mine) == (synced.code, assignee(tool, "Under a new address"))
    assert [{"person": str(person), "reason": Doubt.MOVED.value}] == synced.json["reviews"]
    assert {str(person): Doubt.MOVED.value} == review(tool)
    later(tool, DAY_S)
    give(tool, person, "A day later")
    assert (0, mine, [str(person)]) == (tool.run("sync").code, assignee(tool, "A day later"), [*review(tool)])

    somebody.email = before
    give(tool, person, "Under the old address")
    assert (0, mine, {}) == (tool.run("sync").code, assignee(tool, "Under the old address"), review(tool))


def test_a_word_ends_the_question_about_a_moved_address(tool: Tool) -> None:
    """Linked by hand to the account that is known, the person is not asked about again."""
    person, other = two_people(tool)
    mine = account_of(tool, person).account_id
    tool.sandbox.peopleforce.employees.by_id[person].email = account_of(tool, other).email
    give(tool, person, "Under a new address")
    assert (0, [str(person)]) == (tool.run("sync").code, [*review(tool)])

    assert 0 == tool.run("people", "link", str(person), mine).code
    later(tool, DAY_S)
    give(tool, person, "After the word")

    assert (0, mine, {}) == (tool.run("sync", "--full").code, assignee(tool, "After the word"), review(tool))


@pytest.mark.parametrize("hidden", [None, True])
def test_an_address_that_proves_nothing_leaves_the_pair_alone(tool: Tool, hidden: bool | None) -> None:
    """Renamed in HR before Jira, or to an account that hides its address: nothing is known to be wrong."""
    person, _ = two_people(tool)
    mine = account_of(tool, person).account_id
    tool.sandbox.peopleforce.employees.by_id[person].email = "renamed@it.example.com"
    if hidden:
        account = sandbox_company.Account("712020:shy", "Somebody", "renamed@it.example.com", email_hidden=True)
        tool.sandbox.company.accounts.append(account)

    give(tool, person, "Under a new name")

    assert (0, mine, {}) == (tool.run("sync").code, assignee(tool, "Under a new name"), review(tool))


def test_row_33_a_rehire_under_a_new_id_is_a_question_and_no_merge(tool: Tool) -> None:
    """The new id has the old address: nobody is assigned its issue before a human says that both are one."""
    person, _ = two_people(tool)
    account = account_of(tool, person).account_id
    with_new_id = max(tool.sandbox.peopleforce.employees.by_id) + 1
    rehired = replace(tool.sandbox.peopleforce.employees.by_id[person], id=with_new_id)
    tool.sandbox.peopleforce.employees.by_id[with_new_id] = rehired
    before = {key: issue.fields.get("assignee") for key, issue in tool.sandbox.jira.issues.items()}
    give(tool, with_new_id, "Welcome back")

    assert (0, None, CLEAN) == (tool.run("sync").code, assignee(tool, "Welcome back"), standing(tool.sandbox))
    assert Doubt.HELD.says([str(person)]) == review(tool)[str(with_new_id)]
    listed = tool.run("people", "list", "--review", "--json").json["people"]
    (entry,) = [entry for entry in listed if entry["person"] == str(with_new_id)]
    assert f"pfjira people link {with_new_id} {account} --also" == entry["command"]
    assert before == {
        key: issue.fields.get("assignee") for key, issue in tool.sandbox.jira.issues.items() if key in before
    }

    assert 0 == tool.run(*entry["command"].split()[1:]).code
    assert (0, account, {}) == (tool.run("sync").code, assignee(tool, "Welcome back"), review(tool))


def test_two_people_with_one_address_are_both_asked_about(tmp_path: Path) -> None:
    """At the first sight of both, neither gets the account; a word gives it to one, and the other still waits."""
    with world(tmp_path, people=60, tasks=30, sync=False) as tool:
        one, two = two_people(tool)
        account = account_of(tool, one).account_id
        tool.sandbox.peopleforce.employees.by_id[two].email = account_of(tool, one).email
        give(tool, one, "For one")
        give(tool, two, "For the other")
        for task_id, task in matching(tool.sandbox).items():
            if task["assigned_to"]["id"] == two:
                tool.sandbox.peopleforce.edit_task(task_id, assigned_to=two)

        assert 0 == tool.run("sync").code
        assert [None, None] == [assignee(tool, title) for title in ("For one", "For the other")]
        assert (Doubt.SHARED.says([str(two)]), Doubt.SHARED.says([str(one)])) == (
            review(tool)[str(one)],
            review(tool)[str(two)],
        )

        assert 0 == tool.run("people", "link", str(one), account).code
        later(tool, DAY_S)
        assert 0 == tool.run("sync", "--full").code
        assert [account, None] == [assignee(tool, title) for title in ("For one", "For the other")]
        assert Doubt.HELD.says([str(one)]) == review(tool)[str(two)]


@pytest.mark.parametrize("kind", ["no_account", "hidden_email", "inactive", "twice", "not_assignable"])
def test_a_task_that_goes_to_a_doubtful_person_keeps_its_assignee(tmp_path: Path, kind: str) -> None:
    """Even where HR's word is mirrored, an issue is not cleared and not guessed: it keeps whom it has."""
    with world(tmp_path, ("own: once }", "own: hr }"), people=200, tasks=260) as tool:
        (doubtful,) = tool.sandbox.company.irregular[kind]
        person, _ = two_people(tool)
        give(tool, person, "To be passed on")
        assert (0, account_of(tool, person).account_id) == (tool.run("sync").code, assignee(tool, "To be passed on"))
        (task,) = [n for n, t in tool.sandbox.peopleforce.tasks.items() if t["title"] == "To be passed on"]

        tool.sandbox.peopleforce.edit_task(task, assigned_to=doubtful)
        synced = tool.run("sync")

        assert (0, account_of(tool, person).account_id) == (synced.code, assignee(tool, "To be passed on"))
        waits = {entry["person"]: entry["waiting"] for entry in tool.run("people", "list", "--json").json["people"]}
        assert f"task/{task}" in waits[str(doubtful)]


@dataclass
class Numbers:
    """An HR system that shows employee numbers in single reads only, as PeopleForce does."""

    numbers: Mapping[str, str | None]
    name: str = "peopleforce"
    reads: int = 0

    def named(self, kind: str, ids: Sequence[str], paths: Sequence[str] = ()) -> Iterator[Page]:
        """Yield slim rows."""
        rows = [
            Record(Ref(self.name, kind, one), {"id": one, "email": None}, whole=False)
            for one in ids
            if one in self.numbers
        ]
        yield Page(1, tuple(rows), 1, len(rows))

    def whole(self, record: Record, paths: Sequence[str]) -> Record:
        """Return the number, if the person is still there."""
        self.reads += 1
        if self.numbers[record.ref.id] is None:
            raise Missing("gone")
        return replace(record, fields={**record.fields, "employee_number": self.numbers[record.ref.id]}, whole=True)


@dataclass
class Site:
    """A Jira that offers accounts by address."""

    accounts: Sequence[Account] = ()
    asked: int = 0
    shut: bool = False
    shut_after: int = 1000
    """How many addresses are answered before the right is taken away."""
    server_time: datetime | None = None

    def find_accounts(self, emails: Sequence[str]) -> dict[str, list[Account]]:
        """Offer those with the address."""
        if self.shut or self.asked >= self.shut_after:
            raise Forbidden("no right")
        self.asked += len(emails)
        return {email: [account for account in self.accounts if account.email == email] for email in emails}


@dataclass
class Desk:
    """A workspace over an empty state, with both systems at hand."""

    workspace: Workspace
    hr: Numbers
    site: Site

    def meet(
        self,
        everybody: Mapping[str, Facts] | None = None,
        *,
        again: bool = False,
        after: timedelta = timedelta(),
        **named: Facts,
    ) -> dict[str, Identity]:
        """Look people up as one run does, and remember the answer."""
        self.workspace.clock = lambda: NOW + after
        book = PeopleBook.open(self.workspace)
        some = {hr_id.lstrip("_"): facts for hr_id, facts in named.items()}
        book.discover(some if everybody is None else everybody, again=again)
        with self.workspace.store.write():
            book.save()
        return people.every(self.workspace.store)

    def state(self, **numbers: str) -> None:
        """Import employee numbers."""
        rows = [(NUMBER, number_print(self.workspace, number), account) for account, number in numbers.items()]
        with self.workspace.store.write():
            people.state(self.workspace.store, rows, "ann", NOW)
            people.ask_again(self.workspace.store)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Lend a desk whose rules match by employee number first, then by address."""
    with Store.memory() as store:
        hr, site = Numbers({"7": "E-7", "8": "E-8", "9": None}), Site()
        rules = RuleSet(rules=(), file="rules.yaml", hash="h", match=(NUMBER, EMAIL, "id"))
        workspace = Workspace(store, cast(HrSystem, hr), cast(TicketSystem, site), rules, "here")
        yield Desk(workspace, hr, site)


def test_an_imported_number_finds_the_person_who_shows_it(desk: Desk) -> None:
    """By one read of each person, and no search by address; whoever is gone from HR stops nobody."""
    desk.state(a7="e-7")
    found = desk.meet(_7=Facts("a@example.com"), _9=Facts(None))

    assert ("a7", By.IMPORT, "ann", 2, 0) == (
        found["7"].account_id, found["7"].matched_by, found["7"].linked_by, desk.hr.reads, desk.site.asked,
    )  # fmt: skip
    assert (None, Doubt.NO_EMAIL) == (found["9"].account_id, found["9"].doubt)


def test_without_an_imported_number_nobody_is_read_for_one(desk: Desk) -> None:
    """The numbers cost a request a person; a table that goes by addresses needs none."""
    desk.meet(_7=Facts("a@example.com"))

    assert (0, 1) == (desk.hr.reads, desk.site.asked)


def test_an_import_is_looked_at_by_the_next_run(desk: Desk) -> None:
    """Whoever was in doubt is due at once, not a day later; the first moment of the doubt was kept."""
    first = desk.meet(_7=Facts("a@example.com"))["7"]
    still = desk.meet(after=timedelta(hours=30), _7=Facts("a@example.com"))["7"]
    desk.state(a7="E-7")
    found = desk.meet(after=timedelta(hours=31), _7=Facts("a@example.com"))["7"]

    assert (Doubt.NO_ACCOUNT, NOW, NOW) == (first.doubt, first.since, still.since)
    assert ("a7", None, NOW + timedelta(hours=31)) == (found.account_id, found.doubt, found.since)


def test_a_number_that_two_people_show_is_nobodys(desk: Desk) -> None:
    """A rehire whose new record kept the old number, while the old record is there."""
    desk.hr.numbers = {"7": "E-7", "8": "E-7"}
    desk.state(a7="E-7")

    assert {"7": ("8",), "8": ("7",)} == {k: v.others for k, v in desk.meet(_7=Facts(), _8=Facts()).items()}
    assert {Doubt.SHARED} == {v.doubt for v in people.every(desk.workspace.store).values()}


def test_one_of_two_who_share_an_address_is_not_matched_when_met_alone(desk: Desk) -> None:
    """The other's address is remembered as a fingerprint: a later record of one of them proves no more."""
    desk.site.accounts = (Account("a", True, "atlassian", "team@example.com"),)
    desk.meet(_7=Facts("team@example.com"), _8=Facts("Team@example.com"))
    found = desk.meet(again=True, after=timedelta(hours=30), _8=Facts("team@example.com"))

    assert [(None, Doubt.SHARED)] * 2 == [(one.account_id, one.doubt) for one in found.values()]


def test_without_the_right_to_look_a_moved_address_is_held_against_the_pair_later(desk: Desk) -> None:
    """A look-up that was refused proves nothing and settles nothing."""
    desk.site.accounts = tuple(Account(name, True, "atlassian", f"{name}@example.com") for name in ("a", "b"))
    assert "a" == desk.meet(_7=Facts("a@example.com"))["7"].account_id
    desk.site.shut = True
    kept = desk.meet(_7=Facts("b@example.com"))["7"]
    desk.site.shut = False
    found = desk.meet(_7=Facts("b@example.com"))["7"]

    assert ("a", None, email_print(desk.workspace, "a@example.com")) == (kept.account_id, kept.doubt, kept.email)
    assert ("a", Doubt.MOVED, ("b",)) == (found.account_id, found.doubt, found.suggested)


def test_who_was_found_before_the_right_was_taken_away_is_linked(desk: Desk) -> None:
    """The others wait for the right, and are told so."""
    desk.site.accounts = (Account("a", True, "atlassian", "00@example.com"),)
    desk.site.shut_after = PIECE
    found = desk.meet({f"{number + 10}": Facts(f"{number:02}@example.com") for number in range(PIECE + 1)})

    assert [("a", None), (None, Doubt.NO_RIGHT)] == [(found[k].account_id, found[k].doubt) for k in ("10", "35")]


def test_a_record_without_an_address_ends_no_question(desk: Desk) -> None:
    """Only an address can tell that the address is right again."""
    desk.site.accounts = tuple(Account(name, True, "atlassian", f"{name}@example.com") for name in ("a", "b"))
    desk.meet(_7=Facts("a@example.com"))
    desk.meet(_7=Facts("b@example.com"))

    assert Doubt.MOVED is desk.meet(again=True, after=timedelta(days=2), _7=Facts())["7"].doubt
