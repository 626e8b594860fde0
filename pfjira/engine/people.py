"""Who is who: whether what is known of a person proves that one Atlassian account is theirs.

A pair once stored stays for good: what a person linked by hand stands above what a table says, and that above what an
e-mail address showed. Never the first hit, never a guess, never two people in one account by themselves: whatever is
not certain goes to the review list with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pfjira.engine.model import Account, Json, Record

NUMBER, EMAIL = "employee_number", "email"
"""The words of `people.match` that ask for something; `id` stands for pairs that people stated, and always holds."""


class Doubt(StrEnum):
    """Why a person could not be matched; the text is the sentence that the review list shows."""

    NO_EMAIL = "PeopleForce shows no e-mail address for this person"
    NO_ACCOUNT = "no Atlassian account with this e-mail address"
    HIDDEN = "an account was offered, but it hides its e-mail address, so it cannot be confirmed"
    INACTIVE = "the only account with this e-mail address is deactivated"
    SEVERAL = "several active accounts share this e-mail address"
    NOT_ASSIGNABLE = "the account may not be assigned issues in this project"
    NO_RIGHT = "the login may not look people up in Jira (Browse users and groups)"
    NOT_ASKED = "not looked up yet"
    HELD = "HR id {} is linked to this account already"
    SHARED = "HR id {} has the same e-mail address or employee number"
    MOVED = "the new e-mail address belongs to another account; the old one is kept"
    STATED_TWICE = "the imported table names different accounts for this person"
    UNSTATED = "no imported table names this person, and the rules do not match by e-mail address"
    UNLINKED = "the link was taken back by hand"
    NO_ID = "PeopleForce shows no id for this person"

    def says(self, others: Sequence[str] = ()) -> str:
        """Return the sentence, with the HR ids that it speaks of."""
        return self.value.replace("{}", ", ".join(others) or "?")


class By(StrEnum):
    """What a pair rests on."""

    LINK = "link"
    IMPORT = "import"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of a look-up: an account, or a doubt, or, where a stored pair became doubtful, both."""

    account_id: str | None
    doubt: Doubt | None = None
    by: By = By.EMAIL
    others: tuple[str, ...] = ()
    """HR ids that the doubt speaks of."""
    suggested: tuple[str, ...] = ()
    """Accounts that a human may look at first."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a record shows of a person."""

    email: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One person, with everything that speaks for an account."""

    hr_id: str
    email: str | None = None
    offered: Sequence[Account] = ()
    """What the site offers for the address."""
    stated: Mapping[str, str] = field(default_factory=dict)
    """`employee_number`, `email`: the account that the imported table names for it."""
    alike: Mapping[str, Collection[str]] = field(default_factory=dict)
    """`employee_number`, `email`: other HR ids that show the same."""
    account_id: str | None = None
    """The account of the stored pair."""
    by: By = By.EMAIL
    """What the stored pair rests on."""
    moved: bool = False
    """Whether the address is another than when the pair was stored."""


@dataclass(frozen=True, slots=True)
class StatedRow:
    """One row of an imported table; at least one of the first three is there."""

    line: int
    id: str | None = None
    employee_number: str | None = None
    email: str | None = None
    account_id: str | None = None
    jira_email: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """What is wrong with a table, and where: line and number of the cell, from 1. It holds no value."""

    line: int
    column: int
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read; with any complaint nothing of it may be used."""

    rows: tuple[StatedRow, ...]
    complaints: tuple[Complaint, ...] = ()
    columns: Mapping[str, int] = field(default_factory=dict)
    """Name to place of each column."""

    def complaint(self, row: StatedRow, name: str, words: str) -> Complaint:
        """Return what is to be said of one cell."""
        return Complaint(row.line, self.columns.get(name, 1), words)


def judge(email: str | None, offered: Sequence[Account]) -> Match:
    """Return the one active account of a person whose visible address equals the e-mail, or the doubt."""
    if not email:
        return Match(None, Doubt.NO_EMAIL)
    people = [account for account in offered if account.kind == "atlassian"]
    exact = [
        account for account in people if account.email is not None and account.email.casefold() == email.casefold()
    ]
    active = [account for account in exact if account.active]
    if len(active) == 1:
        return Match(active[0].account_id)
    if active:
        return Match(None, Doubt.SEVERAL, suggested=_ids(active))
    if exact:
        return Match(None, Doubt.INACTIVE, suggested=_ids(exact))
    if hidden := [account for account in people if account.email is None and account.active]:
        return Match(None, Doubt.HIDDEN, suggested=_ids(hidden))
    return Match(None, Doubt.NO_ACCOUNT)


def judge_all(
    people: Sequence[Person], order: Sequence[str], holders: Mapping[str, Collection[str]]
) -> dict[str, Match]:
    """Return HR id to match; the order of the people never matters.

    `holders` are the stored pairs: account to HR ids. Where several of the people point to one account, none gets it.
    """
    found = {person.hr_id: judge_one(person, order, holders) for person in people}
    claims: dict[str, set[str]] = {}
    for person in people:
        account = found[person.hr_id].account_id
        if account is not None and account != person.account_id:
            claims.setdefault(account, set()).add(person.hr_id)
    for person in people:
        match = found[person.hr_id]
        rivals = claims.get(match.account_id or "", set()) - {person.hr_id}
        if rivals and match.account_id is not None and match.account_id != person.account_id:
            found[person.hr_id] = _refused(person, match, Doubt.SHARED, rivals)
    return found


def judge_one(person: Person, order: Sequence[str], holders: Mapping[str, Collection[str]]) -> Match:
    """Return what is known for certain of one person, looking at nobody beside them but those who hold an account."""
    if not person.hr_id.strip():
        return Match(None, Doubt.NO_ID)
    if person.account_id is not None and person.by is not By.EMAIL:
        return _kept(person)
    words = [word for word in order if word in person.stated]
    named = {person.stated[word] for word in words}
    if len(named) > 1:
        return Match(person.account_id, Doubt.STATED_TWICE, person.by, suggested=tuple(sorted(named)))
    if words:
        return _claimed(person, Match(named.pop(), by=By.IMPORT), words[0], holders)
    if person.account_id is not None:
        return _kept(person)
    if EMAIL not in order:
        return Match(None, Doubt.UNSTATED)
    match = judge(person.email, person.offered)
    return match if match.account_id is None else _claimed(person, match, EMAIL, holders)


def named_in(record: Record) -> dict[str, Facts]:
    """Return HR id to facts of each employee that a record is or names; candidates have ids of their own."""
    found: dict[str, Facts] = {}
    for person in _people(record):
        if (hr_id := _text(person["id"])) is None:
            continue
        before = found.get(hr_id, Facts())
        email, number = _text(person["email"]), _text(person.get("employee_number"))
        found[hr_id] = Facts(before.email or email, before.number or number)
    return found


def _kept(person: Person) -> Match:
    """Return the stored pair, in doubt when the person's new address belongs to another account for certain."""
    match = Match(person.account_id, by=person.by)
    if not person.moved:
        return match
    now = judge(person.email, person.offered).account_id
    if now is None or now == person.account_id:
        return match
    return replace(match, doubt=Doubt.MOVED, suggested=(now,))


def _claimed(person: Person, match: Match, word: str, holders: Mapping[str, Collection[str]]) -> Match:
    """Return a match for which something speaks, unless something else speaks against it."""
    assert match.account_id is not None
    if match.account_id == person.account_id:
        return _kept(replace(person, by=match.by))
    if others := {*holders.get(match.account_id, ())} - {person.hr_id}:
        return _refused(person, match, Doubt.HELD, others)
    if others := {*person.alike.get(word, ())} - {person.hr_id}:
        return _refused(person, match, Doubt.SHARED, others)
    return match


def _refused(person: Person, match: Match, doubt: Doubt, others: Collection[str]) -> Match:
    assert match.account_id is not None
    return Match(person.account_id, doubt, person.by, in_order(others), (match.account_id,))


def in_order(hr_ids: Collection[str]) -> tuple[str, ...]:
    """Return HR ids as people count them."""
    return tuple(sorted(hr_ids, key=lambda hr_id: (len(hr_id), hr_id)))


def _people(record: Record) -> Iterator[Mapping[str, Json]]:
    """Yield the person that the record is, and everybody in it."""
    itself = record.fields if record.ref.kind == "employee" else {**record.fields, "id": None}
    yield from _within(itself)


def _within(value: Json) -> Iterator[Mapping[str, Json]]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _within(part)
    if not isinstance(value, Mapping):
        return
    if value.get("id") is not None and "email" in value and value.get("type") in (None, "Employee"):
        yield value
    for name, inner in value.items():
        if name != "fields":  # what the tenant made up may hold ids of anything
            yield from _within(inner)


def _text(value: Json) -> str | None:
    """Return a text that is not blank, a number as text, else None."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text or None


def _ids(accounts: Sequence[Account]) -> tuple[str, ...]:
    return tuple(account.account_id for account in accounts)
