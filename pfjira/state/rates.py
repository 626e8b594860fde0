"""How fast each system is called just now, read from the file that all processes book in. Nothing is locked for it.

A reader may come in the middle of a booking, or find a file of another start of the machine, or none, or anything else:
then nothing is known.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pfjira.state import departures, timetable
from pfjira.state.departures import MINUTE_S

ENOUGH_S = 10.0
"""So much of a minute tells its rate; before, the minute before it does."""
TRIES = 3
"""How often to look again for a file that is not whole: somebody may be writing it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast one system is called."""

    system: str
    site: str
    budget: float
    """Requests a second that pfjira allows itself; 0 where that is not known."""
    minutes: tuple[int, ...]
    """Departures in each of the last sixty minutes, the present one last."""
    now: float
    """Departures a second in the present minute, or in the one before while this one is young."""
    paused_s: float
    """How long nothing leaves because the system said so; 0: it does."""
    partly: bool
    """Whether only some requests are paused."""

    def document(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


def read(database: Path | None) -> tuple[Rate, ...]:
    """Return the rate of each system that was called since the machine was started: of the site called last."""
    if database is None:
        return ()
    now, found = timetable.boot_time(), dict[str, Rate]()
    for name, times in _times(Path(f"{database}{timetable.ENDING}"), now).items():
        system, _, site = name.partition(" ")
        rate = _rate(system, site, times, now)
        if system not in found or _is_newer(rate, found[system]):
            found[system] = rate
    return tuple(found[system] for system in sorted(found))


def _is_newer(one: Rate, other: Rate) -> bool:
    """Say whether one site was called after the other."""
    return one.minutes[::-1] > other.minutes[::-1]


def _times(path: Path, now: float) -> dict[str, timetable.SharedTimes]:
    boot = timetable.boot_id()
    for _ in range(TRIES if boot else 0):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                text = os.pread(descriptor, timetable.LARGEST, 0)
            finally:
                os.close(descriptor)
            document = orjson.loads(text)
            if document["boot"] != boot:
                return {}
            return {str(site): timetable.times_of(said, now) for site, said in document["sites"].items()}
        except OSError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return {}


def _rate(system: str, site: str, times: timetable.SharedTimes, now: float) -> Rate:
    minutes = departures.by_minute(times.departed, now)
    over_s = now % MINUTE_S
    speed = minutes[-1] / over_s if over_s >= ENOUGH_S else minutes[-2] / MINUTE_S
    until = times.paused.get("", 0.0)
    partly = until <= now
    paused_s = max(0.0, (max(times.paused.values(), default=0.0) if partly else until) - now)
    return Rate(system, site, times.rate, minutes, round(speed, 2), round(paused_s, 1), partly and paused_s > 0)
