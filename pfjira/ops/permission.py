"""Whether a plan may be carried out: what the guard says, what a person approved, whether the state is up to date."""

from __future__ import annotations

from pfjira.engine import fuses, guard
from pfjira.engine.plan import Basis
from pfjira.errors import DigestMismatch, PlanRefused, TooManyChanges
from pfjira.ops import approval, completeness
from pfjira.ops.diff import Prepared
from pfjira.ops.workspace import DAY, Scope, Workspace
from pfjira.state import audit, deeds, links, outbox, witness


def verdict(workspace: Workspace, prepared: Prepared) -> PlanRefused | None:
    """Return what the guard would say to a plan; None when it may be carried out."""
    baseline = baseline_of(workspace, prepared)
    if baseline.adopting and prepared.scope.is_part:
        return not_in_part()
    try:
        guard.check(prepared.plan, baseline, workspace.rules.limits)
        fuses.check(prepared.plan, witness_of(workspace, prepared))
    except PlanRefused as refusal:
        return refusal
    return None


def is_adopting(workspace: Workspace, prepared: Prepared) -> bool:
    """Say whether the state is younger or older than what Jira shows."""
    return prepared.adopting or witness.is_adopting(workspace.store, workspace.run)


def not_in_part() -> TooManyChanges:
    """Return what to say where a part of the work is asked for while the state is not up to date."""
    return TooManyChanges(
        "This state file is not up to date, and a part of the work cannot be judged alone. Nothing was written.",
        hint="Run a whole `pfjira sync` first.",
        fuse="not up to date",
    )


def permit(
    workspace: Workspace, scope: Scope, prepared: Prepared, *, approve: str | None, exactly: Basis | None
) -> bool:
    """Check everything that may stand against a plan; return whether a person, or the first run, stands behind it."""
    plan, baseline = prepared.plan, baseline_of(workspace, prepared)
    if exactly is not None and exactly.digest != plan.digest:
        raise DigestMismatch(
            f"The saved plan {exactly.digest} is stale, or was carried out already: today's plan is {plan.digest}. "
            f"{approval.told(exactly, plan)} Nothing was written.",
            hint="Make and read a new one with `pfjira diff -o plan.json`.",
        )
    if baseline.adopting and scope.is_part:
        raise not_in_part()
    try:
        guard.check(plan, baseline, workspace.rules.limits, approved=approve)
        fuses.check(plan, witness_of(workspace, prepared), approved=approve)
    except DigestMismatch as error:
        moved = approval.what_moved(workspace, approve or "", plan)
        raise DigestMismatch(f"{error} {moved}".strip(), hint=error.hint, digest=error.digest) from error
    except TooManyChanges as error:
        approval.remember(workspace, plan)
        if plan.scope and not scope.is_part:  # without its options another plan is shown
            error.hint = error.hint.replace("`pfjira diff`", f"`pfjira diff {plan.scope}`")
        raise
    if approve is not None and plan.changes:
        with workspace.store.write():
            audit.append(workspace.store, workspace.who, "approve", approve, workspace.now)
    return approve is not None or baseline.is_first


def baseline_of(workspace: Workspace, prepared: Prepared) -> guard.Baseline:
    """Return what a plan is measured against."""
    store, now = workspace.store, workspace.now
    # To count reads whole tables, and a plan without changes is measured against nothing.
    changes = bool(prepared.plan.changes)
    return guard.Baseline(
        kept=links.count_by(store, "kind") + deeds.memberships(store) if changes else {},
        begun=deeds.any_done(store) or links.any_kept(store),
        recent=outbox.recent(store, now - DAY) if changes else {},
        passed=outbox.passed(store, now - outbox.REMEMBERED) if changes else {},
        adopting=is_adopting(workspace, prepared),
    )


def witness_of(workspace: Workspace, prepared: Prepared) -> fuses.Witness:
    """Return what a plan rests on."""
    if not prepared.plan.changes:
        return fuses.Witness({})
    return fuses.Witness(
        kept=links.count_by(workspace.store, "rule"),
        literal=fuses.literals(workspace.rules),
        shrunk=completeness.shrunk(workspace.store, prepared.sweeps),
        absent={ref for ref, sighting in prepared.sightings.items() if sighting.section == "gone"},
    )
