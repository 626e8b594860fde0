"""`forget`: nothing of a person is left in the state; what may be left elsewhere is told."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pfjira.cli.exits import ExitCode
from pfjira.cli.options import AsJson, StateFile

if TYPE_CHECKING:
    from pfjira.ops.forget import Forgotten

_PERSON = re.compile(r"(?:peopleforce/)?(?:(employee|candidate)/)?([0-9A-Za-z_-]+)")


def forget(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="HR id (9001, employee/9001), or candidate/ID.")],
    backups: Annotated[
        bool, typer.Option("--backups", help="Delete the copies of the state that know the person, too.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking; needed where nobody can be asked.")] = False,
    as_json: AsJson = False,
    state: StateFile = None,
) -> None:
    """Erase every trace of a person from the state.

    Say where else traces are.

    Asks no system: whoever is still in PeopleForce comes back with the next sync.
    """
    from pfjira.cli import output
    from pfjira.cli.places import Places, open_state
    from pfjira.cli.standing import user
    from pfjira.config.paths import log_folder, present, state_file
    from pfjira.errors import StateError
    from pfjira.log import KEEP
    from pfjira.ops.forget import forget as erase

    named = _PERSON.fullmatch(person)
    if named is None:
        raise typer.BadParameter("it is an HR id (9001, employee/9001) or candidate/ID", param_hint="PERSON")
    kind, number = named[1] or "employee", named[2]
    if not (yes or sys.stdin.isatty()):
        raise typer.BadParameter("nobody can be asked here; say --yes", param_hint="PERSON")
    path = state_file(state, os.environ)
    if not present(path):
        raise StateError(f"There is no state at {path} yet, so nobody to forget.", hint="Check PFJIRA_STATE.")
    if not yes and not _confirmed(kind, number, backups=backups):
        output.remark("Nothing was erased.")
        return
    with open_state(Places(None, state), command="forget", writes=True, environment=os.environ) as store:
        done = erase(
            store, kind, number,
            logs=log_folder(path, os.environ), keep_logs=KEEP, backups=backups, who=user(), now=datetime.now(UTC),
        )  # fmt: skip
    if as_json:
        output.write_json(_document(done))
    else:
        _say(done, kind, number)
    raise typer.Exit(ExitCode.OK if done.whole else ExitCode.LATER)


def _confirmed(kind: str, number: str, *, backups: bool) -> bool:
    from pfjira.cli import output

    also = ", and the copies that know of it are deleted" if backups else ""
    output.remark(f"All that is kept about {kind} {number} is erased for good{also}. Go on? Type yes:")
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _document(done: Forgotten) -> dict[str, object]:
    return {
        "rows": done.rows,
        "issues": done.issues,
        "whole": done.whole,
        "left": [{"file": str(one.path), "goes": one.goes} for one in done.left],
        "removed": [str(path) for path in done.removed],
        "in_rules": done.in_rules,
    }


def _say(done: Forgotten, kind: str, number: str) -> None:
    from pfjira.cli import output

    if done.rows:
        what = ", ".join(f"{table} {count}" for table, count in sorted(done.rows.items()))
        output.say(f"Forgotten: {output.counted(sum(done.rows.values()), 'row', 'rows')} ({what}).", "bold")
    else:
        output.say(f"Nothing is kept about {kind} {number}.", "bold")
    if not done.whole:
        output.say("Another process was reading the file: its log still holds old pages.", "red")
        output.say("  → Run this command once more when it has ended.")
    if done.issues:
        output.say(f"In Jira there are still: {', '.join(done.issues)}. What they hold is yours to erase there.")
    for path in done.removed:
        output.say(f"removed  {path}")
    for one in done.left:
        output.say(f"left     {one.path}: goes {one.goes}", "yellow")
    if done.in_rules:
        output.say("left     a version of your rules file names the person (`pfjira rules history`)", "yellow")
    output.say(
        "Saved plans (`diff -o`), copies made to places of their own, and logs sent elsewhere are not looked at."
    )
    output.say("Whoever is still in PeopleForce comes back with the next `pfjira sync`.")
