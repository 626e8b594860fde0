"""The identity table for reading: who is linked, who waits for a word, and what could be said. It asks no system."""

from __future__ import annotations

from dataclasses import dataclass

from pfjira.engine.people import Doubt, in_order
from pfjira.state import people
from pfjira.state.people import Identity
from pfjira.state.store import Store

_LINK_HELPS_NOT = (Doubt.INACTIVE, Doubt.NO_RIGHT, Doubt.NO_ID)
"""Doubts that go away in Jira or PeopleForce, not by a link."""


@dataclass(frozen=True, slots=True)
class Line:
    """One person. Names, addresses and numbers are not known here."""

    person: Identity
    reasons: tuple[str, ...]
    """Why a human is asked; none where nobody is."""
    waiting: tuple[str, ...]
    """Records, as `KIND/ID`, that wait for the person."""

    @property
    def command(self) -> str:
        """What would settle it, empty where no link can."""
        person = self.person
        if not self.reasons or person.doubt is None or person.doubt in _LINK_HELPS_NOT:
            return ""
        account = person.suggested[0] if len(person.suggested) == 1 else "ACCOUNT_ID"
        also = " --also" if person.doubt is Doubt.HELD and account != "ACCOUNT_ID" else ""
        return f"pfjira people link {person.hr_id} {account}{also}"

    def document(self) -> dict[str, object]:
        """Return it as JSON data."""
        person = self.person
        return {
            "person": person.hr_id,
            "account": person.account_id,
            "state": "review" if self.reasons else "unknown" if person.account_id is None else "linked",
            "matched_by": person.matched_by if person.account_id else "",
            "linked_by": person.linked_by,
            "since": (person.since or person.checked_at).isoformat(),
            "reasons": list(self.reasons),
            "suggested": list(person.suggested),
            "waiting": list(self.waiting),
            "command": self.command,
        }


def roll(store: Store, *, review: bool) -> list[Line]:
    """Return everybody who is known, or only those about whom a human is asked, by HR id."""
    reasons: dict[str, list[str]] = {}
    for hr_id, reason in people.in_review(store):
        reasons.setdefault(hr_id, []).append(reason)
    waiting = people.waiting(store)
    known = people.every(store)
    return [
        Line(known[hr_id], tuple(reasons.get(hr_id, ())), in_order(waiting.get(hr_id, ())))
        for hr_id in in_order(known)
        if not review or hr_id in reasons
    ]
