"""When the next request may leave: a steady rate, and the pauses that a system asked for.

One pacer is shared by all threads that call one system, and its timetable, where there is one, by all processes. It
must never let a request leave before the time that the system named, and it holds nobody longer than the caller's
patience: it says how long it would take instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

PROBE_GAP_S = 1.0
"""Seconds between attempts after a pause, until one of them succeeds."""


class Times(Protocol):
    """What is booked and forbidden, in seconds of one clock."""

    next: float
    """When the next request may leave."""
    paused: dict[str, float]
    """Lane to the end of its pause; the empty lane is all of them."""
    careful: set[str]
    """Lanes that were paused and have not succeeded since: there one request a second tries."""

    def count_departure(self, now: float, rate: float) -> None:
        """Learn that a request leaves at this moment, and by which rate."""


@dataclass(slots=True)
class OwnTimes:
    """The same, where nobody else has a part in it."""

    next: float = 0.0
    paused: dict[str, float] = field(default_factory=dict)
    careful: set[str] = field(default_factory=set)

    def count_departure(self, now: float, rate: float) -> None:
        """Count nothing: there is nobody to tell."""


class Timetable(Protocol):
    """Where the times of one system are kept, and by which clock."""

    @property
    def now(self) -> Callable[[], float]:
        """The clock."""

    def open(self) -> AbstractContextManager[Times]:
        """Lend the times to nobody else meanwhile, and keep what the block made of them."""


class OwnTimetable:
    """The times of one process alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Go by this clock."""
        self.now = clock
        self.times = OwnTimes()
        self._lock = threading.Lock()

    @contextmanager
    def open(self) -> Iterator[OwnTimes]:
        """Lend the times to one thread."""
        with self._lock:
            yield self.times


class Pacer:
    """Hand out departure times: `rate` a second with a small burst, later while a pause is on."""

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        timetable: Timetable | None = None,
    ) -> None:
        """Pace `rate` requests a second (0: unpaced, which keeps the times to itself)."""
        self._rate = rate
        self._gap = 1.0 / rate if rate > 0 else 0.0
        # A quarter of a second's worth may leave at once: eight threads that start together need not queue for it.
        self._slack = self._gap * (max(1, round(rate / 4)) - 1)
        self._sleep = sleep
        self._own = OwnTimetable(clock)
        self._timetable: Timetable = timetable if timetable is not None and self._gap else self._own
        self._careful = False
        """Whether some lane was careful when the times were last looked at."""

    def wait(self, lane: str, patience_s: float) -> float:
        """Sleep until a request on this lane may leave; return 0.

        When that is further away than `patience_s`, stop sleeping: return the seconds it would still take.
        """
        if not self._gap and not self._own.times.paused and not self._own.times.careful:
            return 0.0
        waited = 0.0
        while True:
            with self._timetable.open() as times:
                self._careful = bool(times.careful)
                delay, departs = self._departure(times, lane, patience_s - waited)
                if departs and delay == 0.0:
                    times.count_departure(self._timetable.now(), self._rate)
            if delay > patience_s - waited:
                return delay
            self._sleep(delay)
            if departs and (delay == 0.0 or self._is_free(lane)):
                return 0.0
            # Not its turn yet, or somebody was told to wait longer meanwhile: look again.
            waited += delay

    def pause(self, lane: str, seconds: float) -> None:
        """Let nothing leave on this lane (empty: on any) for so long; a longer pause that is on already stays."""
        with self._timetable.open() as times:
            until = self._timetable.now() + seconds
            times.paused[lane] = max(until, times.paused.get(lane, 0.0))
            times.careful.add(lane)
        self._careful = True

    def succeeded(self, lane: str) -> None:
        """End the caution that follows a pause."""
        if not self._careful:
            return
        with self._timetable.open() as times:
            times.careful -= {lane, ""}
            times.next = min(times.next, self._timetable.now() + self._gap)
            self._careful = bool(times.careful)

    def _departure(self, times: Times, lane: str, patience_s: float) -> tuple[float, bool]:
        """Return (seconds to wait, whether a departure is booked for then)."""
        now = self._timetable.now()
        until = _pause_end(times, lane, now)
        if until > now:
            return until - now, False
        if times.careful & {lane, ""}:
            if times.next > now:
                return min(times.next - now, PROBE_GAP_S), False
            times.next = now + PROBE_GAP_S
            return 0.0, True
        departs = max(times.next, now - self._slack)
        delay = max(0.0, departs - now)
        if delay <= patience_s:
            times.next = departs + self._gap
        return delay, True

    def _is_free(self, lane: str) -> bool:
        """Say whether a departure that was booked a while ago still holds: no pause has come since. Then it leaves."""
        with self._timetable.open() as times:
            now = self._timetable.now()
            is_free = _pause_end(times, lane, now) <= now and not times.careful & {lane, ""}
            if is_free:
                times.count_departure(now, self._rate)
            return is_free


def _pause_end(times: Times, lane: str, now: float) -> float:
    for name in [name for name, until in times.paused.items() if until <= now]:
        del times.paused[name]
    return max(times.paused.get("", 0.0), times.paused.get(lane, 0.0))
