"""The small dictionaries that other rows point to: departments, positions, locations and their like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pfjira.sandbox import hrbook
from pfjira.sandbox.company import Company

ENTERED = "2023-01-01T00:00:00.000Z"
"""When every dictionary row was made."""


class Dictionary:
    """Names by id."""

    def __init__(self, kind: str, rows: Iterable[tuple[int, str]]) -> None:
        self._kind = kind
        self.names = dict(rows)

    def ref(self, number: int | None) -> dict[str, Any] | None:
        """Return a row as others embed it: id and name."""
        return None if number is None else {"id": number, "name": self.names.get(number)}

    def id_of(self, what: int | str | None) -> int | None:
        """Return the id of a row named by id or by name. LookupError when there is none."""
        if what is None or (isinstance(what, int) and what in self.names):
            return what
        found = [number for number, name in self.names.items() if name == what]
        if not found:
            raise LookupError(f"{self._kind} {what}")
        return found[0]

    def rows(self, *stamps: str) -> list[dict[str, Any]]:
        """Return every row, with the timestamps that this dictionary shows."""
        return [{"id": number, "name": name, **dict.fromkeys(stamps, ENTERED)} for number, name in self.names.items()]


class Dictionaries:
    """All dictionaries of one company."""

    def __init__(self, company: Company) -> None:
        self.departments = Dictionary("department", ((number, name) for number, name, _ in company.departments))
        self.parents = {number: parent for number, _, parent in company.departments}
        self.heads: dict[int, int] = {}
        self.positions = Dictionary("position", company.positions)
        self.locations = Dictionary("location", company.locations)
        self.divisions = Dictionary("division", hrbook.DIVISIONS)
        self.job_levels = Dictionary("job level", hrbook.JOB_LEVELS)
        self.employment_types = Dictionary("employment type", hrbook.EMPLOYMENT_TYPES)
        self.termination_types = Dictionary("termination type", hrbook.TERMINATION_TYPES)
        self.termination_reasons = Dictionary("termination reason", hrbook.TERMINATION_REASONS)
        for person in company.people:
            if person.position_id in (701, 702):
                self.heads[person.department_id] = person.id

    def department(self, number: int | None) -> dict[str, Any] | None:
        """Return a department with its parent and head."""
        if number is None:
            return None
        return {
            "id": number,
            "name": self.departments.names.get(number),
            "parent_id": self.parents.get(number),
            "manager_id": self.heads.get(number),
        }

    def location(self, number: int | None) -> dict[str, Any] | None:
        """Return a location the way captured rows look."""
        if number is None:
            return None
        return {
            "id": number,
            "name": self.locations.names.get(number),
            "country_code": None,
            "address": None,
            "time_zone": "Kyiv",
            "holiday_policy_id": None,
        }

    def department_rows(self) -> list[dict[str, Any]]:
        """Return the departments with their heads."""
        return [row for number in self.departments.names if (row := self.department(number))]

    def location_rows(self) -> list[dict[str, Any]]:
        """Return the locations."""
        return [row for number in self.locations.names if (row := self.location(number))]
