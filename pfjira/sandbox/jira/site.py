"""The configuration that a simulated site begins with: projects, types, statuses, workflows, fields and screens.

Constant data only; nothing here changes while a site runs. What a running site has become is in `configuration.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Category:
    """A status category; keys are `new`, `indeterminate`, `done`."""

    id: int
    key: str
    name: str
    colour: str
    enum: str


@dataclass(frozen=True, slots=True)
class Status:
    """One workflow status."""

    id: str
    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class IssueType:
    """One issue type; level -1 is a sub-task."""

    id: str
    name: str
    level: int = 0

    @property
    def subtask(self) -> bool:
        """Say whether issues of this type need a parent in the same project."""
        return self.level < 0


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the site."""

    id: str
    name: str
    type: str
    items: str | None = None
    custom: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Id and value of the options of a select field."""
    settable: bool = True
    operations: tuple[str, ...] = ("set",)
    jql: tuple[str, ...] = ()
    orderable: bool = True


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a workflow."""

    id: str
    name: str
    to: Status
    sources: frozenset[str] = frozenset()
    """Status ids it starts from; empty: global."""
    screen: tuple[tuple[str, bool], ...] | None = None
    """Field id and whether it is required; None: no screen."""


@dataclass(frozen=True, slots=True)
class Project:
    """One project with its workflow and create screen."""

    id: str
    key: str
    name: str
    workflow: tuple[Transition, ...]
    initial: Status
    fields: frozenset[str]
    """Fields on the create screen."""
    required: frozenset[str] = frozenset()
    """Required ones besides project, issuetype and summary."""
    types: tuple[str, ...] = ("10002", "10004", "10003")
    kind: str = "software"
    """`software` or `service_desk`."""


@dataclass(frozen=True, slots=True)
class RequestField:
    """One field on the form of a request type, with the customer's words for it."""

    id: str
    label: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class RequestType:
    """What customers may ask a service desk for; the issue it becomes is of `type_id`."""

    id: str
    name: str
    description: str
    type_id: str
    form: tuple[RequestField, ...]


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """One service desk; its requests are the issues of its project."""

    id: str
    project: str
    """Key of the project."""
    types: tuple[RequestType, ...]


NEW = Category(2, "new", "To Do", "blue-gray", "TODO")
INDETERMINATE = Category(4, "indeterminate", "In Progress", "yellow", "IN_PROGRESS")
DONE = Category(3, "done", "Done", "green", "DONE")
CATEGORIES = (NEW, INDETERMINATE, DONE)

TO_DO = Status("10000", "To Do", NEW)
IN_PROGRESS = Status("10001", "In Progress", INDETERMINATE)
IS_DONE = Status("10002", "Done", DONE)
CANCELLED = Status("10003", "Cancelled", DONE)
REVIEW = Status("10004", "Review", INDETERMINATE)
WAITING = Status("10010", "Waiting for support", NEW)
WITH_CUSTOMER = Status("10011", "Waiting for customer", INDETERMINATE)
RESOLVED = Status("10012", "Resolved", DONE)
CANCELED = Status("10013", "Canceled", DONE)
_ALL = (TO_DO, IN_PROGRESS, IS_DONE, CANCELLED, REVIEW, WAITING, WITH_CUSTOMER, RESOLVED, CANCELED)
STATUSES = {s.id: s for s in _ALL}

TYPES = {
    t.id: t
    for t in (
        IssueType("10002", "Task"),
        IssueType("10003", "Sub-task", -1),
        IssueType("10004", "Onboarding"),
        IssueType("10005", "Service request"),
    )
}

RESOLUTIONS = {"10000": "Done", "10001": "Won't Do", "10002": "Cancelled"}
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
DEFAULT_PRIORITY = "3"
LINK_TYPES = {
    "10000": ("Blocks", "is blocked by", "blocks"),
    "10001": ("Relates", "relates to", "relates to"),
    "10002": ("Duplicate", "is duplicated by", "duplicates"),
}

_CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes:"
_LIST = ("add", "set", "remove")
_FIELDS = (
    Field("summary", "Summary", "string", jql=("summary",)),
    Field("issuetype", "Issue Type", "issuetype", operations=(), jql=("issuetype", "type")),
    Field("project", "Project", "project", jql=("project",)),
    Field("parent", "Parent", "issuelink", jql=("parent",)),
    Field("description", "Description", "string", jql=("description",)),
    Field("labels", "Labels", "array", items="string", operations=_LIST, jql=("labels",)),
    Field("duedate", "Due date", "date", jql=("due", "duedate")),
    Field("assignee", "Assignee", "user", jql=("assignee",)),
    Field("reporter", "Reporter", "user", jql=("reporter",)),
    Field("priority", "Priority", "priority", jql=("priority",)),
    Field("environment", "Environment", "string", jql=("environment",)),
    Field("status", "Status", "status", settable=False, jql=("status",)),
    Field("statusCategory", "Status Category", "statusCategory", settable=False, jql=("statusCategory",)),
    Field("resolution", "Resolution", "resolution", jql=("resolution",)),
    Field("resolutiondate", "Resolved", "datetime", settable=False, jql=("resolutiondate", "resolved")),
    Field("created", "Created", "datetime", settable=False, jql=("created", "createdDate")),
    Field("updated", "Updated", "datetime", settable=False, jql=("updated", "updatedDate")),
    Field("creator", "Creator", "user", settable=False, jql=("creator",)),
    Field("comment", "Comment", "comments-page", operations=("add",), jql=("comment",)),
    Field("subtasks", "Sub-tasks", "array", items="issuelinks", settable=False),
    Field("issuelinks", "Linked Issues", "array", items="issuelinks", settable=False),
    Field("customfield_10050", "HRIS reference", "string", custom=_CUSTOM + "textfield"),
    Field(
        "customfield_10051",
        "Office",
        "option",
        custom=_CUSTOM + "select",
        options=(("10100", "Kyiv"), ("10101", "Lviv"), ("10102", "Warsaw"), ("10103", "Remote")),
    ),
    Field("customfield_10052", "First day", "date", custom=_CUSTOM + "datepicker"),
    Field("customfield_10053", "Headcount", "number", custom=_CUSTOM + "float"),
    Field("customfield_10054", "Buddy", "user", custom=_CUSTOM + "userpicker"),
    Field(
        "customfield_10060",
        "Cost centre",
        "option",
        custom=_CUSTOM + "select",
        options=(("10200", "CC-100"), ("10201", "CC-200")),
    ),
)
FIELDS = {f.id: f for f in _FIELDS}

_ON_SCREEN = frozenset(
    {
        "project",
        "issuetype",
        "summary",
        "parent",
        "description",
        "labels",
        "duedate",
        "assignee",
        "reporter",
        "priority",
        "environment",
        "customfield_10050",
        "customfield_10051",
        "customfield_10052",
        "customfield_10053",
        "customfield_10054",
    }
)
_GLOBAL = (
    Transition("11", "To Do", TO_DO),
    Transition("21", "In Progress", IN_PROGRESS),
    Transition("31", "Done", IS_DONE, screen=(("resolution", True),)),
    Transition("41", "Cancelled", CANCELLED, screen=(("resolution", False),)),
)


_OPEN_REQUEST = frozenset({WAITING.id, IN_PROGRESS.id, WITH_CUSTOMER.id})
_SUPPORT = (
    Transition("11", "Start progress", IN_PROGRESS, frozenset({WAITING.id, WITH_CUSTOMER.id})),
    Transition("21", "Respond to customer", WITH_CUSTOMER, frozenset({WAITING.id, IN_PROGRESS.id})),
    Transition("31", "Respond to support", WAITING, frozenset({WITH_CUSTOMER.id})),
    Transition("41", "Resolve this issue", RESOLVED, _OPEN_REQUEST, (("resolution", True),)),
    Transition("51", "Cancel request", CANCELED, _OPEN_REQUEST, (("resolution", False),)),
    Transition("61", "Back to support", WAITING, frozenset({RESOLVED.id, CANCELED.id})),
)
_AT_THE_END = (("resolution", True), ("customfield_10060", True), ("customfield_10050", False))
_GATED = (
    Transition("11", "Start work", IN_PROGRESS, frozenset({TO_DO.id})),
    Transition("21", "Stop work", TO_DO, frozenset({IN_PROGRESS.id})),
    Transition("31", "Finish", IS_DONE, frozenset({IN_PROGRESS.id}), _AT_THE_END),
    Transition("41", "Give up", CANCELLED, frozenset({TO_DO.id, IN_PROGRESS.id}), (("resolution", True),)),
    Transition("51", "Reopen", TO_DO, frozenset({IS_DONE.id, CANCELLED.id})),
)


def _linear(*statuses: Status) -> tuple[Transition, ...]:
    steps = []
    for number, (here, there) in enumerate(pairwise(statuses), start=1):
        steps.append(Transition(f"{number}01", f"To {there.name}", there, frozenset({here.id})))
        steps.append(Transition(f"{number}02", f"Back to {here.name}", here, frozenset({there.id})))
    return tuple(steps)


PROJECTS = {
    p.key: p
    for p in (
        Project("10000", "ITOPS", "IT operations", _GLOBAL, TO_DO, _ON_SCREEN),
        Project("10001", "HR", "People", _GLOBAL, TO_DO, _ON_SCREEN),
        Project("10002", "FLOW", "Linear flow", _linear(TO_DO, IN_PROGRESS, REVIEW, IS_DONE), TO_DO, _ON_SCREEN),
        Project(
            "10003",
            "STRICT",
            "Strict screens",
            _GLOBAL,
            TO_DO,
            (_ON_SCREEN - {"labels"}) | {"customfield_10060"},
            frozenset({"customfield_10060"}),
        ),
        Project("10004", "GATED", "Gated workflow", _GATED, TO_DO, _ON_SCREEN),
        Project(
            "10005",
            "HELP",
            "Help desk",
            _SUPPORT,
            WAITING,
            _ON_SCREEN | {"customfield_10060"},
            types=("10005",),
            kind="service_desk",
        ),
    )
}

_WHAT = RequestField("summary", "What do you need?", required=True)
_WHY = RequestField("description", "Why do you need this?")
_WHERE = RequestField("customfield_10051", "Where will it be used?")
_WHEN = RequestField("duedate", "Needed by")
_REFERENCE = RequestField("customfield_10050", "HRIS reference")
_WHO_PAYS = RequestField("customfield_10060", "Who pays?", required=True)
LAPTOP = RequestType("25", "Laptop", "Ask for a new computer.", "10005", (_WHAT, _WHY, _WHERE, _WHEN, _REFERENCE))
ACCESS = RequestType("26", "Access", "Ask for access to a system.", "10005", (_WHAT, _WHY, _WHO_PAYS))
DESKS = {d.id: d for d in (ServiceDesk("10", "HELP", (LAPTOP, ACCESS)),)}
REQUEST_TYPES = {t.id: t for d in DESKS.values() for t in d.types}
