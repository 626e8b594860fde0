"""What else a believable company has besides people and tasks: leave, things lent, teams, candidates, leavers.

Drawn with a dice of its own, so that adding to it never changes the people or the tasks of a seed. Days are fixed,
as in `company.py`: the same seed gives the same company on any day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from pfjira.sandbox import hrbook, namebook

if TYPE_CHECKING:  # company.py imports this module
    from pfjira.sandbox.company import Person

_FIRST_DAY = date(2025, 9, 1)
_SPAN = 600
"""Days over which leave is spread, so that a sandbox of today has some behind it and some ahead."""


@dataclass(frozen=True, slots=True)
class SeededLeave:
    """One request for leave."""

    person_id: int
    type_id: int
    starts_on: str
    ends_on: str
    state: str


@dataclass(frozen=True, slots=True)
class SeededAsset:
    """One thing the company lends, and to whom: person, issued on, returned on."""

    name: str
    code: str
    category_id: int
    location_id: int
    assignments: tuple[tuple[int, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class SeededTeam:
    """One team across departments. The lead is not among the members."""

    name: str
    lead_id: int
    member_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SeededCandidate:
    """Somebody who has applied, and how far they came."""

    full_name: str
    email: str
    vacancy_id: int
    applied_on: str
    stage: int
    """How many stages they have passed through; 1 is the first."""
    disqualified: bool


@dataclass(slots=True)
class Belongings:
    """Everything that PeopleForce holds besides people and tasks."""

    leave: list[SeededLeave] = field(default_factory=list)
    assets: list[SeededAsset] = field(default_factory=list)
    teams: list[SeededTeam] = field(default_factory=list)
    candidates: list[SeededCandidate] = field(default_factory=list)
    left_on: dict[int, str] = field(default_factory=dict)
    """When those who left did so, by id."""


def furnish(people: list[Person], seed: int) -> Belongings:
    """Invent the rest of a company; counts follow the number of people."""
    random = Random(f"belongings {seed}")
    found = Belongings()
    for person in people:
        if person.status == "terminated":
            days = 90 + random.randrange(90)
            found.left_on[person.id] = (date.fromisoformat(person.hired_on) + timedelta(days=days)).isoformat()
    present = [person for person in people if person.status != "terminated"]
    if present:
        found.leave = [_leave(random, present) for _ in range(max(4, len(people) // 10))]
        found.assets = [_asset(random, present, number) for number in range(max(4, len(people) // 4))]
        found.teams = [_team(random, present, number) for number in range(max(2, len(people) // 40))]
        found.candidates = [_candidate(random, number) for number in range(max(6, len(people) // 20))]
    return found


def _leave(random: Random, present: list[Person]) -> SeededLeave:
    starts = _FIRST_DAY + timedelta(days=random.randrange(_SPAN))
    type_id = random.choice((81, 81, 81, 82, 82, 83))
    ends = starts + timedelta(days=90 if type_id == 83 else random.randrange(10))
    state = random.choice(("approved", "approved", "approved", "pending", "rejected", "withdrawn"))
    return SeededLeave(random.choice(present).id, type_id, starts.isoformat(), ends.isoformat(), state)


def _asset(random: Random, present: list[Person], number: int) -> SeededAsset:
    category = random.choice((121, 121, 121, 122, 123, 124))
    issued = _FIRST_DAY - timedelta(days=random.randrange(400))
    rows: list[tuple[int, str, str | None]] = []
    if number % 5 == 4:
        back = issued + timedelta(days=30)
        rows.append((random.choice(present).id, issued.isoformat(), back.isoformat()))
        issued = back + timedelta(days=3)
    if number % 7 != 6:
        rows.append((random.choice(present).id, issued.isoformat(), None))
    return SeededAsset(
        name=random.choice(hrbook.MODELS[category]),
        code=f"IT-{number + 1:05d}",
        category_id=category,
        location_id=random.choice(namebook.LOCATIONS)[0],
        assignments=tuple(rows),
    )


def _team(random: Random, present: list[Person], number: int) -> SeededTeam:
    chosen = random.sample(present, min(len(present), random.randrange(4, 8)))
    turn, kind = divmod(number, len(hrbook.TEAMS))
    name = hrbook.TEAMS[kind] + (f" {turn + 1}" if turn else "")
    return SeededTeam(name, chosen[0].id, tuple(person.id for person in chosen[1:]))


def _candidate(random: Random, number: int) -> SeededCandidate:
    first, first_ascii = random.choice(namebook.FIRST_NAMES)
    last, last_ascii = random.choice(namebook.LAST_NAMES)
    disqualified = number % 4 == 3
    return SeededCandidate(
        full_name=f"{first} {last}",
        email=f"{first_ascii}.{last_ascii}.{number + 1}@mail.example.org",
        vacancy_id=random.choice(hrbook.VACANCIES)[0],
        applied_on=(_FIRST_DAY + timedelta(days=random.randrange(60))).isoformat(),
        stage=random.randrange(1, 4) if disqualified else random.randrange(1, len(hrbook.STAGES)),
        disqualified=disqualified,
    )
