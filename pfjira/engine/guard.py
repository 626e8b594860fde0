"""The guard: no mass change without a person. It counts and refuses; it never shrinks a plan.

Limits count per action and kind of record (task, employee, leave, …), in this run and in the rolling last 24 hours
together: the larger of a floor and a share of what is kept for that kind, so that a small kind cannot vanish inside a
large total. A first run has no share to compare with and its own, larger floor, for all kinds together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pfjira.engine.plan import Action, Change, Plan
from pfjira.engine.rules import Limit
from pfjira.errors import DigestMismatch, TooManyChanges


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a plan is measured against."""

    kept: Mapping[str, int]
    """How many issues and memberships are kept now, per kind of record."""
    recent: Mapping[tuple[str, str], int]
    """Unapproved effects of the last 24 hours per kind of record and limit: create, update, cancel."""
    passed: Collection[str] = frozenset()
    """Ops of creations that were allowed already, by a run that did not come to its end."""
    adopting: bool = False
    """The state was lost or is older than Jira: nothing is written before a person looked."""
    begun: bool = False
    """Whether anything was ever done, though nothing may be kept: posts, comments, tasks."""

    @property
    def is_first(self) -> bool:
        """Whether this is the first run, with nothing to compare a plan with."""
        return not any(self.kept.values()) and not self.begun


def check(plan: Plan, baseline: Baseline, limits: Mapping[str, Limit], *, approved: str | None = None) -> None:
    """Raise TooManyChanges when the plan needs a person, DigestMismatch when he approved another one."""
    if not plan.changes and approved is None:
        return
    digest = plan.digest
    if approved == digest:
        return
    if not plan.changes:
        raise DigestMismatch(
            f"There is nothing to approve: the plan is empty, not {approved}.",
            hint="It was carried out already, or it was made with other options (--full, --only, --rule).",
        )
    hint = "Read it with `pfjira diff`. Approved like this, exactly this is done and nothing else:"
    if approved is not None:
        raise DigestMismatch(
            f"The plan is not the one that was approved ({approved}); it has moved on.", hint=hint, digest=digest
        )
    if baseline.adopting:
        raise TooManyChanges(
            f"This state file is not up to date (lost, restored, or of another address): Jira holds issues that it did "
            f"not know or that moved on. Nothing was written; {len(plan.changes)} changes wait for a person.",
            hint=hint,
            digest=digest,
            fuse="not up to date",
        )
    counted = [c for c in plan.changes if not (c.action is Action.CREATE and c.op in baseline.passed)]
    first = baseline.is_first
    planned = Counter(_counted_as(change, first=first) for change in counted)
    for (kind, counts_as), count in sorted(planned.items()):
        limit = limits["first" if not kind else counts_as]
        allowed = max(limit.max, baseline.kept.get(kind, 0) * limit.percent // 100)
        recent = baseline.recent.get((kind, counts_as), 0)
        if count + recent > allowed:
            actions = [c.action for c in counted if _counted_as(c, first=first) == (kind, counts_as)]
            whose = f" of kind {kind}" if kind else ""
            lately = f" after {recent} in the last 24 hours" if recent else ""
            raise TooManyChanges(
                f"The plan would {_told(counts_as, actions)}{whose}{lately}; "
                f"the limit without approval is {allowed}. Nothing was written.",
                hint=hint,
                digest=digest,
                fuse=f"{counts_as} {kind}".rstrip(),
            )


def _counted_as(change: Change, *, first: bool) -> tuple[str, str]:
    """Return kind and limit under which a change counts; a first run's creations have no kind, they count together."""
    counts_as = change.action.guarded_as
    return "" if first and counts_as == "create" else change.ref.kind, counts_as


def _told(kind: str, actions: list[Action]) -> str:
    """Say what a plan would do: `cancel 4 issues`."""
    count, several = len(actions), "s" if len(actions) != 1 else ""
    if set(actions) == {Action.REMOVE_MEMBER}:
        return f"take away {count} membership{several}"
    if set(actions) <= _OF_ISSUES:
        return f"{kind} {count} issue{several}"
    return f"make {count} change{several} that count{'' if several else 's'} as {kind}"


_OF_ISSUES = frozenset({
    Action.CREATE, Action.UPDATE, Action.UPDATE_ONCE, Action.ADOPT, Action.LINK, Action.CLOSE, Action.REOPEN,
    Action.CANCEL, Action.LABEL_DOUBLE,
})  # fmt: skip
