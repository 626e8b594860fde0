"""Service requests: an issue underneath, made through the service desk's own API (reference section 9).

It has other paging, another error shape, and takes neither label nor property with the create. A request is sent once;
which desk and request type a name means is remembered until one is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pfjira.connectors.address import segment
from pfjira.connectors.base import Created, Draft, RequestType
from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.screens import Rows
from pfjira.engine.model import Json
from pfjira.errors import Missing, OutcomeUnknown, Rejected

PAGE = 50

_SAID = "servicedesk/{id}/requesttype"
_RIGHT = "the service project (an agent's or a customer's access)"


class Desk:
    """Service desks and their request types."""

    def __init__(self, api: Api) -> None:
        """Read and write through this interface, whose base is `…/rest/servicedeskapi`."""
        self._api = api
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        """Project and request to the ids of desk and request type."""

    def request_type(self, project: str, request: str) -> RequestType:
        """Return where requests of this type are made. Raise Rejected when there is no such thing."""
        desk = self.desk(project)
        number = str(found_request(project, request, self.types(desk))["id"])
        fields = self.fields(desk, number)
        required = frozenset(name for name, field in fields.items() if field["required"])
        return RequestType(desk, number, project, frozenset(fields), required)

    def create(self, draft: Draft) -> Created:
        """Send one request, once; a refused draft is in the result. Raise OutcomeUnknown when the answer was lost."""
        where = draft.project, draft.issue_type
        with self._lock:
            ids = self._known.get(where)
        if ids is None:
            desk = self.desk(draft.project)
            ids = desk, str(found_request(*where, self.types(desk))["id"])
            with self._lock:
                self._known[where] = ids
        body = codec.request_body(draft, *ids)
        right = f"create requests in {draft.project}" + (", and raise them for others" if draft.raise_for else "")
        answer = self._api.write("POST", "request", body, accept=(400, 404, 422), right=right)
        said = "POST request"
        if answer.status >= 400:
            with self._lock:
                self._known.pop(where, None)
            return Created((), {draft.op: self._api.rejected(said, answer.status, answer.json, body)})
        number, key = codec.member(answer.json, "issueId"), codec.member(answer.json, "issueKey")
        if not isinstance(number, str | int) or not isinstance(key, str):
            raise OutcomeUnknown(f"jira: {said} succeeded without naming the issue", system="jira")
        return Created(((str(number), key),))

    def desk(self, project: str) -> str:
        """Return the id of a project's service desk. Raise Rejected when it has none."""
        desks = []
        try:
            for row in self._rows("servicedesk", "servicedesk"):
                desks.append(str(row.get("projectKey")))
                if str(row.get("projectKey", "")).casefold() == project.casefold() and "id" in row:
                    return str(row["id"])
        except Missing as error:
            raise _cannot("the site has no service desks, or shows none to this login") from error
        raise _cannot(f"{project} is no service project that this login sees; it sees {', '.join(desks) or 'none'}")

    def types(self, desk: str) -> list[dict[str, Any]]:
        """Return the rows of a desk's request types; each has an id."""
        return [row for row in self._rows(f"servicedesk/{segment(desk)}/requesttype", _SAID) if "id" in row]

    def fields(self, desk: str, request: str) -> Rows:
        """Return the fields of a request form, with `required` and `allowedValues` as a create screen says them."""
        said = f"{_SAID}/{{type}}/field"
        path = f"servicedesk/{segment(desk)}/requesttype/{segment(request)}/field"
        found = codec.member(self._api.get(path, said=said, right=_RIGHT), "requestTypeFields")
        if not isinstance(found, list):
            raise self._api.unexpected(f"GET {said}", "an answer without fields")
        return {str(row["fieldId"]): _as_on_a_screen(row) for row in codec.objects(found) if "fieldId" in row}

    def _rows(self, path: str, said: str) -> Iterator[dict[str, Any]]:
        start = 0
        while True:
            payload = self._api.get(path, {"start": start, "limit": PAGE}, said=said, right=_RIGHT)
            page = codec.member(payload, "values")
            if not isinstance(page, list):
                raise self._api.unexpected(f"GET {said}", "an answer without rows")
            yield from codec.objects(page)
            start += len(page)
            if not page or payload.get("isLastPage") is not False:
                return


def found_request(project: str, request: str, types: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the row of a request type, by name in any case or id. Raise Rejected when there is none, or several."""
    by_id = [row for row in types if str(row["id"]) == request]
    named = [row for row in types if str(row.get("name", "")).casefold() == request.casefold()]
    match by_id or named:
        case [row]:
            return row
        case []:
            names = ", ".join(sorted(str(row.get("name")) for row in types)) or "none"
            raise _cannot(f"service project {project} has no request type {request}; it has {names}")
        case _:
            raise _cannot(f"service project {project} has several request types {request}; use the id")


def _as_on_a_screen(row: dict[str, Any]) -> dict[str, Json]:
    given = bool(row.get("defaultValues") or row.get("presetValues")) or row.get("visible") is False
    values = [
        {"id": value.get("value"), "value": value.get("label"), "children": _labels(value.get("children"))}
        for value in codec.objects(row.get("validValues"))
    ]
    return {
        "name": row.get("name"),
        "required": row.get("required") is True and not given,
        "hasDefaultValue": given,
        "allowedValues": values,
    }


def _labels(children: Json) -> list[dict[str, Json]]:
    return [{"id": child.get("value"), "value": child.get("label")} for child in codec.objects(children)]


def _cannot(text: str) -> Rejected:
    hint = "see the rule's `in`, and the login's access to the service project"
    return Rejected(f"jira: {text}", status=0, hint=hint, system="jira")
