"""Recruitment: vacancies, who has applied, and how far each application has come.

One pipeline for all vacancies. An accepted offer is an application whose `pipeline_state` is named "Offer accepted";
the words shift in the real API (candidate, applicant; stage, state) and so they do here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pfjira.sandbox import hrbook
from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company
from pfjira.sandbox.peopleforce.dictionaries import Dictionary

_FIRST_CANDIDATE, _FIRST_APPLICATION = 8001, 3334


@dataclass(slots=True)
class Movement:
    """One stay of an application in a stage."""

    stage_id: int
    entered_at: datetime
    exited_at: datetime | None = None


@dataclass(slots=True)
class Application:
    """One candidate's application for one vacancy."""

    id: int
    candidate_id: int
    vacancy_id: int
    created_at: datetime
    updated_at: datetime
    movements: list[Movement] = field(default_factory=list)
    disqualified_at: datetime | None = None
    reason_id: int | None = None

    @property
    def stage_id(self) -> int:
        """Where the application stands."""
        return self.movements[-1].stage_id


@dataclass(slots=True)
class Candidate:
    """Somebody who has applied."""

    id: int
    full_name: str
    email: str | None
    created_at: datetime
    updated_at: datetime
    applications: list[Application] = field(default_factory=list)


class RecruitingStore:
    """Holds candidates and their applications."""

    def __init__(self, company: Company, clock: SandboxClock) -> None:
        self._clock = clock
        self.vacancies = Dictionary("vacancy", ((number, title) for number, title, _, _ in hrbook.VACANCIES))
        self.stages = Dictionary("stage", hrbook.STAGES)
        self.reasons = Dictionary("disqualify reason", hrbook.DISQUALIFY_REASONS)
        self.by_id: dict[int, Candidate] = {}
        self.applications: dict[int, Application] = {}
        self._next_candidate, self._next_application = _FIRST_CANDIDATE, _FIRST_APPLICATION
        passed = [number for number, _ in hrbook.STAGES]
        for seeded in company.belongings.candidates:
            at = datetime.fromisoformat(seeded.applied_on).replace(hour=10, tzinfo=UTC)
            candidate = self.add(seeded.full_name, seeded.email, seeded.vacancy_id, passed[0], at)
            for stage_id in passed[1 : seeded.stage]:
                at += timedelta(days=3)
                self.move(candidate.id, stage_id, at)
            if seeded.disqualified:
                self.disqualify(candidate.id, 151, at + timedelta(days=1))

    def add(
        self,
        full_name: str,
        email: str | None,
        vacancy_id: int | None,
        stage_id: int,
        at: datetime | None = None,
    ) -> Candidate:
        """Enter a candidate, with an application when there is a vacancy."""
        at = at or self._clock.now()
        candidate = Candidate(self._next_candidate, full_name, email, at, at)
        self._next_candidate += 1
        self.by_id[candidate.id] = candidate
        if vacancy_id is not None:
            application = Application(self._next_application, candidate.id, vacancy_id, at, at)
            application.movements.append(Movement(stage_id, at))
            self._next_application += 1
            candidate.applications.append(application)
            self.applications[application.id] = application
        return candidate

    def move(self, candidate_id: int, stage_id: int, at: datetime | None = None) -> Candidate:
        """Move a candidate's latest application to a stage."""
        candidate, application, at = self._latest(candidate_id, at)
        application.movements[-1].exited_at = at
        application.movements.append(Movement(stage_id, at))
        application.disqualified_at = application.reason_id = None
        return candidate

    def disqualify(self, candidate_id: int, reason_id: int | None, at: datetime | None = None) -> Candidate:
        """End a candidate's latest application."""
        candidate, application, at = self._latest(candidate_id, at)
        application.disqualified_at, application.reason_id = at, reason_id
        return candidate

    def remove(self, candidate_id: int) -> None:
        """Delete a candidate with every application, without a trace."""
        for application in self.by_id.pop(candidate_id).applications:
            del self.applications[application.id]

    def _latest(self, candidate_id: int, at: datetime | None) -> tuple[Candidate, Application, datetime]:
        at = at or self._clock.now()
        candidate = self.by_id[candidate_id]
        if not candidate.applications:
            raise ValueError("the candidate has applied for nothing")
        application = candidate.applications[-1]
        candidate.updated_at = application.updated_at = at
        return candidate, application, at
