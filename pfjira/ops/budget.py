"""The budget against ping-pong: what was written six times in an hour is left alone until the hour is over.

Somebody else, usually another program, undoes each write as fast as it is made. Counted is what was carried out, by
Jira's clock, on one issue or, towards HR, on one record by one rule; making something new is not counted. The seventh
write is not planned, whoever would approve it, and by itself planned again once the oldest is an hour old.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from pfjira.engine.plan import COMPLETIONS, TOWARDS_HR, Action, Change, Contested
from pfjira.ops.workspace import Workspace
from pfjira.state import outbox

WRITES = 6
WITHIN = timedelta(hours=1)

_TO_HR = frozenset({*COMPLETIONS, *TOWARDS_HR})

Target = tuple[str, ...]
"""An issue's id; or rule, kind and id of a record."""


def spend(workspace: Workspace, changes: Iterable[Change]) -> tuple[list[Change], list[Contested]]:
    """Return the changes that the budget allows, and what is left alone because it would go beyond."""
    changes = list(changes)
    if not any(_target(change) for change in changes):
        return changes, []
    spent: dict[Target, int] = {}
    for action, rule, kind, record, issue_id, count in outbox.written(workspace.store, workspace.now - WITHIN):
        if action != Action.UPDATE_ONCE:
            written = _named(Action(action), rule, kind, record, issue_id)
            spent[written] = spent.get(written, 0) + count
    before = dict(spent)
    allowed: list[Change] = []
    over: dict[Target, Contested] = {}
    for change in changes:
        target = _target(change)
        # What one plan alone wants of a record is no quarrel, however much it is.
        if target is not None and spent.get(target, 0) >= WRITES and before.get(target):
            over[target] = _contested(change, before[target], over.get(target))
            continue
        if target is not None:
            spent[target] = spent.get(target, 0) + 1
        allowed.append(change)
    return allowed, list(over.values())


def _target(change: Change) -> Target | None:
    """Return what a change writes to; None for what is new, or is done once."""
    if change.action.guarded_as == "create" or change.action is Action.UPDATE_ONCE:
        return None
    if not (change.issue_id or change.action in _TO_HR):
        return None
    return _named(change.action, change.rule, change.ref.kind, change.ref.id, change.issue_id)


def _named(action: Action, rule: str, kind: str, record: str, issue_id: str | None) -> Target:
    return (rule, kind, record) if action in _TO_HR or not issue_id else (issue_id,)


def _contested(change: Change, writes: int, known: Contested | None) -> Contested:
    names = dict.fromkeys((*(known.fields if known else ()), *(delta.field for delta in change.deltas)))
    key = "" if change.action in _TO_HR else change.issue_key or ""
    return Contested(change.rule, change.ref, key, tuple(names), writes)
