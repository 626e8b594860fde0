"""Which names a listing's rows show, and which take a read for each record (reference sections 8 and 9). Pure.

A rule set that reads only what rows show must cost no reads of single people. So this file errs towards reading: a name
that only full records are sure to show counts as shown in a row when the row has a value for it, not when it is empty.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pfjira.engine.kinds import ABOUT_A_PERSON, EMPLOYEE
from pfjira.engine.model import Json

FACTS = frozenset({"gone", "episode", "candidate_id", "employee_id"})
"""What pfjira prepares itself: no read shows it."""
TERMINATION = {
    "effective_on": "termination_effective_on",
    "comment": "termination_comment",
    "eligible_for_rehire": "termination_eligible_for_rehire",
    "type": "termination_type",
    "reason": "termination_reason",
}
"""Field of a termination to the employee's field that it is read from."""
FULL_ONLY = frozenset(
    {
        "created_at", "updated_at", "employee_number", "mobile_number", "work_phone_number", "fields",
        *TERMINATION.values(),
    }
)  # fmt: skip
"""Of an employee: what only a full record is sure to show."""
IN_ROWS = frozenset(EMPLOYEE) - FULL_ONLY - {"status"}
"""Of an employee: what every list row shows. A row has no status; it is known from the listing that is read."""
KNOWN = {
    "leave": frozenset({"id", "first_name", "last_name", "full_name", "email"}),
    "assignment": frozenset({"id"}),
}
"""Kind to what its rows show of the employee."""


def wanted(kind: str, paths: Collection[str]) -> frozenset[str]:
    """Return which of the employee's fields are read: `department` for `employee.department.name` below a leave.

    A termination is itself read from the employee's fields, and always from the date: is there one at all?
    """
    if kind == "termination":
        own = {TERMINATION[path.partition(".")[0]] for path in paths if path.partition(".")[0] in TERMINATION}
        return _of_the_person(paths) | own | {TERMINATION["effective_on"]}
    if kind in ABOUT_A_PERSON:
        return _of_the_person(paths)
    return frozenset(path.partition(".")[0] for path in paths)


def _of_the_person(paths: Collection[str]) -> frozenset[str]:
    if "employee" in paths:
        return frozenset(EMPLOYEE)
    return frozenset(path.split(".")[1] for path in paths if path.startswith("employee."))


def listed(kind: str, paths: Collection[str]) -> frozenset[str]:
    """Return those of the paths that the rows of a listing show."""
    return frozenset(path for path in paths if _in_row(kind, path))


def lacks(employee: Mapping[str, Json], read: Collection[str], shown: Collection[str] = IN_ROWS) -> frozenset[str]:
    """Return which of the fields that are read an employee as read so far does not tell for sure."""
    open_ = frozenset(read) - FACTS - {"id"}
    if not open_ or employee["fields"]:  # only full records have custom fields
        return frozenset()
    if employee["full_name"] is None:  # every row has it: this is no more than an id
        return open_
    return frozenset(head for head in open_ if head not in shown and not _told(employee, head))


def _told(employee: Mapping[str, Json], head: str) -> bool:
    if head == "status" and employee["status"] == "terminated":
        # Whether it is rather "withdrawn" takes the date.
        return employee["termination_effective_on"] is not None
    value = employee.get(head)
    return any(one is not None for one in value.values()) if isinstance(value, dict) else value is not None


def _in_row(kind: str, path: str) -> bool:
    head, _, rest = path.partition(".")
    if kind == "employee":
        return head in IN_ROWS or head == "status"
    if kind not in ABOUT_A_PERSON:
        return True
    if head == "employee":
        person = rest.partition(".")[0]
        if kind in KNOWN:
            return person in KNOWN[kind] or person in FACTS
        return person in IN_ROWS or person == "status"
    # Position and termination rows are rows of people: they tell nothing of what the kind itself is about.
    return kind in KNOWN or head in FACTS
