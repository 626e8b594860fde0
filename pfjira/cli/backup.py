"""`backup` and `restore`: a copy of what only this machine remembers, and the way back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pfjira.cli.options import AsJson, StateFile

KEEP = 30


def backup(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to; a new file.")] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Folder of the copies. [default: backups, beside the state]"),
    ] = None,
    keep: Annotated[int, typer.Option("--keep", min=1, metavar="N", help="How many copies stay in the folder.")] = KEEP,
    as_json: AsJson = False,
    state: StateFile = None,
) -> None:
    """Copy the state file, intact and private.

    A sync may run meanwhile. Without FILE the copy is named by time and run, and the oldest copies go.
    """
    from pfjira.cli import output
    from pfjira.cli.standing import user
    from pfjira.config.paths import present, state_file
    from pfjira.errors import StateError
    from pfjira.ops.backup import back_up

    if file is not None and to is not None:
        raise typer.BadParameter("name a file or a folder, not both", param_hint="--to")
    path = state_file(state, os.environ)
    if not present(path):
        raise StateError(f"There is no state at {path} yet.", hint="`pfjira sync` makes it.")
    made = back_up(path, file=file, folder=to, keep=keep, who=user(), now=datetime.now(UTC))
    if as_json:
        output.write_json(
            {
                "file": str(made.path),
                "run": made.run,
                "bytes": made.bytes,
                "removed": [str(one) for one in made.removed],
            }
        )
        return
    output.say(f"{made.path}: the state as of run {made.run}, {made.bytes // 1024} KiB, intact.", "bold")
    if made.removed:
        output.say(f"{output.counted(len(made.removed), 'older copy', 'older copies')} removed.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `pfjira backup` made.")],
    yes: Annotated[bool, typer.Option("--yes", help="Put it back; without, it is only looked at.")] = False,
    as_json: AsJson = False,
    state: StateFile = None,
) -> None:
    """Put a backup in the place of the state file.

    The present one is kept beside it. The next sync adopts what happened since, and writes nothing before you approve.
    """
    from pfjira.cli import output
    from pfjira.cli.standing import user
    from pfjira.config.paths import state_file
    from pfjira.ops.backup import restore as put_back

    path, now = state_file(state, os.environ), datetime.now(UTC)
    done = put_back(path, file, sites=_configured(os.environ), sure=yes, who=user(), now=now)
    if as_json:
        aside = str(done.aside) if done.aside else None
        output.write_json(
            {"state": str(path), "file": str(file), "run": done.copy.run, "at": done.copy.at, "aside": aside}
        )
        return
    output.say(f"{path} is the state as of run {done.copy.run} again.", "bold")
    if done.aside is not None:
        output.say(f"The former one is kept as {done.aside}.")
    output.say("`pfjira sync` now adopts what happened since; it writes nothing before you approve.")


def _configured(environment: Mapping[str, str]) -> str:
    """Return what names the configured pair of systems, nothing where they are not configured here."""
    from pfjira.cli.wiring import connect, sites_of
    from pfjira.config.settings import read_settings
    from pfjira.errors import ConfigError

    try:
        hr, jira = connect(read_settings(environment))
    except ConfigError:
        return ""
    hr.close()
    jira.close()
    return sites_of(hr, jira)
