"""One exchange with a fault in it: what is handled, and what of the answer travels.

Works on requests and replies only, so that the same fault does the same to both systems. It never touches a socket:
the server carries the resulting `Delivery` out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.wire import CutShort, Reply, Request

_LOGIN_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body><form method='post'>"
    b"<label>E-mail <input name='email'></label><button>Continue</button></form></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the server puts on the wire."""

    reply: Reply | None
    """None: the connection is closed without a byte."""
    landed: bool = False
    """Whether the fault took effect."""
    cut_after: int | None = None
    """Send only so many bytes of the answer, head included, then close; -1: half of it."""
    delay_s: float = 0.0
    """Wait before the first byte."""
    drip_s: float = 0.0
    """Wait after each byte."""


def exchange(fault: Fault | None, system: str, request: Request, answer: Callable[[Request], Reply]) -> Delivery:
    """Carry out one request, with a fault or without. `answer` is the system; asked at most once, by `shift` twice."""
    if fault is None:
        return Delivery(answer(request))
    match fault.kind:
        case "drop_before":
            return Delivery(None, landed=True)
        case "drop_after":
            answer(request)
            return Delivery(None, landed=True)
        case "cut_after":
            reply = answer(request)
            return Delivery(reply, landed=True, cut_after=-1 if fault.keep is None else fault.keep)
        case "status_before":
            return Delivery(_refusal(system, request, fault.status), landed=True)
        case "status_after":
            answer(request)
            return Delivery(_refusal(system, request, fault.status), landed=True)
        case "rate_limited":
            return Delivery(_too_many(system, fault.retry_after), landed=True)
        case "delay":
            return Delivery(answer(request), landed=True, delay_s=fault.delay_s)
        case "drip":
            return Delivery(answer(request), landed=True, drip_s=fault.delay_s)
        case "html":
            return Delivery(Reply(200, _LOGIN_PAGE, content_type="text/html; charset=utf-8"), landed=True)
        case "unauthorized":
            return Delivery(_refusal(system, request, 401), landed=True)
        case "forbidden":
            return Delivery(_refusal(system, request, 403), landed=True)
        case "partial":
            return _partial(fault, request, answer)
        case "empty_list":
            return _changed(answer(request), _without_rows)
        case "cut_list":
            return _changed(answer(request), _half_the_rows)
        case "shift":
            return _shifted(request, answer)


def _partial(fault: Fault, request: Request, answer: Callable[[Request], Reply]) -> Delivery:
    try:
        reply = answer(dataclasses.replace(request, stop_after=fault.keep or 0))
    except CutShort:
        return Delivery(None, landed=True)
    return Delivery(reply)


def _refusal(system: str, request: Request, status: int) -> Reply:
    """Return an error as the system words it."""
    if system == "peopleforce":
        sentences = {401: "Bad Credentials", 403: "Forbidden", 404: "Not Found"}
        return Reply(status, {"message": sentences.get(status, "Something went wrong")})
    if system == "target":
        return Reply(status, {"error": "The request failed."})
    if status == 401:
        return Reply(401, {"message": "Client must be authenticated to access this resource.", "status-code": 401})
    sentences = {403: "You do not have permission to do this.", 503: "Jira is temporarily unavailable."}
    sentence = sentences.get(status, "The request failed.")
    if "/rest/servicedeskapi/" in request.path:
        return Reply(status, {"errorMessage": sentence, "i18nErrorMessage": {"i18nKey": "sd.error", "parameters": []}})
    return Reply(status, {"errorMessages": [sentence], "errors": {}})


def _too_many(system: str, retry_after: str | int | None) -> Reply:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if system == "jira":
        headers["RateLimit-Reason"] = "jira-burst-based"
        return Reply(429, {"errorMessages": ["Rate limit exceeded."], "errors": {}}, headers)
    return Reply(429, {"message": "Rate limit exceeded"}, headers)


def _changed(reply: Reply, change: Callable[[dict[str, Any], str], dict[str, Any]]) -> Delivery:
    """Change a list answer; anything else passes untouched, and the fault has not landed."""
    rows = _rows_in(reply)
    if rows is None or not reply.body[rows]:
        return Delivery(reply)
    return Delivery(dataclasses.replace(reply, body=change(dict(reply.body), rows)), landed=True)


def _rows_in(reply: Reply) -> str | None:
    if reply.status == 200 and isinstance(reply.body, dict):
        for name in ("data", "issues"):
            if isinstance(reply.body.get(name), list):
                return name
    return None


def _without_rows(body: dict[str, Any], rows: str) -> dict[str, Any]:
    body[rows] = []
    if rows == "issues":
        body.pop("nextPageToken", None)
        if "isLast" in body:
            body["isLast"] = True
        return body
    return _recounted(body, {"page": 1, "pages": 1, "count": 0, "items": 0})


def _half_the_rows(body: dict[str, Any], rows: str) -> dict[str, Any]:
    body[rows] = body[rows][: len(body[rows]) // 2]
    return body


def _recounted(body: dict[str, Any], counters: dict[str, int]) -> dict[str, Any]:
    """Put counters wherever the answer has them."""
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        metadata = dict(metadata)
        if "count" in metadata:
            metadata |= counters
        if isinstance(metadata.get("pagination"), dict):
            metadata["pagination"] = metadata["pagination"] | counters
        body["metadata"] = metadata
    return body


def _counters(body: dict[str, Any]) -> dict[str, int]:
    metadata = body.get("metadata") or {}
    found = metadata.get("pagination") or metadata
    return found if "count" in found else {}


def _shifted(request: Request, answer: Callable[[Request], Reply]) -> Delivery:
    """Answer page n as if a row of an earlier page had vanished: all rows move up by one, the count is one less.

    The reader never sees the row that moved from the head of this page to the tail of the one before.
    """
    number = page_of(request)
    reply = answer(request)
    if _rows_in(reply) != "data" or not reply.body["data"]:
        return Delivery(reply)
    after = answer(dataclasses.replace(request, query={**request.query, "page": [str(number + 1)]}))
    rows, body = reply.body["data"], dict(reply.body)
    following = after.body["data"] if _rows_in(after) == "data" else []
    body["data"] = rows[1:] + (following or [])[:1]
    if counters := _counters(body):
        count, pages = counters["count"] - 1, counters["pages"]
        size = len(rows) if number < pages else (counters["count"] - len(rows)) // (number - 1)
        body = _recounted(body, {**counters, "count": count, "pages": max(1, -(-count // size))})
    return Delivery(dataclasses.replace(reply, body=body), landed=True)


def page_of(request: Request) -> int:
    """Return the page a list request asks for, 1 when it does not say."""
    text = request.first("page") or ""
    return int(text) if text.isascii() and text.isdigit() and int(text) else 1
