"""One issue as its rule looks at it: what its state means for completion, and whether it is followed at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pfjira.engine.expressions import NO_MAPS, Expression, Maps
from pfjira.engine.model import Issue, Json, Situation
from pfjira.engine.rules import BackAction, Rule
from pfjira.engine.views import Context

DONE = "done"
_OF_THE_TASK = frozenset({BackAction.COMPLETE, BackAction.REOPEN})


@dataclass(frozen=True, slots=True)
class Sight:
    """An issue, with its children and the day: all that an expression about an issue may read."""

    issue: Issue
    children: Mapping[str, Issue | None] = field(default_factory=dict)
    """By the child's own key; None where it has no issue, or none that shows."""
    today: date = date.min
    maps: Maps = field(default_factory=lambda: NO_MAPS)
    followed: bool = True
    """False for a child whose parent is not followed any more."""

    def context(self, situation: Situation) -> Context:
        """Return what an expression reads; of the record only where its rule asks for it."""
        children = {name: _shown(issue) for name, issue in self.children.items()}
        return {**(situation.context or {}), "issue": _shown(self.issue), "children": children}

    def holds(self, condition: Expression, situation: Situation) -> bool:
        """Say whether a condition holds. Raise ExpressionError."""
        return condition.holds(self.context(situation), today=self.today, maps=self.maps)


def is_followed(rule: Rule | None, situation: Situation, sight: Sight) -> bool:
    """Say whether the issue still follows its record. Raise ExpressionError."""
    until = rule.follow_until if rule is not None else None
    return sight.followed and not (until is not None and sight.holds(until, situation))


def back_action(rule: Rule, situation: Situation, sight: Sight) -> BackAction | None:
    """Return what the first line that holds says of the task: complete, reopen, or nothing. Raise ExpressionError."""
    lines = (line for line in rule.back if line.do in _OF_THE_TASK)
    return next((line.do for line in lines if sight.holds(line.when, situation)), None)


def completion(rule: Rule, situation: Situation, sight: Sight) -> tuple[bool | None, bool | None]:
    """Return what HR and what Jira say of completion; None where the rule does not look or has no opinion.

    Where nothing writes completion back, Jira's word is whether the issue is where the rule closes it, or in any done
    status. Raise ExpressionError when a line cannot be evaluated.
    """
    issue = sight.issue
    ours = situation.done if rule.done_when is not None else None
    closed_by_us = situation.close is not None and situation.close.reached(issue)
    if not any(line.do in _OF_THE_TASK for line in rule.back):
        return ours, issue.category == DONE or closed_by_us
    action = back_action(rule, situation, sight)
    if action is None or (action is BackAction.REOPEN and closed_by_us):
        # Where the rule itself closes issues, an issue tells nothing that the task should be reopened for.
        return ours, None
    return ours, action is BackAction.COMPLETE


def _shown(issue: Issue | None) -> dict[str, Json]:
    if issue is None:
        return {"id": None, "key": None, "status": {"name": None, "category": None}, "assignee": None,
                "resolution": None, "duedate": None}  # fmt: skip
    return {
        "id": issue.id,
        "key": issue.key,
        "status": {"name": issue.status, "category": issue.category},
        "assignee": issue.fields.get("assignee"),
        "resolution": issue.fields.get("resolution"),
        "duedate": issue.fields.get("duedate"),
    }
