"""Reading PeopleForce person by person, with as few requests as the names that are read allow.

Kinds: employee, position and termination, whose records are one for each person; and the persons that leave requests
and asset assignments name. A list page shows 50 people, a single read one (reference section 3): which one is needed is
told by `shown`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pfjira.connectors.base import Page
from pfjira.connectors.crew import side_by_side
from pfjira.connectors.peopleforce import codec, codec_people
from pfjira.connectors.peopleforce.listings import Decode, Listings
from pfjira.connectors.peopleforce.shown import IN_ROWS, KNOWN, lacks, wanted
from pfjira.engine.model import Json, Record, Ref
from pfjira.errors import Missing

BATCH = 50
"""People in one request by id: as many as a page shows."""
CREW = 4

Thing = TypeVar("Thing")
Result = TypeVar("Result")

_STATUSES = ("hired", "probation", "employed", "terminated")
_EVERYBODY = {"status": "all"}
"""The default is the active ones only, and a leaver just vanishes from those (reference section 7)."""


class People:
    """Employees and what hangs on them."""

    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    def sections(self, kind: str, paths: Collection[str]) -> tuple[str, ...]:
        """Name the listings: one for all, or by status where that is read; terminations need the leavers' full rows."""
        by_status = kind == "termination" or "status" in wanted(kind, paths)
        return _STATUSES if by_status else ("all",)

    def scan(self, kind: str, section: str, paths: Collection[str]) -> Iterator[Page]:
        """Yield a listing. The rows of a section by status get that status."""
        if section == "all":
            return self._pages("employees", _EVERYBODY, kind, paths)
        if section == "terminated":
            return self._pages("employees/terminated", {}, kind, paths, status=section)
        return self._pages("employees", {"status": section}, kind, paths, status=section)

    def moved(self, kind: str, since: datetime, paths: Collection[str]) -> Iterator[Page]:
        """Yield the people whose record changed since a moment."""
        decode = _decoder(kind, paths, None)
        return self._listings.moved("employees", decode, since, _EVERYBODY, what="employees")

    def named(self, kind: str, ids: Sequence[str], paths: Collection[str] = ()) -> Iterator[Page]:
        """Yield the list rows of these people, 50 in one request."""
        possible = self._listings.possible(ids)
        number = 0
        for start in range(0, len(possible), BATCH):
            asked = possible[start : start + BATCH]
            left = set(asked)
            for page in self._pages("employees", {**_EVERYBODY, "ids[]": asked}, kind, paths):
                # A parameter that the API does not know is ignored, and everybody comes (reference section 12).
                records = tuple(record for record in page.records if record.ref.id in left)
                left.difference_update(record.ref.id for record in records)
                number += 1
                yield Page(number, records, None, None)
                if not left:
                    break

    def addressed(self, email: str) -> list[str]:
        """Return the ids of the people who have this e-mail address, whoever left included."""
        wanted = email.strip().casefold()
        # Whether it tells capitals apart is not said; should the parameter be ignored, everybody comes.
        asked = list(dict.fromkeys((email.strip(), wanted)))
        pages = self._pages("employees", {**_EVERYBODY, "emails[]": asked}, "employee", ("email",))
        found = [record for page in pages for record in page.records]
        return [one.ref.id for one in found if str(one.fields.get("email") or "").strip().casefold() == wanted]

    def fetch(self, ref: Ref, paths: Collection[str]) -> Record:
        """Read one person's record, whole. Raise Missing when there is none."""
        if ref.kind == "position":
            number = int(ref.id) if ref.id.isdecimal() else ref.id
            return self._completed(codec_people.person_record("position", codec_people.nobody(number)), paths)
        return codec_people.person_record(ref.kind, self._detail(ref.id), full=True)

    def join(self, records: Sequence[Record], paths: Collection[str]) -> list[Record]:
        """Make records of one kind whole; see `connectors.base.HrSystem.join`."""
        open_ = [record for record in records if not record.whole]
        if not open_:
            return list(records)
        if open_[0].ref.kind in KNOWN:
            made = self._with_people(open_, paths)
        else:
            made = _side_by_side(lambda record: self._completed_or_absent(record, paths), open_)
        completed = iter(made)
        return [record if record.whole else next(completed) for record in records]

    def _completed_or_absent(self, record: Record, paths: Collection[str]) -> Record:
        try:
            return self._completed(record, paths)
        except Missing:
            return codec.absent(record.ref)

    def _completed(self, record: Record, paths: Collection[str]) -> Record:
        ref = record.ref
        if ref.kind != "position":
            return codec_people.person_record(ref.kind, self._detail(ref.id), full=True)
        employee = record.fields["employee"]
        if lacks(employee, wanted("position", paths)):
            employee = self._detail(ref.id)
        return Record(ref, {"rows": self._history(ref.id), "employee": employee, "gone": False})

    def _history(self, number: str) -> list[dict[str, Json]]:
        said = "employees/{id}/positions"
        path = f"employees/{self._listings.checked(number)}/positions"
        try:
            found = self._listings.rows(path, what="employees' positions", said=said)
        except Missing:
            # A module that is off may look so too (reference section 6): the person must be gone as well.
            self._detail(number)
            raise self._listings.unexpected(said, "404 for a person who is there") from None
        return self._listings.decoded(said, lambda: codec_people.positions(found))

    def _with_people(self, records: Sequence[Record], paths: Collection[str]) -> list[Record]:
        kind = records[0].ref.kind
        read, shown = wanted(kind, paths), KNOWN[kind]
        slim: set[str] = set()
        full: set[str] = set()
        for record in records:
            number = record.fields["employee"]["id"]
            missing = lacks(record.fields["employee"], read, shown)
            if missing and number is not None:
                (slim if missing <= IN_ROWS else full).add(str(number))
        people = self._people(sorted(slim), sorted(full))
        return [self._with_person(record, people) for record in records]

    def _people(self, slim: Sequence[str], full: Sequence[str]) -> dict[str, Mapping[str, Json]]:
        people: dict[str, Mapping[str, Json]] = {
            record.ref.id: record.fields for page in self.named("employee", slim) for record in page.records
        }
        # That a listing does not show somebody proves nothing: he is read by id.
        singly = [*full, *(number for number in slim if number not in people)]
        for number, person in zip(singly, _side_by_side(self._detail_or_none, singly), strict=True):
            if person is not None:
                people[number] = person
        return people

    def _with_person(self, record: Record, people: Mapping[str, Mapping[str, Json]]) -> Record:
        employee = record.fields["employee"]
        if employee["id"] is not None:
            employee = people.get(str(employee["id"]), {**employee, "gone": True})
        return Record(record.ref, {**record.fields, "employee": employee})

    def _detail(self, number: str) -> dict[str, Json]:
        return self._listings.one("employees", number, codec_people.employee, what="employees")

    def _detail_or_none(self, number: str) -> dict[str, Json] | None:
        try:
            return self._detail(number)
        except Missing:
            return None

    def _pages(
        self, path: str, params: Mapping[str, Any], kind: str, paths: Collection[str], status: str | None = None
    ) -> Iterator[Page]:
        said = f"{path}?status={params['status']}" if "status" in params else path
        return self._listings.pages(path, _decoder(kind, paths, status), params, what="employees", said=said)


def _decoder(kind: str, paths: Collection[str], status: str | None) -> Decode:
    read = wanted(kind, paths)
    return lambda rows: tuple(
        codec_people.person_record(kind, codec_people.employee(row, status), read) for row in rows
    )


def _side_by_side(work: Callable[[Thing], Result], things: Sequence[Thing]) -> list[Result]:
    if len(things) < 2:
        return [work(thing) for thing in things]
    return side_by_side(work, things, crew=CREW)
