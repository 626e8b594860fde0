"""What runs cost, for looking back: one row a run, and one a minute of a receiver, which is kept for less long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pfjira.state.store import Store

KEEP = timedelta(days=30)
KEEP_MINUTES = timedelta(days=2)
"""For what is left once a minute: more would outweigh all else in a small state, which each command looks over."""
COLUMNS = (
    "cpu_s",
    "memory_mb",
    "load",
    "free_memory_mb",
    "free_disk_mb",
    "temperature_c",
    "elapsed_s",
    "writes",
    "open",
)

Row = Mapping[str, float | None]
"""Column to value; see `COLUMNS`."""


def save(store: Store, command: str, values: Row, now: datetime, *, keep: timedelta = KEEP) -> None:
    """Keep one sample, and forget those of long ago, and this command's older than `keep`; inside `write()`."""
    marks = ",".join("?" * (len(COLUMNS) + 2))
    row = (now.isoformat(), command, *(values.get(name) for name in COLUMNS))
    store.run(f"INSERT OR REPLACE INTO samples (at, command, {', '.join(COLUMNS)}) VALUES ({marks})", row)
    store.run("DELETE FROM samples WHERE at < ?", ((now - KEEP).isoformat(),))
    if keep < KEEP:
        store.run("DELETE FROM samples WHERE at < ? AND command = ?", ((now - keep).isoformat(), command))


def since(store: Store, moment: datetime) -> list[dict[str, object]]:
    """Return the samples since a moment, oldest first, with `at` and `command`."""
    names = ("at", "command", *COLUMNS)
    rows = store.rows(f"SELECT {', '.join(names)} FROM samples WHERE at >= ? ORDER BY at", (moment.isoformat(),))
    return [dict(zip(names, row, strict=True)) for row in rows]


def of_runs(store: Store, moment: datetime) -> list[Row]:
    """Return what each run since a moment cost, oldest first."""
    rows = store.rows(
        f"SELECT {', '.join(COLUMNS)} FROM samples WHERE at >= ? AND command = 'sync' ORDER BY at",
        (moment.isoformat(),),
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]
