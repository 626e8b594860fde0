"""A believable invented company, the same for both simulated systems.

The same arguments build the same company, to the letter, on any day: nothing here reads a clock. Building must stay
cheap (50,000 people and as many tasks in seconds), so nothing here compares people with each other.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from pfjira.sandbox import namebook
from pfjira.sandbox.belongings import Belongings, furnish

SERVICE_EMAIL = "sync@example.com"
"""The Atlassian account our program logs in with."""
SERVICE_TOKEN = "sandbox-token"
PEOPLEFORCE_KEY = "sandbox-key"
IT_DOMAIN = "it.example.com"
OTHER_DOMAIN = "example.com"

_FIRST_DAY = datetime(2025, 9, 1, 6, 0, tzinfo=UTC)
"""When the oldest task was made. Fixed, so that a seed gives the same company on any day."""
_FIRST_PERSON = 9001
_FIRST_TASK = 7001
_IT_SHARE = 0.15
_IT_TASK_SHARE = 0.85
_TAGS = re.compile(r"<[^>]+>")


@dataclass(slots=True)
class Person:
    """One employee of the company as HR knows them (the owner of the data is PeopleForce)."""

    id: int
    first_name: str
    last_name: str
    email: str | None
    employee_number: str
    department_id: int
    position_id: int
    location_id: int
    manager_id: int | None
    hired_on: str
    status: str = "employed"


@dataclass(slots=True)
class Account:
    """One Atlassian account of the site."""

    account_id: str
    display_name: str
    email: str
    email_hidden: bool = False
    active: bool = True
    account_type: str = "atlassian"
    assignable: bool = True
    time_zone: str = "Europe/Kyiv"


@dataclass(slots=True)
class Company:
    """Everything the two systems are seeded with."""

    people: list[Person] = field(default_factory=list)
    departments: list[tuple[int, str, int | None]] = field(default_factory=list)
    """Id, name, parent id."""
    positions: list[tuple[int, str]] = field(default_factory=list)
    locations: list[tuple[int, str]] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    tasks: list[dict[str, object]] = field(default_factory=list)
    """Tasks as PeopleForce would store them (see reference), open and completed."""
    belongings: Belongings = field(default_factory=Belongings)
    irregular: dict[str, list[int]] = field(default_factory=dict)
    """Ids of people whose account is not plain: `no_account`, `hidden_email`, `inactive`, `twice`, `not_assignable`."""


def build_company(people: int, tasks: int, completed_tasks: int, seed: int) -> Company:
    """Invent a company with so many people, open tasks and completed tasks (besides the open ones)."""
    random = Random(seed)
    company = Company(
        departments=list(namebook.DEPARTMENTS), positions=list(namebook.POSITIONS), locations=list(namebook.LOCATIONS)
    )
    company.people = _people(random, people)
    company.tasks = _tasks(random, company.people, tasks, completed_tasks)
    _open_accounts(random, company)
    company.belongings = furnish(company.people, seed)
    return company


def is_it(person: Person) -> bool:
    """Say whether a person belongs to IT, by address."""
    return person.email is not None and person.email.endswith("@" + IT_DOMAIN)


def plain_text(text: str | None) -> str | None:
    """Return HTML as PeopleForce shows it in `description_plain`: tags gone, entities resolved."""
    return None if text is None else html.unescape(_TAGS.sub("", text))


def timestamp(moment: datetime) -> str:
    """Format as the REST API does: UTC with milliseconds and `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _people(random: Random, count: int) -> list[Person]:
    taken: dict[str, int] = {}
    people: list[Person] = []
    heads: dict[int, int] = {}
    for index in range(count):
        first, first_ascii = random.choice(namebook.FIRST_NAMES)
        last, last_ascii = random.choice(namebook.LAST_NAMES)
        # Every seventh is in IT, whatever the seed: a small company must have an IT department too.
        it = index % round(1 / _IT_SHARE) == 1
        department = random.choice(namebook.IT_DEPARTMENTS if it else namebook.OTHER_DEPARTMENTS)
        position = random.choice(namebook.IT_POSITIONS) if it else namebook.POSITIONS_BY_DEPARTMENT[department]
        local = f"{first_ascii}.{last_ascii}"
        taken[local] = taken.get(local, 0) + 1
        if taken[local] > 1:
            local = f"{local}{taken[local]}"
        person_id = _FIRST_PERSON + index
        manager = None if index == 0 else heads.get(department, _FIRST_PERSON)
        if index == 0:
            position = 701
        elif department not in heads:
            heads[department], position = person_id, 702
        hired = date(2018, 1, 8) + timedelta(days=random.randrange(2700))
        people.append(
            Person(
                id=person_id,
                first_name=first,
                last_name=last,
                email=f"{local}@{IT_DOMAIN if it else OTHER_DOMAIN}",
                employee_number=f"E-{index + 1:05d}",
                department_id=department,
                position_id=position,
                location_id=random.choice(namebook.LOCATIONS)[0],
                manager_id=manager,
                hired_on=hired.isoformat(),
                status="terminated" if index % 41 == 40 else "probation" if index % 29 == 28 else "employed",
            )
        )
    return people


def _tasks(random: Random, people: list[Person], open_count: int, completed_count: int) -> list[dict[str, object]]:
    if not people:
        return []
    departments = {number: name for number, name, _ in namebook.DEPARTMENTS}
    present = [person for person in people if person.status != "terminated"]
    it = [person for person in present if is_it(person)] or present
    others = [person for person in present if not is_it(person)] or present
    total = open_count + completed_count
    done = set(random.sample(range(total), completed_count))
    tasks: list[dict[str, object]] = []
    for index in range(total):
        for_it = random.random() < _IT_TASK_SHARE
        assignee = None if index % 53 == 52 else random.choice(it if for_it else others)
        about = random.choice(people)
        made_at = _FIRST_DAY + timedelta(minutes=7 * index, milliseconds=random.randrange(60_000))
        due = made_at.date() + timedelta(days=3 + random.randrange(30))
        words = {
            "person": f"{about.first_name} {about.last_name}",
            "department": departments[about.department_id],
            "day": due.isoformat(),
        }
        title = random.choice(namebook.IT_CHORES if for_it else namebook.HR_CHORES).format(**words)
        template = random.choice(namebook.DESCRIPTIONS)
        text = (
            None if template is None else template.format(**{name: html.escape(word) for name, word in words.items()})
        )
        candidate = index % 47 == 11
        completed_at = made_at + timedelta(hours=random.randrange(1, 200)) if index in done else None
        tasks.append(
            {
                "id": _FIRST_TASK + index,
                "title": f"[draft] {title}" if index % 67 == 33 else title,
                "type": "Tasks::Applicant" if candidate else None,
                "starts_on": made_at.date().isoformat(),
                "ends_on": None if index % 19 == 18 else due.isoformat(),
                "description": text,
                "description_plain": plain_text(text),
                "completed": completed_at is not None,
                "completed_at": timestamp(completed_at) if completed_at else None,
                # Made by hand, a task may be about nobody; made by a workflow, it may be by nobody.
                "associated_to": None if index % 23 == 5 else _subject(about, candidate=candidate),
                "assigned_to": reference_to(assignee) if assignee else None,
                "created_by": None if index % 10 == 3 else reference_to(people[0]),
                "created_at": timestamp(made_at),
                "updated_at": timestamp(completed_at or made_at),
            }
        )
    return tasks


def reference_to(person: Person) -> dict[str, object]:
    """Return a person as tasks show them: id, full name, e-mail."""
    return {"id": person.id, "full_name": f"{person.first_name} {person.last_name}", "email": person.email}


def _subject(person: Person, *, candidate: bool) -> dict[str, object]:
    if not candidate:
        return {"id": person.id, "type": "Employee", **reference_to(person)}
    # Somebody of the same name who has only applied: another id space, another address.
    address = f"applicant.{person.id}@mail.example.org"
    return {
        "id": person.id - 1000,
        "type": "Candidate",
        "full_name": reference_to(person)["full_name"],
        "email": address,
    }


def _open_accounts(random: Random, company: Company) -> None:
    irregular = _choose_irregular(company)
    kinds = {person: kind for kind, ids in irregular.items() for person in ids}
    accounts = company.accounts
    accounts.append(Account(_account_id(random), "pfjira sync", SERVICE_EMAIL))
    accounts.append(Account(_account_id(random), "Automation for Jira", "", account_type="app", assignable=False))
    for person in company.people:
        name = f"{person.first_name} {person.last_name}"
        kind = kinds.get(person.id)
        if kind == "no_account" or person.email is None:
            continue
        accounts.append(
            Account(
                _account_id(random),
                name,
                person.email,
                email_hidden=kind == "hidden_email",
                active=kind != "inactive" and person.status != "terminated",
                assignable=kind != "not_assignable",
            )
        )
        if kind == "twice":
            accounts.append(Account(_account_id(random), f"{name} (partner)", person.email))
    company.irregular = irregular


def _choose_irregular(company: Company) -> dict[str, list[int]]:
    """Pick the people whose account is not plain, among those IT people whose open tasks our default rule takes."""
    assigned = {
        task["assigned_to"]["id"]
        for task in company.tasks
        if isinstance(task["assigned_to"], dict) and not task["completed"] and "[draft]" not in str(task["title"])
    }
    candidates = [person.id for person in company.people if person.id in assigned and is_it(person)]
    kinds = ("no_account", "hidden_email", "inactive", "twice", "not_assignable")
    each = max(1, len(company.people) // 200)
    chosen: dict[str, list[int]] = {kind: [] for kind in kinds}
    # Two thirds of a small IT department stay plain: a company where nobody can be assigned is not believable.
    for turn, person in enumerate(candidates[-1 : -1 - min(each * len(kinds), len(candidates) // 3) : -1]):
        chosen[kinds[turn % len(kinds)]].append(person)
    return chosen


def _account_id(random: Random) -> str:
    return f"712020:{UUID(int=random.getrandbits(128), version=4)}"
