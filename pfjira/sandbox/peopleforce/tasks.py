"""The tasks of the simulated PeopleForce.

A task can be made, completed and reopened through the API; editing and removing exist only in the web screens (here:
`edit`, `remove`), as in the real system. Listing order is by id, descending; one half (open, completed) at a time.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import date
from typing import Any

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import plain_text, timestamp

Task = dict[str, Any]


class TaskStore:
    """Holds tasks by id and keeps both halves in order, so that a page costs only its rows."""

    def __init__(self, tasks: Iterable[Task], clock: SandboxClock) -> None:
        self._clock = clock
        self.by_id: dict[int, Task] = {}
        self._ids: dict[bool, list[int]] = {False: [], True: []}
        for task in tasks:
            self.add(task)
        self._next_id = max(self.by_id, default=7000) + 1

    def add(self, task: Task) -> None:
        """Store a task under its own id."""
        self.by_id[task["id"]] = task
        insort(self._ids[task["completed"]], task["id"])

    def create(
        self,
        *,
        title: str,
        assigned_to: dict[str, Any] | None = None,
        associated_to: dict[str, Any] | None = None,
        created_by: dict[str, Any] | None = None,
        description: str | None = None,
        starts_on: str | None = None,
        ends_on: str | None = None,
        type: str | None = None,
    ) -> Task:
        """Make an open task with the next id. `starts_on` is today when it is left out [official]."""
        now = timestamp(self._clock.now())
        task = {
            "id": self._next_id,
            "title": title,
            "type": type,
            "starts_on": starts_on or self._clock.now().date().isoformat(),
            "ends_on": ends_on,
            "description": description,
            "description_plain": plain_text(description),
            "completed": False,
            "completed_at": None,
            "associated_to": associated_to,
            "assigned_to": assigned_to,
            "created_by": created_by,
            "created_at": now,
            "updated_at": now,
        }
        self._next_id += 1
        self.add(task)
        return task

    def set_completed(self, task_id: int, completed: bool, *, touch: bool = False) -> Task:
        """Complete or reopen; what is so already is left as it is, unless `touch` asks to move `updated_at`."""
        task = self.by_id[task_id]
        now = timestamp(self._clock.now())
        if task["completed"] != completed:
            self._forget(task)
            task["completed"] = completed
            task["completed_at"] = now if completed else None
            insort(self._ids[completed], task_id)
            task["updated_at"] = now
        elif touch:
            task["updated_at"] = now
        return task

    def edit(self, task_id: int, **fields: Any) -> Task:
        """Change fields of a task as a person does in the web screens. Unknown field: ValueError."""
        task = self.by_id[task_id]
        unknown = fields.keys() - task.keys()
        if unknown or "id" in fields:
            raise ValueError(f"a task has no field to edit named {', '.join(sorted(unknown)) or 'id'}")
        for name in ("starts_on", "ends_on"):
            if fields.get(name) is not None:
                date.fromisoformat(fields[name])
        if "completed" in fields:
            self.set_completed(task_id, bool(fields.pop("completed")))
        task.update(fields)
        if "description" in fields:
            task["description_plain"] = plain_text(task["description"])
        task["updated_at"] = timestamp(self._clock.now())
        return task

    def remove(self, task_id: int) -> None:
        """Delete a task. It leaves no trace, as in the real system."""
        self._forget(self.by_id.pop(task_id))

    def _forget(self, task: Task) -> None:
        ids = self._ids[task["completed"]]
        del ids[bisect_left(ids, task["id"])]

    def half(self, completed: bool) -> Half:
        """Return one half, newest first."""
        return Half(self.by_id, self._ids[completed])

    def of_person(self, person_id: int) -> list[Task]:
        """Return every task assigned to a person, newest first."""
        found = [task for task in self.by_id.values() if (task["assigned_to"] or {}).get("id") == person_id]
        return sorted(found, key=lambda task: int(task["id"]), reverse=True)


class Half:
    """Open or completed tasks by id, descending."""

    def __init__(self, by_id: dict[int, Task], ids: list[int]) -> None:
        self._by_id = by_id
        self.ids = ids

    def __len__(self) -> int:
        return len(self.ids)

    def slice(self, start: int, stop: int) -> list[Task]:
        """Return the tasks of one page."""
        size = len(self.ids)
        chosen = self.ids[max(0, size - stop) : max(0, size - start)]
        return [self._by_id[number] for number in reversed(chosen)]
