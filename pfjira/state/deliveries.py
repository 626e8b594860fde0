"""Deliveries of generic hooks: records that cannot be read again, so what the rules read of them is kept until then.

Only the fields that the source declares are kept, in this private file, and they are erased once they were worked off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import orjson

from pfjira.engine.model import Json
from pfjira.state.store import Store


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
    if held is None:
        values = (source, number, text, now.isoformat())
        store.run("INSERT INTO deliveries (source, id, fields, received_at) VALUES (?,?,?,?)", values)
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


def state_of(store: Store, source: str, number: str) -> str | None:
    """Return when a delivery was worked off, '' while it was not; None where none of this id came."""
    row = store.one("SELECT settled_at FROM deliveries WHERE source = ? AND id = ?", (source, number))
    return None if row is None else row[0] or ""


def waiting(store: Store) -> int:
    """Return how many were not worked off, of all sources."""
    row = store.one("SELECT count(*) FROM deliveries WHERE settled_at IS NULL")
    return int(row[0]) if row else 0


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
