"""Small figures for a person who looks on: how far a run is, what was written when, what was refused, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pfjira.state.store import Row, Store

ENDED = ("done", "dead", "dropped")


@dataclass(frozen=True, slots=True)
class Underway:
    """How far a run has come that has not ended."""

    run: int
    started_at: datetime
    full: bool
    settled: int
    """Writes of its plan that came to their end, well or not."""
    planned: int
    """All writes of its plan so far; 0 while it still looks."""


def underway(store: Store) -> Underway | None:
    """Return how far the newest run has come; None when it ended. Whether it lives is told by the lock alone."""
    row = store.one("SELECT number, started_at, ended_at, full FROM runs ORDER BY number DESC LIMIT 1")
    if row is None or row[2] is not None:
        return None
    sql = "SELECT state, count(*) FROM outbox WHERE run = ? GROUP BY state"
    counted: dict[str, int] = dict(store.rows(sql, (row[0],)))
    settled = sum(counted.get(state, 0) for state in ENDED)
    return Underway(row[0], datetime.fromisoformat(row[1]), bool(row[3]), settled, sum(counted.values()))


def writes_of(store: Store, run: int) -> list[Row]:
    """Return (action, state, count) of the writes of a run."""
    return store.rows(
        "SELECT action, state, count(*) FROM outbox WHERE run = ? GROUP BY action, state ORDER BY action, state", (run,)
    )


def hourly(store: Store, since: datetime) -> dict[str, int]:
    """Return hour, as `2030-01-31T07` in UTC, to how many writes were settled in it."""
    rows = store.rows(
        "SELECT substr(settled_at, 1, 13), count(*) FROM outbox WHERE state = 'done' AND settled_at >= ? GROUP BY 1",
        (since.isoformat(),),
    )
    return {row[0]: row[1] for row in rows}


def causes(store: Store, most: int) -> list[tuple[str, int]]:
    """Return the commonest reasons of dead letters, each with how many there are."""
    rows = store.rows(
        "SELECT reason, count(*) FROM dead_letters WHERE cleared_at IS NULL "
        "GROUP BY reason ORDER BY count(*) DESC, reason LIMIT ?",
        (most,),
    )
    return [(row[0], row[1]) for row in rows]


def pending_webhooks(store: Store) -> int:
    """Return how many deliveries of PeopleForce's and Jira's webhooks wait for a run."""
    row = store.one("SELECT count(*) FROM inbox WHERE state = 'pending'")
    return int(row[0]) if row else 0
