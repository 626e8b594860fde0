"""Rows that take effect on a day: where a person sits, how they are employed.

What is in effect is decided by the clock whenever somebody asks, so a row dated ahead needs no second write. A person
whose rows were never touched has one, made when it is asked for: 50,000 people cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pfjira.sandbox.clock import SandboxClock


@dataclass(slots=True)
class DatedRow:
    """One row and the day from which it counts."""

    id: int
    effective_on: str
    values: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class DatedRows:
    """The dated rows of every person."""

    def __init__(
        self, names: tuple[str, ...], clock: SandboxClock, first: Callable[[int], DatedRow], next_id: int
    ) -> None:
        self._names = names
        self._clock = clock
        self._first = first
        self._next_id = next_id
        self._rows: dict[int, list[DatedRow]] = {}

    @property
    def changed(self) -> list[int]:
        """The people who have more than the row they were seeded with."""
        return list(self._rows)

    def of(self, person_id: int) -> list[DatedRow]:
        """Return the rows of a person, newest first."""
        rows = self._rows.get(person_id)
        return [self._first(person_id)] if rows is None else rows

    def in_effect(self, person_id: int, day: date) -> DatedRow | None:
        """Return the row that counts on a day: the latest that has begun."""
        text = day.isoformat()
        return next((row for row in self.of(person_id) if row.effective_on <= text), None)

    def before(self, person_id: int, effective_on: str) -> dict[str, Any]:
        """Return what counts before a new row of that day is added; the earliest row when all begin later."""
        rows = self.of(person_id)
        if not rows:
            return dict.fromkeys(self._names)
        return dict(next((row for row in rows if row.effective_on <= effective_on), rows[-1]).values)

    def begin(self, person_id: int, effective_on: str, values: dict[str, Any]) -> DatedRow:
        """Give a new person their first row."""
        self._rows[person_id] = []
        return self.add(person_id, effective_on, values)

    def add(self, person_id: int, effective_on: str, values: dict[str, Any]) -> DatedRow:
        """Add a row."""
        now = self._clock.now()
        row = DatedRow(self._next_id, date.fromisoformat(effective_on).isoformat(), values, now, now)
        self._next_id += 1
        self._own(person_id).append(row)
        self._sort(person_id)
        return row

    def edit(self, person_id: int, row_id: int, effective_on: str | None, values: dict[str, Any]) -> DatedRow:
        """Correct a row. KeyError when the person has no such row."""
        row = self._find(person_id, row_id)
        if effective_on is not None:
            row.effective_on = date.fromisoformat(effective_on).isoformat()
        row.values |= values
        row.updated_at = self._clock.now()
        self._sort(person_id)
        return row

    def remove(self, person_id: int, row_id: int) -> None:
        """Delete a row. KeyError when the person has no such row."""
        row = self._find(person_id, row_id)
        self._own(person_id).remove(row)

    def current(self, person_id: int, *, first_when_ahead: bool) -> dict[str, Any]:
        """Return what counts today; when every row is ahead, the earliest of them or nothing."""
        row = self.in_effect(person_id, self._clock.now().date())
        rows = self.of(person_id)
        if row is None and rows and first_when_ahead:
            row = rows[-1]
        return row.values if row is not None else dict.fromkeys(self._names)

    def shift_start(self, person_id: int, before: str, after: str) -> None:
        """Move the rows that begin on the first day of a person, because the first day has moved."""
        if person_id in self._rows:
            for row in self._rows[person_id]:
                if row.effective_on == before:
                    row.effective_on = after
            self._sort(person_id)

    def forget(self, person_id: int) -> None:
        """Drop every row of a person who is gone."""
        self._rows.pop(person_id, None)

    def has(self, person_id: int, row_id: int) -> bool:
        """Say whether a person has a row."""
        return any(row.id == row_id for row in self.of(person_id))

    def _find(self, person_id: int, row_id: int) -> DatedRow:
        for row in self._own(person_id):
            if row.id == row_id:
                return row
        raise KeyError(row_id)

    def _own(self, person_id: int) -> list[DatedRow]:
        return self._rows.setdefault(person_id, self.of(person_id))

    def _sort(self, person_id: int) -> None:
        self._rows[person_id].sort(key=lambda row: (row.effective_on, row.id), reverse=True)
