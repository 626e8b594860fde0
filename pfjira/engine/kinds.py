"""The fields of each HR kind under the names that rules use: PeopleForce's own.

The loader checks every name in a rule against these shapes; the connector's codec fills exactly these fields, with None
(or an object of Nones) where PeopleForce shows nothing, so that a rule never trips over an absent object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

Shape = Mapping[str, Any]
"""Field to the shape of the object it holds, `()` for a plain value. `OPEN` holds whatever the tenant defined."""

OPEN: Shape = MappingProxyType({"*": ()})
"""The shape of `employee.fields`: one level of names that only the tenant knows."""


def _shape(*plain: str, **objects: Shape) -> Shape:
    return MappingProxyType({**dict.fromkeys(plain, ()), **objects})


NAMED = _shape("id", "name")
PERSON = _shape("id", "full_name", "email")
PERSON_ABOUT = _shape("id", "type", "full_name", "email")
MANAGER = _shape("id", "first_name", "last_name", "full_name", "email")

TASK = _shape(
    "id", "title", "type", "description", "description_plain", "starts_on", "ends_on", "completed", "completed_at",
    "created_at", "updated_at", "gone",
    assigned_to=PERSON, associated_to=PERSON_ABOUT, created_by=PERSON,
)  # fmt: skip
"""`gone`, here and below, is a fact that pfjira prepares."""

PLACE = _shape(
    position=NAMED, job_level=NAMED, location=NAMED, division=NAMED,
    department=_shape("id", "name", "parent_id", "manager_id"), reporting_to=MANAGER,
)  # fmt: skip

EMPLOYEE = _shape(
    "id", "employee_number", "full_name", "first_name", "middle_name", "last_name", "email", "personal_email",
    "mobile_number", "work_phone_number", "date_of_birth", "gender", "active", "access", "status", "hired_on",
    "probation_ends_on", "termination_effective_on", "termination_comment", "termination_eligible_for_rehire",
    "created_at", "updated_at", "episode", "candidate_id", "gone",
    position=NAMED, job_level=NAMED, location=NAMED, division=NAMED, department=NAMED, employment_type=NAMED,
    reporting_to=MANAGER, termination_type=NAMED, termination_reason=NAMED, fields=OPEN,
)  # fmt: skip
"""`episode` counts the employments of one person from 1; `candidate_id` is whom recruiting knew; `status` is
PeopleForce's own (hired, probation, employed, terminated), or `withdrawn`: terminated on or before the first day."""

POSITION = _shape(
    "id", "effective_on", "first", "gone",
    **PLACE,
    prev=_shape("id", "effective_on", **PLACE),
    employee=EMPLOYEE,
)  # fmt: skip
"""One dated row; `prev` is the row before it by date, `first` says that there is none."""

TERMINATION = _shape(
    "id", "effective_on", "comment", "eligible_for_rehire", "gone", type=NAMED, reason=NAMED, employee=EMPLOYEE
)
"""The end of an employment, announced or past; `gone` once it was reverted. Its `id` is the employee's."""

LEAVE = _shape(
    "id", "leave_type", "leave_type_id", "state", "amount", "tracking_time_in", "on_demand", "starts_on", "ends_on",
    "comment", "created_at", "updated_at", "gone",
    policy=_shape("name", "visibility", "activity_type"), employee=EMPLOYEE,
)  # fmt: skip

ASSIGNMENT = _shape(
    "id", "issued_on", "returned_on", "created_at", "updated_at", "gone",
    asset=_shape("id", "name", "code", "serial_number", "description", "location_id", "category_id"),
    employee=EMPLOYEE,
)  # fmt: skip
"""That an asset is, or was, with a person; `returned_on` is empty while it is."""

CANDIDATE = _shape(
    "id", "full_name", "email", "source", "position", "level", "created_at", "updated_at", "stages", "tags",
    "employee_id", "gone",
    application=_shape("id", "stage", "disqualified", vacancy=_shape("id", "title")),
)  # fmt: skip
"""`application` is the newest one that was not disqualified, `stages` the stages of all such; `employee_id` is whom
the candidate became, as far as known."""

TEAM = _shape("id", "name", "description", "created_at", "updated_at", "gone", team_lead=PERSON, member=PERSON)
"""A rule that reads `team.member` is looked at once for each member, any other once for the team."""

KINDS: Mapping[str, Shape] = MappingProxyType(
    {
        "task": TASK,
        "employee": EMPLOYEE,
        "position": POSITION,
        "termination": TERMINATION,
        "leave": LEAVE,
        "assignment": ASSIGNMENT,
        "candidate": CANDIDATE,
        "team": TEAM,
    }
)

ABOUT_A_PERSON = frozenset({"position", "termination", "leave", "assignment"})
"""Kinds whose rules may also say `employee.…`, short for `leave.employee.…` and so on."""

PER_PERSON = frozenset({"employee", "position", "termination"})
"""Kinds that are read person by person. They share one stream of records, the employees: whatever moves about a person
is looked at together, and read once."""

ISSUE = _shape("id", "key", "assignee", "resolution", "duedate", status=_shape("name", "category"))
"""What an expression about the issue may read; `issue.status.category` is itself text: new, indeterminate or done."""

CHILD = _shape("id", "key", status=_shape("name", "category"))
"""What an expression under a rule's `back` or `follow_until` may read of `children.KEY`."""


def stream_of(kind: str) -> str:
    """Return the kind of the records behind a kind: what `for: position` looks at comes with the employees."""
    return "employee" if kind in PER_PERSON else kind


def paths_of(name: str, shape: Shape) -> Iterator[str]:
    """Yield every dotted path below a name, the name itself left out; an open shape yields `NAME.*`."""
    for member, inner in shape.items():
        yield f"{name}.{member}"
        if inner:
            yield from paths_of(f"{name}.{member}", inner)


def paths(kind: str) -> frozenset[str]:
    """Return every dotted path that a rule for this kind may read, such as `task.assigned_to.email`."""
    found = set(paths_of(kind, KINDS[kind]))
    if kind in ABOUT_A_PERSON:
        found |= {"employee", *paths_of("employee", EMPLOYEE)}
    if kind == "position":
        found.add("position")  # `position is changed("department")`
    return frozenset(found)


def empty(shape: Shape) -> dict[str, Any]:
    """Return an object of a shape in which everything is None."""
    return {name: None if not inner else {} if inner is OPEN else empty(inner) for name, inner in shape.items()}
