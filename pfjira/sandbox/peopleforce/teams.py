"""Teams across departments. The lead is not among the members; an employee's own record does not know of teams."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company, Person, reference_to, timestamp
from pfjira.sandbox.peopleforce.answers import Speaker, as_id
from pfjira.sandbox.peopleforce.employee_filters import Built
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.wire import Reply, Request

_FIRST_TEAM, _FIRST_MEMBERSHIP = 49, 20_001


@dataclass(slots=True)
class Team:
    """One team; members by membership id."""

    id: int
    name: str
    lead_id: int | None
    created_at: datetime
    updated_at: datetime
    description: str = ""
    members: dict[int, int] = field(default_factory=dict)


class Teams:
    """Holds the teams and answers the requests about them."""

    def __init__(
        self,
        company: Company,
        clock: SandboxClock,
        options: PeopleForceOptions,
        say: Speaker,
        people: dict[int, Person],
    ) -> None:
        self._clock = clock
        self._options = options
        self._say = say
        self._people = people
        self.by_id: dict[int, Team] = {}
        self._next_team, self._next_membership = _FIRST_TEAM, _FIRST_MEMBERSHIP
        founded = datetime(2025, 3, 3, 9, tzinfo=UTC)
        for seeded in company.belongings.teams:
            team = self.add(seeded.name, seeded.lead_id, at=founded)
            for person_id in seeded.member_ids:
                self.join(team.id, person_id, at=founded)

    def add(self, name: str, lead_id: int | None, description: str = "", at: datetime | None = None) -> Team:
        """Found a team without members."""
        at = at or self._clock.now()
        team = Team(self._next_team, name, lead_id, at, at, description)
        self._next_team += 1
        self.by_id[team.id] = team
        return team

    def join(self, team_id: int, person_id: int, at: datetime | None = None) -> int:
        """Add a member and return the membership's id; who is in already stays."""
        team = self.by_id[team_id]
        for membership, member in team.members.items():
            if member == person_id:
                return membership
        membership = self._next_membership
        self._next_membership += 1
        team.members[membership] = person_id
        team.updated_at = at or self._clock.now()
        return membership

    def leave(self, team_id: int, membership: int) -> None:
        """Remove a member. KeyError when there is no such membership."""
        team = self.by_id[team_id]
        del team.members[membership]
        team.updated_at = self._clock.now()

    def membership_of(self, team_id: int, person_id: int) -> int:
        """Return the id of a person's membership. KeyError when the person is not in the team."""
        for membership, member in self.by_id[team_id].members.items():
            if member == person_id:
                return membership
        raise KeyError(person_id)

    def forget(self, person_id: int) -> None:
        """Drop a person who is gone from every team."""
        for team in self.by_id.values():
            team.members = {number: member for number, member in team.members.items() if member != person_id}
            if team.lead_id == person_id:
                team.lead_id = None

    def row(self, team: Team) -> dict[str, Any]:
        """Show a team with its lead and members."""
        lead = self._people.get(team.lead_id) if team.lead_id is not None else None
        return {
            "id": team.id,
            "name": team.name,
            "description": team.description,
            "created_at": timestamp(team.created_at),
            "updated_at": timestamp(team.updated_at),
            "team_lead": reference_to(lead) if lead else None,
            "team_members": [
                {"id": number, "user": reference_to(self._people[member])} for number, member in team.members.items()
            ],
        }

    # The API.

    def index(self, request: Request) -> Reply:
        """GET /teams."""
        return self._say.page("teams", request, Built(list(self.by_id.values()), self.row))

    def post(self, request: Request) -> Reply:
        """POST /teams: members that are sent are echoed but not stored, as seen live."""
        body = self._say.object_of(request)
        lead_id = as_id(body.get("team_lead_id"))
        problems: dict[str, str] = {}
        if not isinstance(body.get("name"), str) or not body["name"].strip():
            problems["name"] = "can't be blank"
        if lead_id not in self._people:
            problems["team_lead_id"] = "must exist"
        if problems:
            return self._say.unprocessable(**problems)
        team = self.add(body["name"], lead_id, str(body.get("description") or ""))
        row = self.row(team)
        named = body.get("team_members")
        return self._say.single({**row, "team_members": named} if isinstance(named, list) else row, 201)

    def post_member(self, request: Request, team_id: int) -> Reply:
        """POST /teams/{id}/team_members."""
        if team_id not in self.by_id:
            return self._say.not_found()
        person_id = as_id(self._say.object_of(request).get("user_id"))
        if person_id not in self._people or person_id is None:
            return self._say.unprocessable(user_id="must exist")
        number = self.join(team_id, person_id)
        at = timestamp(self.by_id[team_id].updated_at)
        row = {"id": number, "team_id": team_id, "user_id": person_id, "created_at": at, "updated_at": at}
        return self._say.single(row)

    def delete_member(self, request: Request, team_id: int, number: int) -> Reply:
        """DELETE /teams/{id}/team_members/{id}; which id that is, is not known."""
        team = self.by_id.get(team_id)
        if team is None:
            return self._say.not_found()
        allowed = self._options.team_member_id
        if number in team.members and allowed != "user":
            self.leave(team_id, number)
        elif number in team.members.values() and allowed != "membership":
            self.leave(team_id, self.membership_of(team_id, number))
        else:
            return self._say.not_found()
        return Reply(200)
