"""PeopleForce's webhooks (reference section 11): which topic is about which record.

Tasks, teams and assets send none; they are found by asking. Of many topics no body was ever seen: where a body does
not say whom it is about, the whole kind is read instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from pfjira.connectors.notice import Notice, document, number, part, topic_of
from pfjira.engine.model import Json, Ref

HEADER = "x-peopleforce-signature"
SYSTEM = "peopleforce"

_ITSELF = (("data", "id"),)
_OF_EMPLOYEE = (("data", "employee_id"), ("data", "attributes", "employee_id"), ("data", "employee", "id"))
_OF_CANDIDATE = (("data", "applicant_id"), ("data", "attributes", "applicant_id"), ("data", "applicant", "id"))
_NOWHERE: tuple[tuple[str, ...], ...] = ()

TOPICS: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    **{
        f"employee_{what}": ("employee", _ITSELF)
        for what in ("create", "update", "start", "terminate", "termination_revert", "delete")
    },
    # The id in these is that of a row of somebody's history.
    **{
        f"employee_{what}_{verb}": ("employee", _OF_EMPLOYEE)
        for what in ("position", "salary", "additional_compensation", "employment_status")
        for verb in ("create", "update")
    },
    **{f"leave_request_{what}": ("leave", _ITSELF) for what in ("create", "approve", "reject", "withdraw", "destroy")},
    **{f"applicant_{what}": ("candidate", _ITSELF) for what in ("create", "destroy")},
    **{
        f"vacancy_{what}": ("candidate", _OF_CANDIDATE)
        for what in ("application_create", "application_movement", "offer_accept", "offer_reject")
    },
    "workflow": ("task", _NOWHERE),
}
"""Topic to the kind it is about, and where the id may stand; all others concern nothing that rules read."""


def notice(raw: bytes) -> Notice:
    """Return what a body is about. Raise BadDelivery when it is no JSON object."""
    body = document(raw)
    topic = topic_of(body, "action")
    if topic not in TOPICS:
        return Notice(topic)
    kind, places = TOPICS[topic]
    found = _first(body, places)
    return Notice(topic, sweep=kind) if found is None else Notice(topic, (Ref(SYSTEM, kind, found),))


def _first(body: Mapping[str, Json], places: tuple[tuple[str, ...], ...]) -> str | None:
    return next((found for place in places if (found := number(part(body, *place)))), None)
