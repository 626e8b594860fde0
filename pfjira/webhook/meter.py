"""What the receiver costs this machine: one sample a minute, beside those of the runs.

It comes after everybody who waits for an answer, waits for no other writer, and what cannot be measured or written is
dropped: the next sample then stands for the whole time since the last.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta

from pfjira.ops.pulse import keep_minute
from pfjira.state.store import Store
from pfjira.telemetry import Sample

EVERY = timedelta(minutes=1)
COMMAND = "webhook-serve"


class Meter:
    """Remembers the last sample, and how many deliveries were stored since."""

    def __init__(self, measure: Callable[[], Sample], clock: Callable[[], datetime]) -> None:
        """Prepare."""
        self._measure, self._clock = measure, clock
        self._since = self._asked = clock()
        self._cpu_s: float | None = None
        self._stored = 0

    def begin(self) -> None:
        """Take what the samples are counted from."""
        self._since = self._asked = self._clock()
        with suppress(Exception):
            self._cpu_s = self._measure().cpu_s

    def count(self, stored: int) -> None:
        """Take note of deliveries that were stored."""
        self._stored += stored

    def beat(self, store: Store) -> None:
        """Leave a sample when one is due. Never raise."""
        now = self._clock()
        if timedelta() <= now - self._asked < EVERY:
            return
        self._asked = now
        with suppress(Exception):
            found = self._measure()
            spent = asdict(found) | {
                "cpu_s": None if self._cpu_s is None else found.cpu_s - self._cpu_s,
                "elapsed_s": (now - self._since).total_seconds(),
                "writes": float(self._stored),
            }
            if now > self._since:  # else the clock was set back: it is counted anew from here
                keep_minute(store, COMMAND, spent, now)
            self._since, self._cpu_s, self._stored = now, found.cpu_s, 0
