"""What rules did that keep no issue: once each, and remembered for good, so that it is never done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pfjira.engine.model import Ref
from pfjira.state.snapshots import chunks
from pfjira.state.store import Store

ADOPTED = "adopted"
"""Instead of a target: the issue of this situation was taken over by another, so that none is made in its place."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done."""

    rule: str
    key: str
    target: str
    """Issue id; group id and accountId with a slash; or nothing."""
    ref: Ref
    op: str
    removed: bool = False
    """A membership that was taken away again."""


def of_records(store: Store, kind: str, ids: Collection[str]) -> dict[str, list[Deed]]:
    """Return record id to what was done for it."""
    found: dict[str, list[Deed]] = {}
    for piece in chunks(sorted(ids)):
        marks = ",".join("?" * len(piece))
        rows = store.each(
            f"SELECT rule, key, target, kind, id, op, state FROM deeds WHERE kind = ? AND id IN ({marks})",
            (kind, *piece),
        )
        for rule, key, target, row_kind, row_id, op, state in rows:
            deed = Deed(rule, key, target, Ref("peopleforce", row_kind, row_id), op, state == "removed")
            found.setdefault(row_id, []).append(deed)
    return found


def told(store: Store, ref: Ref) -> list[tuple[Deed, str]]:
    """Return what was done for one record, and when (ISO 8601), the oldest first."""
    rows = store.rows(
        "SELECT rule, key, target, op, state, settled_at FROM deeds WHERE kind = ? AND id = ? "
        "ORDER BY settled_at, rule, key, target",
        (ref.kind, ref.id),
    )
    return [(Deed(row[0], row[1], row[2], ref, row[3], row[4] == "removed"), row[5]) for row in rows]


def holders(store: Store, targets: Collection[str]) -> dict[str, set[tuple[str, str]]]:
    """Return target to the (rule, key) pairs that did something to it and did not undo it."""
    found: dict[str, set[tuple[str, str]]] = {}
    for piece in chunks(sorted(targets)):
        marks = ",".join("?" * len(piece))
        rows = store.each(f"SELECT target, rule, key FROM deeds WHERE state = 'done' AND target IN ({marks})", piece)
        for target, rule, key in rows:
            found.setdefault(target, set()).add((rule, key))
    return found


def save(store: Store, deed: Deed, now: datetime) -> None:
    """Remember one thing that was done, or undone; inside `write()`."""
    store.run(
        "INSERT OR REPLACE INTO deeds (rule, key, target, kind, id, op, state, settled_at) VALUES (?,?,?,?,?,?,?,?)",
        (
            deed.rule,
            deed.key,
            deed.target,
            deed.ref.kind,
            deed.ref.id,
            deed.op,
            "removed" if deed.removed else "done",
            now.isoformat(),
        ),
    )


def memberships(store: Store) -> Counter[str]:
    """Return how many memberships stand that we gave, per kind of the record behind them."""
    rows = store.each("SELECT kind, count(*) FROM deeds WHERE state = 'done' AND target LIKE '%/%' GROUP BY 1")
    return Counter(dict(rows))


def any_done(store: Store) -> bool:
    """Say whether anything was ever done."""
    return store.one("SELECT 1 FROM deeds LIMIT 1") is not None
