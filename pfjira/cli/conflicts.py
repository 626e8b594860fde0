"""`conflicts list` and `conflicts resolve`: fields that both sides moved, and whose value a person chooses."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pfjira.cli.exits import ExitCode
from pfjira.cli.options import AsJson, RulesFile, StateFile

if TYPE_CHECKING:
    from pfjira.engine.plan import Conflict


class Side(StrEnum):
    """Whose value is taken."""

    PEOPLEFORCE = "peopleforce"
    JIRA = "jira"


_NAMES = {Side.PEOPLEFORCE: "PeopleForce", Side.JIRA: "Jira"}


def list_(
    values: Annotated[
        bool, typer.Option("--values", help="Show both values, too: both systems are asked for them.")
    ] = False,
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """List the fields that both sides moved.

    It reads the state only, unless values are asked for.
    """
    from pfjira.cli import output
    from pfjira.ops import wording

    found = _with_values(rules, state, quiet=as_json) if values else _known(state)
    if as_json:
        output.write_json({"conflicts": found})
        return
    for one in found:
        since = f", since {one['since'][:10]}" if one["since"] else ""
        output.say(f"{one['issue']} {one['field']} ({wording.record_named(one['ref'])}{since})  [{one['rule']}]", "red")
        if values:
            output.say(f"    PeopleForce: {output.short(one['ours'])}")
            output.say(f"    Jira:        {output.short(one['theirs'])}")
        output.say(f"    → pfjira conflicts resolve {one['issue']} {one['field']} --take peopleforce|jira")
    output.say(f"{output.counted(len(found), 'conflict')} open.", "bold")


def resolve(
    issue: Annotated[str, typer.Argument(metavar="ISSUE", help="Key of the issue.")],
    field: Annotated[str, typer.Argument(metavar="FIELD", help="Field as `conflicts list` names it, or `completed`.")],
    take: Annotated[Side, typer.Option("--take", help="Whose value is taken.")],
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Take one side's value, and carry it out at once.

    Exit 0: done, 1: something about the record is left, 78: there is no such conflict.
    """
    from pfjira.cli import output, plans, progress, reports
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops.resolve import resolve as run

    with (
        progress.shown(quiet=as_json) as shown,
        open_workspace(Places(rules, state), command="conflicts resolve", writes=True, progress=shown) as workspace,
    ):
        done = run(workspace, issue, field, take.value)
    conflict, again = done.conflict, done.again
    if as_json:
        head: dict[str, Any] = {
            "rule": conflict.rule,
            "ref": str(conflict.ref),
            "issue": conflict.issue_key,
            "field": conflict.field,
        }
        head |= {"take": take.value, "resolved": again is None}
        output.write_json(head | {"sync": plans.sync_document(done.report)})
    else:
        subject = f"{conflict.issue_key} {conflict.field}"
        if again is None:
            output.say(f"{subject}: what {_NAMES[take]} shows counts.  [{conflict.rule}]", "green")
        else:
            output.say(f"{subject}: both sides moved again meanwhile, nothing is decided.  [{conflict.rule}]", "red")
        reports.say_sync(done.report)
    raise typer.Exit(ExitCode.DIFFERS if done.differs else ExitCode.OK)


def _known(state: Any) -> list[dict[str, Any]]:
    """Return the open conflicts as the state knows them; no values."""
    from pfjira.cli.places import Places, open_state
    from pfjira.state import letters

    with open_state(Places(None, state), command="conflicts list", writes=False, environment=os.environ) as store:
        return [
            {"rule": one.rule, "ref": str(one.ref), "issue": one.issue_key, "field": one.field, "since": one.since}
            for one in letters.conflicts(store)
        ]


def _with_values(rules: Any, state: Any, *, quiet: bool) -> list[dict[str, Any]]:
    """Return the conflicts that both systems show now."""
    from pfjira.cli import progress
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops.resolve import opened

    with (
        progress.shown(quiet=quiet) as shown,
        open_workspace(Places(rules, state), command="conflicts list", writes=False, progress=shown) as workspace,
    ):
        return [_document(conflict, since) for conflict, since in opened(workspace)]


def _document(one: Conflict, since: str) -> dict[str, Any]:
    head = {"rule": one.rule, "ref": str(one.ref), "issue": one.issue_key, "field": one.field, "since": since}
    return {**head, "ours": one.ours, "theirs": one.theirs}
