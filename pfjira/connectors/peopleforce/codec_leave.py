"""PeopleForce's leave requests and asset assignments to records: what is about a person who is named in it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pfjira.connectors.peopleforce.codec import SYSTEM, Misshapen, identity, plain
from pfjira.connectors.peopleforce.codec_people import as_shown, nobody
from pfjira.connectors.peopleforce.shown import KNOWN, lacks
from pfjira.engine.model import Json, Record, Ref


def leave(row: Json, wanted: Collection[str] = ()) -> Record:
    """Read one leave request; the fields are exactly those of `engine.kinds.LEAVE`.

    Amounts stay as they came, text or number. `-` is how an unset comment may look (reference section 5).
    """
    number = identity(row, "leave request")
    get = row.get
    kind, policy, comment = get("leave_type"), get("leave_type_policy"), get("comment")
    about = policy if policy.__class__ is dict else {}
    employee = as_shown(get("employee"), get("employee_id"))
    return Record(
        Ref(SYSTEM, "leave", str(number)),
        {
            "id": number,
            "leave_type": kind if isinstance(kind, str) else plain(kind),
            "leave_type_id": get("leave_type_id", kind.get("id") if isinstance(kind, dict) else None),
            "state": get("state"),
            "amount": get("amount"),
            "tracking_time_in": get("tracking_time_in"),
            "on_demand": get("on_demand"),
            "starts_on": get("starts_on"),
            "ends_on": get("ends_on"),
            "comment": "" if comment == "-" else comment,
            "created_at": get("created_at"),
            "updated_at": get("updated_at"),
            "policy": {name: about.get(name) for name in ("name", "visibility", "activity_type")},
            "employee": employee,
            "gone": False,
        },
        not lacks(employee, wanted, KNOWN["leave"]),
    )


def assignments(row: Json, wanted: Collection[str] = ()) -> Iterator[Record]:
    """Read the assignments inside one asset; the fields of each are exactly those of `engine.kinds.ASSIGNMENT`."""
    asset = {
        "id": identity(row, "asset"),
        **{name: row.get(name) for name in ("name", "code", "serial_number", "description", "location_id")},
        "category_id": row.get("asset_category_id"),
    }
    for one in embedded(row):
        number = identity(one, "assignment")
        get = one.get
        employee = nobody(get("user_id"))
        yield Record(
            Ref(SYSTEM, "assignment", str(number)),
            {
                "id": number,
                "issued_on": get("issued_on"),
                "returned_on": get("returned_on") or None,
                "created_at": get("created_at"),
                "updated_at": get("updated_at"),
                "asset": dict(asset),
                "employee": employee,
                "gone": False,
            },
            not lacks(employee, wanted, KNOWN["assignment"]),
        )


def embedded(asset: Json) -> list[Json]:
    """Return the assignments inside an asset. Raise Misshapen when they are neither a list nor nothing."""
    found = asset.get("asset_assignments")
    if found is None:
        return []
    if not isinstance(found, list):
        raise Misshapen("an asset whose assignments are no list")
    return found
