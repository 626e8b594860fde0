"""Departure times and pauses of each system, shared by all processes that work with one state file.

`diff`, `doctor` or a dashboard may run beside a sync, and the systems count the requests of all of them. The file
`<state>.pace` holds, for each site, when the next request may leave and what is paused until when; beside that how many
left in each minute, for people (`state.rates`). It is held by nobody for longer than a booking, and it must never stop
anybody: what cannot be read or believed in it counts as not written, and a process that cannot use it at all goes by
what it knows itself, and says so once.
"""

from __future__ import annotations

import fcntl
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson

from pfjira.state import departures

ENDING = ".pace"
LARGEST = 65536
"""Bytes of the file that are read; it holds about a thousand."""
WHOLE = 4096
"""Bytes that one write puts there at once whatever happens; what is counted is left out before they are exceeded."""
FARTHEST_S = 60.0
"""No departure is booked further ahead: nobody waits longer for one."""
LONGEST_PAUSE_S = 86_400.0
MOST_LANES = 200
BLOCK = 512
TRIES, BETWEEN_S = 200, 0.005
"""How often, and how far apart, to try while another process makes its booking: a second in all."""


def boot_time() -> float:
    """Return the seconds since this machine was started, sleep included: one clock for all processes."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Return what names this start of the machine; empty where there is no such name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


class SharedTimes:
    """What is booked and forbidden at one site; `connectors.pacing.Times`, which this part does not know."""

    def __init__(self, next_at: float = 0.0) -> None:
        self.next = next_at
        self.paused: dict[str, float] = {}
        self.careful: set[str] = set()
        self.rate = 0.0
        self.departed: list[Any] = []
        """How many left in each minute, see `state.departures`."""

    def count_departure(self, now: float, rate: float) -> None:
        """Count a request that leaves at this moment, and keep the rate by which it does."""
        self.rate = rate
        self.departed = departures.with_one_more(self.departed, now)


class SharedTimetable:
    """One site's part of the file."""

    def __init__(self, book: PaceFile, site: str) -> None:
        self._book, self._site = book, site
        self.now = book.clock

    @contextmanager
    def open(self) -> Iterator[SharedTimes]:
        """Lend the times to nobody else meanwhile, and keep what the block made of them."""
        with self._book.held() as sites:
            yield sites.setdefault(self._site, SharedTimes())


class PaceFile:
    """The file beside a state file. It is made at the first booking, and stays."""

    def __init__(
        self,
        database: Path,
        *,
        complain: Callable[[str], None],
        clock: Callable[[], float] = boot_time,
        boot: Callable[[], str] = boot_id,
    ) -> None:
        """Prepare; nothing is opened yet. `complain` is told once when this process must go by itself."""
        self.path = Path(f"{database}{ENDING}")
        self.clock, self._boot, self._complain = clock, boot(), complain
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._alone = not self._boot  # without a name for this start of the machine its times mean nothing
        self._sites: dict[str, SharedTimes] = {}
        """As this process saw them last."""

    def of(self, site: str) -> SharedTimetable:
        """Return the timetable of one site: another address has pauses of its own."""
        return SharedTimetable(self, site)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def held(self) -> Iterator[dict[str, SharedTimes]]:
        """Lend all sites' times to one thread of one process."""
        with self._lock:
            if not self._taken():
                yield self._sites
                return
            try:
                before = self._read()
                yield self._sites
                self._write(before)
            finally:
                self._let_go()

    def _taken(self) -> bool:
        """Lock the file; say whether that was possible."""
        if self._alone:
            return False
        try:
            if self._descriptor is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                self._descriptor = os.open(self.path, flags, 0o600)
            for _ in range(TRIES):
                with suppress(BlockingIOError):
                    fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return True
                time.sleep(BETWEEN_S)
        except OSError as error:
            self._go_alone(error.strerror or type(error).__name__)
        else:
            self._go_alone("another process keeps it locked")
        return False

    def _let_go(self) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _go_alone(self, why: str) -> None:
        self._alone = True
        self._complain(f"{self.path} cannot be used ({why}): pfjira keeps its rate without regard to other processes.")

    def _read(self) -> bytes:
        """Take over what the file holds, and return it; what this process knows stays where it holds nothing."""
        try:
            assert self._descriptor is not None
            text = os.pread(self._descriptor, LARGEST, 0)
            if len(text) == LARGEST:
                os.ftruncate(self._descriptor, 0)  # nothing of ours
                return b""
        except OSError as error:
            self._go_alone(error.strerror or type(error).__name__)
            return b""
        try:
            document = orjson.loads(text)
            if document["boot"] == self._boot:
                now = self.clock()
                self._sites |= {str(site): times_of(said, now) for site, said in document["sites"].items()}
        except (ValueError, TypeError, KeyError, AttributeError):
            pass  # new, cut by a full disk, or not ours: as if nothing were written
        return text

    def _write(self, before: bytes) -> None:
        text = self._text(counted=True)
        if len(text) > WHOLE:
            text = self._text(counted=False)
        # One write of the same length: a process that dies here leaves the old or the new, never a mixture.
        text = text.ljust(-(-max(len(text), len(before)) // BLOCK) * BLOCK)
        if text == before or self._descriptor is None or self._alone:
            return
        try:
            os.pwrite(self._descriptor, text, 0)
        except OSError as error:
            self._go_alone(error.strerror or type(error).__name__)

    def _text(self, *, counted: bool) -> bytes:
        sites = {
            site: {
                "next": times.next,
                "paused": times.paused,
                "careful": sorted(times.careful)[:MOST_LANES],
                "rate": times.rate,
                "departed": times.departed if counted else [],
            }
            for site, times in self._sites.items()
        }
        return orjson.dumps({"boot": self._boot, "sites": sites})


def times_of(said: Any, now: float) -> SharedTimes:
    """Return one site's times as far as they can be true. Raise ValueError and the like for another shape."""
    times = SharedTimes(_believed(said["next"], now, FARTHEST_S))
    for lane, until in said["paused"].items():
        if (believed := _believed(until, now, LONGEST_PAUSE_S)) > now:
            times.paused[str(lane)] = believed
    times.careful = {str(lane) for lane in said["careful"]}
    times.rate = departures.budget(said.get("rate"))
    times.departed = departures.read(said.get("departed"))
    return times


def _believed(moment: Any, now: float, farthest_s: float) -> float:
    """Return a moment, or 0 for what nobody can have written: further ahead than anybody waits."""
    value = float(moment)
    return value if math.isfinite(value) and value <= now + farthest_s else 0.0
