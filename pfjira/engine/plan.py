"""A plan is a value: ordered changes, open questions and what was found equal. It can be printed, saved and compared.

The digest names exactly this plan under exactly these rules and this state, so that a person can approve one thing and
not another. Nothing here does anything.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from pfjira.engine.fingerprint import canonical, op_id
from pfjira.engine.mapping import Failure
from pfjira.engine.model import Json, Ref, Situation, Target


class Action(StrEnum):
    """What one change does, in the word that people read."""

    CREATE = "create"
    UPDATE = "update"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"
    COMPLETE_TASK = "complete task"
    REOPEN_TASK = "reopen task"
    ADOPT = "take over"
    """An issue that was kept under another rule or key gets the mark of its new one."""
    LINK = "link"
    """A child that cannot have a parent in Jira's sense is linked to it."""
    SET_FIELDS = "set fields"
    NOTE = "note"
    HAND_OUT = "hand out"
    TAKE_BACK = "take back"
    COMMENT = "comment"
    WORKLOG = "log work"
    UPDATE_ONCE = "set once"
    ADD_MEMBER = "add member"
    REMOVE_MEMBER = "remove member"
    CREATE_TASK = "create task"
    POST = "post"
    LABEL_DOUBLE = "label duplicate"
    """An issue that was made twice is pointed out; nothing else of it is touched."""

    @property
    def guarded_as(self) -> str:
        """The limit under which it counts: create, update or cancel."""
        if self in (Action.CANCEL, Action.REMOVE_MEMBER):
            return "cancel"
        return "create" if self in _MAKING else "update"


_MAKING = frozenset({
    Action.CREATE, Action.NOTE, Action.HAND_OUT, Action.COMMENT, Action.WORKLOG, Action.ADD_MEMBER, Action.CREATE_TASK,
    Action.POST,
})  # fmt: skip
DEEDS: Mapping[str, Action] = MappingProxyType(
    {
        "comment": Action.COMMENT,
        "worklog": Action.WORKLOG,
        "update": Action.UPDATE_ONCE,
        "member": Action.ADD_MEMBER,
        "task": Action.CREATE_TASK,
        "post": Action.POST,
    }
)
"""What a rule that keeps no issue does, by its `make`."""
TOWARDS_HR = frozenset({Action.SET_FIELDS, Action.NOTE, Action.HAND_OUT, Action.TAKE_BACK})
"""What an issue's state writes to HR, besides completion."""
COMPLETIONS = {Action.COMPLETE_TASK: True, Action.REOPEN_TASK: False}
"""The writes towards HR, with the completion they bring about."""


class Why(StrEnum):
    """What made a difference, in the word that people read."""

    HR_MOVED = "changed in PeopleForce"
    DRIFT = "edited in Jira, undone: PeopleForce owns it"
    EMPTY = "empty in Jira"
    NEW = "new"
    DIFFERS = "differs"


Mark = tuple[str, str, str | None]
"""What a link remembers of one field: ours, theirs, refused (see `engine.reconcile.FieldBase`)."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One field, before and after, as the written system shows it."""

    field: str
    before: Json
    after: Json
    why: Why = Why.NEW


@dataclass(frozen=True, slots=True)
class Change:
    """One intended effect on one record of one system."""

    action: Action
    situation: Situation
    issue_id: str | None = None
    issue_key: str | None = None
    deltas: tuple[Delta, ...] = ()
    target: Target | None = None
    seen: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints of what the decision rests on (issue fields, `status`, `completed`): other now, then stale."""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    """What the link is to remember once it was done."""
    target_id: str = ""
    """What a deed is done to: an issue id, a group and account, or nothing."""
    since: str = ""
    """The day from which on what HR shows of an asset is this change's own effect: it carries no mark."""

    @property
    def op(self) -> str:
        """The deterministic id of a creation, or of what is done once: to a target, or for a mark of the link."""
        once = self.target_id or (next(iter(self.marks), "") if self.action in TOWARDS_HR else "")
        if once or self.action in DEEDS.values():
            return op_id(self.situation.op, self.action.value, once)
        return self.situation.op

    @property
    def sensitive(self) -> frozenset[str]:
        """The fields whose values are on the deny list and let through by `allow_sensitive`."""
        return frozenset(desired.field for desired in self.situation.desired if desired.sensitive)

    @property
    def rule(self) -> str:
        """The rule that wants it."""
        return self.situation.rule

    @property
    def ref(self) -> Ref:
        """The HR record behind it."""
        return self.situation.ref

    def essence(self) -> Json:
        """Return what a digest covers."""
        return [
            self.action.value,
            self.rule,
            self.situation.key,
            self.op,
            self.issue_id,
            [[delta.field, delta.before, delta.after] for delta in self.deltas],
            sorted(self.seen.items()),
            [self.target.to, self.target.resolution, self.target.comment] if self.target else None,
            *([self.target_id] if self.target_id else []),
            *([self.situation.raise_for] if self.action is Action.CREATE and self.situation.request else []),
        ]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides moved away from the agreed value, and nobody is named the winner."""

    rule: str
    key: str
    ref: Ref
    issue_key: str
    field: str
    ours: Json
    theirs: Json


@dataclass(frozen=True, slots=True)
class Kept:
    """An edit in Jira that stays, because its owner says so."""

    rule: str
    ref: Ref
    issue_key: str
    field: str
    ours: Json
    theirs: Json


@dataclass(frozen=True, slots=True)
class Parked:
    """A creation whose outcome is open: it will be looked up, and not be sent again before that is safe."""

    rule: str
    key: str
    ref: Ref
    op: str
    since: str
    """When it was sent, by Jira's clock, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Contested:
    """What was written so often in an hour that somebody else must be undoing it: it is left alone for a while."""

    rule: str
    ref: Ref
    issue_key: str
    """Empty where the record itself is written."""
    fields: tuple[str, ...]
    writes: int

    @property
    def subject(self) -> str:
        """What is written."""
        return self.issue_key or f"{self.ref.kind} {self.ref.id}"

    @property
    def reason(self) -> str:
        """Why it is left alone, without values."""
        return f"parked: {self.writes} writes in an hour, somebody else keeps changing {', '.join(self.fields)}"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An issue that carries the mark of another kept one, and that this plan does not label."""

    op: str
    issue_id: str
    issue_key: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A person whom nobody could match for certain."""

    hr_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What names a plan, and what it rests on: anything else is another plan."""

    digest: str
    rules: str
    generation: int
    scope: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one run would do, and why it would not do more."""

    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    kept: tuple[Kept, ...] = ()
    parked: tuple[Parked, ...] = ()
    failures: tuple[Failure, ...] = ()
    reviews: tuple[Review, ...] = ()
    missing: tuple[tuple[str, Ref], ...] = ()
    """Issue keys that are linked but not visible in Jira any more, with their record."""
    doubles: tuple[Duplicate, ...] = ()
    withheld: tuple[tuple[str, Ref, str], ...] = ()
    """Rule, record and action of changes that were refused before and would be refused again (dead letters)."""
    contested: tuple[Contested, ...] = ()
    shadows: tuple[Change, ...] = ()
    """What rules with `shadow: true` would do, and nobody does."""
    adopted: int = 0
    """Issues found in Jira that carry our mark and that the state did not know."""
    looked_at: int = 0
    rules_hash: str = ""
    generation: int = 0
    scope: str = ""
    """The options that said what to look at."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do and nothing to ask."""
        return not (self.changes or self.questions)

    @property
    def questions(self) -> bool:
        """Whether anything is left to a person or to a later run."""
        left = self.conflicts or self.parked or self.failures or self.missing or self.doubles or self.withheld
        return bool(left or self.contested)

    @property
    def digest(self) -> str:
        """The name of exactly this plan: 16 hex digits."""
        essence = sorted(hashlib.sha256(canonical(change.essence())).digest() for change in self.changes)
        head = canonical([self.rules_hash, self.generation, self.scope])
        return hashlib.sha256(b"\n".join([head, *essence])).hexdigest()[:16]

    @property
    def basis(self) -> Basis:
        """What an approval of this plan is bound to."""
        return Basis(self.digest, self.rules_hash, self.generation, self.scope)

    def counts(self) -> Counter[str]:
        """Return how many changes there are per action."""
        return Counter(change.action.value for change in self.changes)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes in the order of execution: by record, edits before moves; creations first."""
    rank = {action: place for place, action in enumerate(Action)}
    return tuple(
        sorted(changes, key=lambda change: (rank[change.action], len(change.ref.id), change.ref.id, change.rule))
    )
