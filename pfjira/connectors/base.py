"""The contract between the operations and the two systems.

A connector never decides, never repeats a write, never sees the state. It raises only `ConnectorError`s. Writes sort
their failures into three: *sure no* (`Rejected`, `Unauthorized`, `RateLimited`, `Unavailable`: nothing was done), *sure
yes* (they return), and `OutcomeUnknown`. All methods may be called from several threads at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from pfjira.engine.model import Account, Desired, Finding, Issue, Json, Record, Ref, Target
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

    def sections(self, kind: str, paths: Collection[str] = ()) -> tuple[str, ...]:
        """Name the listings that together hold every record of a kind: for tasks `("open", "completed")`.

        `paths` are the dotted names below the kind that the rules read (`status`, `department.name`): they decide which
        listings show the most for the fewest requests.
        """
        ...

    def scan(self, kind: str, section: str, paths: Collection[str] = ()) -> Iterator[Page]:
        """Yield a listing page by page, newest first where the system promises an order.

        Stops at the last page the system announces, or at an empty one. Never concludes anything from absence. A row
        that lacks something of `paths` which only a single read shows has `whole` False.
        """
        ...

    def listed(self, kind: str, paths: Collection[str]) -> frozenset[str]:
        """Return those of the paths that the rows of a listing show; the others take a read for each record."""
        ...

    def moved(self, kind: str, since: datetime, paths: Collection[str] = ()) -> Iterator[Page] | None:
        """Yield what the system says has changed since a moment; None where it cannot tell and a sweep must."""
        ...

    def named(self, kind: str, ids: Sequence[str], paths: Collection[str] = ()) -> Iterator[Page]:
        """Yield the list rows of these records, many in one request where the system can; absent ones are absent."""
        ...

    def addressed(self, email: str) -> list[str]:
        """Return the ids of the people who have this e-mail address, whoever left included."""
        ...

    def whole(self, record: Record, paths: Collection[str]) -> Record:
        """Return a record with everything of `paths`, by as few reads as it takes. Raise Missing when it is gone."""
        ...

    def join(self, records: Sequence[Record], paths: Collection[str]) -> list[Record]:
        """Do what `whole` does for many records of one kind at once, in their order and with fewer reads.

        Those that are whole already, as to the same paths, are returned as they are. One that a read says is gone
        becomes its empty shell; a person who is gone leaves what the record showed of him, with `employee.gone` true.
        """
        ...

    def fetch(self, ref: Ref, paths: Collection[str] = ()) -> Record:
        """Read one record by id, whole. Raise Missing when there is none."""
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

    def set_fields(self, employee: str, values: Mapping[str, Json]) -> None:
        """Set profile and custom fields of an employee (by internal name). Safe to repeat. Raise Missing, Rejected."""
        ...

    def add_note(self, employee: str, text: str, *, op: str) -> None:
        """Leave a note on an employee, once per op: the notes that are there are looked through first.

        Raise OutcomeUnknown when the answer was lost; calling again later is safe.
        """
        ...

    def create_task(self, employee: str, values: Mapping[str, Json], *, op: str) -> str:
        """Make a task for an employee, once per op, and return its id; looks first, as `add_note` does.

        `values`: title, description (HTML), starts_on, ends_on; None leaves one out.
        """
        ...

    def hand_out(self, asset: str, employee: str, issued_on: str, *, since: str = "") -> None:
        """Note that an asset is with an employee now; nothing when it is already. Raise Rejected, Missing.

        Raise OutcomeUnknown when the answer was lost; calling again later is safe.
        """
        ...

    def take_back(self, assignment: str, returned_on: str) -> None:
        """Note that the asset of an assignment is back; nothing when it is already. Raise Missing."""
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
    parent: str | None = None
    """Id of the issue that it is a child of."""
    raise_for: str | None = None
    """For a service request: accountId of the person for whom it is raised; None is the login itself."""
    run: int = 0
    """Number of the run that makes it, which travels with the op; 0 leaves it out."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a write leaves on an issue of ours besides what it is for: whose it is, and which run wrote last.

    A state file that was restored from an old copy knows its age by it.
    """

    op: str
    run: int


class Hint(NamedTuple):
    """What a search shows of an issue."""

    id: str
    op: str | None
    updated: datetime | None
    run: int = 0


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
    subtask: bool = False
    """Whether issues of the type need a parent in the same project."""
    level: int = 0
    """Place in the hierarchy: -1 sub-task, 0 the usual, 1 epic; a parent is one level above its child."""
    type_id: str = ""


@dataclass(frozen=True, slots=True)
class RequestType:
    """Where service requests of one sort are made."""

    desk: str
    """Id of the service desk."""
    id: str
    project: str
    fields: frozenset[str]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a rule needs of the live site, for telling whether the site contradicts it."""

    rule: str
    project: str
    """Empty: the rule is about no project, as a membership is."""
    issue_type: str
    """Empty: the project's sub-task type."""
    request: bool
    """Whether `issue_type` is a request type of the service project."""
    parent: tuple[str, str] | None
    """Project and type of the parent's issues, for a child."""
    fields: Mapping[str, Collection[str]]
    """Field id to the option texts that the rule is known to write there, () where they come from records."""
    moves: Collection[tuple[str, str | None]]
    """Status or category, and resolution, to which it moves issues."""
    permissions: Collection[str] = ()
    """Jira's own keys: CREATE_ISSUES, EDIT_ISSUES, TRANSITION_ISSUES, ASSIGN_ISSUES, ADD_COMMENTS, WORK_ON_ISSUES."""
    groups: Collection[str] = ()


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

        Label and property {op, v, run} travel inside the call. Raise OutcomeUnknown when the answer was lost: then any
        of the drafts may exist.
        """
        ...

    def fetch_many(self, ids_or_keys: Sequence[str], fields: Collection[str]) -> list[Issue]:
        """Read issues by id or key (not subject to the search lag), at most `bulk_fetch` in one call.

        Missing or invisible ones are simply absent. Status, labels and our property always come along.
        """
        ...

    def changed_since(self, minutes: int | None, label: str) -> Iterator[Hint]:
        """Yield what is shown of issues that carry the label and changed within so many minutes; None: all.

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

    def edit(self, issue_id: str, values: Sequence[Desired], *, stamp: Stamp | None = None) -> None:
        """Set exactly these fields (labels by add and remove); the stamp travels along. Raise Stale on 409, Missing."""
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

    def account(self, account_id: str) -> Account | None:
        """Return one account by its id, deactivated ones too; None where the site knows none."""
        ...

    def assignable(self, project: str, account_ids: Collection[str]) -> frozenset[str]:
        """Return those of the accounts that may be assigned issues of the project."""
        ...

    def request_type(self, project: str, request: str) -> RequestType:
        """Return where requests of this type (name or id) are made. Raise Rejected when there is no such thing."""
        ...

    def create_request(self, draft: Draft) -> Created:
        """Send one service request, once; `draft.project` and `issue_type` name service project and request type.

        The API takes no mark: the caller calls `mark` on what was made, and until then it is known by its creator, its
        project and its summary only. Raise OutcomeUnknown when the answer was lost.
        """
        ...

    def overwritten(self, seen: Mapping[str, datetime], fields: Collection[str]) -> list[tuple[str, str]]:
        """Return (issue id, field) where our change came over somebody's that came after what was seen.

        `seen` is issue id to the time of its last change when we looked.
        """
        ...

    def mark(self, issue_id: str, stamp: Stamp, label: str | None) -> None:
        """Put our property (and label) on an issue. Safe to repeat."""
        ...

    def link(self, inward: str, outward: str, kind: str = "Relates") -> None:
        """Link two issues by id; a second time makes no second link."""
        ...

    def comment(self, issue_id: str, text: str, *, op: str) -> None:
        """Add a comment, once per op: it is looked for by its property first."""
        ...

    def log_work(self, issue_id: str, text: str, spent_s: int, started: datetime, *, op: str) -> None:
        """Add a worklog, once per op: it is looked for by its property first."""
        ...

    def group_id(self, name: str) -> str:
        """Return the id of a group by name or id. Raise Rejected when there is none."""
        ...

    def add_member(self, group_id: str, account_id: str) -> None:
        """Put an account into a group; nothing when it is in already. Raise Rejected, Forbidden."""
        ...

    def remove_member(self, group_id: str, account_id: str) -> None:
        """Take an account out of a group; nothing when it is not in."""
        ...

    def contradictions(self, demands: Sequence[Demand]) -> dict[str, list[str]]:
        """Return, per rule id, what the live site contradicts, one sentence each; no entry where all is well.

        Each project, type, field and workflow is asked for once. A question that could not be answered (a system that
        fails, a right that lacks to look) contradicts nothing; raise Unavailable or Unauthorized for those.
        """
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


class PostOffice(Protocol):
    """The other systems of the house that are told, each by its name."""

    def post(self, name: str, body: Json, *, op: str) -> None:
        """Send a body, once, with the op as its key: a receiver that heeds it does nothing twice.

        Raise OutcomeUnknown when the answer was lost, Rejected when the receiver refused or the name is unknown,
        Unavailable when it failed (it may have done it; calling again is safe).
        """
        ...
