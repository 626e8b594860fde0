"""When the next request may leave: a steady rate, and the pauses that a system asked for.

One pacer is shared by all threads that call one system. It must never let a request leave before the time that the
system named, and it holds nobody longer than the caller's patience: it says how long it would take instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

PROBE_GAP_S = 1.0
"""Seconds between attempts after a pause, until one of them succeeds."""


class Pacer:
    """Hand out departure times: `rate` a second with a small burst, later while a pause is on."""

    def __init__(self, rate: float, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """Pace `rate` requests a second (0: unpaced)."""
        self._gap = 1.0 / rate if rate > 0 else 0.0
        # A quarter of a second's worth may leave at once: eight threads that start together need not queue for it.
        self._slack = self._gap * (max(1, round(rate / 4)) - 1)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0
        self._paused: dict[str, float] = {}
        self._careful: set[str] = set()
        """Lanes that were paused and have not succeeded since: there one request a second tries."""

    def wait(self, lane: str, patience_s: float) -> float:
        """Sleep until a request on this lane may leave; return 0.

        When that is further away than `patience_s`, stop sleeping: return the seconds it would still take.
        """
        if not self._gap and not self._paused and not self._careful:
            return 0.0
        waited = 0.0
        while True:
            with self._lock:
                delay, departs = self._departure(lane, self._clock())
            if delay > patience_s - waited:
                return delay
            self._sleep(delay)
            if departs:
                return 0.0
            # Not its turn yet, and somebody may have been told to wait longer meanwhile: look again.
            waited += delay

    def pause(self, lane: str, seconds: float) -> None:
        """Let nothing leave on this lane (empty: on any) for so long; a longer pause that is on already stays."""
        with self._lock:
            until = self._clock() + seconds
            self._paused[lane] = max(until, self._paused.get(lane, 0.0))
            self._careful.add(lane)

    def succeeded(self, lane: str) -> None:
        """End the caution that follows a pause."""
        if self._careful:
            with self._lock:
                self._careful -= {lane, ""}
                self._next = min(self._next, self._clock() + self._gap)

    def _departure(self, lane: str, now: float) -> tuple[float, bool]:
        """Return (seconds to wait, whether a departure is booked for then)."""
        until = self._pause_end(lane, now)
        if until > now:
            return until - now, False
        if self._careful & {lane, ""}:
            if self._next > now:
                return min(self._next - now, PROBE_GAP_S), False
            self._next = now + PROBE_GAP_S
            return 0.0, True
        departs = max(self._next, now - self._slack)
        self._next = departs + self._gap
        return max(0.0, departs - now), True

    def _pause_end(self, lane: str, now: float) -> float:
        for name in [name for name, until in self._paused.items() if until <= now]:
            del self._paused[name]
        return max(self._paused.get("", 0.0), self._paused.get(lane, 0.0))
