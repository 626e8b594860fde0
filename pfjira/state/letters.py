"""Dead letters and open conflicts: what a person should look at. One per cause; a later success clears it.

Nothing expires by itself: a letter that is not open any more says when and why it was cleared, for a month.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pfjira.engine.model import Ref
from pfjira.engine.plan import Conflict
from pfjira.state.store import Store

KEPT = timedelta(days=30)
"""How long a letter that was cleared is remembered."""
DONE = "it was done"
NOT_WANTED = "nothing is left to do for the record"
GONE = "the record is gone"
OTHERWISE = "it is refused for another reason now"
_COLUMNS = (
    "rule, kind, id, action, reason, status, first_seen, last_seen, attempts, field, number, "
    "coalesce(cleared_at, ''), why"
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One write that the remote system refused for good."""

    rule: str
    ref: Ref
    action: str
    reason: str
    status: int
    first_seen: str = ""
    last_seen: str = ""
    attempts: int = 1
    field: str = ""
    """The field that the system complained about, '' where it named none."""
    number: int = 0
    cleared_at: str = ""
    """When it was cleared, ISO 8601; '' while it is open."""
    why: str = ""
    """Why it was cleared."""

    @property
    def cause(self) -> tuple[str, str, int, str]:
        """What makes several letters one trouble: rule, action, status, field."""
        return self.rule, self.action, self.status, self.field


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """One field that both sides moved, until they agree or a person chooses."""

    rule: str
    key: str
    ref: Ref
    issue_key: str
    field: str
    since: str
    """When it was seen first, ISO 8601."""


def bury(store: Store, letter: DeadLetter, *, fingerprint: str, rules: str, now: datetime) -> None:
    """Keep a dead letter; the same cause again counts as one more attempt; inside `write()`."""
    at = now.isoformat()
    store.run(
        "INSERT INTO dead_letters "
        "(rule, kind, id, action, status, field, reason, fingerprint, rules, first_seen, last_seen) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (kind, id, rule, action, status, field) WHERE cleared_at IS NULL "
        "DO UPDATE SET reason = excluded.reason, fingerprint = excluded.fingerprint, rules = excluded.rules, "
        "last_seen = excluded.last_seen, attempts = attempts + 1",
        (
            letter.rule,
            letter.ref.kind,
            letter.ref.id,
            letter.action,
            letter.status,
            letter.field,
            letter.reason,
            fingerprint,
            rules,
            at,
            at,
        ),
    )


def every(store: Store) -> list[DeadLetter]:
    """Return all dead letters that are open, oldest first."""
    return _letters(store, "cleared_at IS NULL ORDER BY first_seen, kind, id, number")


def cleared(store: Store) -> list[DeadLetter]:
    """Return those that were cleared and are still remembered, the last one first."""
    return _letters(store, "cleared_at IS NOT NULL ORDER BY cleared_at DESC, number DESC")


def records(store: Store) -> set[tuple[str, str]]:
    """Return kind and id of every record with an open letter."""
    return set(store.rows("SELECT DISTINCT kind, id FROM dead_letters WHERE cleared_at IS NULL"))


def stuck(store: Store, kind: str, rules: str) -> dict[tuple[str, str, str], str]:
    """Return (record id, rule, action) to the record's fingerprint for all that failed under these rules."""
    rows = store.each(
        "SELECT id, rule, action, fingerprint FROM dead_letters WHERE kind = ? AND rules = ? AND cleared_at IS NULL "
        "ORDER BY last_seen",
        (kind, rules),
    )
    return {(record_id, rule, action): fingerprint for record_id, rule, action, fingerprint in rows}


def clear(store: Store, refs: Iterable[Ref], *, why: str, now: datetime, rule: str = "", action: str = "") -> None:
    """Clear the letters of records that are in order again, or one sort of them; inside `write()`."""
    store.run_many(
        f"{_CLEAR} AND kind = ? AND id = ? AND ? IN ('', rule) AND ? IN ('', action)",
        ((now.isoformat(), why, ref.kind, ref.id, rule, action) for ref in refs),
    )


def clear_others(store: Store, still: Collection[DeadLetter], *, now: datetime) -> None:
    """Clear the letters of one record, rule and action that are not among those just buried; inside `write()`."""
    causes = {letter.cause for letter in still}
    for rule, ref, action in {(letter.rule, letter.ref, letter.action) for letter in still}:
        rows = store.rows(
            "SELECT number, status, field FROM dead_letters "
            "WHERE cleared_at IS NULL AND kind = ? AND id = ? AND rule = ? AND action = ?",
            (ref.kind, ref.id, rule, action),
        )
        gone = [number for number, status, field in rows if (rule, action, status, field) not in causes]
        _clear_numbers(store, gone, OTHERWISE, now)


def clear_absent(store: Store, kind: str, seen: Collection[str], *, now: datetime) -> None:
    """Clear refused creations for records that a complete sweep did not show: nobody wants them; inside `write()`."""
    rows = store.rows(
        "SELECT number, id FROM dead_letters WHERE cleared_at IS NULL AND kind = ? AND action = 'create'", (kind,)
    )
    absent = [number for number, record_id in rows if record_id not in seen]
    _clear_numbers(store, absent, "a complete sweep did not show the record", now)


def clear_rules(store: Store, known: Collection[str], *, now: datetime) -> None:
    """Clear the letters of rules that there are no more; inside `write()`."""
    rows = store.rows("SELECT number, rule FROM dead_letters WHERE cleared_at IS NULL")
    _clear_numbers(store, [number for number, rule in rows if rule not in known], "the rule is no more", now)


def prune(store: Store, before: datetime) -> None:
    """Forget what was cleared long ago; inside `write()`."""
    store.run("DELETE FROM dead_letters WHERE cleared_at < ?", (before.isoformat(),))


_CLEAR = "UPDATE dead_letters SET cleared_at = ?, why = ? WHERE cleared_at IS NULL"


def _clear_numbers(store: Store, numbers: Iterable[int], why: str, now: datetime) -> None:
    store.run_many(f"{_CLEAR} AND number = ?", ((now.isoformat(), why, number) for number in numbers))


def _letters(store: Store, where: str) -> list[DeadLetter]:
    rows = store.rows(f"SELECT {_COLUMNS} FROM dead_letters WHERE {where}")
    return [DeadLetter(row[0], Ref("peopleforce", row[1], row[2]), *row[3:]) for row in rows]


def replace_conflicts(store: Store, looked_at: Iterable[Ref], conflicts: Iterable[Conflict], now: datetime) -> None:
    """Keep exactly the conflicts that a look at these records found, each since it was first seen; inside `write()`."""
    conflicts = list(conflicts)
    still = {(conflict.rule, conflict.key, conflict.field) for conflict in conflicts}
    looked = {(ref.kind, ref.id) for ref in looked_at}
    for kind, record_id, *row in store.rows("SELECT kind, id, rule, key, field FROM conflicts"):
        if (kind, record_id) in looked and tuple(row) not in still:
            store.run("DELETE FROM conflicts WHERE rule = ? AND key = ? AND field = ?", row)
    store.run_many(
        "INSERT INTO conflicts (rule, key, field, kind, id, issue_key, first_seen) VALUES (?,?,?,?,?,?,?) "
        "ON CONFLICT (rule, key, field) DO UPDATE SET issue_key = excluded.issue_key",
        ((c.rule, c.key, c.field, c.ref.kind, c.ref.id, c.issue_key, now.isoformat()) for c in conflicts),
    )


def conflicts(store: Store) -> list[OpenConflict]:
    """Return the open conflicts, the oldest first."""
    rows = store.rows(
        "SELECT rule, key, kind, id, issue_key, field, first_seen FROM conflicts ORDER BY first_seen, issue_key, field"
    )
    return [OpenConflict(row[0], row[1], Ref("peopleforce", row[2], row[3]), *row[4:]) for row in rows]
