"""Compiled rules: what `rules.yaml` says, checked and ready to be evaluated. Values only; the loader makes them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from pfjira.engine import views
from pfjira.engine.doors import PostTarget, RulesTest, Source
from pfjira.engine.expressions import Expression, Template
from pfjira.engine.kinds import EMPLOYEE, stream_of
from pfjira.engine.model import Json, Owner, ValueKind

Thing = TypeVar("Thing")

FIELDS_OF_BACK = frozenset({"assignee", "resolution", "duedate"})
"""What an expression under `back` may read of an issue besides what always comes along (`engine.kinds.ISSUE`)."""
PARENT = "parent"
"""Name under which a link remembers that a child was put under, or linked to, its parent."""


class Make(StrEnum):
    """What a rule keeps, or does once."""

    ISSUE = "issue"
    REQUEST = "request"
    """A service request (JSM): an issue that customers see in their portal."""
    COMMENT = "comment"
    """One comment on issues that other rules keep."""
    WORKLOG = "worklog"
    UPDATE = "update"
    """Fields of issues that other rules keep, set once."""
    MEMBER = "member"
    """A person's membership in a group; the only thing that a rule takes away again."""
    TASK = "task"
    """A task in PeopleForce, for a person there."""
    POST = "post"
    """A JSON document to a declared target, once."""
    NOTHING = "nothing"

    @property
    def keeps_issue(self) -> bool:
        """Say whether it keeps an issue and follows it; everything else but `nothing` is a deed."""
        return self in (Make.ISSUE, Make.REQUEST)


class BackAction(StrEnum):
    """What is written towards HR when an issue shows a settled state."""

    COMPLETE = "complete"
    REOPEN = "reopen"
    SET = "set"
    """Fields of the employee: profile fields by name, custom fields by internal name."""
    NOTE = "note"
    """A note on the employee, once."""
    ISSUE = "issue"
    """An asset is handed to the employee, once."""
    RETURN = "return"
    """The asset of an assignment is back."""


_NEED_RECORD = frozenset({BackAction.SET, BackAction.RETURN})
"""What compares with what HR shows."""


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
    sensitive: bool = False
    """`allow_sensitive: true` stands beside a value that reads a field of the deny list; `diff` says so."""


@dataclass(frozen=True, slots=True)
class Move:
    """`close` or `cancel`: where the issue goes."""

    to: str
    resolution: str | None = None
    comment: Template | None = None
    fields: Mapping[str, Json] = field(default_factory=dict)
    children: str = "open"
    """For `cancel`: `open` takes the open children along, `none` leaves them."""


@dataclass(frozen=True, slots=True)
class Back:
    """One line under `back`: once `when` holds of the issue (`issue.…`, `children.KEY.…`, the record), do this."""

    when: Expression
    do: BackAction
    values: tuple[tuple[str, Template], ...] = ()
    """SET: employee field to value. ISSUE: `asset`, `on` and `person`. RETURN: `on`."""
    text: Template | None = None
    """NOTE."""
    own: Owner = Owner.JIRA
    """SET: `jira` mirrors the issue's value, `once` writes while empty and never again, `empty` whenever empty."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Deed:
    """What a rule does that keeps no issue of its own; which members are set follows from `make`."""

    on: tuple[str, ...] = ()
    """COMMENT, WORKLOG, UPDATE: ids of rules (`onboarding`, `onboarding/laptop`) whose issues for the same person are
    meant; for a rule about the same record, those of the record."""
    text: Template | None = None
    """COMMENT, WORKLOG."""
    spent_s: int = 0
    """WORKLOG: seconds."""
    group: Template | None = None
    """MEMBER: name or id of the group."""
    person: Template | None = None
    """MEMBER, TASK: HR id of whom it concerns. REQUEST: for whom it is raised."""
    values: tuple[tuple[str, Template], ...] = ()
    """TASK: `title`, `description` (HTML), `starts_on`, `ends_on`."""
    target: str = ""
    """POST: name of the target."""
    body: Json = None
    """POST: plain JSON whose texts are Templates."""


@dataclass(frozen=True, slots=True)
class Rule:
    """For each situation like this, keep one object like that."""

    id: str
    """A child's id is its parent's, a slash, and its own key: `onboarding/laptop`."""
    kind: str
    """The HR kind of `for`; `hook.NAME` for a declared source."""
    slot: str
    """The rule's own id when the file names none."""
    when: tuple[Expression, ...]
    key: Template
    """A child has its parent's."""
    make: Make
    project: str = ""
    """Project key; for a REQUEST the key of the service project."""
    issue_type: str = ""
    """For a REQUEST the name or id of the request type. Empty for a child of the sub-task type that the project has."""
    fields: tuple[FieldRule, ...] = ()
    """ISSUE, REQUEST, UPDATE."""
    done_when: Expression | None = None
    close: Move | None = None
    cancel_when: Expression | None = None
    cancel: Move | None = None
    back: tuple[Back, ...] = ()
    fallback: str | None = None
    """HR id of the person who is named when a `person` cannot be resolved."""
    line: int = 0
    parent: str | None = None
    """Id of the rule whose child this is."""
    children: tuple[Rule, ...] = ()
    """They open while the parent's issue is open (or is being made), and end with it."""
    follow_until: Expression | None = None
    """Once it holds of the issue, neither the issue nor its open children follow the record any more."""
    adopt: Template | None = None
    """`RULE/KEY` of an issue that this situation takes over."""
    shadow: bool = False
    """Planned and shown, never carried out."""
    deed: Deed | None = None


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
    targets: tuple[PostTarget, ...] = ()
    sources: tuple[Source, ...] = ()
    tests: tuple[RulesTest, ...] = ()
    """Not part of the hash, no more than comments are."""
    every: tuple[Rule, ...] = field(init=False, compare=False, repr=False)
    """All rules, each parent followed by its children."""
    late: frozenset[str] = field(init=False, compare=False, repr=False)
    """Ids of the rules that look at the record again when they look at the issue."""
    _slots: Mapping[str, Mapping[str, Mapping[str, tuple[Rule, ...]]]] = field(init=False, compare=False, repr=False)
    _by_id: Mapping[str, Rule] = field(init=False, compare=False, repr=False)
    _prepared: dict[Hashable, Any] = field(init=False, compare=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the rules by stream, kind and slot once: this is asked for each record."""
        every = tuple(one for rule in self.rules for one in (rule, *rule.children))
        late = frozenset(
            rule.id
            for rule in every
            if any(map(_of_record, _about_the_issue(rule))) or any(line.do in _NEED_RECORD for line in rule.back)
        )
        slots: dict[str, dict[str, dict[str, tuple[Rule, ...]]]] = {}
        for rule in self.rules:
            kind = slots.setdefault(stream_of(rule.kind), {}).setdefault(rule.kind, {})
            kind[rule.slot] = (*kind.get(rule.slot, ()), rule)
        object.__setattr__(self, "every", every)
        object.__setattr__(self, "_by_id", {rule.id: rule for rule in reversed(every)})
        object.__setattr__(self, "late", late)
        object.__setattr__(self, "_slots", slots)

    def slots(self, stream: str) -> Mapping[str, Mapping[str, tuple[Rule, ...]]]:
        """Return kind to slot to the rules in it, in file order, of all that looks at a stream's records."""
        return self._slots.get(stream, {})

    def prepared(self, name: Hashable, prepare: Callable[[], Thing]) -> Thing:
        """Return what was prepared from these rules under a name, now if it never was: they do not change."""
        found: Thing | None = self._prepared.get(name)
        return found if found is not None else self._prepared.setdefault(name, prepare())

    def reads(self, stream: str) -> tuple[str, ...]:
        """Return the sorted paths of a record of the stream that any rule reads, such as `assigned_to.email`.

        Of the employees' records, `positions.…` are the members of their dated rows (see `engine.views`).
        """
        found: set[str] = set()
        for rule in self.of(stream):
            for expression in expressions(rule):
                found.update(views.record_path(rule.kind, path) for path in expression.reads if not _of_issue(path))
            found.update(views.record_path(rule.kind, path) for path in _implied(rule, self.match))
        found.update(more for path, needed in views.FACTS.items() if path in found for more in needed)
        if stream == "candidate":
            found.add("email")  # by which a candidate is known again as an employee
        return tuple(sorted(found - {""}))

    def reads_today(self, stream: str) -> bool:
        """Say whether a rule of the stream looks at today's date, so that it must be looked at again each day."""
        return any(e.reads_today for rule in self.of(stream) for e in expressions(rule))

    def of(self, stream: str) -> tuple[Rule, ...]:
        """Return the rules and children whose records come with a stream."""
        return tuple(rule for rule in self.every if stream_of(rule.kind) == stream)

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams of records that any rule reads: candidates first, since employees are known again by them."""
        found = dict.fromkeys(stream_of(rule.kind) for rule in self.rules)
        return tuple(sorted(found, key=lambda stream: stream != "candidate"))

    @property
    def issue_fields(self) -> frozenset[str]:
        """The Jira fields that any rule sets, or looks at under `back`."""
        read = {path for rule in self.every for expression in expressions(rule) for path in expression.reads}
        looked_at = {path.split(".")[1] for path in read if path.startswith("issue.")}
        return frozenset(line.field for rule in self.every for line in rule.fields) | (looked_at & FIELDS_OF_BACK)

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule of this id, or the child (`onboarding/laptop`)."""
        return self._by_id.get(rule_id)


def _of_record(part: Expression | Template) -> bool:
    return any(not _of_issue(path) for path in part.reads)


def _about_the_issue(rule: Rule) -> Iterator[Expression | Template]:
    """Yield what is evaluated only when the issue is there."""
    if rule.follow_until is not None:
        yield rule.follow_until
    for back in rule.back:
        yield back.when
        yield from (template for _, template in back.values)
        if back.text is not None:
            yield back.text


def _of_issue(path: str) -> bool:
    return path.partition(".")[0] in ("issue", "children")


def _implied(rule: Rule, match: Sequence[str]) -> set[str]:
    """Return the names that mapping reads without being told: whether a record is open, and people's addresses."""
    name = rule.kind.partition(".")[0]
    found = {f"{name}.{path}" for path in OPEN_BY.get(rule.kind, ())} if rule.make is not Make.NOTHING else set()
    for template in _people(rule):
        found.update(path.removesuffix("id") + "email" for path in template.reads if path.endswith(".id"))
        if "employee_number" in match:
            shown = [path for path in template.reads if path == "employee.id" or path.endswith(".employee.id")]
            found.update(path.removesuffix("id") + "employee_number" for path in shown)
    for back in rule.back:
        if back.do is BackAction.SET:
            plain = (field if field in EMPLOYEE else f"fields.{field}" for field, _ in back.values)
            found.update(f"employee.{path}" for path in plain)
    return found


OPEN_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"task": ("completed",), "leave": ("state",), "termination": ("effective_on",), "assignment": ("returned_on",)}
)
"""What tells whether a record is open or active; a rule whose `when` reads none of it opens for such records only."""


def _people(rule: Rule) -> list[Template]:
    """Return the templates whose values are HR ids of people."""
    found = [line.template for line in rule.fields if line.kind is ValueKind.PERSON]
    return [one for one in (*found, rule.deed.person if rule.deed else None) if one is not None]


def expressions(rule: Rule) -> list[Expression | Template]:
    """Return everything in a rule that is evaluated."""
    found: list[Expression | Template | None] = [*rule.when, rule.key, rule.done_when, rule.cancel_when, rule.adopt]
    for line in rule.fields:
        found += [line.template, *line.add, *line.remove]
    found += [move.comment for move in (rule.close, rule.cancel) if move is not None]
    for back in rule.back:
        found += [back.when, back.text, *(template for _, template in back.values)]
    found.append(rule.follow_until)
    if (deed := rule.deed) is not None:
        found += [deed.text, deed.group, deed.person, *(template for _, template in deed.values), *leaves(deed.body)]
    return [one for one in found if one is not None]


def leaves(body: Json) -> list[Template]:
    """Return the templates in the body of a post."""
    if isinstance(body, Template):
        return [body]
    inner = body.values() if isinstance(body, Mapping) else body if isinstance(body, list | tuple) else ()
    return [template for part in inner for template in leaves(part)]
