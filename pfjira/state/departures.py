"""How many requests left for one site in each of the last sixty minutes, as it is kept among the site's times.

It only tells a person how much of the budget is used. It is kept as one list: the number of the newest minute, how many
left in it, in the one before, and so on. To count must cost next to nothing: what is in the list is believed, or not,
when somebody looks.
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


def with_one_more(kept: list[Any], now: float) -> list[Any]:
    """Return the list with one departure more, in the minute of this moment, and without what is older than an hour."""
    minute = minute_of(now)
    passed = minute - kept[0] if len(kept) > 1 and _is_number(kept[0]) else HOUR
    if passed == 0 and _is_number(kept[1]):
        kept[1] += 1
        return kept
    return [minute, 1, *[0] * (passed - 1), *kept[1 : 1 + HOUR - passed]] if 0 < passed < HOUR else [minute, 1]


def minute_of(now: float) -> int:
    """Return the number of the minute that a moment is in."""
    return int(now // MINUTE_S)


def read(said: Any) -> list[Any]:
    """Return what may be such a list, and no more of it than one can hold."""
    return said[: HOUR + 1] if isinstance(said, list) else []


def by_minute(kept: list[Any], now: float) -> tuple[int, ...]:
    """Return how many left in each of the last sixty minutes, the present one last; 0 for what cannot be true."""
    if not kept or not _is_number(kept[0]):
        return (0,) * HOUR
    newest, present = kept[0], minute_of(now)
    counts = {newest - back: one for back, one in enumerate(kept[1:]) if _is_number(one) and 0 < one <= MOST}
    return tuple(counts.get(minute, 0) for minute in range(present - HOUR + 1, present + 1))


def budget(said: Any) -> float:
    """Return requests a second; 0 where nobody can have meant what is said."""
    is_number = type(said) in (int, float)
    return float(said) if is_number and math.isfinite(said) and 0 < said <= FASTEST else 0.0


def _is_number(said: Any) -> bool:
    return type(said) is int
