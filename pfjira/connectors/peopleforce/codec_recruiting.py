"""PeopleForce's candidates to records. Pure.

The vocabulary shifts in the API (reference section 8.7): a stage is `pipeline_state` here, a candidate is an applicant
elsewhere.
"""

from __future__ import annotations

from typing import Any

from pfjira.connectors.peopleforce.codec import SYSTEM, identity, plain
from pfjira.engine.model import Json, Record, Ref


def candidate(row: Json) -> Record:
    """Read one candidate; the fields are exactly those of `engine.kinds.CANDIDATE`.

    `application` is the newest one that stands. When there were some and all were disqualified, it is empty and
    `disqualified` is true.
    """
    number = identity(row, "candidate")
    get = row.get
    listed, tags = get("applications"), get("tags")
    applications = [one for one in (listed if isinstance(listed, list) else ()) if one.__class__ is dict]
    standing = sorted((one for one in applications if not _disqualified(one)), key=_by_id)
    return Record(
        Ref(SYSTEM, "candidate", str(number)),
        {
            "id": number,
            "full_name": get("full_name"),
            "email": get("email"),
            "source": plain(get("source")),
            "position": plain(get("position")),
            "level": plain(get("level")),
            "created_at": get("created_at"),
            "updated_at": get("updated_at"),
            "stages": [stage for stage in map(_stage, standing) if stage is not None],
            "tags": plain(tags) if isinstance(tags, list) else [],
            "employee_id": None,
            "application": _application(standing[-1] if standing else {}, bool(applications) and not standing),
            "gone": False,
        },
    )


def _application(one: dict[str, Any], disqualified: bool) -> dict[str, Json]:
    vacancy = one.get("vacancy")
    about = vacancy if vacancy.__class__ is dict else {}
    return {
        "id": one.get("id"),
        "stage": _stage(one),
        "disqualified": disqualified,
        "vacancy": {"id": about.get("id"), "title": about.get("title")},
    }


def _stage(one: dict[str, Any]) -> Json:
    return plain(one.get("pipeline_state"))


def _disqualified(one: dict[str, Any]) -> bool:
    return bool(one.get("disqualified_at")) or one.get("disqualified") is True


def _by_id(one: dict[str, Any]) -> tuple[int, str]:
    number = str(one.get("id"))
    return int(number) if number.isdecimal() else 0, number
