"""Find the Atlassian accounts of the people whom a plan needs, few requests for many people, and remember the answer.

Looking changes nothing but this book; the caller saves it together with the plan, or, in `diff`, not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from pfjira.engine.model import Account
from pfjira.engine.people import EMAIL, NUMBER, By, Doubt, Facts, Match, Person, judge_all, named_in
from pfjira.errors import Forbidden, Missing
from pfjira.ops.workspace import DAY, Workspace
from pfjira.state import people
from pfjira.state.people import Identity, holders

PIECE = 25
"""Addresses in one look-up, so that progress shows."""


@dataclass(slots=True)
class PeopleBook:
    """Who is who, as far as asked."""

    workspace: Workspace
    now: datetime
    known: dict[str, Identity]
    allowed: dict[tuple[str, str], bool]
    changed: dict[str, Identity] = field(default_factory=dict)
    asked: list[tuple[str, str, bool]] = field(default_factory=list)
    stated: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """What imported tables say: (word, fingerprint) to account and who imported it."""
    may_look: bool = True
    """Whether the login may look people up."""
    _shut_out: set[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note who may not be assigned somewhere."""
        self._shut_out = {account for (_, account), able in self.allowed.items() if not able}

    @classmethod
    def open(cls, workspace: Workspace) -> PeopleBook:
        """Read what is known."""
        now = workspace.now
        store = workspace.store
        return cls(
            workspace, now, people.every(store), people.assignable(store, now - DAY), stated=people.stated(store)
        )

    def discover(self, named: Mapping[str, Facts], *, again: bool) -> None:
        """Look up every person (HR id to facts) who is not known, or whose pair or doubt is due to be looked at."""
        due = {hr_id: facts for hr_id, facts in named.items() if self._is_due(hr_id, facts, again=again)}
        if not due:
            return
        due = self._with_numbers(due)
        offered = self._offered({facts.email for hr_id, facts in due.items() if self._asks_site(hr_id, facts)} - {None})
        alike = self._alike({**named, **due})
        people = [self._person(hr_id, facts, alike, offered.get(facts.email or "", ())) for hr_id, facts in due.items()]
        for hr_id, match in judge_all(people, self.workspace.rules.match, holders(self.known.values())).items():
            before = self.known.get(hr_id)
            if not self.may_look and before and before.account_id and self._moved(before, due[hr_id]):
                continue  # the pair stays as it is, and is held against the address another time
            if not self.may_look and match.doubt in _TOLD_BY_SITE:
                match = Match(None, Doubt.NO_RIGHT)
            self._learn(hr_id, due[hr_id], match)

    def _offered(self, emails: Collection[str | None]) -> dict[str, list[Account]]:
        """Ask the site whom it offers for these addresses."""
        addresses = sorted(email for email in emails if email)
        if addresses:
            self.workspace.progress.stage("Looking up people in Jira", len(addresses))
        offered: dict[str, list[Account]] = {}
        for start in range(0, len(addresses), PIECE):
            piece = addresses[start : start + PIECE]
            try:
                offered.update(self.workspace.tickets.find_accounts(piece))
            except Forbidden:
                # No right to look people up is no reason to make no issues: everybody waits for review.
                self.may_look = False
                break
            self.workspace.progress.step(len(piece))
        return offered

    def _with_numbers(self, due: Mapping[str, Facts]) -> dict[str, Facts]:
        """Add the employee numbers, which few records show, where an imported table goes by them."""
        unknown = [hr_id for hr_id, facts in due.items() if not self._number(hr_id, facts)]
        if not (unknown and NUMBER in self.workspace.rules.match and any(word == NUMBER for word, _ in self.stated)):
            return dict(due)
        hr, numbers = self.workspace.hr, dict.fromkeys(unknown)
        for page in hr.named("employee", unknown, (NUMBER,)):
            for record in page.records:
                with suppress(Missing):
                    whole = record if record.whole else hr.whole(record, (NUMBER,))
                    numbers[record.ref.id] = named_in(whole).get(record.ref.id, Facts()).number
        return {hr_id: replace(facts, number=facts.number or numbers.get(hr_id)) for hr_id, facts in due.items()}

    def _asks_site(self, hr_id: str, facts: Facts) -> bool:
        """Say whether the address of a person is worth a request: not where a table names the account."""
        before = self.known.get(hr_id)
        if before is not None and before.account_id is not None:
            return self._moved(before, facts)
        return EMAIL in self.workspace.rules.match and not self._stated(hr_id, facts)

    def _moved(self, before: Identity, facts: Facts) -> bool:
        """Say whether a stored pair is to be held against the address that is shown now.

        The first address that is seen of a pair that somebody stated is taken as it is.
        """
        return before.doubt is Doubt.MOVED or before.email not in ("", self._print(facts))

    def _stated(self, hr_id: str, facts: Facts) -> dict[str, str]:
        """Return the words that an imported table goes by to the accounts that it names for a person."""
        prints = ((NUMBER, self._number(hr_id, facts)), (EMAIL, self._print(facts)))
        found = {word: self.stated.get((word, print_)) for word, print_ in prints if print_}
        return {word: entry[0] for word, entry in found.items() if entry and word in self.workspace.rules.match}

    def _alike(self, named: Mapping[str, Facts]) -> dict[tuple[str, str], set[str]]:
        """Return (word, fingerprint) to all HR ids that show it, now or when they were last looked at."""
        found: dict[tuple[str, str], set[str]] = {}
        for hr_id in {*self.known, *named}:
            before, facts = self.known.get(hr_id), named.get(hr_id, Facts())
            for word, print_ in (
                (EMAIL, self._print(facts) or (before.email if before else "")),
                (NUMBER, self._number(hr_id, facts)),
            ):
                if print_:
                    found.setdefault((word, print_), set()).add(hr_id)
        return found

    def _person(
        self, hr_id: str, facts: Facts, alike: Mapping[tuple[str, str], set[str]], offered: Sequence[Account]
    ) -> Person:
        before = self.known.get(hr_id)
        email, number = self._print(facts), self._number(hr_id, facts)
        return Person(
            hr_id,
            facts.email,
            offered,
            self._stated(hr_id, facts),
            {EMAIL: alike.get((EMAIL, email), ()), NUMBER: alike.get((NUMBER, number), ())},
            before.account_id if before else None,
            By(before.matched_by) if before else By.EMAIL,
            moved=before is not None and self._moved(before, facts),
        )

    def _learn(self, hr_id: str, facts: Facts, match: Match) -> None:
        """Note what was found out; a pair or a doubt that stays keeps the moment since when it is so."""
        before = self.known.get(hr_id)
        stated_by = before.linked_by if before and before.account_id == match.account_id else ""
        if match.by is By.IMPORT and match.account_id is not None and not stated_by:
            stated_by = next(who for account, who in self.stated.values() if account == match.account_id)
        person = Identity(
            hr_id,
            match.account_id,
            match.doubt,
            match.by,
            self._print(facts) or (before.email if before and match.account_id else ""),
            self.now,
            stated_by,
            self.now,
            match.others,
            match.suggested,
            self._number(hr_id, facts),
        )
        if before and (before.account_id, before.reason) == (person.account_id, person.reason):
            person = replace(person, since=before.since or before.checked_at)
        self.known[hr_id] = self.changed[hr_id] = person

    def addresses(self, hr_ids: Sequence[str]) -> dict[str, str]:
        """Return the addresses of people whom a record names by id alone, as a department its head."""
        if not hr_ids:
            return {}
        pages = self.workspace.hr.named("employee", list(hr_ids), ("email",))
        found = {record.ref.id: record.fields.get("email") for page in pages for record in page.records}
        return {hr_id: email for hr_id, email in found.items() if email}

    def ask_assignable(self, project: str, hr_ids: set[str], *, again: bool) -> None:
        """Learn which of these people may be assigned issues of the project; with `again`, whether that changed."""
        accounts = {person.account_id for hr_id in hr_ids if (person := self.known.get(hr_id)) and person.account_id}
        unasked = {account for account in accounts if account and self._may_ask(project, account, again=again)}
        if not unasked:
            return
        able: frozenset[str] = frozenset()
        try:
            able = self.workspace.tickets.assignable(project, unasked)
        except Forbidden:
            self.may_look = False
        for account in sorted(unasked):
            self.allowed[project, account] = account in able
            self.asked.append((project, account, account in able))

    def _may_ask(self, project: str, account: str, *, again: bool) -> bool:
        able = self.allowed.get((project, account))
        return able is None or (again and not able)

    def reason(self, hr_id: str, doubt: Doubt) -> str:
        """Return the sentence for a doubt about a person."""
        person = self.known.get(hr_id)
        return person.reason if person is not None and person.doubt is doubt else doubt.value

    def resolve(self, hr_id: str, *, project: str, assigns: bool) -> tuple[str | None, Doubt | None]:
        """Return the account of a person for a field of a project's issue, or the doubt."""
        person = self.known.get(hr_id)
        if person is None:
            return None, Doubt.NOT_ASKED
        if person.account_id is None:
            return None, person.doubt or Doubt.NO_ACCOUNT
        if assigns and not self.allowed.get((project, person.account_id), True):
            return None, Doubt.NOT_ASSIGNABLE if self.may_look else Doubt.NO_RIGHT
        return person.account_id, None

    def due_again(self, hr_ids: tuple[str, ...], *, again: bool) -> bool:
        """Say whether a record that waits for these people should be looked at."""
        return again or any(self._may_be_clear(self.known.get(hr_id)) for hr_id in hr_ids)

    def save(self) -> None:
        """Remember what was learned; inside `write()`."""
        people.save(self.workspace.store, self.changed.values())
        people.save_assignable(self.workspace.store, self.asked, self.now)

    def _may_be_clear(self, person: Identity | None) -> bool:
        """Say whether what was in doubt about a person may have been cleared since."""
        if person is None:
            return True
        if person.account_id is not None:
            return person.account_id not in self._shut_out
        return person.doubt is not Doubt.UNLINKED and self.now - person.checked_at >= DAY

    def _is_due(self, hr_id: str, facts: Facts, *, again: bool) -> bool:
        person = self.known.get(hr_id)
        if person is None:
            return True
        if person.doubt is Doubt.UNLINKED:
            return False
        email = self._print(facts)
        if person.doubt is Doubt.MOVED and not email:
            return False  # a record that shows no address tells nothing of where the address belongs
        if person.doubt is not None:
            return again or person.email != email or self.now - person.checked_at >= DAY
        stated = self._stated(hr_id, facts).values() if person.matched_by == By.EMAIL else ()
        return email not in ("", person.email) or any(account != person.account_id for account in stated)

    def _print(self, facts: Facts) -> str:
        return email_print(self.workspace, facts.email)

    def _number(self, hr_id: str, facts: Facts) -> str:
        """Return the fingerprint of a person's employee number, the last one known where none is shown."""
        before = self.known.get(hr_id)
        return number_print(self.workspace, facts.number) or (before.number if before else "")


_TOLD_BY_SITE = (Doubt.NO_ACCOUNT, Doubt.HIDDEN, Doubt.INACTIVE, Doubt.SEVERAL)


def email_print(workspace: Workspace, email: str | None) -> str:
    """Return the fingerprint of an address, empty where there is none."""
    return workspace.fingerprints.of(email.strip().casefold()) if email and email.strip() else ""


def number_print(workspace: Workspace, number: str | None) -> str:
    """Return the fingerprint of an employee number, empty where there is none."""
    return workspace.fingerprints.of(number.strip().casefold()) if number and number.strip() else ""
