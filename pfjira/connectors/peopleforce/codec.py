"""PeopleForce's JSON to records and pages, and nothing else: pure, and on the hot path of every run.

A run that finds nothing to do spends its time here, so a task is built by plain `get`s without loops. Every shape that
the reference marks as unknown is accepted (sections 4 and 5): flat, nested or missing counters, `data: null`, a bare
array, ids as text. What cannot be read safely raises Misshapen, whose text never holds a value.
"""

from __future__ import annotations

from typing import Any

from pfjira.engine.model import Json, Record, Ref

SYSTEM = "peopleforce"


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


def absent_task(number: str) -> Record:
    """Return the empty shell of a task that exists no more: its id, `gone`, and nothing else."""
    shell = task({"id": number})
    return Record(shell.ref, {**shell.fields, "gone": True})


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
