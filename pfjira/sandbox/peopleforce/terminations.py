"""Who leaves, and from which moment on the system says so.

A termination dated ahead is carried out by a nightly batch at 01:00 UTC of its day; until then everything but the
termination data stays as it was. One dated today or before is carried out at once, or by the next batch: clients have
seen people read as active on their last day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.peopleforce.options import PeopleForceOptions

BATCH = time(1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Termination:
    """The end of one person's employment."""

    effective_on: str
    type_id: int | None
    reason_id: int | None
    eligible_for_rehire: bool
    comment: str | None
    entered_at: datetime


class Terminations:
    """One termination for each person who leaves or has left."""

    def __init__(self, clock: SandboxClock, options: PeopleForceOptions) -> None:
        self._clock = clock
        self._options = options
        self.by_person: dict[int, Termination] = {}

    def enter(
        self,
        person_id: int,
        effective_on: str,
        type_id: int | None,
        reason_id: int | None,
        eligible_for_rehire: bool,
        comment: str | None,
        entered_at: datetime | None = None,
    ) -> None:
        """Note that a person leaves; a second entry replaces the first."""
        self.by_person[person_id] = Termination(
            date.fromisoformat(effective_on).isoformat(),
            type_id,
            reason_id,
            eligible_for_rehire,
            comment,
            entered_at or self._clock.now(),
        )

    def acts_at(self, termination: Termination) -> datetime:
        """Return the moment from which the person counts as terminated."""
        day = date.fromisoformat(termination.effective_on)
        entered = termination.entered_at
        if day > entered.date():
            return datetime.combine(day, BATCH if self._options.termination_acts == "batch" else time(tzinfo=UTC))
        if self._options.late_termination == "at_once":
            return entered
        batch = datetime.combine(entered.date(), BATCH)
        return batch if batch > entered else batch + timedelta(days=1)

    def in_effect(self, person_id: int) -> bool:
        """Say whether a person counts as terminated now."""
        found = self.by_person.get(person_id)
        return found is not None and self.acts_at(found) <= self._clock.now()
