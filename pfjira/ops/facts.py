"""Facts about people that no single answer of PeopleForce holds: which employment this is, who was which candidate.

They are worked out while the plan is made and remembered together with it, or, in `diff`, not at all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date

from pfjira.engine.marks import latest_episode, may_fit
from pfjira.engine.model import Json, Record
from pfjira.ops.persons import email_print
from pfjira.ops.workspace import Workspace
from pfjira.state import lives
from pfjira.state.lives import Episode

_ENDED = ("terminated", "withdrawn")


@dataclass(slots=True)
class Facts:
    """What one plan knows, and learns, of people's lives."""

    workspace: Workspace
    paths: frozenset[str]
    """What the rules read of the stream at hand."""
    marks: Collection[str] = ()
    """Marks of issues that nothing here knows: the state may have forgotten employments."""
    learned: dict[str, Episode] = field(default_factory=dict)
    met: dict[str, str] = field(default_factory=dict)
    """Candidate id to the fingerprint of the address."""
    hired: dict[str, str] = field(default_factory=dict)
    """Candidate id to the HR id of the employee."""
    _episodes: dict[str, Episode | None] = field(default_factory=dict)
    _by_email: dict[str, list[str]] | None = None
    _employees: dict[str, str] | None = None

    def complete(self, record: Record) -> Record:
        """Return the record with the facts that the rules read."""
        more: dict[str, Json] = {}
        if record.ref.kind == "employee":
            if "episode" in self.paths:
                more["episode"] = self._episode(record)
            if "candidate_id" in self.paths:
                more["candidate_id"] = self._candidate(record)
        elif record.ref.kind == "candidate":
            more["employee_id"] = self._employee(record)
        return replace(record, fields={**record.fields, **more}) if more else record

    def may_be_marked(self, row: Record, listed: frozenset[str]) -> bool:
        """Say whether a row may be that of somebody for whom an issue carries a mark that nothing here knows."""
        workspace = self.workspace
        return bool(self.marks) and may_fit(
            workspace.rules,
            row,
            listed,
            self.marks,
            installation=workspace.installation,
            today=date.fromisoformat(workspace.day),
        )

    def save(self) -> None:
        """Remember what was learned; inside `write()`."""
        store = self.workspace.store
        lives.save_episodes(store, self.learned.values())
        lives.save_candidates(store, self.met.items())
        lives.hire_candidates(store, self.hired.items())

    def _episode(self, record: Record) -> int:
        """Count employments: another one has begun when somebody who had left is back with another first day.

        The same first day again is a termination that was taken back: the same employment.
        """
        hr_id = record.ref.id
        if hr_id not in self._episodes:
            self._episodes[hr_id] = lives.episodes(self.workspace.store, [hr_id]).get(hr_id)
        before = self._episodes[hr_id]
        if record.fields.get("gone"):
            return before.number if before else 1
        ended = record.fields.get("status") in _ENDED
        hired = self.workspace.fingerprints.of(record.fields.get("hired_on"))
        if before is None:
            now = Episode(hr_id, 1, hired, ended)
        elif before.ended and not ended and hired != before.hired:
            now = Episode(hr_id, before.number + 1, hired, False)
        else:
            now = Episode(hr_id, before.number, hired, ended)
        if self.marks:
            now = replace(now, number=self._shown_in_jira(record, now.number))
        if now != before:
            self.learned[hr_id] = self._episodes[hr_id] = now
        return now.number

    def _shown_in_jira(self, record: Record, known: int) -> int:
        workspace = self.workspace
        return latest_episode(
            workspace.rules,
            record,
            self.marks,
            installation=workspace.installation,
            today=date.fromisoformat(workspace.day),
            known=known,
        )

    def _candidate(self, record: Record) -> str | None:
        """Return the one candidate with an address of this person; with several, nobody."""
        if self._by_email is None:
            self._by_email = lives.candidates_by_email(self.workspace.store)
            for candidate, email in self.met.items():
                known = self._by_email.setdefault(email, [])
                if candidate not in known:
                    known.append(candidate)
        addresses = {record.fields.get("personal_email"), record.fields.get("email")} - {None, ""}
        found = {one for address in addresses for one in self._by_email.get(self._email(address), ())}
        if len(found) != 1:
            return None
        (candidate,) = found
        self.hired[candidate] = record.ref.id
        return candidate

    def _employee(self, record: Record) -> str | None:
        if email := record.fields.get("email"):
            self.met[record.ref.id] = self._email(email)
        if self._employees is None:
            self._employees = lives.employees_of_candidates(self.workspace.store)
        return self._employees.get(record.ref.id)

    def _email(self, address: Json) -> str:
        return email_print(self.workspace, str(address))
