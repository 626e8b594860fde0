"""The identity table: which PeopleForce person is which Atlassian account, and who waits for a human's word.

A link stays for good. Addresses and employee numbers are kept as fingerprints only: to notice that they changed, that
two people share one, and which account an imported table names for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pfjira.engine.people import Doubt, in_order
from pfjira.state.store import Store

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """One person."""

    hr_id: str
    account_id: str | None
    doubt: Doubt | None
    matched_by: str
    """A word of `engine.people.By`."""
    email: str
    """Fingerprint of the address that was looked up, empty when there was none."""
    checked_at: datetime
    linked_by: str = ""
    """The operating-system user behind a pair that was stated, else empty."""
    since: datetime | None = None
    """When this pair, or this doubt, came up."""
    others: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    number: str = ""
    """Fingerprint of the employee number, as far as it was ever shown."""

    @property
    def reason(self) -> str:
        """The sentence of the doubt, empty where there is none."""
        return self.doubt.says(self.others) if self.doubt else ""


def every(store: Store, *, only: str = "1") -> dict[str, Identity]:
    """Return HR id to identity; `only` narrows: "doubt <> ''"."""
    rows = store.each(
        "SELECT hr_id, account_id, doubt, matched_by, email, checked_at, linked_by, since, others, suggested, number "
        f"FROM people WHERE {only}"
    )
    return {row[0]: _identity(*row) for row in rows}


def _identity(
    hr_id: str, account: str | None, doubt: str, matched_by: str, email: str, checked_at: str,
    linked_by: str, since: str, others: str, suggested: str, number: str,
) -> Identity:  # fmt: skip
    return Identity(
        hr_id,
        account,
        Doubt[doubt] if doubt else None,
        matched_by,
        email,
        datetime.fromisoformat(checked_at),
        linked_by,
        datetime.fromisoformat(since) if since else None,
        tuple(others.split()),
        tuple(suggested.split()),
        number,
    )


def holders(known: Iterable[Identity]) -> dict[str, set[str]]:
    """Return account to the HR ids that are linked to it."""
    found: dict[str, set[str]] = {}
    for person in known:
        if person.account_id is not None:
            found.setdefault(person.account_id, set()).add(person.hr_id)
    return found


def waiting(store: Store) -> dict[str, list[str]]:
    """Return HR id to the records, as `KIND/ID`, that wait for the person."""
    found: dict[str, list[str]] = {}
    for kind, record, people in store.rows("SELECT kind, id, waiting FROM snapshots WHERE waiting <> ''"):
        for hr_id in people.split(","):
            found.setdefault(hr_id, []).append(f"{kind}/{record}")
    return found


def in_review(store: Store) -> list[tuple[str, str]]:
    """Return (HR id, reason) of everybody who waits for a human's word, and for whom some record waits.

    A stored pair that became doubtful is listed whether anything waits or not: its account is still in use.
    """
    awaited = waiting(store)
    doubts = [
        (person.hr_id, person.reason)
        for person in every(store, only="doubt <> ''").values()
        if (person.hr_id in awaited or person.account_id is not None)
    ]
    doubts += [
        (hr_id, f"{Doubt.NOT_ASSIGNABLE.value} ({project})") for hr_id, project in shut_out(store) if hr_id in awaited
    ]
    return sorted(doubts)


def shut_out(store: Store) -> list[tuple[str, str]]:
    """Return (HR id, project) where a linked person may not be assigned issues."""
    return [
        (str(hr_id), str(project))
        for hr_id, project in store.rows(
            "SELECT hr_id, project FROM people JOIN assignable USING (account_id) WHERE allowed = 0 "
            "ORDER BY hr_id, project"
        )
    ]


def save(store: Store, people: Iterable[Identity]) -> None:
    """Remember identities; inside `write()`."""
    store.run_many(
        "INSERT OR REPLACE INTO people (hr_id, account_id, state, matched_by, doubt, email, checked_at, linked_by, "
        "since, others, suggested, number) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            (
                person.hr_id,
                person.account_id,
                "review" if person.doubt else "linked",
                person.matched_by,
                person.doubt.name if person.doubt else "",
                person.email,
                person.checked_at.isoformat(),
                person.linked_by,
                person.since.isoformat() if person.since else "",
                " ".join(in_order(person.others)),
                " ".join(person.suggested),
                person.number,
            )
            for person in people
        ),
    )


def stated(store: Store) -> dict[tuple[str, str], tuple[str, str]]:
    """Return (`employee_number` or `email`, fingerprint) to the account that was imported for it, and by whom."""
    rows = store.each("SELECT word, print, account_id, stated_by FROM people_stated")
    return {(word, print_): (account, who) for word, print_, account, who in rows}


def state(store: Store, rows: Iterable[tuple[str, str, str]], who: str, now: datetime) -> None:
    """Remember (word, fingerprint, account) of an imported table, the newest last; inside `write()`."""
    store.run_many(
        "INSERT OR REPLACE INTO people_stated (word, print, account_id, stated_by, stated_at) VALUES (?,?,?,?,?)",
        ((word, print_, account, who, now.isoformat()) for word, print_, account in rows),
    )


def ask_again(store: Store) -> None:
    """Have everybody in doubt looked at by the next run, and the records that wait for them; inside `write()`."""
    unasked = (LONG_AGO.isoformat(), Doubt.UNLINKED.name)
    store.run("UPDATE people SET checked_at = ? WHERE doubt NOT IN ('', ?)", unasked)


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
