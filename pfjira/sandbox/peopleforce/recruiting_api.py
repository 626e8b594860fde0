"""What the API says about recruitment: rows, filters and the requests below /recruitment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pfjira.sandbox import hrbook
from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Person, reference_to, timestamp
from pfjira.sandbox.peopleforce.answers import Listed, Speaker
from pfjira.sandbox.peopleforce.dictionaries import ENTERED, Dictionaries
from pfjira.sandbox.peopleforce.employee_filters import Built, EmployeeFilters
from pfjira.sandbox.peopleforce.employee_rows import EmployeeRows
from pfjira.sandbox.peopleforce.recruiting import Application, Candidate, Movement, RecruitingStore
from pfjira.sandbox.wire import Reply, Request

FILTERS = frozenset(
    {"email", "pipeline_stage_id", "vacancy_ids[]"}
    | {f"{field}[{end}]" for field in ("created_at", "updated_at") for end in ("gte", "lte")}
)
MOVEMENT_FILTERS = frozenset({"vacancy_ids[]", "applicant_ids[]"})


class Recruiting:
    """Answers the requests below /recruitment."""

    def __init__(
        self,
        store: RecruitingStore,
        clock: SandboxClock,
        say: Speaker,
        words: Dictionaries,
        people: dict[int, Person],
        filters: EmployeeFilters,
    ) -> None:
        self._store = store
        self._clock = clock
        self._say = say
        self._words = words
        self._people = people
        self._filters = filters

    def row(self, candidate: Candidate) -> dict[str, Any]:
        """Show a candidate as a list row, with their applications."""
        empty = ("date_of_birth", "position", "location", "level", "gender", "desired_salary", "currency_code")
        owner = next(iter(self._people.values()), None)
        return {
            "id": self._say.number(candidate.id),
            "full_name": candidate.full_name,
            "email": candidate.email,
            "phone_numbers": [],
            **dict.fromkeys(empty),
            "urls": [],
            "skills": [],
            "source": "Referral",
            "last_contacted_at": None,
            "cover_letter": None,
            "resume": False,
            "tags": [],
            "languages": [],
            "created_by": EmployeeRows.short(owner) if owner else None,
            "applications": [
                {
                    "id": application.id,
                    "disqualified_at": _stamp(application.disqualified_at),
                    "vacancy": {
                        "id": application.vacancy_id,
                        "title": self._store.vacancies.names[application.vacancy_id],
                    },
                    "pipeline_state": self._stage(application.stage_id),
                    "disqualify_reason": self._store.reasons.ref(application.reason_id),
                }
                for application in candidate.applications
            ],
            "created_at": timestamp(candidate.created_at),
            "updated_at": timestamp(candidate.updated_at),
        }

    def _stage(self, number: int) -> dict[str, Any]:
        return {"id": self._say.number(number), "name": self._store.stages.names[number]}

    def application_row(self, application: Application) -> dict[str, Any]:
        """Show an application below its vacancy."""
        candidate = self._store.by_id[application.candidate_id]
        person = {"id": candidate.id, "full_name": candidate.full_name, "email": candidate.email}
        return {
            "id": application.id,
            "applicant": {**person, "phone_numbers": []},
            "pipeline_state": self._stage(application.stage_id),
            "disqualified_at": _stamp(application.disqualified_at),
            "created_at": timestamp(application.created_at),
            "updated_at": timestamp(application.updated_at),
        }

    def _movement_row(self, pair: tuple[Application, Movement]) -> dict[str, Any]:
        application, movement = pair
        owner = next(iter(self._people.values()), None)
        spent = (movement.exited_at or self._clock.now()) - movement.entered_at
        ids = {"applicant_id": application.candidate_id, "vacancy_id": application.vacancy_id}
        return {
            "vacancy_application": {"id": application.id, **ids},
            "stage": self._stage(movement.stage_id),
            "created_by": reference_to(owner) if owner else None,
            "entered_at": timestamp(movement.entered_at),
            "exited_at": _stamp(movement.exited_at),
            "duration": int(spent.total_seconds()),
            "created_at": timestamp(movement.entered_at),
        }

    def _vacancy_row(self, number: int) -> dict[str, Any]:
        _, title, department, _ = next(one for one in hrbook.VACANCIES if one[0] == number)
        lead = next(iter(self._people.values()), None)
        applied = sum(one.vacancy_id == number for one in self._store.applications.values())
        return {
            "id": number,
            "title": title,
            "description": "<p>We look for somebody.</p>",
            "state": "opened",
            "minimum_salary": None,
            "maximum_salary": None,
            "applications_count": applied,
            "positions": 1,
            "employment_type": self._words.employment_types.ref(41),
            "department": self._words.department(department),
            "location": self._words.location(21),
            "job_level": None,
            "hiring_lead": {"id": lead.id, "full_name": f"{lead.first_name} {lead.last_name}"} if lead else None,
            "created_at": ENTERED,
            "updated_at": ENTERED,
            "opened_at": ENTERED,
        }

    # The API.

    def candidates(self, request: Request) -> Reply:
        """GET /recruitment/candidates."""
        found = list(self._store.by_id.values())
        if email := request.first("email"):
            found = [one for one in found if (one.email or "").lower() == email.lower()]
        if stage := request.first("pipeline_stage_id"):
            found = [one for one in found if any(str(app.stage_id) == stage for app in one.applications)]
        if vacancies := request.query.get("vacancy_ids[]"):
            found = [one for one in found if any(str(app.vacancy_id) in vacancies for app in one.applications)]
        for name in ("created_at", "updated_at"):
            if text := request.first(f"{name}[gte]"):
                bound = self._filters.moment(name, text)
                found = [one for one in found if getattr(one, name) >= bound]
            if text := request.first(f"{name}[lte]"):
                bound = self._filters.moment(name, text)
                found = [one for one in found if getattr(one, name) <= bound]
        return self._say.page("candidates", request, Built(found, self.row))

    def candidate(self, request: Request, number: int) -> Reply:
        """GET /recruitment/candidates/{id}."""
        found = self._store.by_id.get(number)
        if found is None:
            return self._say.not_found()
        return self._say.single({**self.row(found), "resume_url": None, "custom_fields": []})

    def pipelines(self, request: Request) -> Reply:
        """GET /recruitment/pipelines."""
        number, name = hrbook.PIPELINE
        stages = [{**self._stage(stage), "position": place} for place, (stage, _) in enumerate(hrbook.STAGES, start=1)]
        return self._say.page(
            "pipelines", request, Listed([{"id": self._say.number(number), "name": name, "stages": stages}])
        )

    def vacancies(self, request: Request) -> Reply:
        """GET /recruitment/vacancies: every vacancy is open."""
        states = request.query.get("status[]")
        numbers = [] if states and "opened" not in states else list(self._store.vacancies.names)
        return self._say.page("vacancies", request, Built(numbers, self._vacancy_row))

    def applications(self, request: Request, vacancy_id: int) -> Reply:
        """GET /recruitment/vacancies/{id}/applications."""
        if vacancy_id not in self._store.vacancies.names:
            return self._say.not_found()
        found = [one for one in self._store.applications.values() if one.vacancy_id == vacancy_id]
        return self._say.page("applications", request, Built(found, self.application_row))

    def movements(self, request: Request) -> Reply:
        """GET /recruitment/movements."""
        vacancies, people = request.query.get("vacancy_ids[]"), request.query.get("applicant_ids[]")
        found = [
            (application, movement)
            for application in self._store.applications.values()
            if (not vacancies or str(application.vacancy_id) in vacancies)
            and (not people or str(application.candidate_id) in people)
            for movement in application.movements
        ]
        return self._say.page("movements", request, Built(found, self._movement_row))


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)
