"""One reconciliation: recover, plan, guard, write down, carry out, remember. The same for a timer and for a hand."""

from __future__ import annotations

from pfjira.engine.plan import Basis
from pfjira.errors import Missing
from pfjira.ops import adoption, alerts, contradicted, issues, notices
from pfjira.ops.diff import Prepared, make_plan, widened
from pfjira.ops.drain import drain
from pfjira.ops.pausing import stop_if_paused
from pfjira.ops.permission import permit
from pfjira.ops.recover import recover
from pfjira.ops.roles import Act, note_start, require
from pfjira.ops.run import Report, underway
from pfjira.ops.settle import Ledger
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import audit, rule_versions


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
    with underway(workspace, scope) as report:
        notices.begin(workspace, scope)
        report.recovered = recover(workspace)
        prepared = planned(workspace, scope)
        report.run, report.scope = adoption.note(workspace, prepared), prepared.scope
        report.plan, report.off, report.forged = prepared.plan, workspace.off, prepared.forged
        report.unseen = (report.scope.refs or frozenset()).difference(prepared.sightings)
        plan, note = prepared.plan, workspace.journal.note
        note("run.planned", changes=len(plan.changes), looked_at=plan.looked_at, **plan.counts())
        stop_if_paused(workspace, plan)
        approved = permit(workspace, report.scope, prepared, approve=approve, exactly=exactly)
        if act is not None:
            with workspace.store.write():
                audit.append(workspace.store, workspace.who, *act, workspace.clock())
        _carry_out(workspace, prepared, report, approved=approved)
        report.recovered += recover(workspace)
        if report.recovered.found:
            report.done["create"] += report.recovered.found
        notices.settle(workspace, prepared.notices, report.scope)
    return report


def planned(workspace: Workspace, scope: Scope) -> Prepared:
    """Make the plan of the rules that are in force, without those that are off; `sync` and `diff` both call it."""
    contradicted.refresh(workspace, full=widened(workspace, scope).full)
    try:
        return make_plan(workspace, scope)
    except Missing as lost:
        raise issues.hidden(workspace, lost) from lost


def _carry_out(workspace: Workspace, prepared: Prepared, report: Report, *, approved: bool) -> None:
    """Write the plan down and carry it out; what was done is reported whatever stops it."""
    ledger = Ledger(workspace, prepared)
    queue = ledger.open(report.run, report.scope, started_at=report.started_at, approved=approved)
    try:
        drain(workspace, ledger, queue)
    finally:
        report.done, report.buried, report.overwritten = ledger.done, ledger.buried, ledger.overwritten
        if report.buried:
            alerts.refused(workspace, report.buried)
            # Perhaps the site changed: whether it contradicts a rule is asked before the next plan.
            with workspace.store.write():
                rule_versions.ask_again(workspace.store)
