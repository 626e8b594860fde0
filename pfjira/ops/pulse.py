"""Keep what a run cost, and raise an alert where the machine comes to its limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pfjira.ops.workspace import local_day
from pfjira.state import alerts, outbox, samples
from pfjira.state.store import Store

LOW_DISK_MB = 500.0
HIGH_MEMORY_MB = 400.0
"""The units stop a process at 512."""
LONG_QUEUE = 200
"""So many writes without an end are more than an interruption leaves."""


def keep(store: Store, command: str, values: Mapping[str, float | None], now: datetime) -> dict[str, float | None]:
    """Store one sample with what the state adds to it; raise or end the alerts about the machine. Return the sample."""
    found = dict(values) | {"open": float(len(outbox.unfinished(store)))}
    limits = {
        "disk": (
            _at(found, "free_disk_mb", LOW_DISK_MB) < LOW_DISK_MB,
            f"less than {LOW_DISK_MB:.0f} MB of disk are free",
        ),
        "memory": (
            _at(found, "memory_mb", 0) > HIGH_MEMORY_MB,
            f"a run took more than {HIGH_MEMORY_MB:.0f} MB of memory",
        ),
        "queue": (_at(found, "open", 0) > LONG_QUEUE, f"more than {LONG_QUEUE} writes have not come to their end"),
    }
    day = local_day(now, now.tzinfo) if now.tzinfo else now.date().isoformat()
    with store.write():
        samples.save(store, command, found, now)
        for subject, (is_reached, sentence) in limits.items():
            if is_reached:
                alerts.put(store, alerts.Cause.LIMIT, subject, sentence, day=day, now=now, full=False)
        well = {subject for subject, (is_reached, _) in limits.items() if not is_reached}
        alerts.end(store, alerts.Cause.LIMIT, now=now, but=limits.keys() - well)
    return found


def _at(found: Mapping[str, float | None], name: str, default: float) -> float:
    value = found.get(name)
    return default if value is None else value
