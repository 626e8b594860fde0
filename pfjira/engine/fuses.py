"""Fuses against plans that are small enough for the guard and still look like a fault of the source.

Two signs: one field of one rule becomes nothing, or one and the same value, in many records at once; and cancellations
that rest on a listing which is much shorter than the last complete one. Pure: it counts and refuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pfjira.engine.fingerprint import canonical
from pfjira.engine.model import Json, Ref
from pfjira.engine.plan import Action, Plan
from pfjira.engine.rules import Rule, RuleSet
from pfjira.errors import TooManyChanges

AT_LEAST = 10
SHARE_PERCENT = 10
"""More than this share of what a rule keeps, and so many at least, in one field: no coincidence."""
HINT = "Read it with `pfjira diff`. If it is meant, approve exactly this plan:"


@dataclass(frozen=True, slots=True)
class Witness:
    """What a plan rests on."""

    kept: Mapping[str, int]
    """How many issues are kept now, per rule."""
    literal: Collection[tuple[str, str]] = frozenset()
    """Rule and field whose value stands in the rules file and not in a record: see `literals`."""
    shrunk: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Kind to rows now and rows of the last complete sweep, where a listing lost more than its share."""
    absent: Collection[Ref] = frozenset()
    """Records that count as gone because listings did not show them."""


def check(plan: Plan, witness: Witness, *, approved: str | None = None) -> None:
    """Raise TooManyChanges when the plan looks like a fault of the source, unless a person approved exactly it."""
    if not plan.changes or approved == plan.digest:
        return
    for rule, name, count, emptied in _turned(plan, witness.literal):
        kept = witness.kept.get(rule, 0)
        if count >= AT_LEAST and count * 100 > kept * SHARE_PERCENT:
            does = f"empty {name}" if emptied else f"set {name} to one and the same value"
            raise TooManyChanges(
                f"The plan would {does} in {count} of the {max(kept, count)} records of rule {rule}: that looks like "
                "a fault in the source. Nothing was written.",
                hint=HINT,
                digest=plan.digest,
                fuse=f"{'emptied' if emptied else 'levelled'} {rule} {name}",
            )
    cancels = Counter(c.ref.kind for c in plan.changes if c.action.guarded_as == "cancel" and c.ref in witness.absent)
    for kind, (rows, before) in sorted(witness.shrunk.items()):
        if count := cancels[kind]:
            raise TooManyChanges(
                f"PeopleForce lists {rows} records of kind {kind} and listed {before} before; the plan would withdraw "
                f"{count} because they are not listed any more. Nothing was written.",
                hint=HINT,
                digest=plan.digest,
                fuse=f"shrunk {kind}",
            )


def literals(rules: RuleSet) -> frozenset[tuple[str, str]]:
    """Return rule and field of every value that is written out in the rules: that all have it is what was meant."""
    return frozenset((rule.id, name) for rule in rules.every for name in _literal_fields(rule))


def _literal_fields(rule: Rule) -> Iterator[str]:
    for line in rule.fields:
        if line.template is None or not line.template.reads:
            yield line.field
    for back in rule.back:
        yield from (name for name, template in back.values if not template.reads)


def _turned(plan: Plan, literal: Collection[tuple[str, str]]) -> Iterator[tuple[str, str, int, bool]]:
    """Yield rule, field, how many records turn to the value that most turn to, and whether that is nothing."""
    found: dict[tuple[str, str], Counter[bytes]] = {}
    for change in plan.changes:
        # A new issue had no value before, and what is done once to others' issues is no mirror of a record.
        if change.action in (Action.UPDATE, Action.SET_FIELDS):
            for delta in change.deltas:
                place = change.rule, delta.field
                # What was empty loses nothing, as the assignee of a person who is known at last.
                if delta.field != "labels" and place not in literal and _essence(delta.before):
                    found.setdefault(place, Counter())[_essence(delta.after)] += 1
    for (rule, name), values in sorted(found.items()):
        value, count = values.most_common(1)[0]
        if values[b""] >= AT_LEAST:
            value, count = b"", values[b""]
        yield rule, name, count, value == b""


def _essence(value: Json) -> bytes:
    return b"" if value in (None, "", [], {}) else canonical(value)
