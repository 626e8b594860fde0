"""The fields of each HR kind under the names that rules use: PeopleForce's own.

The loader checks every name in a rule against this table; the connector's codec fills exactly these fields, with None
(or an object of Nones) where PeopleForce shows nothing, so that a rule never trips over an absent object.
"""

from __future__ import annotations

from types import MappingProxyType

PERSON = ("id", "full_name", "email")
PERSON_ABOUT = ("id", "type", "full_name", "email")

TASK = MappingProxyType(
    {
        "id": (),
        "title": (),
        "type": (),
        "description": (),
        "description_plain": (),
        "starts_on": (),
        "ends_on": (),
        "completed": (),
        "completed_at": (),
        "assigned_to": PERSON,
        "associated_to": PERSON_ABOUT,
        "created_by": PERSON,
        "created_at": (),
        "updated_at": (),
        "gone": (),
    }
)
"""Field to the members of the object it holds, () for a plain value. `gone` is a fact that pfjira prepares."""

KINDS = MappingProxyType({"task": TASK})

ISSUE = MappingProxyType({"id": (), "key": (), "status": ("name", "category"), "assignee": (), "resolution": ()})
"""What an expression under `back` may read of the issue; `issue.status.category` is itself text: new,
indeterminate or done. (`issue.status.category == "done"`)"""


def paths(kind: str) -> frozenset[str]:
    """Return every dotted path that a rule for this kind may read, such as `task.assigned_to.email`."""
    found = set()
    for name, members in KINDS[kind].items():
        found.add(f"{kind}.{name}")
        found.update(f"{kind}.{name}.{member}" for member in members)
    return frozenset(found)
