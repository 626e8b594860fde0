"""Notes on people: written once, never edited or removed through the API."""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Person, timestamp
from pfjira.sandbox.peopleforce.answers import Speaker, as_id
from pfjira.sandbox.peopleforce.employee_rows import EmployeeRows
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.wire import Reply, Request


class Notes:
    """Holds the notes and answers the requests about them."""

    def __init__(
        self,
        clock: SandboxClock,
        options: PeopleForceOptions,
        say: Speaker,
        people: dict[int, Person],
        rows: EmployeeRows,
    ) -> None:
        self._clock = clock
        self._options = options
        self._say = say
        self._people = people
        self._rows = rows
        self._next_id = 10
        self.by_person: dict[int, list[dict[str, Any]]] = {}

    def add(self, person_id: int, body: str, author_id: int | None = None) -> dict[str, Any]:
        """Write a note. Returns its row."""
        if author_id is None and self._options.note_author_default == "owner":
            author_id = next(iter(self._people))
        now = timestamp(self._clock.now())
        note = {"id": self._next_id, "body": body, "created_at": now, "updated_at": now, "author_id": author_id}
        self._next_id += 1
        self.by_person.setdefault(person_id, []).append(note)
        return self.row(note)

    def forget(self, person_id: int) -> None:
        """Drop the notes on a person who is gone."""
        self.by_person.pop(person_id, None)

    def row(self, note: dict[str, Any]) -> dict[str, Any]:
        """Show a note; the sample and the schema disagree on the author's key."""
        author = self._rows.short_of(note["author_id"])
        key = self._options.note_author_key
        names = ("author", "created_by") if key == "both" else (key,)
        return {**{name: value for name, value in note.items() if name != "author_id"}, **dict.fromkeys(names, author)}

    # The API.

    def index(self, request: Request, person_id: int) -> Reply:
        """GET /employees/{id}/notes: no pages."""
        if person_id not in self._people:
            return self._say.not_found()
        rows = [self.row(note) for note in self.by_person.get(person_id, [])]
        return Reply(body=rows if self._options.note_list == "bare" else {"data": rows})

    def post(self, request: Request, person_id: int) -> Reply:
        """POST /employees/{id}/notes; without a text the one documented 400, which calls it `text`."""
        if person_id not in self._people:
            return self._say.not_found()
        body = self._say.object_of(request)
        text = body.get("body")
        if not isinstance(text, str) or not text.strip():
            return self._say.bad_request("text is required")
        author_id = as_id(body.get("created_by_id")) if body.get("created_by_id") is not None else None
        if body.get("created_by_id") is not None and author_id not in self._people:
            return self._say.unprocessable(created_by_id="must exist")
        return self._say.single(self.add(person_id, text, author_id), 201)
