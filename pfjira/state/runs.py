"""The history of runs, and the cursors that move only together with what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from pfjira.state.store import Row, Store

SWEEP, MOVED, WEBHOOK, ONLY, REPLAY = "sweep", "moved", "webhook", "only", "replay"
KINDS = (SWEEP, MOVED, WEBHOOK, ONLY, REPLAY)
"""What a run looks at: all, what moved, what deliveries name, what a person names, what was refused or is gone."""
KEEP = 5000
"""Runs to remember: about two weeks of a five-minute timer."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as it ended; `ended_at` None when it did not."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    full: bool
    kind: str
    exit_code: int | None
    counts: Mapping[str, int]
    error: str


def start(store: Store, *, full: bool, now: datetime, kind: str = "") -> int:
    """Begin a run of a kind; return its number."""
    with store.write():
        row = store.one(
            "INSERT INTO runs (started_at, full, kind) VALUES (?, ?, ?) RETURNING number",
            (now.isoformat(), int(full), kind or (SWEEP if full else MOVED)),
        )
        assert row is not None
        store.run("DELETE FROM runs WHERE number <= ?", (row[0] - KEEP,))
    return int(row[0])


def finish(
    store: Store, number: int, *, exit_code: int | None, counts: Mapping[str, int], error: str, now: datetime
) -> None:
    """End a run."""
    with store.write():
        store.run(
            "UPDATE runs SET ended_at = ?, exit_code = ?, counts = ?, error = ? WHERE number = ?",
            (now.isoformat(), exit_code, orjson.dumps(dict(counts)).decode(), error, number),
        )


def last(store: Store, *, only: str = "1") -> Run | None:
    """Return the newest run; `only` narrows: "full = 1", "exit_code IN (0, 1)"."""
    return next(iter(newest(store, 1, only=only)), None)


def newest(store: Store, most: int, *, only: str = "1") -> list[Run]:
    """Return the newest runs, the newest first."""
    rows = store.rows(
        "SELECT number, started_at, ended_at, full, kind, exit_code, counts, error FROM runs "
        f"WHERE {only} ORDER BY number DESC LIMIT ?",
        (most,),
    )
    return [_run(row) for row in rows]


def of_each_kind(store: Store) -> list[Run]:
    """Return the newest run of each kind, the newest first."""
    return newest(store, len(KINDS), only="number IN (SELECT max(number) FROM runs GROUP BY kind)")


def _run(row: Row) -> Run:
    number, started_at, ended_at, full, kind, exit_code, counts, error = row
    begun, ended = datetime.fromisoformat(started_at), datetime.fromisoformat(ended_at) if ended_at else None
    return Run(number, begun, ended, bool(full), kind, exit_code, orjson.loads(counts), error)


def cursor(store: Store, name: str) -> datetime | None:
    """Return a watermark."""
    row = store.one("SELECT value FROM cursors WHERE name = ?", (name,))
    return datetime.fromisoformat(row[0]) if row else None


def set_cursor(store: Store, name: str, moment: datetime) -> None:
    """Move a watermark; inside the transaction that holds its consequences."""
    store.run("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (name, moment.isoformat()))


def note_rules(store: Store, digest: str, file: str, now: datetime) -> None:
    """Remember which rules were in force; inside `write()`."""
    store.run(
        "INSERT INTO rules VALUES (?,?,?,?) ON CONFLICT (hash) DO UPDATE SET last_used_at = excluded.last_used_at",
        (digest, file, now.isoformat(), now.isoformat()),
    )


def move_on(store: Store) -> None:
    """Make plans of before stale, since a person decided something; inside `write()`."""
    store.set_meta("generation", str(int(store.meta("generation") or 1) + 1))
