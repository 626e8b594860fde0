"""The rules of one kind, prepared once for all the records that they will look at."""

from __future__ import annotations

from dataclasses import dataclass

from pfjira.engine import views
from pfjira.engine.expressions import Expression
from pfjira.engine.joined import Joined
from pfjira.engine.kinds import stream_of
from pfjira.engine.rules import Make, Rule, RuleSet, expressions


@dataclass(frozen=True, slots=True)
class Prepared:
    """The slots of one kind, in file order."""

    slots: tuple[tuple[Rule, ...], ...]
    slot_of: dict[str, int]
    """Rule id to the number of its slot."""
    joined: Joined
    """What all rules' `when` say, slot by slot."""
    by_member: bool
    """Whether a rule looks at a team's members one by one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The conditions of one kind that look at listed fields alone, rule by rule, singly and joined."""

    conditions: tuple[tuple[Expression, ...], ...]
    joined: Joined


def prepared(rules: RuleSet, kind: str) -> Prepared:
    """Return the rules of a kind, prepared when they are first asked for."""

    def prepare() -> Prepared:
        slots = _slots(rules, kind)
        return Prepared(
            slots=slots,
            slot_of={rule.id: number for number, members in enumerate(slots) for rule in members},
            joined=Joined([[rule.when for rule in members] for members in slots]),
            by_member=kind == "team" and any(_reads_member(rule) for members in slots for rule in members),
        )

    return rules.prepared(kind, prepare)


def judged(rules: RuleSet, kind: str, listed: frozenset[str]) -> Judged:
    """Return what the rules that make something ask of listed fields, prepared when it is first asked for."""

    def prepare() -> Judged:
        making = [rule for members in _slots(rules, kind) for rule in members if rule.make is not Make.NOTHING]
        found = tuple(tuple(one for one in rule.when if _reads_only(one, kind, listed)) for rule in making)
        return Judged(found, Joined([[conditions] for conditions in found]))

    return rules.prepared((kind, listed), prepare)


def _slots(rules: RuleSet, kind: str) -> tuple[tuple[Rule, ...], ...]:
    return tuple(rules.slots(stream_of(kind))[kind].values())


def _reads_only(condition: Expression, kind: str, listed: frozenset[str]) -> bool:
    return all(views.record_path(kind, path) in listed for path in condition.reads)


def _reads_member(rule: Rule) -> bool:
    return any(path.startswith("team.member") for one in expressions(rule) for path in one.reads)
