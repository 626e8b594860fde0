"""Put accounts in the place of people in what the rules want; where a person is in doubt, leave the field out.

First everybody is collected, then all are looked up at once, then the fields are filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pfjira.engine.model import Desired, Owner, Record, Ref, Situation, ValueKind
from pfjira.engine.people import Facts, named_in
from pfjira.engine.reconcile import AWAITED, Link
from pfjira.engine.rules import RuleSet
from pfjira.ops.persons import PeopleBook


@dataclass(slots=True)
class Casting:
    """The people of one plan."""

    rules: RuleSet
    book: PeopleBook
    doubted: dict[str, str] = field(default_factory=dict)
    """HR id to why nobody could be named."""
    waiting: dict[Ref, tuple[str, ...]] = field(default_factory=dict)
    """Record to the people in it who are in doubt."""
    _facts: dict[str, Facts] = field(default_factory=dict)
    _needed: dict[str, set[str]] = field(default_factory=dict)

    def need(self, record: Record, situation: Situation, link: Link | None) -> None:
        """Remember whom a situation needs."""
        if link is None and not situation.opens:
            return
        people = {one.value for one in situation.desired if one.value and asks_person(one, link)}
        people |= set(_named(situation))
        if people and (fallback := self._fallback(situation)):
            people.add(fallback)
        if people:
            named = named_in(record)
            if situation.project:
                self._needed.setdefault(situation.project, set()).update(people)
            for hr_id in people:
                # The first record that names an address wins; one that names the person without it settles nothing.
                before, now = self._facts.get(hr_id, Facts()), named.get(hr_id, Facts())
                self._facts[hr_id] = Facts(before.email or now.email, before.number or now.number)

    def look_up(self, *, again: bool) -> None:
        """Ask for everybody who is needed and not known; with `again`, also for those in doubt."""
        nameless = [one for one, facts in self._facts.items() if facts.email is None and one not in self.book.known]
        for hr_id, email in self.book.addresses(nameless).items():
            self._facts[hr_id] = replace(self._facts[hr_id], email=email)
        self.book.discover(self._facts, again=again)
        for hr_id, person in self.book.changed.items():
            if person.account_id is not None and person.doubt is not None:
                self.doubted[hr_id] = person.reason
        for project, people in self._needed.items():
            self.book.ask_assignable(project, people, again=again)

    def cast(self, situation: Situation, link: Link | None) -> Situation:
        """Return the situation with accounts for people."""
        named = replace(situation, desired=tuple(self._resolved(situation, link)))
        if named.raise_for is not None:
            account = self._account(named.raise_for, situation, "", doubtful=situation.opens)
            # Raised for nobody it would be pfjira's own for good: it waits until the person is known.
            named = replace(named, raise_for=account, opens=situation.opens and account is not None)
        if (deed := named.deed) is not None and deed.make == "member" and deed.person is not None:
            person = self._account(deed.person, situation, "", doubtful=situation.opens)
            named = replace(named, deed=replace(deed, person=person))
        return named

    def _resolved(self, situation: Situation, link: Link | None) -> Iterator[Desired]:
        for desired in situation.desired:
            if desired.kind is not ValueKind.PERSON or desired.value is None:
                yield desired
            elif asks_person(desired, link):
                # Who is to do what is done already keeps nobody waiting.
                waits = situation.opens if link is None else not (situation.done or situation.cancelled)
                account = self._account(desired.value, situation, desired.field, doubtful=waits)
                if account is not None:
                    yield replace(desired, value=account)

    def _account(self, hr_id: str, situation: Situation, field_: str, *, doubtful: bool) -> str | None:
        assigns = field_ == "assignee"
        account, doubt = self.book.resolve(hr_id, project=situation.project, assigns=assigns)
        if doubt is not None and doubtful:
            self.doubted[hr_id] = self.book.reason(hr_id, doubt)
            before = self.waiting.get(situation.ref, ())
            self.waiting[situation.ref] = tuple(dict.fromkeys((*before, hr_id)))
            if field_ and (fallback := self._fallback(situation)):
                account, _ = self.book.resolve(fallback, project=situation.project, assigns=assigns)
        return account

    def _fallback(self, situation: Situation) -> str | None:
        rule = self.rules.rule(situation.rule)
        return rule.fallback if rule else None


def _named(situation: Situation) -> Iterator[str]:
    """Yield the people whom a situation names outside of fields, and whom Jira must know."""
    if situation.raise_for is not None:
        yield situation.raise_for
    if situation.deed is not None and situation.deed.make == "member" and situation.deed.person:
        yield situation.deed.person


def asks_person(desired: Desired, link: Link | None) -> bool:
    """Say whether a person still has to be known: not where the field was handed over already."""
    if desired.kind is not ValueKind.PERSON:
        return False
    handed_over = link is not None and (
        (desired.own is Owner.JIRA and link.base.get(desired.field) != AWAITED)
        or (desired.own is Owner.ONCE and desired.field in link.base)
    )
    return not handed_over
