"""One reconciliation: recover, plan, guard, write down, carry out, remember. The same for a timer and for a hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from pfjira.engine import guard
from pfjira.engine.plan import Plan
from pfjira.errors import DigestMismatch
from pfjira.ops.diff import Prepared, make_plan
from pfjira.ops.drain import drain
from pfjira.ops.recover import Recovered, recover
from pfjira.ops.settle import Ledger
from pfjira.ops.workspace import DAY, Scope, Workspace
from pfjira.state import letters, links, outbox, runs
from pfjira.state.letters import DeadLetter


@dataclass(slots=True)
class Report:
    """What one run did and what it left."""

    run: int = 0
    plan: Plan = field(default_factory=Plan)
    recovered: Recovered = field(default_factory=Recovered)
    done: Counter[str] = field(default_factory=Counter)
    """Action to how many effects were carried out and seen."""
    buried: list[DeadLetter] = field(default_factory=list)
    letters: int = 0
    """Dead letters in the state after the run, this one's included."""
    conflicts: int = 0
    open_rows: int = 0
    """Writes that did not come to their end: unknown, parked, or overtaken."""
    elapsed_s: float = 0.0
    error: str = ""

    @property
    def differs(self) -> bool:
        """Whether the sides do not agree although the run came to its end."""
        return bool(self.letters or self.conflicts or self.open_rows or self.plan.failures or self.plan.doubles)


def sync(workspace: Workspace, scope: Scope, *, approve: str | None = None, exactly: str | None = None) -> Report:
    """Bring both sides into agreement within the scope.

    `approve`: the digest of a plan that may pass a tripped guard. `exactly`: the digest of a saved plan; anything else
    is refused. Raise PlanRefused, ConnectorError, StateError; what was done before is settled all the same.
    """
    started_at = workspace.clock()
    report = Report(run=runs.start(workspace.store, full=scope.full, now=started_at))
    exit_code: int | None = None
    error = ""
    try:
        report.recovered = recover(workspace)
        prepared = make_plan(workspace, scope)
        report.plan = prepared.plan
        if exactly is not None and exactly != prepared.plan.digest:
            raise DigestMismatch(
                f"The saved plan {exactly} is stale: today's plan is {prepared.plan.digest}. Nothing was written.",
                hint="Make and read a new one with `pfjira diff -o plan.json`.",
            )
        approved = _guard(workspace, prepared, approve or exactly)
        ledger = Ledger(workspace, prepared)
        queue = ledger.open(report.run, scope, started_at=started_at, approved=approved)
        try:
            drain(workspace, ledger, queue)
        finally:
            report.done, report.buried = ledger.done, ledger.buried
        recovered = recover(workspace)
        if recovered.found:
            report.done["create"] += recovered.found
        _count_rest(workspace, report)
        exit_code = int(report.differs)
    except BaseException as stop:
        error = type(stop).__name__
        raise
    finally:
        report.elapsed_s = (workspace.clock() - started_at) / timedelta(seconds=1)
        counts = {name: count for name, count in report.done.items() if count}
        counts["looked_at"] = report.plan.looked_at
        runs.finish(workspace.store, report.run, exit_code=exit_code, counts=counts, error=error, now=workspace.clock())
    return report


def _guard(workspace: Workspace, prepared: Prepared, approve: str | None) -> bool:
    """Check the limits; return whether a person, or the first run, stands behind the plan."""
    kept = links.count(workspace.store)
    baseline = guard.Baseline(
        kept=kept,
        recent=outbox.recent(workspace.store, workspace.clock() - DAY),
        passed=outbox.passed(workspace.store),
        adopting=prepared.adopted,
    )
    guard.check(prepared.plan, baseline, workspace.rules.limits, approved=approve)
    if approve is not None:
        with workspace.store.write():
            runs.note_act(workspace.store, "", "approve", prepared.plan.digest, workspace.clock())
    return approve is not None or kept == 0


def _count_rest(workspace: Workspace, report: Report) -> None:
    report.letters = len(letters.every(workspace.store))
    report.conflicts = len(letters.conflicts(workspace.store))
    report.open_rows = len(outbox.unfinished(workspace.store))
