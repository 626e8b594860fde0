"""PeopleForce's people to records: employees, their dated positions, the ends of their employments. Pure.

List rows are slim and details are full (reference section 9); both become the same shape, with None for what a row does
not show. `lacks` then tells from the shape alone what is missing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pfjira.connectors.peopleforce.codec import SYSTEM, identity, named, plain
from pfjira.connectors.peopleforce.shown import TERMINATION, lacks
from pfjira.engine.model import Json, Record, Ref


def employee(row: Json, status: str | None = None) -> dict[str, Json]:
    """Read one employee, slim or full, to the fields of `engine.kinds.EMPLOYEE`.

    `status` is that of the listing, for rows that tell none. Raise Misshapen for a row without an id.
    """
    identity(row, "person")
    return _employee(row, status)


def nobody(number: Json = None) -> dict[str, Json]:
    """Return an employee of whom no more than the id is known."""
    return _employee({"id": number}, None)


def as_shown(value: Json, number: Json = None) -> dict[str, Json]:
    """Return an employee of whom another record shows id, names and address."""
    if value.__class__ is not dict:
        return nobody(number)
    names = ("first_name", "last_name", "full_name", "email")
    shown = {name: value.get(name) for name in names}
    own = value.get("id")
    return _employee({"id": number if own is None else own, **shown}, None)


def person_record(kind: str, fields: dict[str, Json], wanted: Collection[str] = (), *, full: bool = False) -> Record:
    """Wrap an employee's fields as a record of one of the kinds that are read person by person.

    `full` says that they come from a single read, which shows all there is.
    """
    ref = Ref(SYSTEM, kind, str(fields["id"]))
    if kind == "position":
        return Record(ref, {"rows": None, "employee": fields, "gone": False}, False)
    whole = full or not lacks(fields, wanted)
    if kind == "employee":
        return Record(ref, fields, whole)
    end: dict[str, Json] = {name: fields[source] for name, source in TERMINATION.items()}
    return Record(ref, {"id": fields["id"], **end, "gone": False, "employee": fields}, whole)


def positions(rows: list[Json]) -> list[dict[str, Json]]:
    """Return the dated rows of one person, oldest first, each with the one before it."""
    read = sorted((_position(row) for row in rows), key=_by_date)
    before: dict[str, Json] = _place({})
    return [
        {**row, "prev": earlier, "first": number == 0, "gone": False}
        for number, (row, earlier) in enumerate(zip(read, [before, *read], strict=False))
    ]


def manager(value: Json) -> dict[str, Json]:
    """Read a manager; the full name is put together where only its parts are shown."""
    if value.__class__ is not dict:
        return {"id": None, "first_name": None, "last_name": None, "full_name": None, "email": None}
    get = value.get
    return {
        "id": get("id"),
        "first_name": get("first_name"),
        "last_name": get("last_name"),
        "full_name": get("full_name") or _joined(value),
        "email": get("email"),
    }


def _employee(row: dict[str, Any], status: str | None) -> dict[str, Json]:
    get = row.get
    custom = get("fields")
    fields = {name: plain(value) for name, value in custom.items()} if custom.__class__ is dict else {}
    ended, hired = get("termination_effective_on"), get("hired_on")
    status = plain(get("status")) or status
    if status == "terminated" and isinstance(ended, str) and isinstance(hired, str) and ended[:10] <= hired[:10]:
        status = "withdrawn"  # never began (reference section 10: a hire that is cancelled is terminated)
    gender = get("gender")
    return {
        "id": get("id"),
        "employee_number": _moved(row, fields, "employee_number"),
        "full_name": get("full_name") or _joined(row),
        "first_name": get("first_name"),
        "middle_name": get("middle_name"),
        "last_name": get("last_name"),
        "email": get("email"),
        "personal_email": get("personal_email"),
        "mobile_number": _moved(row, fields, "mobile_number"),
        "work_phone_number": _moved(row, fields, "work_phone_number"),
        "date_of_birth": get("date_of_birth"),
        "gender": gender if gender is None or isinstance(gender, str) else plain(gender),
        "active": get("active"),
        "access": get("access"),
        "status": status,
        "hired_on": hired,
        "probation_ends_on": get("probation_ends_on"),
        "termination_effective_on": ended,
        "termination_comment": get("termination_comment"),
        "termination_eligible_for_rehire": get("termination_eligible_for_rehire"),
        "created_at": get("created_at"),
        "updated_at": get("updated_at"),
        "episode": None,
        "candidate_id": None,
        "gone": False,
        "position": named(get("position")),
        "job_level": named(get("job_level")),
        "location": named(get("location")),
        "division": named(get("division")),
        "department": named(get("department")),
        "employment_type": named(get("employment_type")),
        "reporting_to": manager(get("reporting_to")),
        "termination_type": named(get("termination_type")),
        "termination_reason": named(get("termination_reason")),
        "fields": fields,
    }


def _moved(row: dict[str, Any], fields: dict[str, Json], name: str) -> Json:
    """Return what rows show by itself and full records among the custom fields (reference section 9)."""
    value = row.get(name)
    return fields.get(name) if value is None else plain(value)


def _joined(row: dict[str, Any]) -> str | None:
    parts = (row.get("first_name"), row.get("last_name"))
    return " ".join(part for part in parts if isinstance(part, str) and part) or None


def _position(row: Json) -> dict[str, Json]:
    identity(row, "position")
    return _place(row)


def _place(row: dict[str, Any]) -> dict[str, Json]:
    get = row.get
    department = get("department")
    about = department if department.__class__ is dict else {}
    return {
        "id": get("id"),
        "effective_on": get("effective_on"),
        "position": named(get("position")),
        "job_level": named(get("job_level")),
        "location": named(get("location")),
        "division": named(get("division")),
        "department": {
            **named(department),
            "parent_id": about.get("parent_id"),
            "manager_id": about.get("manager_id"),
        },
        "reporting_to": manager(get("reporting_to")),
    }


def _by_date(row: dict[str, Json]) -> tuple[str, int, str]:
    number = str(row["id"])
    return str(row["effective_on"] or ""), int(number) if number.isdecimal() else 0, number
