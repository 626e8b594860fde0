"""Read request bodies and flags the way Jira does, with its words for what cannot be read."""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.jira.refusal import Refusal, bad_payload
from pfjira.sandbox.wire import Request


def json_value(request: Request) -> Any:
    """Return the decoded body; Refusal 400 when it is not JSON, 415 when it does not say so."""
    kind = request.headers.get("content-type", "")
    if request.body and "json" not in kind.casefold():
        raise Refusal(415, f"Unsupported media type '{kind}'.")
    try:
        return request.json()
    except ValueError:
        raise Refusal(
            400, "There was an error parsing JSON. Check that your request body is valid.", bare=True
        ) from None


def json_object(request: Request, when_empty: str = "The request body is empty.") -> dict[str, Any]:
    """Return the decoded body, which must be an object."""
    if not request.body:
        raise Refusal(400, when_empty)
    value = json_value(request)
    if not isinstance(value, dict):
        raise bad_payload()
    return value


def closed(body: dict[str, Any], members: dict[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """Return a body whose schema allows these members only; Refusal 400 with the generic words otherwise."""
    for name, value in body.items():
        if name not in members or value is None or not isinstance(value, members[name]):
            raise bad_payload()
        if isinstance(value, bool) and members[name] is int:
            raise bad_payload()
    return body


def flag(request: Request, name: str) -> bool:
    """Return a boolean query parameter."""
    return (request.first(name) or "").casefold() == "true"


def listed(request: Request, name: str) -> list[str]:
    """Return a query parameter that may be repeated or hold commas."""
    return [part.strip() for text in request.query.get(name, []) for part in text.split(",") if part.strip()]


def mapping(raw: Any) -> dict[str, Any]:
    """Return a member that must be an object; nothing is an empty one."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise Refusal(400, "Can not instantiate value of the request: an object was expected.")
    return raw
