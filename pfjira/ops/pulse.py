"""Keep what a run or a receiver cost, and raise an alert where the machine comes to its limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pfjira.state import alerts, outbox, samples
from pfjira.state.store import Store

LOW_DISK_MB = 500.0
HIGH_MEMORY_MB = 400.0
"""The units stop a process at 512."""
LONG_QUEUE = 200
"""So many writes without an end are more than an interruption leaves."""
_SENTENCES = {
    "disk": f"less than {LOW_DISK_MB:.0f} MB of disk are free",
    "memory": f"a run took more than {HIGH_MEMORY_MB:.0f} MB of memory",
    "queue": f"more than {LONG_QUEUE} writes have not come to their end",
}


def keep(store: Store, command: str, values: Mapping[str, float | None], now: datetime) -> dict[str, float | None]:
    """Store one sample with what the state adds to it; raise or end the alerts about the machine. Return the sample."""
    found = dict(values) | {"open": float(len(outbox.unfinished(store)))}
    limits = {
        "disk": _at(found, "free_disk_mb", LOW_DISK_MB) < LOW_DISK_MB,
        "memory": _at(found, "memory_mb", 0) > HIGH_MEMORY_MB,
        "queue": _at(found, "open", 0) > LONG_QUEUE,
    }
    reached = [subject for subject, is_reached in limits.items() if is_reached]
    with store.write():
        samples.save(store, command, found, now)
        for subject in reached:
            day, said = now.date().isoformat(), _SENTENCES[subject]
            alerts.put(store, alerts.Cause.LIMIT, subject, said, day=day, now=now, full=False)
        alerts.end(store, alerts.Cause.LIMIT, now=now, but=reached)
    return found


def keep_minute(store: Store, command: str, values: Mapping[str, float | None], now: datetime) -> None:
    """Store one sample of a process that goes on, if nobody else writes just now. Raise StateError.

    It raises no alert and ends none: two who judge the machine by their own figures would take turns at it.
    """
    with store.hurried(), store.write():
        samples.save(store, command, values, now, keep=samples.KEEP_MINUTES)


def _at(found: Mapping[str, float | None], name: str, default: float) -> float:
    value = found.get(name)
    return default if value is None else value
