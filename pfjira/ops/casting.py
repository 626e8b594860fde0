"""Put accounts in the place of people in what the rules want; where a person is in doubt, leave the field out.

First everybody is collected, then all are looked up at once, then the fields are filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pfjira.engine import mapping
from pfjira.engine.model import Desired, Owner, Record, Situation, ValueKind
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
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Record id to the people in it who are in doubt."""
    _emails: dict[str, str | None] = field(default_factory=dict)
    _needed: dict[str, set[str]] = field(default_factory=dict)

    def need(self, record: Record, situation: Situation, link: Link | None) -> None:
        """Remember whom a situation needs."""
        if link is None and not situation.opens:
            return
        people = {one.value for one in situation.desired if one.value and asks_person(one, link)}
        if people and (fallback := self._fallback(situation)):
            people.add(fallback)
        if people:
            known = mapping.person_emails(record)
            self._needed.setdefault(situation.project, set()).update(people)
            for hr_id in people:
                # The first record that names an address wins; one that names the person without it settles nothing.
                self._emails[hr_id] = self._emails.get(hr_id) or known.get(hr_id)

    def look_up(self, *, again: bool) -> None:
        """Ask for everybody who is needed and not known; with `again`, also for those in doubt."""
        self.book.discover(self._emails, again=again)
        for project, people in self._needed.items():
            self.book.ask_assignable(project, people, again=again)

    def cast(self, situation: Situation, link: Link | None) -> Situation:
        """Return the situation with accounts for people."""
        return replace(situation, desired=tuple(self._resolved(situation, link)))

    def _resolved(self, situation: Situation, link: Link | None) -> Iterator[Desired]:
        for desired in situation.desired:
            if desired.kind is not ValueKind.PERSON or desired.value is None:
                yield desired
            elif asks_person(desired, link):
                # Who is to do what is done already keeps nobody waiting.
                waits = situation.opens if link is None else not (situation.done or situation.cancelled)
                account = self._account(desired, situation, doubtful=waits)
                if account is not None:
                    yield replace(desired, value=account)

    def _account(self, desired: Desired, situation: Situation, *, doubtful: bool) -> str | None:
        assigns = desired.field == "assignee"
        account, doubt = self.book.resolve(desired.value, project=situation.project, assigns=assigns)
        if doubt is not None and doubtful:
            self.doubted[desired.value] = doubt.value
            before = self.waiting.get(situation.ref.id, ())
            self.waiting[situation.ref.id] = tuple(dict.fromkeys((*before, desired.value)))
            if fallback := self._fallback(situation):
                account, _ = self.book.resolve(fallback, project=situation.project, assigns=assigns)
        return account

    def _fallback(self, situation: Situation) -> str | None:
        rule = self.rules.rule(situation.rule)
        return rule.fallback if rule else None


def asks_person(desired: Desired, link: Link | None) -> bool:
    """Say whether a person still has to be known: not where the field was handed over already."""
    if desired.kind is not ValueKind.PERSON:
        return False
    handed_over = link is not None and (
        (desired.own is Owner.JIRA and link.base.get(desired.field) != AWAITED)
        or (desired.own is Owner.ONCE and desired.field in link.base)
    )
    return not handed_over
