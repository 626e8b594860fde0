"""What people do in the other screens of PeopleForce: tasks, leave, things lent, teams, candidates. White-box."""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.company import reference_to
from pfjira.sandbox.peopleforce.stores import Stores, alone
from pfjira.sandbox.peopleforce.tasks import Task


class ThingScreens(Stores):
    """Everything that is not about one person's own record."""

    # Tasks.

    @alone
    def create_task(self, **fields: Any) -> Task:
        """Make a task. `title` is needed; `assigned_to` may be an employee's id."""
        for name in ("assigned_to", "created_by"):
            if isinstance(fields.get(name), int):
                fields[name] = reference_to(self.employees.by_id[fields[name]])
        return self._tasks.create(**fields)

    @alone
    def complete(self, id: int) -> Task:
        """Tick a task off."""
        return self._tasks.set_completed(id, True)

    @alone
    def reopen(self, id: int) -> Task:
        """Untick a task."""
        return self._tasks.set_completed(id, False)

    @alone
    def edit_task(self, id: int, **fields: Any) -> Task:
        """Change fields of a task; `assigned_to` may be an employee's id."""
        if isinstance(fields.get("assigned_to"), int):
            fields["assigned_to"] = reference_to(self.employees.by_id[fields["assigned_to"]])
        return self._tasks.edit(id, **fields)

    @alone
    def remove_task(self, id: int) -> None:
        """Delete a task."""
        self._tasks.remove(id)

    # Leave.

    @alone
    def request_leave(
        self,
        employee: int,
        starts_on: str,
        ends_on: str,
        type: int | str = "Vacation",
        state: str = "approved",
        comment: str = "",
    ) -> dict[str, Any]:
        """Ask for leave; each working day counts."""
        type_id = self._named(self.leave.types.id_of(type))
        return self.leave.row(self.leave.add(self._employee(employee), type_id, starts_on, ends_on, state, comment))

    @alone
    def set_leave_state(self, id: int, state: str) -> dict[str, Any]:
        """Decide on a request: pending, approved, rejected or withdrawn."""
        return self.leave.row(self.leave.set_state(id, state))

    @alone
    def shift_leave(self, id: int, starts_on: str, ends_on: str) -> dict[str, Any]:
        """Give a request other days; it keeps its state."""
        return self.leave.row(self.leave.shift(id, starts_on, ends_on))

    @alone
    def remove_leave(self, id: int) -> None:
        """Delete a request."""
        self.leave.remove(id)

    # Things lent.

    @alone
    def add_asset(
        self, name: str, code: str, category: int | str = "Laptops", location: int | str | None = "Kyiv"
    ) -> dict[str, Any]:
        """Buy a thing."""
        category_id = self._named(self.assets.categories.id_of(category))
        location_id = self.employees.dictionaries.locations.id_of(location)
        return self.assets.row(self.assets.add(name, code, category_id, location_id))

    @alone
    def issue_asset(self, asset: int, employee: int, issued_on: str) -> dict[str, Any]:
        """Hand a thing to a person."""
        return self.assets.assignment_row(self.assets.issue(asset, self._employee(employee), issued_on))

    @alone
    def return_asset(self, assignment: int, returned_on: str) -> dict[str, Any]:
        """Take a thing back."""
        return self.assets.assignment_row(self.assets.change(assignment, returned_on=returned_on))

    @alone
    def remove_assignment(self, id: int) -> None:
        """Delete an assignment as if it had never been."""
        self.assets.remove(id)

    # Candidates.

    @alone
    def add_candidate(
        self, full_name: str, email: str | None, vacancy: int | str | None = 131, stage: int | str = "Applied"
    ) -> dict[str, Any]:
        """Enter a candidate, with an application unless `vacancy` is None."""
        store = self.recruiting_store
        stage_id = self._named(store.stages.id_of(stage))
        return self.recruiting.row(store.add(full_name, email, store.vacancies.id_of(vacancy), stage_id))

    @alone
    def move_candidate(self, id: int, stage: int | str) -> dict[str, Any]:
        """Move the latest application, as to "Offer accepted"."""
        stage_id = self._named(self.recruiting_store.stages.id_of(stage))
        return self.recruiting.row(self.recruiting_store.move(id, stage_id))

    @alone
    def disqualify(self, id: int, reason: int | str = "Not a fit") -> dict[str, Any]:
        """End the latest application."""
        store = self.recruiting_store
        return self.recruiting.row(store.disqualify(id, store.reasons.id_of(reason)))

    @alone
    def remove_candidate(self, id: int) -> None:
        """Delete a candidate with every application."""
        self.recruiting_store.remove(id)

    # Teams.

    @alone
    def add_team(self, name: str, lead: int, description: str = "") -> dict[str, Any]:
        """Found a team without members."""
        return self.teams.row(self.teams.add(name, self._employee(lead), description))

    @alone
    def join_team(self, team: int, employee: int) -> dict[str, Any]:
        """Add a member."""
        self.teams.join(team, self._employee(employee))
        return self.teams.row(self.teams.by_id[team])

    @alone
    def leave_team(self, team: int, employee: int) -> dict[str, Any]:
        """Remove a member."""
        self.teams.leave(team, self.teams.membership_of(team, employee))
        return self.teams.row(self.teams.by_id[team])

    def _employee(self, person_id: int) -> int:
        if person_id not in self.employees.by_id:
            raise LookupError(f"employee {person_id}")
        return person_id

    @staticmethod
    def _named(number: int | None) -> int:
        if number is None:
            raise ValueError("a name or an id is needed")
        return number
