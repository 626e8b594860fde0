"""How PeopleForce says things: lists with counters, single objects, refusals.

Only shapes live here; what is in them is decided by the stores. Facts from reference sections 4 to 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.wire import Reply, Request

_HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>%s</h1></body></html>"


class Rows(Protocol):
    """Rows that can be cut into pages without being built all."""

    def __len__(self) -> int:
        """Return how many rows match."""
        ...

    def slice(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Build the rows of one page."""
        ...


class Refused(Exception):
    """Raised inside the simulated PeopleForce to answer with an error."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class Listed:
    """Rows that are there already."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def slice(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Return a part of the rows."""
        return list(self._rows[start:stop])


class Speaker:
    """Builds replies the way the options say."""

    def __init__(self, options: PeopleForceOptions) -> None:
        self._options = options

    def page(self, name: str, request: Request, rows: Rows, size: int | None = None) -> Reply:
        """Answer a list: the page asked for (from 1) and the counters. `size`: rows of a page, when not the usual."""
        options = self._options
        size = size or options.page_size
        if options.per_page_works:
            size = _positive(request.first("per_page"), size)
        count = len(rows)
        pages = max(1, -(-count // size))
        number = 1 if name in options.ignores_page else _positive(request.first("page"), 1)
        shown = number
        if number > pages:
            match options.past_end:
                case "not_found":
                    return self.not_found()
                case "last":
                    shown = number = pages
                case "first":
                    shown = number = 1
                case "empty":
                    pass
        data: list[dict[str, Any]] | None = rows.slice((shown - 1) * size, shown * size)
        # Seen on the wire: 121 rows in 3 pages say items 50, 3 rows in one page say items 3.
        items = len(data or []) if pages == 1 or options.items == "rows" else size
        counters = {"page": number, "pages": pages, "count": count, "items": items}
        if not data and options.null_when_empty:
            data = None
        body: dict[str, Any] = {"data": data}
        match options.metadata:
            case "nested":
                body["metadata"] = {"pagination": counters}
            case "flat":
                body["metadata"] = counters
            case "both":
                body["metadata"] = {**counters, "pagination": counters}
            case "none":
                pass
        return Reply(body=body)

    def single(self, row: Any, status: int = 200) -> Reply:
        """Answer one object."""
        return Reply(status, {"data": row} if self._options.wrap_single else row)

    def number(self, value: int, *, text: bool | None = None) -> int | str:
        """Return an id of a collection whose ids are declared as text."""
        return str(value) if (self._options.string_ids if text is None else text) else value

    def decimal(self, value: float) -> str | float:
        """Return a decimal: declared as number, seen as text."""
        return value if self._options.decimal_numbers else f"{value:.1f}"

    def object_of(self, request: Request) -> dict[str, Any]:
        """Return the JSON object that was sent; refuse anything else with 400."""
        try:
            body = request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(self.bad_request("the body is not a JSON object"))
        return body

    def completion(self, row: dict[str, Any]) -> Reply:
        """Answer `complete` and `incomplete`; the vendor does not describe the body."""
        match self._options.completion_body:
            case "task":
                return self.single(row)
            case "success":
                return Reply(body={"success": True})
            case "empty":
                return Reply()
            case "no_content":
                return Reply(204)

    def not_found(self) -> Reply:
        """Answer 404; the body is not documented."""
        match self._options.not_found_body:
            case "message":
                return Reply(404, {"message": "Not Found"})
            case "rails":
                return Reply(404, {"status": 404, "error": "Not Found"})
            case "empty":
                return Reply(404)
            case "html":
                return Reply(404, _HTML % b"Not found", content_type="text/html; charset=utf-8")

    def unprocessable(self, **problems: str) -> Reply:
        """Answer 422; the body is not documented. One problem per field."""
        sentences = [f"{field} {problem}" for field, problem in problems.items()]
        match self._options.validation_body:
            case "errors":
                return Reply(422, {"success": False, "errors": [{"message": sentence} for sentence in sentences]})
            case "map":
                return Reply(422, {"errors": {field: [problem] for field, problem in problems.items()}})
            case "message":
                return Reply(422, {"message": "Validation failed: " + ", ".join(sentences)})

    def bad_request(self, sentence: str) -> Reply:
        """Answer 400, in the one documented shape."""
        return Reply(400, {"success": False, "errors": [{"message": sentence}]})

    def unauthorized(self) -> Reply:
        """Answer 401, documented."""
        return Reply(401, {"message": "Bad Credentials"})

    def forbidden(self) -> Reply:
        """Answer 403; the body is not documented."""
        return Reply(403, {"message": "Forbidden"})

    def too_many(self, headers: dict[str, str]) -> Reply:
        """Answer 429; the body is not documented."""
        match self._options.rate_limit_body:
            case "message":
                return Reply(429, {"message": "Rate limit exceeded"}, headers)
            case "text":
                return Reply(429, b"Retry later\n", headers, "text/plain; charset=utf-8")
            case "html":
                return Reply(429, _HTML % b"Too many requests", headers, "text/html; charset=utf-8")
            case "empty":
                return Reply(429, None, headers)


def is_day(text: object) -> bool:
    """Say whether a value is a day written as YYYY-MM-DD."""
    try:
        return isinstance(text, str) and len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def as_id(value: object) -> int | None:
    """Read an id that came as number or as text: the reference declares integers, Rails casts."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None


def _positive(text: str | None, default: int) -> int:
    """Read a counter from a query; what makes no sense is ignored."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and int(text) > 0 else default
