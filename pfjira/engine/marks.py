"""What the marks of issues tell to a state that has forgotten: which situations have an issue, which employment it is.

An issue stays that of its situation though the rule would not open it today, and employments are counted by watching
people leave and come back: both are lost with the state. But a mark is made of the rule and the key, so that it can be
tried for each record which marks fit. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from pfjira.engine import views
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.fingerprint import creation
from pfjira.engine.model import Record
from pfjira.engine.rules import Rule, RuleSet

FURTHEST = 9
"""So many employments more than are known are looked for."""
REPEATED = 5
"""So many times more than is known an issue may have been made once more (`replay --recreate`)."""

Pair = tuple[str, str]
"""Rule id and key."""


def fitting(
    rules: RuleSet,
    record: Record,
    marks: Collection[str],
    *,
    installation: str,
    today: date,
    known: Mapping[Pair, int] = MappingProxyType({}),
) -> Iterator[tuple[Pair, int]]:
    """Yield the situations of a record for which an issue carries one of these marks, whatever `when` says.

    With each comes the generation of the issue: one that was made once more is newer than the one before. `known` are
    the generations that the state has.
    """
    keeping = [rule for rule in rules.of(record.ref.kind) if rule.make.keeps_issue]
    yield from _fitting(keeping, rules, record, marks, installation, today, known)


def _fitting(
    asked: Iterable[Rule],
    rules: RuleSet,
    record: Record,
    marks: Collection[str],
    installation: str,
    today: date,
    known: Mapping[Pair, int] = MappingProxyType({}),
) -> Iterator[tuple[Pair, int]]:
    for rule in asked:
        for key in _keys(rules, rule, record, today):
            for generation in range(known.get((rule.id, key), 0) + REPEATED + 1):
                if creation(installation, record.ref, rule.id, key, generation) in marks:
                    yield (rule.id, key), generation


def may_fit(
    rules: RuleSet, row: Record, listed: Collection[str], marks: Collection[str], *, installation: str, today: date
) -> bool:
    """Say whether any mark may fit a row that shows the listed fields only, in whatever employment."""
    keeping = [rule for rule in rules.of(row.ref.kind) if rule.make.keeps_issue]
    if any(views.record_path(rule.kind, path) not in listed for rule in keeping for path in rule.key.reads):
        return True
    if any(fitting(rules, row, marks, installation=installation, today=today)):
        return True
    return latest_episode(rules, row, marks, installation=installation, today=today, known=0) > 0


def latest_episode(
    rules: RuleSet, record: Record, marks: Collection[str], *, installation: str, today: date, known: int
) -> int:
    """Return the newest employment of a person for which an issue carries one of these marks, or the known one."""
    # The mark of a rule that does not count employments fits in each of them, and tells of none.
    counting = [rule for rule in rules.of(record.ref.kind) if rule.make.keeps_issue and _counts(rule)]
    for number in range(known + FURTHEST, known, -1) if counting else ():
        seen = replace(record, fields={**record.fields, "episode": number})
        if any(_fitting(counting, rules, seen, marks, installation, today)):
            return number
    return known


def _counts(rule: Rule) -> bool:
    return any(path == "employee.episode" or path.endswith(".employee.episode") for path in rule.key.reads)


def _keys(rules: RuleSet, rule: Rule, record: Record, today: date) -> Iterator[str]:
    for context in views.contexts(rule.kind, record, by_member=rule.kind == "team"):
        try:
            yield rule.key.text(context, today=today, maps=rules.maps).strip()
        except ExpressionError:
            continue  # it is complained about where the rule is evaluated
