"""Things the company lends: the assets, and who has had each of them from when to when.

There is no list of assignments; they come embedded in the assets, as in the real system.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from pfjira.sandbox import hrbook
from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company, Person, timestamp
from pfjira.sandbox.peopleforce.answers import Listed, Speaker, as_id, is_day
from pfjira.sandbox.peopleforce.dictionaries import ENTERED, Dictionary
from pfjira.sandbox.peopleforce.employee_filters import Built
from pfjira.sandbox.wire import Reply, Request

_FIRST_ASSET, _FIRST_ASSIGNMENT = 101, 50_001


@dataclass(slots=True)
class Assignment:
    """One time that a thing was lent."""

    id: int
    asset_id: int
    person_id: int
    issued_on: str
    returned_on: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Asset:
    """One thing."""

    id: int
    name: str
    code: str
    category_id: int
    location_id: int | None
    created_at: datetime
    updated_at: datetime
    assignments: list[Assignment] = field(default_factory=list)


class Assets:
    """Holds the assets with their assignments and answers the requests about them."""

    def __init__(self, company: Company, clock: SandboxClock, say: Speaker, people: dict[int, Person]) -> None:
        self._clock = clock
        self._say = say
        self._people = people
        self.categories = Dictionary("asset category", ((number, name) for number, name, _ in hrbook.ASSET_CATEGORIES))
        self.by_id: dict[int, Asset] = {}
        self.assignments: dict[int, Assignment] = {}
        self._next_asset, self._next_assignment = _FIRST_ASSET, _FIRST_ASSIGNMENT
        for seeded in company.belongings.assets:
            bought = datetime(2024, 1, 15, 9, tzinfo=UTC)
            asset = self.add(seeded.name, seeded.code, seeded.category_id, seeded.location_id, bought)
            for person_id, issued_on, returned_on in seeded.assignments:
                noted = datetime.fromisoformat(returned_on or issued_on).replace(hour=9, tzinfo=UTC)
                self.issue(asset.id, person_id, issued_on, returned_on, noted)

    def add(self, name: str, code: str, category_id: int, location_id: int | None, at: datetime | None = None) -> Asset:
        """Store a thing that nobody has yet."""
        at = at or self._clock.now()
        asset = Asset(self._next_asset, name, code, category_id, location_id, at, at)
        self._next_asset += 1
        self.by_id[asset.id] = asset
        return asset

    def issue(
        self, asset_id: int, person_id: int, issued_on: str, returned_on: str | None = None, at: datetime | None = None
    ) -> Assignment:
        """Hand a thing to a person. KeyError when there is no such thing."""
        at = at or self._clock.now()
        asset = self.by_id[asset_id]
        issued_on = date.fromisoformat(issued_on).isoformat()
        lent = Assignment(self._next_assignment, asset_id, person_id, issued_on, returned_on, at, at)
        self._next_assignment += 1
        self.assignments[lent.id] = lent
        asset.assignments.append(lent)
        asset.updated_at = at
        return lent

    def change(self, number: int, **values: Any) -> Assignment:
        """Correct an assignment; `returned_on` is how a thing comes back."""
        lent = self.assignments[number]
        for name, value in values.items():
            if name in ("issued_on", "returned_on") and value is not None:
                date.fromisoformat(value)
            if name == "asset_id" and value != lent.asset_id:
                self.by_id[value].assignments.append(lent)
                self.by_id[lent.asset_id].assignments.remove(lent)
            setattr(lent, name, value)
        lent.updated_at = self.by_id[lent.asset_id].updated_at = self._clock.now()
        return lent

    def remove(self, number: int) -> None:
        """Delete an assignment as if it had never been."""
        lent = self.assignments.pop(number)
        asset = self.by_id[lent.asset_id]
        asset.assignments.remove(lent)
        asset.updated_at = self._clock.now()

    def forget(self, person_id: int) -> None:
        """Drop the assignments of a person who is gone."""
        for number in [lent.id for lent in self.assignments.values() if lent.person_id == person_id]:
            self.remove(number)

    def row(self, asset: Asset) -> dict[str, Any]:
        """Show a thing with its assignments."""
        return {
            "id": self._say.number(asset.id),
            "name": asset.name,
            "code": asset.code,
            "serial_number": f"SN-{asset.id:06d}",
            "description": "",
            "location_id": asset.location_id,
            "asset_category_id": self._say.number(asset.category_id),
            "asset_assignments": [self.assignment_row(lent) for lent in asset.assignments],
            "created_at": timestamp(asset.created_at),
            "updated_at": timestamp(asset.updated_at),
        }

    def assignment_row(self, lent: Assignment) -> dict[str, Any]:
        """Show an assignment."""
        return {
            "id": self._say.number(lent.id),
            "asset_id": self._say.number(lent.asset_id),
            "user_id": lent.person_id,
            "issued_on": lent.issued_on,
            "returned_on": lent.returned_on,
            "created_at": timestamp(lent.created_at),
            "updated_at": timestamp(lent.updated_at),
        }

    # The API.

    def index(self, request: Request) -> Reply:
        """GET /assets."""
        return self._say.page("assets", request, Built(list(self.by_id.values()), self.row))

    def show(self, request: Request, number: int) -> Reply:
        """GET /assets/{id}."""
        asset = self.by_id.get(number)
        return self._say.single(self.row(asset)) if asset else self._say.not_found()

    def list_categories(self, request: Request) -> Reply:
        """GET /asset_categories."""
        rows = [
            {"id": self._say.number(number), "name": name, "icon": icon, "created_at": ENTERED, "updated_at": ENTERED}
            for number, name, icon in hrbook.ASSET_CATEGORIES
        ]
        return self._say.page("asset_categories", request, Listed(rows))

    def post_assignment(self, request: Request) -> Reply:
        """POST /asset_assignments."""
        values, problems = self._judge(self._say.object_of(request))
        for name, told in (("asset_id", "asset_id"), ("person_id", "user_id"), ("issued_on", "issued_on")):
            if values.get(name) is None:
                problems.setdefault(told, "can't be blank")
        if problems:
            return self._say.unprocessable(**problems)
        return self._say.single(self.assignment_row(self.issue(**values)))

    def put_assignment(self, request: Request, number: int) -> Reply:
        """PUT /asset_assignments/{id}: only what is named changes."""
        if number not in self.assignments:
            return self._say.not_found()
        values, problems = self._judge(self._say.object_of(request))
        if problems:
            return self._say.unprocessable(**problems)
        return self._say.single(self.assignment_row(self.change(number, **values)))

    def delete_assignment(self, request: Request, number: int) -> Reply:
        """DELETE /asset_assignments/{id}."""
        if number not in self.assignments:
            return self._say.not_found()
        self.remove(number)
        return Reply(204)

    def _judge(self, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for told, name, known in (("asset_id", "asset_id", self.by_id), ("user_id", "person_id", self._people)):
            if told in body:
                values[name] = as_id(body[told])
                if values[name] not in known:
                    problems[told] = "must exist"
        for name in ("issued_on", "returned_on"):
            if name in body:
                values[name] = body[name]
                if not is_day(body[name]) and (name == "issued_on" or body[name] is not None):
                    problems[name] = "is not a valid date"
        return values, problems
