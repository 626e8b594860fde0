"""Why a rule does, or does not, apply to a record: each condition by itself, with the values that it read.

The answer of the whole is taken from `engine.mapping`, so that an explanation can never say anything else than what a
sync does; here it is only taken apart. Values on the deny list are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from pfjira.engine import mapping, views
from pfjira.engine.expressions import Expression, ExpressionError
from pfjira.engine.model import Json, Record, Situation
from pfjira.engine.prepared import prepared
from pfjira.engine.rules import OPEN_BY, Make, Rule, RuleSet
from pfjira.engine.sensitive import is_sensitive

Pair = tuple[str, str]
"""Rule id and key."""


class Standing(StrEnum):
    """How a rule stands to one record."""

    APPLIES = "applies"
    KEPT = "keeps what it has"
    """Its `when` does not hold any more, or the record is over: what it has is followed all the same."""
    WITHDRAWN = "withdrawn"
    """Its `cancel_when` holds."""
    LEFT_ALONE = "left alone"
    """`make: nothing`."""
    NOT = "does not apply"
    OVER = "opens nothing"
    """Its `when` holds, and the record is over: completed, not approved, returned, gone."""
    TAKEN = "taken"
    """By another rule of its slot."""
    UNCLEAR = "cannot be told"
    WAITS = "waits for its parent"


@dataclass(frozen=True, slots=True)
class Read:
    """One name that a condition reads."""

    name: str
    value: Json
    hidden: bool = False
    """The value is left out: it is on the deny list, or a whole object."""


@dataclass(frozen=True, slots=True)
class Part:
    """One condition, as it is for one record."""

    source: str
    holds: bool | None
    """None where it cannot be told."""
    error: str = ""
    reads: tuple[Read, ...] = ()
    """For a condition that does not hold."""
    implied: bool = False
    """The file does not say it: a rule opens for records that are open or active."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One rule, or child, as it looks at one record."""

    rule: str
    make: str
    standing: Standing
    parts: tuple[Part, ...]
    by: str = ""
    """TAKEN: the rule that has it, itself for another row of the same key. UNCLEAR: the rule that may have it."""
    key: str = ""
    """Key of the situation, where there is one."""
    reasons: tuple[str, ...] = ()
    """What could not be evaluated: `WORD: MESSAGE`."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What the rules of one kind make of a record: of a dated position, of one member of a team."""

    kind: str
    label: str
    """Which row, or member; empty where there is one look only."""
    rules: tuple[Seen, ...]


IMPLIED: Mapping[str, str] = MappingProxyType(
    {
        "task": "not task.completed",
        "leave": 'leave.state == "approved"',
        "termination": "termination.effective_on is not none",
        "assignment": "assignment.returned_on is none and not assignment.gone",
    }
)
"""What `mapping` asks of a record besides a rule's own `when`; of other kinds that they are not gone."""


def looks(
    rules: RuleSet,
    record: Record,
    *,
    installation: str,
    today: date,
    held: Collection[Pair] = (),
    rekeyed: Collection[str] = (),
) -> tuple[Look, ...]:
    """Take apart how every rule of a record's stream looks at it; `held` and `rekeyed` are those of `mapping`."""
    found = []
    for kind, slots in rules.slots(record.ref.kind).items():
        by_member = prepared(rules, kind).by_member
        contexts = list(views.contexts(kind, record, by_member=by_member))
        each = mapping.evaluate_each(
            rules, record, kind, contexts, installation=installation, today=today, held=held, rekeyed=rekeyed
        )
        for context, told in zip(contexts, each, strict=True):
            label = _label(kind, context) if kind == "position" or by_member else ""
            asked = _Asked(rules, context, today, told, held, rekeyed)
            seen = [one for members in slots.values() for one in asked.slot(members)]
            found.append(Look(kind, label, tuple(seen)))
        if not contexts:
            none = "no dated position" if kind == "position" else "nobody is in it"
            found.append(Look(kind, none, ()))
    return tuple(found)


class _Asked:
    """One context, asked again condition by condition."""

    def __init__(
        self, rules: RuleSet, context: views.Context, today: date, told: mapping.Evaluation, held: Collection[Pair],
        rekeyed: Collection[str],
    ) -> None:  # fmt: skip
        self._rules, self._context, self._today = rules, context, today
        self._situations = {situation.rule: situation for situation in told.situations}
        self._failures = told.failures
        self._held, self._rekeyed = held, rekeyed

    def slot(self, members: Sequence[Rule]) -> Iterator[Seen]:
        """Yield the rules of one slot, each followed by its children."""
        parts = {rule.id: self._parts(rule) for rule in members}
        kept = [rule for rule in members if self._is_held(rule)]
        taker = kept[0] if kept else next((one for one in members if _together(parts[one.id]) is not False), None)
        passed = False
        for rule in members:
            if rule is taker or rule in kept:
                seen = self._seen(rule, parts[rule.id])
                passed = True
            elif taker is not None and (passed or kept):
                certain = bool(kept) or _together(parts[taker.id])
                seen = self._one(rule, Standing.TAKEN if certain else Standing.UNCLEAR, parts[rule.id], by=taker.id)
            else:
                seen = self._one(rule, Standing.NOT, parts[rule.id])
            yield seen
            if seen.key and seen.standing is not Standing.TAKEN:
                for child in rule.children:
                    yield self._child(child, self._situations[rule.id])

    def _seen(self, rule: Rule, parts: tuple[Part, ...]) -> Seen:
        situation = self._situations.get(rule.id)
        if situation is not None:
            return self._one(rule, self._of(situation, parts), (*parts, *self._implied(rule)))
        if rule.make is Make.NOTHING and _together(parts):
            return self._one(rule, Standing.LEFT_ALONE, parts)
        if _together(parts) and not any(one.rule == rule.id for one in self._failures):
            return self._one(rule, Standing.TAKEN, parts, by=rule.id)  # another row of the same key stands for it
        return self._one(rule, Standing.UNCLEAR, parts)

    def _child(self, child: Rule, parent: Situation) -> Seen:
        parts = self._parts(child)
        situation = self._situations.get(child.id)
        if situation is not None:
            standing = self._of(situation, parts)
            if standing is Standing.OVER and parent.done:
                standing = Standing.WAITS
            return self._one(child, standing, parts)
        if parent.cancelled:
            return self._one(child, Standing.WITHDRAWN, parts)
        together = _together(parts)
        standing = Standing.NOT if together is False else Standing.UNCLEAR
        return self._one(child, standing, parts)

    def _of(self, situation: Situation, parts: tuple[Part, ...]) -> Standing:
        if situation.cancelled:
            return Standing.WITHDRAWN
        if situation.opens:
            return Standing.APPLIES
        return Standing.KEPT if (situation.rule, situation.key) in self._held or not _together(parts) else Standing.OVER

    def _one(self, rule: Rule, standing: Standing, parts: tuple[Part, ...], *, by: str = "") -> Seen:
        situation = self._situations.get(rule.id)
        reasons = tuple(f"{one.field}: {one.message}" for one in self._failures if one.rule == rule.id)
        key = situation.key if situation is not None else ""
        return Seen(rule.id, rule.make.value, standing, parts, by, key, reasons, rule.line)

    def _is_held(self, rule: Rule) -> bool:
        situation = self._situations.get(rule.id)
        return situation is not None and (
            (rule.id, situation.key) in self._held
            or (rule.id in self._rekeyed and any(name == rule.id for name, _ in self._held))
        )

    def _parts(self, rule: Rule) -> tuple[Part, ...]:
        return tuple(self._part(condition) for condition in rule.when)

    def _implied(self, rule: Rule) -> tuple[Part, ...]:
        """Return what is asked besides `when`, as a condition; nothing where `when` asks for it itself."""
        told = OPEN_BY.get(rule.kind, ())
        if any(path.partition(".")[2] in told for one in rule.when for path in one.reads):
            return ()
        source = IMPLIED.get(rule.kind, f"not {views.name_of(rule.kind)}.gone")
        return (self._part(Expression(source), implied=True),)

    def _part(self, condition: Expression, *, implied: bool = False) -> Part:
        source = " ".join(condition.source.split())
        try:
            holds = condition.holds(self._context, today=self._today, maps=self._rules.maps)
        except ExpressionError as error:
            return Part(source, None, str(error), tuple(self._reads(condition)), implied)
        return Part(source, holds, "", () if holds else tuple(self._reads(condition)), implied)

    def _reads(self, condition: Expression) -> Iterable[Read]:
        for name in sorted(condition.reads):
            value = _value(name, self._context)
            hidden = is_sensitive(name) or isinstance(value, Mapping)
            yield Read(name, None if hidden else value, hidden)
        if condition.reads_today:
            yield Read("today", self._today.isoformat())


def _together(parts: Iterable[Part]) -> bool | None:
    """Say whether all conditions hold, as far as they are asked: the first that does not hold ends it."""
    return next((part.holds for part in parts if not part.holds), True)


def _value(name: str, context: Mapping[str, Json]) -> Json:
    value: Json = context
    for member in name.split("."):
        value = value.get(member) if isinstance(value, Mapping) else None
    return value


def _label(kind: str, context: views.Context) -> str:
    """Return which row, or member, a context shows: ids and dates only."""
    if kind == "position":
        row = context["position"]
        return f"position {row.get('id')} from {row.get('effective_on')}"
    return f"member {context['team']['member'].get('id')}"
