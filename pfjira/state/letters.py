"""Dead letters and open conflicts: what a person should look at. One per cause; a later success clears it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from pfjira.engine.model import Ref
from pfjira.engine.plan import Conflict
from pfjira.state.store import Store


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
    """Keep a dead letter; the same again counts as one more attempt; inside `write()`."""
    at = now.isoformat()
    store.run(
        "INSERT INTO dead_letters (rule, kind, id, action, reason, status, fingerprint, rules, first_seen, last_seen) "
        "VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (kind, id, rule, action) DO UPDATE SET reason = excluded.reason, "
        "status = excluded.status, fingerprint = excluded.fingerprint, rules = excluded.rules, "
        "last_seen = excluded.last_seen, attempts = attempts + 1",
        (
            letter.rule,
            letter.ref.kind,
            letter.ref.id,
            letter.action,
            letter.reason,
            letter.status,
            fingerprint,
            rules,
            at,
            at,
        ),
    )


def every(store: Store) -> list[DeadLetter]:
    """Return all dead letters, oldest first."""
    rows = store.rows(
        "SELECT rule, kind, id, action, reason, status, first_seen, last_seen, attempts FROM dead_letters "
        "ORDER BY first_seen, kind, id"
    )
    return [DeadLetter(row[0], Ref("peopleforce", row[1], row[2]), *row[3:]) for row in rows]


def stuck(store: Store, kind: str, rules: str) -> dict[tuple[str, str, str], str]:
    """Return (record id, rule, action) to the record's fingerprint for all that failed under these rules."""
    rows = store.each(
        "SELECT id, rule, action, fingerprint FROM dead_letters WHERE kind = ? AND rules = ?", (kind, rules)
    )
    return {(record_id, rule, action): fingerprint for record_id, rule, action, fingerprint in rows}


def clear(store: Store, refs: Iterable[Ref], *, rule: str = "", action: str = "") -> None:
    """Forget the dead letters of records that are in order again, or one of them; inside `write()`."""
    store.run_many(
        "DELETE FROM dead_letters WHERE kind = ? AND id = ? AND ? IN ('', rule) AND ? IN ('', action)",
        ((ref.kind, ref.id, rule, action) for ref in refs),
    )


def clear_absent(store: Store, kind: str, seen: Collection[str]) -> None:
    """Forget refused creations for records that a complete sweep did not show: nobody wants them; inside `write()`."""
    ids = {row[0] for row in store.rows("SELECT id FROM dead_letters WHERE kind = ? AND action = 'create'", (kind,))}
    absent = sorted(ids.difference(seen))
    store.run_many(
        "DELETE FROM dead_letters WHERE kind = ? AND id = ? AND action = 'create'", ((kind, one) for one in absent)
    )


def replace_conflicts(store: Store, looked_at: Iterable[Ref], conflicts: Iterable[Conflict], now: datetime) -> None:
    """Keep exactly the conflicts that a look at these records found; inside `write()`."""
    conflicts = list(conflicts)
    still = {(conflict.rule, conflict.key, conflict.field) for conflict in conflicts}
    for ref in looked_at:
        for row in store.rows("SELECT rule, key, field FROM conflicts WHERE kind = ? AND id = ?", (ref.kind, ref.id)):
            if row not in still:
                store.run("DELETE FROM conflicts WHERE rule = ? AND key = ? AND field = ?", row)
    store.run_many(
        "INSERT OR IGNORE INTO conflicts (rule, key, field, kind, id, issue_key, first_seen) VALUES (?,?,?,?,?,?,?)",
        ((c.rule, c.key, c.field, c.ref.kind, c.ref.id, c.issue_key, now.isoformat()) for c in conflicts),
    )


def conflicts(store: Store) -> list[OpenConflict]:
    """Return the open conflicts, the oldest first."""
    rows = store.rows(
        "SELECT rule, key, kind, id, issue_key, field, first_seen FROM conflicts ORDER BY first_seen, issue_key, field"
    )
    return [OpenConflict(row[0], row[1], Ref("peopleforce", row[2], row[3]), *row[4:]) for row in rows]
