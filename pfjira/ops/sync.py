"""One reconciliation: recover, plan, guard, write down, carry out, remember. The same for a timer and for a hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from pfjira.engine.model import Ref
from pfjira.engine.plan import Basis, Plan
from pfjira.errors import Missing, PfjiraError, PlanRefused
from pfjira.ops import adoption, alerts, contradicted, issues, notices
from pfjira.ops.diff import Prepared, make_plan, widened
from pfjira.ops.drain import drain
from pfjira.ops.pausing import stop_if_paused
from pfjira.ops.permission import permit
from pfjira.ops.recover import Recovered, recover
from pfjira.ops.roles import Act, note_start, require
from pfjira.ops.ruleset import Choice, Off
from pfjira.ops.settle import Ledger
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import audit, doubles, letters, outbox, rule_versions, runs, witness
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
    overwritten: list[tuple[str, str]] = field(default_factory=list)
    """Issue key and field where our edit came over somebody's, made in the moment between our look and our write."""
    letters: int = 0
    """Dead letters in the state after the run, this one's included."""
    conflicts: int = 0
    open_rows: int = 0
    """Writes that did not come to their end: unknown, parked, or overtaken."""
    doubles: int = 0
    """Issues that carry the mark of another one, and that are not labelled."""
    elapsed_s: float = 0.0
    choice: Choice | None = None
    """Which rules are in force, and why those of the file are not; None where nobody had to choose."""
    off: Mapping[str, Off] = field(default_factory=dict)
    """Rules for which nothing was planned."""
    unseen: frozenset[Ref] = frozenset()
    """Records that a person named and that were not found."""

    @property
    def differs(self) -> bool:
        """Whether the sides do not agree although the run came to its end, or a person must mend the rules."""
        left = self.letters or self.conflicts or self.open_rows or self.doubles or self.plan.questions
        mend = (self.choice and self.choice.broken) or contradicted.contradicted(self.off)
        return bool(left or self.overwritten or mend)


def sync(
    workspace: Workspace,
    scope: Scope,
    *,
    approve: str | None = None,
    exactly: Basis | None = None,
    act: tuple[str, str] | None = None,
) -> Report:
    """Bring both sides into agreement within the scope.

    `approve`: the digest of a plan that may pass a tripped guard. `exactly`: what a saved plan rests on; anything else
    is refused. `act`: what a person does by this and to what, for the audit, once nothing stands against it. Raise
    PlanRefused, Paused, ConnectorError, StateError; what was done before is settled all the same.
    """
    if approve is not None:
        require(workspace.role, Act.APPROVE)
    if workspace.by_hand:
        note_start(workspace.store, workspace.who, workspace.role, "sync", workspace.clock())
    started_at = workspace.clock()
    run = witness.begin(workspace.store, runs.start(workspace.store, full=scope.full, kind=scope.kind, now=started_at))
    workspace.run = run
    report = Report(run=run, choice=workspace.choice)
    note = workspace.journal.note
    note("run.started", run=run, full=scope.full, only=scope.only, rule=scope.rule)
    exit_code: int | None = None
    error = ""
    try:
        notices.begin(workspace, scope)
        report.recovered = recover(workspace)
        prepared = planned(workspace, scope)
        report.run, scope = adoption.note(workspace, prepared), prepared.scope
        report.plan, report.off = prepared.plan, workspace.off
        note("run.planned", changes=len(report.plan.changes), looked_at=report.plan.looked_at, **report.plan.counts())
        report.unseen = (scope.refs or frozenset()).difference(prepared.sightings)
        stop_if_paused(workspace, prepared.plan)
        approved = permit(workspace, scope, prepared, approve=approve, exactly=exactly)
        if act is not None:
            with workspace.store.write():
                audit.append(workspace.store, workspace.who, *act, workspace.clock())
        ledger = Ledger(workspace, prepared)
        queue = ledger.open(report.run, scope, started_at=started_at, approved=approved)
        try:
            drain(workspace, ledger, queue)
        finally:
            report.done, report.buried, report.overwritten = ledger.done, ledger.buried, ledger.overwritten
            if report.buried:
                alerts.refused(workspace, report.buried)
                # Perhaps the site changed: whether it contradicts a rule is asked before the next plan.
                with workspace.store.write():
                    rule_versions.ask_again(workspace.store)
        report.recovered += recover(workspace)
        if report.recovered.found:
            report.done["create"] += report.recovered.found
        notices.settle(workspace, prepared.notices, scope)
        _count_rest(workspace, report)
        alerts.ended(workspace, scope, report.plan.contested, report.overwritten, prepared.forged)
        exit_code = int(report.differs)
    except BaseException as stop:
        error = str(stop) if isinstance(stop, PfjiraError) else type(stop).__name__
        note("run.refused" if isinstance(stop, PlanRefused) else "run.stopped", error=error)
        alerts.stopped(workspace, stop, scope)
        raise
    finally:
        report.elapsed_s = (workspace.clock() - started_at) / timedelta(seconds=1)
        counts = {name: count for name, count in report.done.items() if count}
        counts["looked_at"] = report.plan.looked_at
        runs.finish(workspace.store, report.run, exit_code=exit_code, counts=counts, error=error, now=workspace.clock())
        outcome = "stopped" if exit_code is None else "they differ" if exit_code else "both sides agree"
        note("run.finished", run=report.run, outcome=outcome, elapsed_s=round(report.elapsed_s, 3), **counts)
        if head := workspace.store.meta(audit.HEAD):
            note("audit.head", head=head)
    return report


def planned(workspace: Workspace, scope: Scope) -> Prepared:
    """Make the plan of the rules that are in force, without those that are off; `sync` and `diff` both call it."""
    contradicted.refresh(workspace, full=widened(workspace, scope).full)
    try:
        return make_plan(workspace, scope)
    except Missing as lost:
        raise issues.hidden(workspace, lost) from lost


def _count_rest(workspace: Workspace, report: Report) -> None:
    report.letters = len(letters.every(workspace.store))
    report.conflicts = len(letters.conflicts(workspace.store))
    report.doubles = doubles.count_asking(workspace.store)
    report.open_rows = len(outbox.unfinished(workspace.store))
