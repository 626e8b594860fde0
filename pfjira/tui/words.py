"""Moments, spans and values in the few letters that a screen has for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from textual.content import Content

from pfjira.engine.visible import visible
from pfjira.state.figures import Underway

LONGEST = 2000
"""Of one value; a description may have a hundred thousand letters."""
BAR = 10
BARS = "▁▂▃▄▅▆▇█"
Pair = tuple[str, str]


def brief(text: str | datetime | None) -> str:
    """Return a moment as a column has room for it; lists begin with this year's."""
    return moment(text)[5:] if text else "—"


def moment(text: str | datetime | None, *, seconds: bool = False) -> str:
    """Return a moment by this machine's clock and zone."""
    if not text:
        return "—"
    try:
        found = text if isinstance(text, datetime) else datetime.fromisoformat(text)
        return f"{found.astimezone():%Y-%m-%d %H:%M}" + (f":{found.second:02}" if seconds else "")
    except (ValueError, OverflowError, OSError):
        return str(text)


def ago(span: timedelta) -> str:
    """Return how long ago something was; a clock that is ahead of ours makes it come."""
    return f"{age(span)} ago" if span >= timedelta() else f"in {age(span)}"


def age(span: timedelta) -> str:
    """Return a span by its largest unit."""
    seconds = abs(int(span.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def bars(values: Sequence[float], top: float, room: int) -> str:
    """Draw the last values as bars from zero to the top, as many as there is room for."""
    last = len(BARS) - 1
    return "".join(BARS[min(last, max(0, round(last * one / top)))] if top else BARS[0] for one in values[-room:])


def progress(found: Underway) -> str:
    """Return how far a run has come."""
    if not found.planned:
        return "looks at both sides"
    done = int(BAR * found.settled / found.planned)
    return f"[{'#' * done}{'.' * (BAR - done)}] {found.settled:,} of {found.planned:,} writes"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def value(found: Any) -> str:
    """Return a value of a system as one line."""
    if found is None:
        return "(empty)"
    if isinstance(found, dict):
        if found.get("type") == "doc":
            from pfjira.engine.adf import plain_text

            return _cut(" ".join(plain_text(found).split()))
        return _cut(", ".join(f"{name}: {value(part)}" for name, part in found.items()))
    if isinstance(found, list):
        return _cut(", ".join(map(value, found)))
    return _cut(" ".join(str(found).split()))


def pairs(lines: Iterable[Pair], *, least: int = 0) -> Content:
    """Lay out what is known of something: a title, `least` letters wide, and beside it a text from anywhere."""
    found = list(lines)
    width = max([least, *(len(title) for title, _ in found)])
    lined = [Content.assemble((f"{title:{width}}  ", "bold"), Content(visible(_cut(text)))) for title, text in found]
    return Content("\n").join(lined)


def plain(lines: Sequence[str]) -> Content:
    """Lay out lines from anywhere, to the letter."""
    return Content("\n".join(visible(_cut(line)) for line in lines))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} letters)"
