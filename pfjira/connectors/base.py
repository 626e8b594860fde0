"""The contract between the operations and the two systems.

A connector never decides, never repeats a write, never sees the state. It raises only `ConnectorError`s. Writes sort
their failures into three: *sure no* (`Rejected`, `Unauthorized`, `RateLimited`, `Unavailable`: nothing was done), *sure
yes* (they return), and `OutcomeUnknown`. All methods may be called from several threads at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pfjira.engine.model import Account, Desired, Finding, Issue, Record, Ref, Target
from pfjira.errors import Rejected


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing."""

    number: int
    """From 1."""
    records: tuple[Record, ...]
    pages: int | None
    """How many the system says there are, None when it does not say."""
    count: int | None
    """How many rows the system says match, None when it does not say."""


class HrSystem(Protocol):
    """The side that knows the people and their tasks."""

    name: str

    @property
    def server_time(self) -> datetime | None:
        """The system's own clock as of its last answer (`Date` header), None before the first."""
        ...

    def sections(self, kind: str) -> tuple[str, ...]:
        """Name the listings that together hold every record of a kind: for tasks `("open", "completed")`."""
        ...

    def scan(self, kind: str, section: str) -> Iterator[Page]:
        """Yield a listing page by page, newest first where the system promises an order.

        Stops at the last page the system announces, or at an empty one. Never concludes anything from absence.
        """
        ...

    def fetch(self, ref: Ref) -> Record:
        """Read one record by id. Raise Missing when there is none."""
        ...

    def absent(self, ref: Ref) -> Record:
        """Return the empty shell of a record that exists no more: every field None, `gone` true."""
        ...

    def complete(self, ref: Ref) -> None:
        """Mark a task done. Safe to repeat. Raise Missing when it is gone."""
        ...

    def reopen(self, ref: Ref) -> None:
        """Mark a task not done. Safe to repeat. Raise Missing when it is gone."""
        ...

    def check(self) -> list[Finding]:
        """Look whether address, key and rights are well (for `doctor`); never raise for what a finding can say."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue to create."""

    op: str
    project: str
    issue_type: str
    values: tuple[Desired, ...]
    label: str | None = "pfjira"
    """The one label that marks our issues; None where labels are not on the create screen."""


@dataclass(frozen=True, slots=True)
class Created:
    """What a create request achieved. A draft whose op is in neither mapping must be looked up by property."""

    issues: tuple[tuple[str, str], ...]
    """(id, key) of each issue made. For several drafts the API does not say which is which: read the property back."""
    refused: Mapping[str, Rejected] = field(default_factory=dict)
    """op of each refused draft to the reason."""


@dataclass(frozen=True, slots=True)
class CreateScreen:
    """What the create screen of a project and issue type takes."""

    fields: frozenset[str]
    required: frozenset[str]
    """Fields without a default that must be given."""


class TicketSystem(Protocol):
    """The side that holds the issues."""

    name: str
    bulk_create: int
    """How many drafts one create request takes (1 switches bulk off)."""
    bulk_fetch: int

    @property
    def server_time(self) -> datetime | None:
        """The system's own clock as of its last answer (`Date` header), None before the first."""
        ...

    def check_login(self) -> str:
        """Return our own accountId (GET myself). Raise Unauthorized when the login does not hold."""
        ...

    def create(self, drafts: Sequence[Draft]) -> Created:
        """Send one create request, once: `POST issue` for one draft, `POST issue/bulk` for several.

        Label and property {op, v} travel inside the call. Raise OutcomeUnknown when the answer was lost: then any of
        the drafts may exist.
        """
        ...

    def fetch_many(self, ids_or_keys: Sequence[str], fields: Collection[str]) -> list[Issue]:
        """Read issues by id or key (not subject to the search lag), at most `bulk_fetch` in one call.

        Missing or invisible ones are simply absent. Status, labels and our property always come along.
        """
        ...

    def changed_since(self, minutes: int | None, label: str) -> Iterator[tuple[str, str | None, datetime | None]]:
        """Yield (id, op, updated) of issues that carry the label and changed within so many minutes; None: all.

        A search: may lag, may miss, may show the past. Good for "look again at", never for "there is none".
        """
        ...

    def created_since(self, minutes: int, label: str) -> Iterator[tuple[str, str, str | None]]:
        """Yield (id, key, op) of issues made by this login, or with the label, within so many minutes (a search)."""
        ...

    def highest_key(self, project: str) -> int:
        """Return the number of the project's newest key that search knows (0 when empty): a lower bound."""
        ...

    def probe(self, project: str, after: int) -> tuple[list[Issue], int, bool]:
        """Read the keys that follow `after` by key: (issues found, highest number found, whether a gap ended it)."""
        ...

    def edit(self, issue_id: str, values: Sequence[Desired]) -> None:
        """Set exactly these fields (labels by add and remove). Raise Stale on 409, Missing on 404."""
        ...

    def move(self, issue_id: str, target: Target, *, op: str) -> None:
        """Transition to a status or category, through more than one step where the workflow needs it.

        Nothing is done when the issue is there already. The comment is added once per op (found again by its property).
        Raise Rejected when no way leads there.
        """
        ...

    def create_screen(self, project: str, issue_type: str) -> CreateScreen:
        """Return what the create screen takes. Raise Rejected when project or type do not exist or may not be used."""
        ...

    def field_ids(self) -> Mapping[str, str]:
        """Map field names (case-folded) and ids to ids. A name that two fields share is left out."""
        ...

    def find_accounts(self, emails: Collection[str]) -> dict[str, list[Account]]:
        """Return, per address, the accounts the site offers for that full address; few calls for many addresses."""
        ...

    def assignable(self, project: str, account_ids: Collection[str]) -> frozenset[str]:
        """Return those of the accounts that may be assigned issues of the project."""
        ...

    def check(
        self,
        projects: Collection[tuple[str, str]],
        fields: Collection[str],
        targets: Collection[tuple[str, str, str, str | None]] = (),
    ) -> list[Finding]:
        """Look whether address, login, projects, types and fields are well (for `doctor`).

        The targets are where issues are moved to: project, type, status or category, and resolution if any.
        """
        ...
