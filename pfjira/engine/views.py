"""What a rule of one kind sees of a record: the names in its expressions, and where they come from.

A record of the employees' stream is seen as an employee, as a termination, and once for each dated position; a team is
seen once, or once for each member. Everything else is seen as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pfjira.engine.kinds import ABOUT_A_PERSON, POSITION, empty
from pfjira.engine.model import Json, Record

Context = Mapping[str, Json]
"""First names to values, as an expression reads them."""

ROWS = "positions"
"""Under this name a record of the employees' stream holds its dated rows, oldest first; None where none were read."""
MEMBERS = "members"

FACTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"episode": ("status", "hired_on"), "candidate_id": ("email", "personal_email")}
)
"""What the facts that pfjira prepares are made from."""

TERMINATION_NAMES = {
    "effective_on": "termination_effective_on",
    "comment": "termination_comment",
    "eligible_for_rehire": "termination_eligible_for_rehire",
    "type": "termination_type",
    "reason": "termination_reason",
}
"""A member of a termination to the field of the employee that holds it."""


def name_of(kind: str) -> str:
    """Return the name under which a rule reads its own kind: `hook` for `hook.helpdesk`."""
    return kind.partition(".")[0]


def record_path(kind: str, path: str) -> str:
    """Return where a name of an expression lies in the record: `leave.state` is `state`; '' for nothing in it."""
    first, _, rest = path.partition(".")
    if first == "employee":
        return rest if kind in ("employee", "position", "termination") else path if rest else ""
    if rest.partition(".")[0] == "employee" and kind in ("position", "termination"):
        return rest.partition(".")[2]
    match kind:
        case "termination":
            name, _, inner = rest.partition(".")
            if name in ("", "id", "gone"):
                return "termination_effective_on" if name == "gone" else name
            return TERMINATION_NAMES[name] + (f".{inner}" if inner else "")
        case "position":
            return f"{ROWS}.{rest}" if rest else ROWS
        case "team" if rest.partition(".")[0] == "member":
            return MEMBERS + rest.removeprefix("member")
        case _:
            return rest


def contexts(kind: str, record: Record, *, by_member: bool = False) -> Iterator[Context]:
    """Yield what a rule of a kind sees: one context, or one for each dated row, or for each member of a team."""
    fields = record.fields
    match kind:
        case "employee":
            yield {"employee": fields}
        case "termination":
            yield {"termination": termination(fields), "employee": fields}
        case "position":
            for row in fields.get(ROWS) or ():
                yield {"position": {**row, "employee": fields}, "employee": fields}
        case "team" if by_member:
            for member in fields.get(MEMBERS) or ():
                yield {"team": {**fields, "member": member}}
        case _ if kind in ABOUT_A_PERSON:
            yield {kind: fields, "employee": fields["employee"]}
        case _:
            yield {name_of(kind): fields}


def vanished(kind: str, record: Record) -> Context | None:
    """Return what is seen of a dated row, or a member, that a record does not show any more; None for other kinds."""
    match kind:
        case "position":
            row = {**empty(POSITION), "gone": True, "employee": record.fields}
            return {"position": row, "employee": record.fields}
        case "team":
            return {"team": {**record.fields, "member": {"id": None, "full_name": None, "email": None}, "gone": True}}
        case _:
            return None


def termination(employee: Mapping[str, Json]) -> dict[str, Json]:
    """Return the end of an employment as its own object; `gone` where there is none, or none any more."""
    view: dict[str, Json] = {name: employee.get(theirs) for name, theirs in TERMINATION_NAMES.items()}
    view["id"], view["employee"] = employee.get("id"), employee
    view["gone"] = view["effective_on"] is None
    return view


def person_of(record: Record) -> str | None:
    """Return the HR id of the person whom a record is about, None where it is about nobody in particular."""
    if record.ref.kind == "employee":
        return record.ref.id
    person = record.fields.get("employee")
    number = person.get("id") if isinstance(person, Mapping) else None
    return None if number is None else str(number)
