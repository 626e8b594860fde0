"""Deliveries of generic hooks: records that cannot be read again, so what the rules read of them is kept until then.

Only the fields that the source declares are kept, in this private file, and they are erased once they were worked off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import orjson

from pfjira.engine.model import Json
from pfjira.state.store import Store


def receive(store: Store, source: str, number: str, fields: Mapping[str, Json], now: datetime) -> bool:
    """Keep one delivery; return False where it was received before; inside `write()`."""
    written = store.run(
        "INSERT OR IGNORE INTO deliveries (source, id, fields, received_at) VALUES (?,?,?,?)",
        (source, number, orjson.dumps(dict(fields)).decode(), now.isoformat()),
    )
    return written == 1


def pending(store: Store, source: str) -> list[tuple[str, dict[str, Json]]]:
    """Return what has not been worked off, oldest first: id and fields."""
    rows = store.rows(
        "SELECT id, fields FROM deliveries WHERE source = ? AND settled_at IS NULL ORDER BY received_at, id", (source,)
    )
    return [(number, orjson.loads(fields)) for number, fields in rows]


def settle(store: Store, source: str, numbers: Iterable[str], now: datetime) -> None:
    """Erase what was kept of deliveries that were worked off; their ids stay, against repetition; inside `write()`."""
    store.run_many(
        "UPDATE deliveries SET fields = '', settled_at = ? WHERE source = ? AND id = ?",
        ((now.isoformat(), source, number) for number in numbers),
    )
