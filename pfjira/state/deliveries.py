"""Deliveries of generic hooks: records that cannot be read again, so what the rules read of them is kept until then.

Only the fields that the source declares are kept, in this private file, and they are erased once they were worked off.
What no rule reads any more waits for a rule to come back, but not for ever: after `KEEP` it is erased unread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import orjson

from pfjira.engine.model import Json
from pfjira.state.store import Store

KEEP = timedelta(days=14)
"""How long a delivery that no rule reads waits for one that does."""
UNWANTED = "sources_unwanted"
"""Name of the fact that holds which sources no rule in force reads, and since when."""
ERASED_UNREAD = "-"
"""In place of the fields of a delivery that nobody wanted."""
NO_READER = f"source IN (SELECT key FROM json_each((SELECT value FROM meta WHERE name = '{UNWANTED}')))"
"""What a row fulfils that no rule reads."""
STATE = (
    f"iif(settled_at IS NULL, iif({NO_READER}, 'unwanted', 'pending'), "
    f"iif(fields = '{ERASED_UNREAD}', 'erased', 'done'))"
)
"""How a row stands, in a word."""


class Receipt(StrEnum):
    """What became of a document that arrived."""

    NEW = "new"
    REPLACED = "replaced"
    """It stands in the place of another of this id, which was not worked off yet."""
    KNOWN = "known"
    """It is kept already, or was worked off."""


def receive(store: Store, source: str, number: str, fields: Mapping[str, Json], now: datetime) -> Receipt:
    """Keep one delivery, unless one of its id was worked off; inside `write()`."""
    text = orjson.dumps(dict(fields)).decode()
    held = store.one("SELECT fields, settled_at FROM deliveries WHERE source = ? AND id = ?", (source, number))
    if held is None or held[0] == ERASED_UNREAD:
        values = (source, number, text, now.isoformat())
        store.run("INSERT OR REPLACE INTO deliveries (source, id, fields, received_at) VALUES (?,?,?,?)", values)
        return Receipt.NEW
    if held[0] == text or held[1] is not None:
        return Receipt.KNOWN
    values = (text, now.isoformat(), source, number)
    store.run("UPDATE deliveries SET fields = ?, received_at = ? WHERE source = ? AND id = ?", values)
    return Receipt.REPLACED


def pending(store: Store, source: str) -> list[tuple[str, dict[str, Json]]]:
    """Return what has not been worked off, oldest first: id and fields."""
    return [(number, fields) for number, fields, _ in held(store, source)]


def held(store: Store, source: str) -> list[tuple[str, dict[str, Json], str]]:
    """Return what has not been worked off, oldest first: id, fields, and which version of the document this is."""
    rows = store.rows(
        "SELECT id, fields FROM deliveries WHERE source = ? AND settled_at IS NULL ORDER BY received_at, id", (source,)
    )
    return [(number, orjson.loads(fields), _version(fields)) for number, fields in rows]


def state_of(store: Store, source: str, number: str) -> tuple[str, str] | None:
    """Return how a delivery stands, and when it was worked off or erased, '' while not; None where none came."""
    row = store.one(f"SELECT {STATE}, settled_at FROM deliveries WHERE source = ? AND id = ?", (source, number))
    return None if row is None else (row[0], row[1] or "")


def waiting(store: Store) -> int:
    """Return how many were not worked off, of all sources: who reads them is for a run to say."""
    row = store.one("SELECT count(*) FROM deliveries WHERE settled_at IS NULL")
    return int(row[0]) if row else 0


def tally(store: Store) -> dict[str, int]:
    """Return how many are pending, and how many wait although no rule reads them."""
    rows = store.rows(f"SELECT {STATE}, count(*) FROM deliveries WHERE settled_at IS NULL GROUP BY 1")
    return {"pending": 0, "unwanted": 0} | {str(state): int(count) for state, count in rows}


def note_readers(store: Store, read: Collection[str], now: datetime) -> dict[str, int]:
    """Note which sources with something to work off no rule reads; erase what waited in vain for too long.

    Return source to how many were erased. A source that is read again finds what was not erased.
    """
    known: dict[str, str] = orjson.loads(store.meta(UNWANTED) or "{}")
    held = {source for (source,) in store.rows("SELECT DISTINCT source FROM deliveries WHERE settled_at IS NULL")}
    unwanted = {source: known.get(source, now.isoformat()) for source in sorted(held.difference(read))}
    before = (now - KEEP).isoformat()
    old = [source for source, since in unwanted.items() if since < before]
    if unwanted == known and not old:
        return {}
    with store.write():
        store.set_meta(UNWANTED, orjson.dumps(unwanted).decode())
        erased = {
            source: store.run(
                "UPDATE deliveries SET fields = ?, settled_at = ? "
                "WHERE source = ? AND settled_at IS NULL AND received_at < ?",
                (ERASED_UNREAD, now.isoformat(), source, before),
            )
            for source in old
        }
    return {source: count for source, count in erased.items() if count}


def settle(store: Store, source: str, worked_off: Iterable[tuple[str, str]], now: datetime) -> None:
    """Erase what was kept of deliveries that were worked off, by id and version; inside `write()`.

    Their ids stay, against repetition. One that was replaced meanwhile waits for the next run.
    """
    for number, version in worked_off:
        row = store.one(
            "SELECT fields FROM deliveries WHERE source = ? AND id = ? AND settled_at IS NULL", (source, number)
        )
        if row is not None and _version(row[0]) == version:
            store.run(
                "UPDATE deliveries SET fields = '', settled_at = ? WHERE source = ? AND id = ?",
                (now.isoformat(), source, number),
            )


def _version(fields: str) -> str:
    return hashlib.sha256(fields.encode()).hexdigest()
