"""`tui`: the dashboard. This file says where things are and who looks; the dashboard looks up nothing by itself."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from pfjira.cli.options import RulesFile, StateFile


def tui(
    role: Annotated[
        str | None,
        typer.Option(
            "--role", metavar="ROLE", help="viewer, operator or admin. [default: as groups and PFJIRA_ROLE say]",
            show_default=False,
        ),
    ] = None,
    theme: Annotated[
        str, typer.Option("--theme", metavar="NAME", help="Colours; monochrome does without.", show_default=False)
    ] = "",
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:  # fmt: skip
    """Show the dashboard, live in this terminal.

    It is keyboard first, and read-only until you arm it.

    It writes nothing itself: what a key lets happen is one of these commands, shown before it runs.
    """
    from pfjira.cli.check import STALE
    from pfjira.cli.standing import allowed_file, role_held
    from pfjira.cli.worker import own_program
    from pfjira.config.paths import log_folder, state_file
    from pfjira.config.role import ROLE
    from pfjira.config.variables import token_expires
    from pfjira.errors import ConfigError
    from pfjira.ops.roles import narrowed, role_named
    from pfjira.tui.app import Dashboard
    from pfjira.tui.setting import Setting

    path = state_file(state, os.environ).absolute()
    known = role_held(path, os.environ)
    wanted = known if role is None else narrowed(known, role_named(role))
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.__stdout__, sys.__stderr__)):
        raise ConfigError("The dashboard needs a terminal.", hint="`pfjira status` says the same in a pipe.")
    environment = {**os.environ, ROLE: wanted.value, "PFJIRA_STATE": str(path)}
    if rules is not None:
        environment["PFJIRA_RULES"] = str(allowed_file(rules, os.environ, state=state).absolute())
    board = Dashboard(
        Setting(
            state=path,
            logs=log_folder(path, os.environ),
            role=wanted,
            program=tuple(own_program()),
            environment=environment,
            clock=lambda: datetime.now(UTC),
            stale=STALE,
            token_expires=token_expires(os.environ),
            theme=theme,
        )
    )
    board.run()
    if board.failure is not None:
        raise board.failure
