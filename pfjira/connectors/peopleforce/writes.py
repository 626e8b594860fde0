"""What pfjira writes on people and assets; completing a task is in `connector`, beside its reading.

Nothing here can be taken back: PeopleForce has no key that makes a creation safe to repeat, no edit and no delete of
notes and tasks (reference section 10). So what is created carries a marker, and whoever creates looks for it first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pfjira.connectors.http import Api
from pfjira.connectors.peopleforce import codec, codec_leave
from pfjira.connectors.peopleforce.listings import Listings, each
from pfjira.engine.model import Json, Record, Ref
from pfjira.errors import OutcomeUnknown


class Writes:
    """The writing half of the API, as far as it is used."""

    def __init__(self, api: Api, listings: Listings) -> None:
        self._api = api
        self._listings = listings

    def set_fields(self, employee: str, values: Mapping[str, Json]) -> None:
        """Set fields of an employee; custom ones are top-level keys as well (reference section 10)."""
        if values:
            self._api.write(
                "PUT",
                f"employees/{self._listings.checked(employee)}",
                dict(values),
                said="employees/{id}",
                repeatable=True,
                any_body=True,
                right="change employees",
            )

    def add_note(self, employee: str, text: str, *, op: str) -> None:
        """Leave a note, unless one with the op's marker is there."""
        path, said, mark = f"employees/{self._listings.checked(employee)}/notes", "employees/{id}/notes", marker(op)
        for note in self._listings.rows(path, what="notes", said=said):
            if isinstance(note, dict) and any(mark in str(note.get(name)) for name in ("body", "text")):
                return
        body = {"body": f"{text}\n\n{mark}"}
        self._api.write("POST", path, body, said=said, any_body=True, right="add notes")

    def create_task(self, employee: str, values: Mapping[str, Json], *, op: str) -> str:
        """Make a task, unless one with the op's marker is there; return its id."""
        path, said, mark = f"employees/{self._listings.checked(employee)}/tasks", "employees/{id}/tasks", marker(op)
        for page in self._listings.pages(path, each(codec.task), what="tasks", said=said):
            for record in page.records:
                if any(mark in str(record.fields[name]) for name in ("description", "description_plain")):
                    return record.ref.id
        body: dict[str, Any] = {
            "name": values.get("title"),
            "description": f"{values.get('description') or ''}<p>{mark}</p>",
            "employee_id": _number(employee),
            "starts_on": values.get("starts_on"),
            "ends_on": values.get("ends_on"),
        }
        sent = {name: value for name, value in body.items() if value is not None}
        answer = self._api.write("POST", "tasks", sent, any_body=True, right="create tasks")
        try:
            return codec.task(codec.single(answer.json)).ref.id
        except codec.Misshapen:
            pass
        raise OutcomeUnknown(
            f"{self._api.system}: POST tasks was accepted, but the answer does not name the task",
            hint="the next run looks it up before anything is sent again",
            system=self._api.system,
        )

    def hand_out(self, asset: str, employee: str, issued_on: str, *, since: str = "") -> None:
        """Note that an asset is with an employee, unless it is, or was since a day: then this was done before."""
        held = self._listings.one("assets", asset, codec_leave.embedded, what="assets")
        for one in held:
            if isinstance(one, dict) and str(one.get("user_id")) == employee:
                begun = str(one.get("issued_on") or "")
                if not one.get("returned_on") or begun == issued_on or (since and begun >= since):
                    return
        body = {"asset_id": _number(asset), "user_id": _number(employee), "issued_on": issued_on}
        self._api.write("POST", "asset_assignments", body, any_body=True, right="assign assets")

    def take_back(self, assignment: str, returned_on: str, *, find: Callable[[Ref], Record]) -> None:
        """Note that an asset is back, unless it says so already; `find` looks for the assignment."""
        ref = Ref(codec.SYSTEM, "assignment", self._listings.checked(assignment))
        fields = find(ref).fields
        if fields["returned_on"]:
            return
        body = {
            "asset_id": fields["asset"]["id"],
            "user_id": fields["employee"]["id"],
            "issued_on": fields["issued_on"],
            "returned_on": returned_on,
        }
        self._api.write(
            "PUT",
            f"asset_assignments/{assignment}",
            body,
            said="asset_assignments/{id}",
            repeatable=True,
            any_body=True,
            right="assign assets",
        )


def marker(op: str) -> str:
    """Return what marks a note or a task as the effect of an op."""
    return f"(pfjira {op[:8]})"


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() else text
