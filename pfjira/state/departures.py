"""How many requests left for one site in each of the last sixty minutes, as it is kept among the site's times.

It only tells a person how much of the budget is used. Nothing waits for it: what cannot be believed in it is left out.
"""

from __future__ import annotations

import math
from typing import Any

HOUR = 60
"""Minutes that are kept."""
MINUTE_S = 60.0
MOST = 1_000_000
"""Departures in a minute that can be true."""
FASTEST = 100_000.0
"""Requests a second that a budget can be."""


def count(minutes: dict[int, int], now: float) -> None:
    """Count a departure in the minute of a moment, and forget what is older than an hour."""
    minute = minute_of(now)
    minutes[minute] = min(minutes.get(minute, 0) + 1, MOST)
    if len(minutes) > HOUR:
        for old in [one for one in minutes if one <= minute - HOUR]:
            del minutes[old]


def minute_of(now: float) -> int:
    """Return the number of the minute that a moment is in."""
    return int(now // MINUTE_S)


def packed(minutes: dict[int, int]) -> list[int]:
    """Return the newest minute, how many left in it, in the one before, and so on to the oldest that is known."""
    if not minutes:
        return []
    newest, oldest = max(minutes), min(minutes)
    return [newest, *(minutes.get(minute, 0) for minute in range(newest, max(oldest, newest - HOUR + 1) - 1, -1))]


def unpacked(said: Any, now: float) -> dict[int, int]:
    """Return what was packed as far as it can be true: whole numbers of minutes that were."""
    if not isinstance(said, list) or not said or type(said[0]) is not int:
        return {}
    newest, *counts = said[: HOUR + 1]
    present = minute_of(now)
    return {
        newest - back: number
        for back, number in enumerate(counts)
        if type(number) is int and 0 < number <= MOST and present - HOUR < newest - back <= present
    }


def budget(said: Any) -> float:
    """Return requests a second; 0 where nobody can have meant what is said."""
    is_number = type(said) in (int, float)
    return float(said) if is_number and math.isfinite(said) and 0 < said <= FASTEST else 0.0
