"""`sync` and `diff`: the same plan, carried out or shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from pfjira.cli.exits import ExitCode
from pfjira.cli.options import AsJson, Full, Only, RuleId, RulesFile, StateFile

if TYPE_CHECKING:
    from pfjira.cli.places import Places
    from pfjira.ops.workspace import Scope


def sync(
    full: Full = False,
    only: Only = None,
    rule: RuleId = None,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Carry out exactly this saved plan; refused when it is stale."),
    ] = None,
    approve: Annotated[
        str | None, typer.Option("--approve", metavar="DIGEST", help="Let exactly this plan pass a tripped guard.")
    ] = None,
    moved: Annotated[
        bool, typer.Option("--moved", help="The state's systems have a new address, and are the same: keep the state.")
    ] = False,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="Wait so long for another run to end.")
    ] = 0.0,
    pending: Annotated[
        bool, typer.Option("--pending", help="Look only at what webhooks named; nothing to do where none did.")
    ] = False,
    when_told: Annotated[bool, typer.Option("--when-told", hidden=True)] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing unless something was written, is left or failed.")
    ] = False,
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Bring both sides into agreement.

    Exit 0: they agree, 1: done but they differ, 65: refused by a guard.
    """
    from pfjira.cli import output, plans, progress, reports
    from pfjira.cli.places import Places
    from pfjira.cli.telling import courier, people_told, tell_of_refusal
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops.run import Report
    from pfjira.ops.sync import sync as run

    if pending and (full or only or rule or plan):
        raise typer.BadParameter("it goes with no other choice of what to look at", param_hint="--pending")
    if when_told and not sys.stdin.readline():
        return  # whoever started this in advance is gone
    if pending and not _is_anything_pending(Places(rules, state)):
        if as_json:
            output.write_json(plans.sync_document(Report()))
        elif not quiet:
            output.say("No webhook named anything that was not looked at.")
        return
    with (
        closing(courier(os.environ)) as messenger,
        progress.shown(quiet=as_json or quiet) as shown,
        open_workspace(
            Places(rules, state), command="sync", writes=True, moved=moved, progress=shown, patience_s=wait,
            refused=partial(tell_of_refusal, messenger, os.environ),
        ) as workspace,
    ):  # fmt: skip
        exactly = plans.saved_basis(plan) if plan else None
        looked_at = _scope([known.id for known in workspace.rules.rules], full, only, rule)
        looked_at = replace(looked_at, pending=pending)
        told = messenger, workspace.store, workspace.journal, os.environ, workspace.clock
        with people_told(*told, whole=not looked_at.is_part):
            report = run(workspace, looked_at, approve=approve, exactly=exactly)
    if as_json:
        output.write_json(plans.sync_document(report))
    elif not quiet or report.differs or any(report.done.values()) or report.plan.adopted:
        reports.say_sync(report)
    raise typer.Exit(ExitCode.DIFFERS if report.differs else ExitCode.OK)


def _is_anything_pending(places: Places) -> bool:
    """Say whether a webhook, of a system or of a source, brought something that no run took to its end."""
    from pfjira.cli.places import open_state
    from pfjira.config.paths import state_file
    from pfjira.state import deliveries, inbox

    inbox.lower_flag(state_file(places.state, os.environ))  # before looking: what comes later raises it again
    with open_state(places, command="sync", writes=False, environment=os.environ) as store:
        return bool(inbox.tally(store)["pending"] or deliveries.waiting(store))


def diff(
    full: Full = False,
    only: Only = None,
    rule: RuleId = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Save the plan for `sync --plan`.")
    ] = None,
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Show what sync would do, field by field; write nothing.

    Exit 0: agreement, 1: differences.
    """
    from pfjira.cli import output, plans, progress, reports
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.config.paths import state_file
    from pfjira.ops.contradicted import contradicted
    from pfjira.ops.permission import verdict
    from pfjira.ops.sync import planned

    if out is not None:
        plans.check_place(out)
    with (
        progress.shown(quiet=as_json) as shown,
        open_workspace(Places(rules, state), command="diff", writes=False, progress=shown) as workspace,
    ):
        prepared = planned(workspace, _scope([known.id for known in workspace.rules.rules], full, only, rule))
        refusal = verdict(workspace, prepared)
        first = workspace.store.path is None
        choice, off = workspace.choice, workspace.off
    options = _repeated({"--only": only, "--rule": rule, "--rules": rules, "--state": state}, full=full)
    document = plans.plan_document(prepared.plan, refusal) | plans.rules_document(choice, off)
    if out is not None:
        plans.save_plan(out, json.dumps(document, ensure_ascii=False, indent=2))
    if as_json:
        output.write_json(document)
    else:
        reports.say_rules(choice, off)
        reports.say_plan(prepared.plan, refusal, options)
    if first:
        output.remark(f"There is no state at {state_file(state, os.environ)} yet: compared as for a first run.")
    if out is not None:
        output.remark(f"Saved to {out}; this carries out exactly this plan:")
        approval = f" --approve {refusal.digest}" if refusal is not None and refusal.digest else ""
        output.remark(f"  pfjira sync --plan {quote(str(out))}{options}{approval}")
    agreed = prepared.plan.is_empty and not ((choice and choice.broken) or contradicted(off))
    raise typer.Exit(ExitCode.OK if agreed else ExitCode.DIFFERS)


def _repeated(options: Mapping[str, object], *, full: bool) -> str:
    """Return what must stand in a command to look at the same as this one did."""
    given = [f" {name} {quote(str(value))}" for name, value in options.items() if value is not None]
    return (" --full" if full else "") + "".join(given)


def _scope(known: Iterable[str], full: bool, only: str | None, rule: str | None) -> Scope:
    """Return what to look at; refuse a rule that does not exist."""
    from difflib import get_close_matches

    from pfjira.ops.workspace import Scope

    if rule is not None and rule not in (names := list(known)):
        near = get_close_matches(rule, names, 1)
        raise typer.BadParameter(f"there is no rule {rule!r}{f', did you mean {near[0]!r}?' if near else ''}")
    return Scope(full=full, only=only, rule=rule)
