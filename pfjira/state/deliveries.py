"""Deliveries of generic hooks: records that cannot be read again, so what the rules read of them is kept until then.

Only the fields that the source declares are kept, in this private file, and they are erased once they were worked off.
"""

from __future__ import annotations

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
    rows = store.rows(
        "SELECT id, fields FROM deliveries WHERE source = ? AND settled_at IS NULL ORDER BY received_at, id", (source,)
    )
    return [(number, orjson.loads(fields)) for number, fields in rows]


def state_of(store: Store, source: str, number: str) -> str | None:
    """Return when a delivery was worked off, '' while it was not; None where none of this id came."""
    row = store.one("SELECT settled_at FROM deliveries WHERE source = ? AND id = ?", (source, number))
    return None if row is None else row[0] or ""


def settle(store: Store, source: str, numbers: Iterable[str], now: datetime) -> None:
    """Erase what was kept of deliveries that were worked off; their ids stay, against repetition; inside `write()`."""
    store.run_many(
        "UPDATE deliveries SET fields = '', settled_at = ? WHERE source = ? AND id = ?",
        ((now.isoformat(), source, number) for number in numbers),
    )
