"""Deliveries of PeopleForce's and Jira's webhooks: which records to look at, and nothing of what was said of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pfjira.engine.model import Ref
from pfjira.errors import StateUnwritable
from pfjira.state.store import Store

WINDOW = timedelta(minutes=1)
"""A body that comes again later than this after it was worked off is news where the sender numbers nothing.

Short: it may be another change told in the same words, which no poll sees; to look once more costs next to nothing.
"""
KEEP = timedelta(days=14)
"""How long what was worked off, or ignored, is remembered against repetition."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery, as it is kept."""

    hook: str
    topic: str
    digest: str
    """Keyed fingerprint of the body."""
    identifier: str = ""
    """What the sender calls all attempts at it; empty where he says nothing, and the digest must do."""
    refs: tuple[Ref, ...] = ()
    sweep: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that no run has taken to its end yet."""

    number: int
    topic: str
    refs: tuple[Ref, ...]
    sweep: tuple[str, str] | None
    """System and kind to be read wholly."""
    received_at: str
    """When it came for the last time."""


def receive(store: Store, arrival: Arrival, now: datetime) -> bool:
    """Keep a delivery, once; return whether there is something new to look at; inside `write()`."""
    concerns = bool(arrival.refs or arrival.sweep)
    refs = " ".join(f"{ref.kind}/{ref.id}" for ref in arrival.refs)
    changed = store.run(
        "INSERT INTO inbox (hook, identifier, topic, digest, refs, sweep, received_at, state) VALUES (?,?,?,?,?,?,?,?) "
        "ON CONFLICT (hook, identifier) DO UPDATE SET state = 'pending', received_at = excluded.received_at, "
        "settled_at = NULL WHERE inbox.state = 'done' AND inbox.settled_at < ?",
        (
            arrival.hook,
            arrival.identifier or arrival.digest,
            arrival.topic,
            arrival.digest,
            refs,
            arrival.sweep,
            now.isoformat(),
            "pending" if concerns else "ignored",
            "" if arrival.identifier else (now - WINDOW).isoformat(),
        ),
    )
    if not changed and not arrival.identifier:
        # It may be a second change, told in the same words: a run that read before it came does not settle it.
        store.run(
            "UPDATE inbox SET received_at = ? WHERE hook = ? AND identifier = ? AND state = 'pending'",
            (now.isoformat(), arrival.hook, arrival.digest),
        )
    return bool(changed) and concerns


def pending(store: Store) -> list[Waiting]:
    """Return what waits, oldest first."""
    rows = store.rows(
        "SELECT number, hook, topic, refs, sweep, received_at FROM inbox WHERE state = 'pending' ORDER BY number"
    )
    return [
        Waiting(number, topic, tuple(_ref(hook, one) for one in refs.split()), (hook, sweep) if sweep else None, at)
        for number, hook, topic, refs, sweep, at in rows
    ]


def settle(store: Store, taken: Iterable[tuple[int, str]], now: datetime) -> None:
    """Note that a run took these to its end, by number and time; forget what is too old; inside `write()`."""
    store.run_many(
        "UPDATE inbox SET state = 'done', settled_at = ? WHERE number = ? AND received_at = ? AND state = 'pending'",
        ((now.isoformat(), number, received_at) for number, received_at in taken),
    )
    store.run("DELETE FROM inbox WHERE state <> 'pending' AND received_at < ?", ((now - KEEP).isoformat(),))


def tally(store: Store) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    return dict.fromkeys(("pending", "done", "ignored"), 0) | {
        str(state): int(count) for state, count in store.rows("SELECT state, count(*) FROM inbox GROUP BY state")
    }


def ignored(store: Store) -> dict[str, int]:
    """Return topic to how many deliveries of it concern nothing that is looked at."""
    rows = store.rows("SELECT topic, count(*) FROM inbox WHERE state = 'ignored' GROUP BY topic ORDER BY topic")
    return {str(topic): int(count) for topic, count in rows}


def newest(store: Store) -> datetime | None:
    """Return when the last delivery arrived."""
    row = store.one("SELECT max(received_at) FROM inbox")
    return datetime.fromisoformat(row[0]) if row and row[0] else None


def oldest_pending(store: Store) -> datetime | None:
    """Return since when the oldest delivery waits."""
    row = store.one("SELECT min(received_at) FROM inbox WHERE state = 'pending'")
    return datetime.fromisoformat(row[0]) if row and row[0] else None


def raise_flag(database: Path) -> None:
    """Leave word beside the state that something waits, for whoever starts runs and does not read the state."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(flag(database), flags, 0o600), "wb") as file:
        file.write(b"there is something to work off\n")


def lower_flag(database: Path) -> None:
    """Take the word back, before what waits is read: what comes later raises it again."""
    try:
        flag(database).unlink(missing_ok=True)
    except OSError as error:
        raise StateUnwritable(
            f"{flag(database)} cannot be removed: {error.strerror}.", hint="Check the owner and mode of its folder."
        ) from error


def flag(database: Path) -> Path:
    """Return the file that is there while something waits."""
    return Path(f"{database}.pending")


def _ref(system: str, text: str) -> Ref:
    kind, _, number = text.partition("/")
    return Ref(system, kind, number)
