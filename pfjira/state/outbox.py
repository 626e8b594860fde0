"""Every write, as an intent before it is sent and as a fact after it was answered.

Values are never kept here: what an unfinished row wanted is worked out again from what both systems show next time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pfjira.engine.model import Ref
from pfjira.engine.plan import Action, Change
from pfjira.state.store import Row, Store


class Stage(StrEnum):
    """Where a row stands."""

    INTENT = "intent"
    LEASED = "leased"
    """Sent, or about to be: a process that dies now leaves this behind."""
    UNKNOWN = "unknown"
    PARKED = "parked"
    """Looked up and not found yet; not sent again before that is safe."""
    DONE = "done"
    DEAD = "dead"
    DROPPED = "dropped"
    """Given up without an effect: overtaken, or to be planned again."""


OPEN = (Stage.INTENT, Stage.LEASED, Stage.UNKNOWN, Stage.PARKED)


REMEMBERED = timedelta(hours=24)
"""How long a creation that was allowed and given up needs no second permission."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write that has not come to its end."""

    number: int
    op: str
    action: str
    rule: str
    key: str
    ref: Ref
    project: str
    stage: Stage
    sent_at: datetime | None
    highest_key: int | None
    searched_at: datetime | None
    named: frozenset[str] = frozenset()
    """Issue ids that an answer named, of issues that were not read back yet; one of them must be this row's."""
    target: str = ""
    """What a deed is done to: an issue id, a group and account, or nothing."""
    trace: str = ""
    """Fingerprint of a service request's summary: it carries no mark until it is given one."""

    @property
    def may_exist(self) -> bool:
        """Whether this is a creation that was sent, or may have been, and whose outcome is open."""
        return self.action == Action.CREATE.value and self.stage is not Stage.INTENT


def all_named(rows: Iterable[Entry]) -> list[str]:
    """Return the issue ids that answers named for any of these rows."""
    return sorted({issue_id for row in rows for issue_id in row.named})


def enqueue(store: Store, run: int, changes: Iterable[Change], *, approved: bool, now: datetime) -> list[int]:
    """Write down what is about to be done, in order; inside `write()`. Return the row numbers."""
    stood_behind = {op for op, by_person in passed(store, now - REMEMBERED).items() if by_person}
    newest = store.one("SELECT coalesce(max(number), 0) FROM outbox")
    assert newest is not None
    rows = [
        (
            number,
            run,
            change.op,
            change.action.value,
            change.action.guarded_as,
            change.situation.rule,
            change.situation.key,
            change.situation.ref.kind,
            change.situation.ref.id,
            change.situation.project,
            change.issue_id,
            ",".join(delta.field for delta in change.deltas),
            change.target_id,
            int(approved or (change.action is Action.CREATE and change.op in stood_behind)),
            now.isoformat(),
        )
        for number, change in enumerate(changes, newest[0] + 1)
    ]
    store.run_many(
        "INSERT INTO outbox (number, run, op, action, counts_as, rule, key, kind, id, project, issue_id, fields, "
        "target, state, approved, planned_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,'intent',?,?)",
        rows,
    )
    return [row[0] for row in rows]


def lease(
    store: Store, numbers: Sequence[int], *, sent_at: datetime | None, highest_keys: Mapping[int, int] | None = None
) -> None:
    """Mark rows as being sent, with the remote clock and the newest key known; inside `write()`."""
    keys = highest_keys or {}
    moment = sent_at.isoformat() if sent_at else None
    store.run_many(
        "UPDATE outbox SET state = 'leased', sent_at = ?, highest_key = ? WHERE number = ?",
        ((moment, keys.get(number), number) for number in numbers),
    )


def settle(store: Store, numbers: Iterable[int], stage: Stage, now: datetime) -> None:
    """Move rows to a stage; what an answer named is forgotten at their end; inside `write()`."""
    if stage in OPEN:
        change, at = "state = ?, settled_at = ?", None
    else:
        change, at = "state = ?, settled_at = ?, made_as = ''", now.isoformat()
    store.run_many(f"UPDATE outbox SET {change} WHERE number = ?", ((stage.value, at, number) for number in numbers))


def park(store: Store, number: int, searched_at: datetime) -> None:
    """Leave a creation open whose issue was not found; the first such look-up's time stays; inside `write()`."""
    store.run(
        "UPDATE outbox SET state = 'parked', searched_at = coalesce(searched_at, ?) WHERE number = ?",
        (searched_at.isoformat(), number),
    )


def note_made(store: Store, numbers: Iterable[int], issue_ids: Iterable[str]) -> None:
    """Remember that an answer named these issues, among which those of these rows must be; inside `write()`."""
    named = ",".join(issue_ids)
    store.run_many("UPDATE outbox SET made_as = ? WHERE number = ?", ((named, number) for number in numbers))


def note_trace(store: Store, number: int, trace: str) -> None:
    """Remember by what a service request is known until it carries our mark; inside `write()`."""
    store.run("UPDATE outbox SET trace = ? WHERE number = ?", (trace, number))


def prune(store: Store, before: datetime) -> None:
    """Forget finished rows of long ago; moves stay, their count names their comments; inside `write()`."""
    store.run(
        "DELETE FROM outbox WHERE state IN ('done', 'dead', 'dropped') AND settled_at < ? "
        "AND NOT (state = 'done' AND action IN ('close', 'reopen', 'cancel'))",
        (before.isoformat(),),
    )


def times_done(store: Store, op: str, action: str) -> int:
    """Return how often this has been carried out for a situation."""
    row = store.one("SELECT count(*) FROM outbox WHERE op = ? AND action = ? AND state = 'done'", (op, action))
    return row[0] if row else 0


def unfinished(store: Store) -> list[Entry]:
    """Return every row that has not come to its end, oldest first."""
    marks = ",".join(f"'{stage.value}'" for stage in OPEN)
    return [
        _row(row)
        for row in store.rows(
            "SELECT number, op, action, rule, key, kind, id, project, state, sent_at, highest_key, searched_at, "
            "made_as, target, trace "
            f"FROM outbox WHERE state IN ({marks}) ORDER BY number"
        )
    ]


def passed(store: Store, since: datetime) -> dict[str, bool]:
    """Return the op of each creation that was allowed once and has not come to be, and whether it was approved.

    A run that died half-way was allowed to do the whole of its plan: the rest of it needs no second permission. What
    was given up before `since` does: nobody remembers it.
    """
    rows = store.each(
        "SELECT op, max(approved) FROM outbox WHERE action = 'create' AND (state IN ('intent', 'leased', 'unknown', "
        "'parked') OR (state = 'dropped' AND settled_at >= ?)) GROUP BY op",
        (since.isoformat(),),
    )
    return {op: bool(approved) for op, approved in rows}


def recent(store: Store, since: datetime) -> Counter[tuple[str, str]]:
    """Count the effects since a moment that nobody approved, per kind of record and limit: create, update, cancel."""
    rows = store.rows(
        "SELECT kind, counts_as, count(*) FROM outbox WHERE state = 'done' AND approved = 0 AND settled_at >= ? "
        "GROUP BY 1, 2",
        (since.isoformat(),),
    )
    return Counter({(kind, counts_as): count for kind, counts_as, count in rows})


def written(store: Store, since: datetime) -> list[Row]:
    """Return action, rule, kind, id, issue id and count of what was changed since a moment; what is new is left out."""
    return store.rows(
        "SELECT action, rule, kind, id, issue_id, count(*) FROM outbox WHERE state = 'done' AND settled_at > ? "
        "AND counts_as <> 'create' GROUP BY 1, 2, 3, 4, 5",
        (since.isoformat(),),
    )


def _row(row: Row) -> Entry:
    (
        number,
        op,
        action,
        rule,
        key,
        kind,
        row_id,
        project,
        stage,
        sent_at,
        highest_key,
        searched_at,
        made_as,
        target,
        trace,
    ) = row
    return Entry(
        number=number,
        op=op,
        action=action,
        rule=rule,
        key=key,
        ref=Ref("peopleforce", kind, row_id),
        project=project,
        stage=Stage(stage),
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        highest_key=highest_key,
        searched_at=datetime.fromisoformat(searched_at) if searched_at else None,
        named=frozenset(filter(None, made_as.split(","))),
        target=target,
        trace=trace,
    )
