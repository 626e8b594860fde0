"""The table of all that may come together about one person (bar F3): no wrong merge, no first hit, always a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations, product

import pytest

from pfjira.engine.expressions import Template
from pfjira.engine.kinds import KINDS, empty
from pfjira.engine.model import Account, Owner, Record, Ref, ValueKind
from pfjira.engine.people import EMAIL, NUMBER, By, Doubt, Facts, Match, Person, judge_all, judge_one, named_in
from pfjira.engine.rules import FieldRule, Make, Rule, RuleSet

ORDER = (NUMBER, EMAIL, "id")
OLD, NEW, OTHER = "12", "34", "56"
MINE, YOURS = "acc-mine", "acc-yours"
HOLDERS = {MINE: {OLD}}
"""Before anything happens, HR id 12 is linked to its account, which its address showed."""


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    rehired_under_new_id: bool
    email_changed: bool
    email_shared: bool
    number_empty: bool
    hidden: bool
    active: bool

    def person(self) -> Person:
        """Return the person as the look-up finds it; the address leads to the old account, or to another one."""
        email = "new@example.com" if self.email_changed else "old@example.com"
        reached = YOURS if self.email_changed else MINE
        offered = [Account(reached, self.active, "atlassian", None if self.hidden else email)]
        alike = {OTHER} if self.email_shared else set()
        if self.rehired_under_new_id and not self.email_changed:
            alike.add(OLD)
        return Person(
            NEW if self.rehired_under_new_id else OLD,
            email,
            offered,
            {} if self.number_empty else {NUMBER: MINE},
            {EMAIL: alike, NUMBER: {OLD} if self.rehired_under_new_id and not self.number_empty else set()},
            None if self.rehired_under_new_id else MINE,
            By.EMAIL,
            moved=self.email_changed and not self.rehired_under_new_id,
        )

    def wanted(self) -> tuple[str | None, Doubt | None, tuple[str, ...]]:
        """Return account, doubt and the HR ids it speaks of, said in other words than the program says them."""
        certain = self.active and not self.hidden
        if not self.rehired_under_new_id:
            return MINE, Doubt.MOVED if self.email_changed and certain else None, ()
        if not self.number_empty:
            return None, Doubt.HELD, (OLD,)
        if not certain:
            shown = Doubt.HIDDEN if self.active else Doubt.NO_ACCOUNT
            return None, shown if self.hidden else Doubt.INACTIVE, ()
        if not self.email_changed:
            return None, Doubt.HELD, (OLD,)
        return (None, Doubt.SHARED, (OTHER,)) if self.email_shared else (YOURS, None, ())


TABLE = [Case(*line) for line in product((False, True), repeat=6)]


def test_the_table_is_whole() -> None:
    """Six questions with two answers each."""
    assert 64 == len({*TABLE})


@pytest.mark.parametrize("case", TABLE, ids=str)
def test_each_line_of_the_table(case: Case) -> None:
    """An account for certain, or a reason; a pair once stored stays."""
    match = judge_one(case.person(), ORDER, HOLDERS)

    assert case.wanted() == (match.account_id, match.doubt, match.others)


def test_no_line_of_the_table_merges_two_people_or_leaves_anybody_without_a_reason() -> None:
    """Over all 64: the old account is never given to the new id, and whoever has no account has a reason."""
    matches = [(case, judge_one(case.person(), ORDER, HOLDERS)) for case in TABLE]
    merged = [case for case, match in matches if case.rehired_under_new_id and match.account_id == MINE]
    lost = [case for case, match in matches if not case.rehired_under_new_id and match.account_id != MINE]
    silent = [case for case, match in matches if match.account_id is None and match.doubt is None]

    assert ([], [], []) == (merged, lost, silent)


@pytest.mark.parametrize("hr_id", ["", " "])
@pytest.mark.parametrize("case", TABLE, ids=str)
def test_an_empty_id_never_matches(case: Case, hr_id: str) -> None:
    """Whatever else speaks for an account: a row without an id is nobody."""
    nobody = replace(case.person(), hr_id=hr_id, account_id=None)

    assert Match(None, Doubt.NO_ID) == judge_one(nobody, ORDER, HOLDERS)


def _claimants() -> Iterator[tuple[Person, ...]]:
    """Yield two and three people whose address, or number, leads to one account that nobody has."""
    account = Account(YOURS, True, "atlassian", "team@example.com")
    by_mail = [Person(hr_id, "team@example.com", (account,)) for hr_id in ("7", "8", "9")]
    by_table = [Person(hr_id, stated={NUMBER: YOURS}) for hr_id in ("7", "8", "9")]
    yield from permutations(by_mail)
    yield from permutations(by_table)
    yield from permutations((by_mail[0], by_table[1], by_mail[2]))
    yield from permutations((by_mail[0], by_table[2]))


@pytest.mark.parametrize("people", [*_claimants()])
def test_an_account_that_several_people_claim_goes_to_none(people: tuple[Person, ...]) -> None:
    """In whatever order they come, and whatever their claims rest on."""
    found = judge_all(people, ORDER, {})
    everybody = {person.hr_id for person in people}

    assert {hr_id: (None, Doubt.SHARED, everybody - {hr_id}, (YOURS,)) for hr_id in everybody} == {
        hr_id: (match.account_id, match.doubt, {*match.others}, match.suggested) for hr_id, match in found.items()
    }


@pytest.mark.parametrize(
    ("person", "match"),
    [
        (Person("7", stated={NUMBER: "a", EMAIL: "a"}), Match("a", by=By.IMPORT)),
        (Person("7", stated={NUMBER: "a", EMAIL: "b"}), Match(None, Doubt.STATED_TWICE, suggested=("a", "b"))),
        (Person("7", stated={NUMBER: "b"}, account_id="a"), Match("b", by=By.IMPORT)),
        (Person("7", stated={NUMBER: "b"}, account_id="a", by=By.IMPORT), Match("a", by=By.IMPORT)),
        (Person("7", stated={NUMBER: "b"}, account_id="a", by=By.LINK), Match("a", by=By.LINK)),
        (
            Person("7", stated={NUMBER: MINE}, account_id="a"),
            Match("a", Doubt.HELD, others=(OLD,), suggested=(MINE,)),
        ),
        (Person("7", stated={NUMBER: "a"}, alike={NUMBER: {"9"}}), Match(None, Doubt.SHARED, others=("9",))),
        (Person("7", stated={NUMBER: "a"}, alike={EMAIL: {"9"}}), Match("a", by=By.IMPORT)),
    ],
)  # fmt: skip
def test_a_word_stands_above_a_table_and_a_table_above_an_address(person: Person, match: Match) -> None:
    """Each gives way to what stands above it, and only where nobody else has the account."""
    found = judge_one(person, ORDER, HOLDERS)

    assert (match.account_id, match.doubt, match.others) == (found.account_id, found.doubt, found.others)
    assert found.doubt is not None or match.by is found.by


def test_without_e_mail_in_the_rules_no_address_counts() -> None:
    """`match: [employee_number]` links nobody by address, however certain it looks."""
    person = Person("7", "a@example.com", (Account("a", True, "atlassian", "a@example.com"),))

    assert [Doubt.UNSTATED, None] == [judge_one(person, order, {}).doubt for order in ((NUMBER, "id"), ORDER)]


def test_facts_are_those_of_employees() -> None:
    """A candidate's id may equal an employee's, so its address must not lead to the employee's account."""
    fields = empty(KINDS["task"]) | {
        "id": 1,
        "assigned_to": {"id": 9101, "full_name": "A", "email": "tf@example.com"},
        "associated_to": {"id": 9101, "type": "Candidate", "full_name": "C", "email": "candidate@example.com"},
        "created_by": {"id": 9001, "full_name": "B", "email": " boss@example.com "},
    }

    assert {"9101": Facts("tf@example.com"), "9001": Facts("boss@example.com")} == named_in(
        Record(Ref("peopleforce", "task", "1"), fields)
    )


def test_a_candidate_is_nobody_and_an_employee_is_itself() -> None:
    """An employee's record tells of the person and of the manager; what the tenant made up tells of nobody."""
    fields = {"id": 7, "email": "a@example.com", "employee_number": "E-7", "fields": {"x": {"id": 8, "email": "x@x.x"}}}
    fields["reporting_to"] = {"id": 1, "email": "boss@example.com"}
    found = {kind: named_in(Record(Ref("peopleforce", kind, "7"), fields)) for kind in ("employee", "candidate")}

    boss = {"1": Facts("boss@example.com")}
    assert {"employee": {"7": Facts("a@example.com", "E-7")} | boss, "candidate": boss} == found


@pytest.mark.parametrize("hr_id", [None, "", " ", True, []])
def test_a_person_without_an_id_is_not_named(hr_id: object) -> None:
    """An empty id must never become a key."""
    record = Record(Ref("peopleforce", "task", "1"), {"assigned_to": {"id": hr_id, "email": "a@example.com"}})

    assert {} == named_in(record)


@pytest.mark.parametrize(
    ("kind", "template", "match", "read"),
    [
        ("employee", "{{ employee.id }}", (NUMBER, EMAIL), {"id", "email", "employee_number"}),
        ("employee", "{{ employee.id }}", (EMAIL,), {"id", "email"}),
        ("leave", "{{ leave.employee.id }}", (NUMBER,), {"employee.id", "employee.email", "employee.employee_number"}),
        ("task", "{{ task.assigned_to.id }}", (NUMBER,), {"assigned_to.id", "assigned_to.email"}),
    ],
)
def test_the_number_is_read_where_a_record_shows_it(
    kind: str, template: str, match: tuple[str, ...], read: set[str]
) -> None:
    """Only where the rules match by it: a changed number is then a changed record."""
    line = FieldRule("assignee", ValueKind.PERSON, Template(template), Owner.ONCE)
    rule = Rule("r", kind, "r", (), Template("k"), Make.NOTHING, fields=(line,))

    assert read == {*RuleSet(rules=(rule,), file="rules.yaml", hash="h", match=match).reads(kind)}
