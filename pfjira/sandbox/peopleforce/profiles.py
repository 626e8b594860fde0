"""The fields of a person that can be written: eleven of the profile, and the custom ones as keys of their own.

Written flat, read back under `fields.NAME.value`, as in the real system. A judged body is either all right or
refused as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pfjira.sandbox import hrbook
from pfjira.sandbox.peopleforce.answers import is_day
from pfjira.sandbox.peopleforce.options import PeopleForceOptions

PROFILE = (
    "first_name", "middle_name", "last_name", "email", "personal_email", "date_of_birth", "hired_on", "gender",
    "mobile_number", "work_phone_number", "employee_number",
)  # fmt: skip
UNIQUE = ("email", "personal_email", "mobile_number", "work_phone_number")
CUSTOM: dict[str, tuple[str, ...]] = {name: options for _, _, name, _, _, options in hrbook.EMPLOYEE_FIELDS}
"""Custom fields by internal name, with their options when they are selects."""
_NEEDED = ("first_name", "last_name", "hired_on")
_DAYS = ("date_of_birth", "hired_on")


def field_rows() -> list[dict[str, Any]]:
    """Return the custom fields as the API lists them; only selects have options."""
    return [
        {
            "id": number,
            "name": name,
            "internal_name": internal,
            "type": kind,
            "group": {"id": hrbook.FIELD_GROUPS[group], "name": group},
            **({"options": list(options)} if options else {}),
        }
        for number, name, internal, kind, group, options in hrbook.EMPLOYEE_FIELDS
    ]


def judge(body: Mapping[str, Any], options: PeopleForceOptions) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values to store, and what is wrong with the body by key."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, value in body.items():
        if name not in PROFILE and name not in CUSTOM:
            if options.unknown_employee_key == "unprocessable":
                problems[name] = "is not a field"
            continue
        if value == "" and options.clears_field in ("empty", "both"):
            values[name] = None
        elif value is None and options.clears_field == "empty":
            continue
        else:
            values[name] = value
        if trouble := _trouble(name, values[name]):
            problems[name] = trouble
    return values, problems


def _trouble(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return "can't be blank" if name in _NEEDED else None
    if not isinstance(value, str):
        return "is invalid"
    if name in _NEEDED and not value.strip():
        return "can't be blank"
    if name in _DAYS and not is_day(value):
        return "is not a valid date"
    if name == "gender" and value not in ("male", "female"):
        return "is not included in the list"
    if CUSTOM.get(name) and value not in CUSTOM[name]:
        return "is not included in the list"
    return None
