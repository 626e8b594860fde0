"""The identity table: which PeopleForce person is which Atlassian account, and who waits for a human's word.

A link stays for good; an e-mail address is kept as a fingerprint only, to notice that it changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pfjira.engine.people import Doubt
from pfjira.state.store import Store


@dataclass(frozen=True, slots=True)
class Identity:
    """One person."""

    hr_id: str
    account_id: str | None
    doubt: Doubt | None
    matched_by: str
    email: str
    """Fingerprint of the address that was looked up, empty when there was none."""
    checked_at: datetime


def every(store: Store) -> dict[str, Identity]:
    """Return HR id to identity."""
    rows = store.each("SELECT hr_id, account_id, doubt, matched_by, email, checked_at FROM people")
    return {
        hr_id: Identity(
            hr_id, account, Doubt[doubt] if doubt else None, matched_by, email, datetime.fromisoformat(checked_at)
        )
        for hr_id, account, doubt, matched_by, email, checked_at in rows
    }


def in_review(store: Store) -> list[tuple[str, str]]:
    """Return (HR id, reason) of everybody who waits for a human's word, and for whom some record waits."""
    waiting = store.rows("SELECT DISTINCT waiting FROM snapshots WHERE waiting <> ''")
    awaited = {hr_id for (people,) in waiting for hr_id in people.split(",")}
    doubts = [
        (hr_id, Doubt[doubt].value) for hr_id, doubt in store.rows("SELECT hr_id, doubt FROM people WHERE doubt <> ''")
    ]
    shut_out = store.rows(
        "SELECT hr_id, project FROM people JOIN assignable USING (account_id) WHERE allowed = 0 ORDER BY hr_id, project"
    )
    doubts += [(hr_id, f"{Doubt.NOT_ASSIGNABLE.value} ({project})") for hr_id, project in shut_out]
    return sorted((hr_id, reason) for hr_id, reason in doubts if hr_id in awaited)


def save(store: Store, people: Iterable[Identity]) -> None:
    """Remember identities; inside `write()`."""
    store.run_many(
        "INSERT OR REPLACE INTO people (hr_id, account_id, state, matched_by, doubt, email, checked_at) "
        "VALUES (?,?,?,?,?,?,?)",
        (
            (
                person.hr_id,
                person.account_id,
                "review" if person.doubt else "linked",
                person.matched_by,
                person.doubt.name if person.doubt else "",
                person.email,
                person.checked_at.isoformat(),
            )
            for person in people
        ),
    )


def assignable(store: Store, since: datetime) -> dict[tuple[str, str], bool]:
    """Return (project, accountId) to whether issues may be assigned, as far as asked since a moment."""
    rows = store.each("SELECT project, account_id, allowed FROM assignable WHERE checked_at >= ?", (since.isoformat(),))
    return {(project, account): bool(allowed) for project, account, allowed in rows}


def save_assignable(store: Store, found: Iterable[tuple[str, str, bool]], now: datetime) -> None:
    """Remember who may be assigned where; inside `write()`."""
    store.run_many(
        "INSERT OR REPLACE INTO assignable (project, account_id, allowed, checked_at) VALUES (?,?,?,?)",
        ((project, account, int(allowed), now.isoformat()) for project, account, allowed in found),
    )
