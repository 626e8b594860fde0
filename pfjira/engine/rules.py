"""Compiled rules: what `rules.yaml` says, checked and ready to be evaluated. Values only; the loader makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from pfjira.engine.expressions import Expression, Template
from pfjira.engine.model import Json, Owner, ValueKind

FIELDS_OF_BACK = frozenset({"assignee", "resolution"})
"""What an expression under `back` may read of an issue besides what always comes along (`engine.kinds.ISSUE`)."""


class Make(StrEnum):
    """What a rule keeps."""

    ISSUE = "issue"
    NOTHING = "nothing"


class BackAction(StrEnum):
    """What is written towards HR when an issue shows a settled state."""

    COMPLETE = "complete"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One line under `set`: a Jira field (an id, or a name resolved at start) and the template of its value."""

    field: str
    kind: ValueKind
    template: Template | None
    own: Owner
    add: tuple[Template, ...] = ()
    remove: tuple[Template, ...] = ()
    """For labels only."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """`close` or `cancel`: where the issue goes."""

    to: str
    resolution: str | None = None
    comment: Template | None = None
    fields: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Back:
    """One line under `back`."""

    when: Expression
    do: BackAction


@dataclass(frozen=True, slots=True)
class Rule:
    """For each situation like this, keep one object like that."""

    id: str
    kind: str
    """The HR kind of `for`."""
    slot: str
    """The rule's own id when the file names none."""
    when: tuple[Expression, ...]
    key: Template
    make: Make
    project: str = ""
    issue_type: str = ""
    fields: tuple[FieldRule, ...] = ()
    done_when: Expression | None = None
    close: Move | None = None
    cancel_when: Expression | None = None
    cancel: Move | None = None
    back: tuple[Back, ...] = ()
    fallback: str | None = None
    """HR id of the person who is named when a `person` cannot be resolved."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """A guard's limit for one action: the larger of the two counts."""

    max: int
    percent: int


DEFAULT_LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "create": Limit(25, 10),
        "update": Limit(50, 20),
        "cancel": Limit(5, 5),
        "first": Limit(500, 0),
    }
)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A whole rules file, compiled."""

    rules: tuple[Rule, ...]
    hash: str
    """16 hex digits over everything that changes what the rules do (not comments, not tests)."""
    timezone: str | None = None
    label: str = "pfjira"
    match: tuple[str, ...] = ("email",)
    limits: Mapping[str, Limit] = field(default_factory=lambda: DEFAULT_LIMITS)
    maps: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    file: str = "rules.yaml"

    def reads(self, kind: str) -> tuple[str, ...]:
        """Return the sorted paths below the kind that any rule for it reads, such as `assigned_to.email`."""
        found: set[str] = set()
        for rule in self.rules:
            if rule.kind == kind:
                for expression in _expressions(rule):
                    own = (path for path in expression.reads if path.startswith(kind + "."))
                    found.update(path.removeprefix(kind + ".") for path in own)
                found.update(_implied(rule))
        return tuple(sorted(found))

    def reads_today(self, kind: str) -> bool:
        """Say whether a rule for the kind looks at today's date, so that it must be looked at again each day."""
        return any(e.reads_today for rule in self.rules if rule.kind == kind for e in _expressions(rule))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The HR kinds that any rule is for, in file order."""
        return tuple(dict.fromkeys(rule.kind for rule in self.rules))

    @property
    def issue_fields(self) -> frozenset[str]:
        """The Jira fields that any rule sets, or looks at under `back`."""
        looked_at = {path.split(".")[1] for rule in self.rules for line in rule.back for path in line.when.reads}
        return frozenset(line.field for rule in self.rules for line in rule.fields) | (looked_at & FIELDS_OF_BACK)

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule of this id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def _implied(rule: Rule) -> set[str]:
    """Return what mapping reads without being told: whether a record is open, and the addresses of people."""
    found = {"completed"} if rule.make is Make.ISSUE and rule.kind == "task" else set()
    for line in rule.fields:
        if line.kind is ValueKind.PERSON and line.template is not None:
            paths = [path.split(".") for path in line.template.reads]
            found.update(f"{path[1]}.email" for path in paths if len(path) == 3 and path[2] == "id")
    return found


def _expressions(rule: Rule) -> list[Expression | Template]:
    """Return everything in a rule that is evaluated over the HR record."""
    found: list[Expression | Template] = [*rule.when, rule.key]
    for line in rule.fields:
        found += [part for part in (line.template, *line.add, *line.remove) if part is not None]
    found += [part for part in (rule.done_when, rule.cancel_when) if part is not None]
    moves = [move for move in (rule.close, rule.cancel) if move is not None]
    found += [move.comment for move in moves if move.comment is not None]
    return found
