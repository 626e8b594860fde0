"""The filters and tests that rules may use, as plain functions over plain values.

None goes in and comes out: a rule must not trip over what PeopleForce left empty. They raise ValueError with a sentence
that never holds the value itself, since it may be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from html import escape as escape_html

from pfjira.engine.model import Json

_LONGEST_MATCHED = 256
"""Characters that `matching` looks at; with the loader's check of patterns this bounds its time."""
_LONGEST_MADE = 32_768
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")
_FURTHEST = 36_600


def default(value: Json, fallback: Json = "") -> Json:
    """Return the fallback for None and empty text (minijinja's own looks only at undefined names)."""
    return fallback if value is None or value == "" else value


def lower(value: Json) -> Json:
    """Return the text in small letters."""
    return None if value is None else str(value).lower()


def upper(value: Json) -> Json:
    """Return the text in capitals."""
    return None if value is None else str(value).upper()


def trim(value: Json) -> Json:
    """Return the text without space around it."""
    return None if value is None else str(value).strip()


def trunc(value: Json, length: int = 255) -> Json:
    """Return at most so many characters, the last one an ellipsis when something was cut."""
    if value is None or len(str(value)) <= length:
        return value
    return str(value)[: max(length - 1, 0)].rstrip() + "…"


def replace(value: Json, old: str, new: str) -> Json:
    """Return the text with each occurrence replaced."""
    if value is None or not old:
        return value
    text, old, new = str(value), str(old), str(new)
    if len(text) + text.count(old) * (len(new) - len(old)) > _LONGEST_MADE:  # a chain of them doubles with each link
        raise ValueError(f"the text would become longer than {_LONGEST_MADE} characters")
    return text.replace(old, new)


def escape(value: Json) -> Json:
    """Return the text so that it stays text inside an `html` value."""
    return None if value is None else escape_html(str(value))


def initials(value: Json) -> Json:
    """Return the first letter of each word."""
    return None if value is None else "".join(word[0] for word in str(value).split())


def join(value: Json, separator: str = ", ") -> Json:
    """Return the parts of a list that are not empty as one text."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise ValueError("join needs a list")
    return str(separator).join(str(part) for part in value if part is not None and part != "")


def as_date(value: Json, pattern: str = "%Y-%m-%d") -> Json:
    """Return the day of an ISO date or time, as `2026-03-01` or in a strftime pattern."""
    return None if value is None or value == "" else _day(value).strftime(str(pattern))


def days(value: Json, number: int) -> Json:
    """Return the date so many days later (earlier when negative)."""
    return None if value is None or value == "" else _shift(_day(value), _count(number)).isoformat()


def workdays(value: Json, number: int) -> Json:
    """Return the date so many working days (Monday to Friday) later, or earlier when negative."""
    if value is None or value == "":
        return None
    day, left = _day(value), _count(number)
    if left == 0:
        return day.isoformat()
    step = 1 if left > 0 else -1
    while day.weekday() > 4:  # from a weekend it goes as from the working day behind one's back
        day = _shift(day, -step)
    weeks, left = divmod(abs(left), 5)
    day = _shift(day, step * 7 * weeks)
    while left:
        day = _shift(day, step)
        left -= day.weekday() < 5
    return day.isoformat()


def within(value: Json, first: int, last: int, *, today: date) -> bool:
    """Say whether a date lies between today plus `first` and today plus `last` days, both included."""
    if value is None or value == "":
        return False
    return _count(first) <= (_day(value) - today).days <= _count(last)


def startingwith(value: Json, start: str) -> bool:
    """Say whether a text begins so; None does not."""
    return value is not None and str(value).startswith(str(start))


def endingwith(value: Json, end: str) -> bool:
    """Say whether a text ends so; None does not."""
    return value is not None and str(value).endswith(str(end))


def containing(value: Json, part: Json) -> bool:
    """Say whether a text or list contains it; None does not."""
    if isinstance(value, list | tuple):
        return part in value
    return value is not None and str(part) in str(value)


def matching(value: Json, pattern: str) -> bool:
    """Say whether a regular expression is found in the first 256 characters of a text."""
    return value is not None and _compiled(pattern).search(str(value)[:_LONGEST_MATCHED]) is not None


def changed(row: Json, name: str) -> bool:
    """Say whether a member of a position differs from that of the row before; the first row changes nothing."""
    if not isinstance(row, Mapping):
        raise ValueError("only a position can be changed")
    return not row.get("first") and _member_id(row, name) != _member_id(row.get("prev"), name)


def empty(value: Json) -> bool:
    """Say whether there is nothing: None, no text, no parts."""
    return value is None or value == "" or value == [] or value == {}


def looked_up(maps: Mapping[str, Mapping[str, Json]], name: str, key: Json) -> Json:
    """Return a map's value for a key, else its value for `*`."""
    table = maps.get(name)
    if table is None:
        raise ValueError(f"there is no map {name!r}")
    found = "" if key is None else _text(key)
    if found in table:
        return table[found]
    if "*" in table:
        return table["*"]
    raise ValueError(f"map {name!r} has no entry for the value and no '*'")


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _member_id(row: Json, name: str) -> Json:
    member = row.get(name) if isinstance(row, Mapping) else None
    return member.get("id") if isinstance(member, Mapping) else None


def _text(value: Json) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _count(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _FURTHEST:
        raise ValueError("a number of days must be a whole number, a hundred years at most")
    return value


def _shift(day: date, number: int) -> date:
    try:
        return day + timedelta(days=number)
    except OverflowError:
        raise ValueError("the date lies outside of the calendar") from None


def _day(value: Json) -> date:
    text = value if isinstance(value, str) else ""
    try:
        return date.fromisoformat(text[:10] if _ISO_DATE.match(text) else "")
    except ValueError:
        raise ValueError("the value is not a date") from None
