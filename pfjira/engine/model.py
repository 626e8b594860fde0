"""The values that everything else speaks in. Nothing here does anything.

A *record* is what a system shows now. A *situation* is "this rule applies to this record under this key": the thing
for which one issue is kept. A *change* is one intended effect; a plan is an ordered list of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = Any
"""What JSON can hold: None, bool, int, float, str, list, dict with str keys."""


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A record's address: system, kind, and its id there as text."""

    system: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.system}/{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Record:
    """What a system shows now, in that system's own field names, every documented field present (None when absent)."""

    ref: Ref
    fields: Mapping[str, Json]
    whole: bool = True
    """Whether everything is there that the rules read; a list row may lack what only a single read shows."""


class Owner(StrEnum):
    """Who owns a field of an issue that a rule sets."""

    HR = "hr"
    """HR's value is mirrored; an edit in Jira is undone and reported."""
    JIRA = "jira"
    """Set when the issue is created, then Jira's alone."""
    ONCE = "once"
    """Written while empty, once, and never again."""
    EMPTY = "empty"
    """Filled whenever it is empty."""
    ASK = "ask"
    """Two-way: whoever moved last from the agreed value is followed, both at once is a conflict."""


class ValueKind(StrEnum):
    """How a desired value is to be read."""

    TEXT = "text"
    """Plain text, a date or a number as Jira writes it; None clears."""
    HTML = "html"
    """An HTML fragment, sent as an Atlassian document."""
    MARKDOWN = "markdown"
    """Markdown, sent as an Atlassian document; raw HTML in it stays text."""
    PERSON = "person"
    """An Atlassian accountId (after resolution)."""
    OPTION = "option"
    """The text of a select option, or the name of a named thing (priority, component)."""
    LABELS = "labels"
    """`{"add": [...], "remove": [...]}`; other labels are never touched."""


@dataclass(frozen=True, slots=True)
class Desired:
    """The value one rule wants one Jira field to have."""

    field: str
    """Jira field id, for example `summary` or `customfield_10051`."""
    kind: ValueKind
    value: Json
    own: Owner = Owner.HR
    sensitive: bool = False
    """Whether the rule lets a value of the deny list through, which is said wherever it is shown."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where an issue is to be moved: a status by name or a category (`new`, `indeterminate`, `done`)."""

    to: str
    resolution: str | None = None
    comment: str | None = None
    fields: Mapping[str, Json] = field(default_factory=dict)

    def reached(self, issue: Issue) -> bool:
        """Say whether an issue is there."""
        return self.to.casefold() in (issue.status.casefold(), issue.category)


@dataclass(frozen=True, slots=True)
class Situation:
    """What one rule wants for one record, evaluated."""

    rule: str
    key: str
    ref: Ref
    """The HR record behind it."""
    op: str
    """Deterministic id of the creation, 20 hex digits; see `engine.fingerprint.op_id`."""
    project: str
    issue_type: str
    desired: tuple[Desired, ...]
    done: bool
    """HR considers it done."""
    cancelled: bool
    close: Target | None = None
    """Where the issue goes when HR is done."""
    cancel: Target | None = None
    writes_back: bool = False
    """Whether the rule has a `back`: completion then has two masters."""
    opens: bool = True
    """Whether the rule would open it now; a situation that is already linked is followed all the same."""
    label: str = "pfjira"
    person: str | None = None
    """HR id of the person whom it is about."""
    parent: str | None = None
    """For a child the rule of its parent, whose key is the same."""
    adopts: tuple[str, str] | None = None
    """Rule and key of an issue that it takes over."""
    raise_for: str | None = None
    """HR id of the person for whom a service request is raised; the accountId after resolution."""
    request: bool = False
    """Whether a service request is made, instead of an issue."""
    context: Mapping[str, Json] | None = field(default=None, compare=False, repr=False)
    """What its rule reads of the record when it looks at the issue; None where it reads nothing then."""
    deed: Deeds | None = None
    """For a rule that keeps no issue: what it does."""
    generation: int = 0
    """How often its issue was made once more, after it had been deleted."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a rule does that keeps no issue of its own, written out; `make` says which members are set."""

    make: str
    on: tuple[str, ...] = ()
    text: str = ""
    spent_s: int = 0
    group: str = ""
    person: str | None = None
    """HR id; the accountId after resolution, where Jira is to know it."""
    values: Mapping[str, Json] = field(default_factory=dict)
    target: str = ""
    body: Json = None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as the ticket system shows it now, in comparable form (see `connectors.base`)."""

    id: str
    key: str
    project: str
    status: str
    category: str
    """`new`, `indeterminate` or `done`."""
    labels: frozenset[str]
    fields: Mapping[str, Json]
    """Field id to comparable value: text, accountId of people, name or value of options, an Atlassian document."""
    op: str | None
    """The `op` of our entity property, None when the issue carries none."""
    updated: datetime | None = None
    created: datetime | None = None
    creator: str | None = None
    parent: str | None = None
    """Id of the issue that it lies under."""
    run: int = 0
    """The run that wrote to it last, as our entity property says; 0 when it says none."""


@dataclass(frozen=True, slots=True)
class Account:
    """An Atlassian account as the site shows it."""

    account_id: str
    active: bool
    kind: str
    """`atlassian`, `app` or `customer`."""
    email: str | None
    """None when the person hides it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a preflight: what was looked at, whether it is well, and what to do otherwise."""

    subject: str
    ok: bool
    detail: str
    hint: str = ""
