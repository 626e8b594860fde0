"""PeopleForce's JSON to records and pages, and nothing else: pure, and on the hot path of every run.

Here are tasks, teams, and the shapes that all kinds share; the other kinds have files of their own beside this one.
A run that finds nothing to do spends its time here, so a task is built by plain `get`s without loops. Every shape that
the reference marks as unknown is accepted (sections 4 and 5): flat, nested or missing counters, `data: null`, a bare
array, ids as text. What cannot be read safely raises Misshapen, whose text never holds a value.
"""

from __future__ import annotations

from typing import Any

from pfjira.engine import kinds
from pfjira.engine.model import Json, Record, Ref

SYSTEM = "peopleforce"
_PERSONAL = frozenset({"full_name", "first_name", "last_name", "email"})
"""What makes an object inside a custom field a person."""


class Misshapen(Exception):
    """An answer whose shape is none of the known ones; the text holds no value."""


def task(row: Json) -> Record:
    """Read one task row; the fields are exactly those of `engine.kinds.TASK`."""
    try:
        get = row.get
        number = row["id"]
    except (AttributeError, KeyError, TypeError):
        raise Misshapen("a task row without an id") from None
    if number is None or number == "" or isinstance(number, bool | dict | list):
        raise Misshapen("a task row without an id")
    completed = get("completed")
    if completed is not True and completed is not False:
        completed = _truth(completed, get("completed_at"))
    return Record(
        Ref(SYSTEM, "task", str(number)),
        {
            "id": number,
            "title": get("title"),
            "type": get("type"),
            "description": get("description"),
            "description_plain": get("description_plain"),
            "starts_on": get("starts_on"),
            "ends_on": get("ends_on"),
            "completed": completed,
            "completed_at": get("completed_at"),
            "assigned_to": _person(get("assigned_to")),
            "associated_to": _subject(get("associated_to")),
            "created_by": _person(get("created_by")),
            "created_at": get("created_at"),
            "updated_at": get("updated_at"),
            "gone": False,
        },
    )


def team(row: Json) -> Record:
    """Read one team; the fields are those of `engine.kinds.TEAM`, with `members` in place of `member`."""
    number = identity(row, "team")
    get = row.get
    memberships = get("team_members")
    people = [
        _person(membership.get("user") if "user" in membership else membership)
        for membership in (memberships if isinstance(memberships, list) else ())
        if membership.__class__ is dict
    ]
    return Record(
        Ref(SYSTEM, "team", str(number)),
        {
            "id": number,
            "name": get("name"),
            "description": get("description"),
            "created_at": get("created_at"),
            "updated_at": get("updated_at"),
            "team_lead": _person(get("team_lead")),
            "members": people,
            "gone": False,
        },
    )


def absent(ref: Ref) -> Record:
    """Return the empty shell of a record that exists no more: its id, `gone`, and nothing else."""
    shell = {**kinds.empty(kinds.KINDS[ref.kind]), "id": ref.id, "gone": True}
    if ref.kind == "position":  # one record for all rows of a person
        shell = {"rows": [], "employee": {**shell["employee"], "id": ref.id, "gone": True}, "gone": True}
    elif ref.kind == "team":
        del shell["member"]
        shell["members"] = []
    return Record(ref, shell)


def identity(row: Json, what: str) -> Json:
    """Return a row's id as it is written. Raise Misshapen when the row is no object or has none."""
    number = row.get("id") if isinstance(row, dict) else None
    if number is None or number == "" or isinstance(number, bool | dict | list):
        raise Misshapen(f"a row without an id where a {what} was expected")
    return number


def single(payload: Json) -> Json:
    """Return the object of an answer about one thing, wrapped or bare (reference section 5)."""
    found = payload.get("data", payload) if isinstance(payload, dict) else None
    if not isinstance(found, dict):
        raise Misshapen("an answer about one thing that holds none")
    return found


def named(value: Json) -> dict[str, Json]:
    """Read an object that has an id and a name; bare text is its name."""
    if value.__class__ is not dict:
        return {"id": None, "name": value if isinstance(value, str) and value else None}
    return {"id": value.get("id"), "name": value.get("name")}


def plain(value: Json) -> Json:
    """Return the text, number or truth that a value stands for, or a list of such.

    `{value: X}` is X, a person is the id as text, a choice its value or name (reference sections 9 and 10).
    """
    value = _unwrapped(value)
    if isinstance(value, list):
        return [one for one in map(_unwrapped, value) if one is not None and not isinstance(one, list)]
    return value


def _unwrapped(value: Json) -> Json:
    while isinstance(value, dict):
        if "value" in value:
            value = value["value"]
        elif value.get("id") is not None and not _PERSONAL.isdisjoint(value):
            return str(value["id"])
        else:
            value = next((value[name] for name in ("name", "title", "id") if value.get(name) is not None), None)
    return value


def listing(payload: Json) -> tuple[list[Json], int | None, int | None]:
    """Return (rows, pages, count) of a list answer; None for a counter it does not give."""
    if isinstance(payload, list):
        return payload, None, None
    if not isinstance(payload, dict) or "data" not in payload:
        raise Misshapen("a list answer without data")
    rows = payload["data"]
    if rows is None:
        rows = []
    if not isinstance(rows, list):
        raise Misshapen("a list answer whose data is no list")
    metadata: Any = payload.get("metadata")
    if not isinstance(metadata, dict):
        return rows, None, None
    # The wire nests the counters, the vendor's schema does not (reference section 4): nested first, flat second.
    nested = metadata.get("pagination")
    counters = nested if isinstance(nested, dict) else metadata
    return rows, _counter(counters.get("pages")), _counter(counters.get("count"))


def _person(value: Any) -> dict[str, Json]:
    if value.__class__ is not dict:
        return {"id": None, "full_name": None, "email": None}
    get = value.get
    return {"id": get("id"), "full_name": get("full_name"), "email": get("email")}


def _subject(value: Any) -> dict[str, Json]:
    if value.__class__ is not dict:
        return {"id": None, "type": None, "full_name": None, "email": None}
    get = value.get
    return {"id": get("id"), "type": get("type"), "full_name": get("full_name"), "email": get("email")}


def _truth(value: Json, completed_at: Json) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes")
    return bool(completed_at if value is None else value)


def _counter(value: Json) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return max(0, int(value))
    except ValueError:
        return None
