"""What was last seen of each HR record, as one fingerprint: the reason why most records cost nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pfjira.engine.model import Ref
from pfjira.state.store import Store

APART = timedelta(hours=1)
"""Two complete sweeps must miss a record, this far apart, before it counts as gone (design section 5)."""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One record as it was settled."""

    ref: Ref
    fingerprint: str
    rules: str
    day: str
    """The last local date on which it need not be looked at again, '' where the rules do not look at dates."""
    section: str
    waiting: tuple[str, ...] = ()
    """HR ids of people in it who could not be matched."""
    listed: str = ""
    """Fingerprint of the row in its listing, where that shows less than the whole record."""


def known(store: Store, kind: str, rules: str, day: str) -> dict[str, str]:
    """Return id to fingerprint of every record that was settled, or failed, under these rules on this local day."""
    found: dict[str, str] = dict(
        store.rows("SELECT id, fingerprint FROM snapshots WHERE kind = ? AND rules = ? AND day = ?", (kind, rules, day))
    )
    failed = "SELECT id, fingerprint FROM dead_letters WHERE kind = ? AND rules = ? AND cleared_at IS NULL"
    found.update(store.each(f"{failed} ORDER BY last_seen", (kind, rules)))
    return found


def listed(store: Store, kind: str, rules: str, day: str) -> dict[str, tuple[str, str]]:
    """Return id to both fingerprints, of the record and of its row, of what was settled under these rules.

    `day` is today where the rules look at it: then what was settled counts up to its own day only.
    """
    rows = store.each(
        "SELECT id, fingerprint, listed FROM snapshots WHERE kind = ? AND rules = ? AND listed <> '' "
        "AND (? = '' OR day >= ?)",
        (kind, rules, day, day),
    )
    return {row_id: (whole, row) for row_id, whole, row in rows}


def count(store: Store, kind: str) -> int:
    """Return how many records are remembered, under whatever rules."""
    row = store.one("SELECT count(*) FROM snapshots WHERE kind = ?", (kind,))
    return row[0] if row else 0


def some(store: Store, kind: str, *, but: str, most: int = 3) -> list[str]:
    """Return the ids of a few records that were settled, and not found gone."""
    rows = store.rows(
        "SELECT id FROM snapshots WHERE kind = ? AND id <> ? AND section <> 'gone' AND missing_since IS NULL "
        "ORDER BY fingerprint = '' LIMIT ?",
        (kind, but, most),
    )
    return [row[0] for row in rows]


def ids_in(store: Store, kind: str, section: str) -> set[str]:
    """Return the ids of the records that this listing showed last, and of those kept but never seen settled."""
    rows = store.rows("SELECT id FROM snapshots WHERE kind = ? AND section IN (?, '')", (kind, section))
    return {row_id for (row_id,) in rows}


def waiting(store: Store, kind: str) -> dict[str, tuple[str, ...]]:
    """Return id to the people it waits for."""
    rows = store.each("SELECT id, waiting FROM snapshots WHERE kind = ? AND waiting <> ''", (kind,))
    return {row_id: tuple(people.split(",")) for row_id, people in rows}


def save(store: Store, snapshots: Iterable[Snapshot]) -> None:
    """Remember records as settled; inside `write()`."""
    store.run_many(
        "INSERT OR REPLACE INTO snapshots (kind, id, fingerprint, rules, day, section, waiting, listed) "
        "VALUES (?,?,?,?,?,?,?,?)",
        (
            (s.ref.kind, s.ref.id, s.fingerprint, s.rules, s.day, s.section, ",".join(s.waiting), s.listed)
            for s in snapshots
        ),
    )


def relist(store: Store, kind: str, rows: Iterable[tuple[str, str]]) -> None:
    """Remember what the rows of settled records look like now: (id, fingerprint of the row); inside `write()`."""
    store.run_many(
        "UPDATE snapshots SET listed = ? WHERE kind = ? AND id = ?", ((row, kind, row_id) for row_id, row in rows)
    )


def doubt(store: Store, refs: Iterable[Ref]) -> None:
    """Have records looked at by each run from now on, until they are saved as settled again; inside `write()`."""
    store.run_many(
        "UPDATE snapshots SET fingerprint = '', section = '', listed = '' WHERE kind = ? AND id = ?",
        ((ref.kind, ref.id) for ref in refs),
    )


def expect(store: Store, refs: Iterable[Ref]) -> None:
    """Do the same for records that no run comes across unless they move; inside `write()`."""
    refs = list(refs)
    store.run_many(
        "INSERT OR IGNORE INTO snapshots (kind, id, fingerprint, rules, day, section) VALUES (?,?,'','','','')",
        ((ref.kind, ref.id) for ref in refs),
    )
    doubt(store, refs)


def doubted(store: Store, kind: str) -> set[str]:
    """Return the ids of records that are to be looked at though they may not move: they were never seen settled."""
    rows = store.each("SELECT id FROM snapshots WHERE kind = ? AND listed = '' AND section <> 'gone'", (kind,))
    return {row[0] for row in rows}


def drop(store: Store, ref: Ref) -> None:
    """Forget a record that is gone and withdrawn; should it come back, it is looked at as new; inside `write()`."""
    store.run("DELETE FROM snapshots WHERE kind = ? AND id = ?", (ref.kind, ref.id))


def note_missing(store: Store, kind: str, seen: Collection[str], now: datetime) -> None:
    """Count a complete sweep against every record that it did not show; inside `write()`."""
    rows = store.rows("SELECT id, missing_since FROM snapshots WHERE kind = ?", (kind,))
    back = [(kind, row_id) for row_id, since in rows if since is not None and row_id in seen]
    # One that lies ahead was written under a wrong clock: it would keep the record from ever counting as gone.
    away = [
        (now.isoformat(), kind, row_id)
        for row_id, since in rows
        if row_id not in seen and (since is None or datetime.fromisoformat(since) > now)
    ]
    store.run_many("UPDATE snapshots SET missing_since = NULL WHERE kind = ? AND id = ?", back)
    store.run_many("UPDATE snapshots SET missing_since = ? WHERE kind = ? AND id = ?", away)


def absentees(store: Store, kind: str, seen: Collection[str], now: datetime, *, apart: timedelta = APART) -> set[str]:
    """Return the ids that this complete sweep and an earlier one, long enough ago, both did not show."""
    rows = store.rows("SELECT id, missing_since FROM snapshots WHERE kind = ? AND missing_since IS NOT NULL", (kind,))
    return {row_id for row_id, since in rows if row_id not in seen and now - datetime.fromisoformat(since) >= apart}


def any_awaited(store: Store, kind: str, seen: Collection[str]) -> bool:
    """Say whether a record is remembered that was neither seen nor found gone."""
    rows = store.each("SELECT id FROM snapshots WHERE kind = ? AND section <> 'gone'", (kind,))
    return any(row[0] not in seen for row in rows)


def gone(store: Store, kind: str, rules: str) -> set[str]:
    """Return the ids that were found gone, and settled so under these rules: nothing more can be known of them."""
    rows = store.each("SELECT id FROM snapshots WHERE kind = ? AND section = 'gone' AND rules = ?", (kind, rules))
    return {row[0] for row in rows}


def chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    """Cut a list into pieces that fit one SQL statement."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
