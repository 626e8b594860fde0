"""Find the Atlassian accounts of the people whom a plan needs, few requests for many people, and remember the answer.

Looking changes nothing but this book; the caller saves it together with the plan, or, in `diff`, not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pfjira.engine.people import Doubt, Match, judge
from pfjira.errors import Forbidden
from pfjira.ops.workspace import DAY, Workspace
from pfjira.state import people
from pfjira.state.people import Identity

PIECE = 25
"""Addresses in one look-up, so that progress shows."""


@dataclass(slots=True)
class PeopleBook:
    """Who is who, as far as asked."""

    workspace: Workspace
    now: datetime
    known: dict[str, Identity]
    allowed: dict[tuple[str, str], bool]
    changed: dict[str, Identity] = field(default_factory=dict)
    asked: list[tuple[str, str, bool]] = field(default_factory=list)
    may_look: bool = True
    """Whether the login may look people up."""
    _shut_out: set[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note who may not be assigned somewhere."""
        self._shut_out = {account for (_, account), able in self.allowed.items() if not able}

    @classmethod
    def open(cls, workspace: Workspace) -> PeopleBook:
        """Read what is known."""
        now = workspace.clock()
        return cls(workspace, now, people.every(workspace.store), people.assignable(workspace.store, now - DAY))

    def discover(self, emails: Mapping[str, str | None], *, again: bool) -> None:
        """Look up every person (HR id to address) who is not known, or whose doubt is due to be asked again."""
        due = {hr_id: email for hr_id, email in emails.items() if self._is_due(hr_id, email, again=again)}
        addresses = sorted({email for email in due.values() if email})
        if addresses:
            self.workspace.progress.stage("Looking up people in Jira", len(addresses))
        offered = {}
        for start in range(0, len(addresses), PIECE):
            piece = addresses[start : start + PIECE]
            try:
                offered.update(self.workspace.tickets.find_accounts(piece))
            except Forbidden:
                # No right to look people up is no reason to make no issues: everybody waits for review.
                self.may_look = False
                break
            self.workspace.progress.step(len(piece))
        for hr_id, email in due.items():
            match = judge(email, offered.get(email, []) if email else [])
            if not self.may_look and match.account_id is None:
                match = Match(None, Doubt.NO_RIGHT)
            self._note(Identity(hr_id, match.account_id, match.doubt, "email", self._print(email), self.now))

    def addresses(self, hr_ids: Sequence[str]) -> dict[str, str]:
        """Return the addresses of people whom a record names by id alone, as a department its head."""
        if not hr_ids:
            return {}
        pages = self.workspace.hr.named("employee", list(hr_ids), ("email",))
        found = {record.ref.id: record.fields.get("email") for page in pages for record in page.records}
        return {hr_id: email for hr_id, email in found.items() if email}

    def ask_assignable(self, project: str, hr_ids: set[str], *, again: bool) -> None:
        """Learn which of these people may be assigned issues of the project; with `again`, whether that changed."""
        accounts = {person.account_id for hr_id in hr_ids if (person := self.known.get(hr_id)) and person.account_id}
        unasked = {account for account in accounts if account and self._may_ask(project, account, again=again)}
        if not unasked:
            return
        able: frozenset[str] = frozenset()
        try:
            able = self.workspace.tickets.assignable(project, unasked)
        except Forbidden:
            self.may_look = False
        for account in sorted(unasked):
            self.allowed[project, account] = account in able
            self.asked.append((project, account, account in able))

    def _may_ask(self, project: str, account: str, *, again: bool) -> bool:
        able = self.allowed.get((project, account))
        return able is None or (again and not able)

    def resolve(self, hr_id: str, *, project: str, assigns: bool) -> tuple[str | None, Doubt | None]:
        """Return the account of a person for a field of a project's issue, or the doubt."""
        person = self.known.get(hr_id)
        if person is None:
            return None, Doubt.NOT_ASKED
        if person.account_id is None:
            return None, person.doubt or Doubt.NO_ACCOUNT
        if assigns and not self.allowed.get((project, person.account_id), True):
            return None, Doubt.NOT_ASSIGNABLE if self.may_look else Doubt.NO_RIGHT
        return person.account_id, None

    def due_again(self, hr_ids: tuple[str, ...], *, again: bool) -> bool:
        """Say whether a record that waits for these people should be looked at."""
        return again or any(self._may_be_clear(self.known.get(hr_id)) for hr_id in hr_ids)

    def save(self) -> None:
        """Remember what was learned; inside `write()`."""
        people.save(self.workspace.store, self.changed.values())
        people.save_assignable(self.workspace.store, self.asked, self.now)

    def _may_be_clear(self, person: Identity | None) -> bool:
        """Say whether what was in doubt about a person may have been cleared since."""
        if person is None:
            return True
        if person.doubt is not None:
            return self.now - person.checked_at >= DAY
        return person.account_id not in self._shut_out

    def _is_due(self, hr_id: str, email: str | None, *, again: bool) -> bool:
        person = self.known.get(hr_id)
        if person is None:
            return True
        if person.doubt is None:
            return False
        return again or person.email != self._print(email) or self.now - person.checked_at >= DAY

    def _note(self, person: Identity) -> None:
        self.known[person.hr_id] = self.changed[person.hr_id] = person

    def _print(self, email: str | None) -> str:
        return self.workspace.fingerprints.of(email.casefold()) if email else ""
