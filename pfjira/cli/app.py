"""The command line: which commands there are, and the only place where an exception becomes a number."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any, cast

import typer
from typer.core import TyperGroup

from pfjira.cli import interrupts, output, streams
from pfjira.cli.catalogue import Catalogue, Group, Table
from pfjira.cli.exits import ExitCode, exit_code_for
from pfjira.cli.standing import permit
from pfjira.errors import AnswerLost, PfjiraError

COMMANDS: Table = {
    "demo": "play:demo",
    "sync": "agree:sync",
    "diff": "agree:diff",
    "replay": "replay:replay",
    "status": "check:status",
    "tui": "tui:tui",
    "explain": "explain:explain",
    "deliver": "deliver:deliver",
    "pause": "pausing:pause",
    "resume": "pausing:resume",
    "webhook-serve": "webhook:webhook_serve",
    "doctor": "check:doctor",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "forget": "forget:forget",
    "sandbox": "play:sandbox",
    "guide": "guide:guide",
    "man": "man:man",
    "init": "init:init",
    "rules": Group(
        "Look at the rules, try them, switch them.",
        {
            "lint": "rules_check:lint",
            "test": "rules_check:run_file",
            "schema": "rules_check:schema",
            "list": "rules:list_",
            "history": "rules:history",
            "enable": "rules:enable",
            "disable": "rules:disable",
            "rollback": "rules:rollback",
        },
    ),
    "people": Group(
        "Who is which Atlassian account.",
        {"list": "people:listing", "link": "people:link", "unlink": "people:unlink", "import": "people:import_"},
    ),
    "conflicts": Group("Fields that both sides moved.", {"list": "conflicts:list_", "resolve": "conflicts:resolve"}),
    "alerts": Group("What calls for a person.", {"list": "alerts:list_", "send": "alerts:send"}),
    "audit": Group("What people did.", {"list": "audit:list_", "verify": "audit:verify"}),
}
"""Each command: the file of this folder that holds it, and its function there."""
GROUPS = tuple(name for name, place in COMMANDS.items() if isinstance(place, Group))


class _Root(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast(Any, Catalogue(COMMANDS))


app = typer.Typer(
    name="pfjira",
    cls=_Root,
    help="Keep PeopleForce and Jira Cloud in agreement, both ways. Start with `pfjira demo`; it needs no account.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        output.say(f"pfjira {version('pfjira')}")
        raise typer.Exit


@app.callback()
def _common(
    version: bool = typer.Option(False, "--version", "-V", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def main(argv: Sequence[str] | None = None, *, run: Callable[..., object] = app) -> int:
    """Run one command and return its exit code. Signals are the process's affair: `interrupts.listen`."""
    words = sys.argv[1:] if argv is None else list(argv)
    with streams.guarded():
        try:
            code = _carried_out(words, run)
            sys.stdout.flush()
        except AnswerLost as error:
            return _failed(error, words)
        return code


def _carried_out(words: list[str], run: Callable[..., object]) -> int:
    try:
        permit(words, os.environ)
        run(args=words, prog_name="pfjira")
    except SystemExit as stop:  # Typer has spoken already, except about an interruption, which it only swallows
        behind = _behind(stop)
        for error in behind:
            if isinstance(error, KeyboardInterrupt | EOFError):
                return _failed(error, words)
        code = stop.code if isinstance(stop.code, int) else int(ExitCode.OK)
        misread = next((error for error in behind if hasattr(error, "format_message")), None)
        if misread is not None and _wants_json(words):
            output.write_json(output.complaint_document(misread, code))
        return code
    except BaseException as error:
        return _failed(error, words)
    return int(ExitCode.OK)


def _failed(error: BaseException, words: list[str]) -> int:
    """Say what went wrong, on stdout too where a program reads it, and return the exit code."""
    if interrupts.came() and not isinstance(error, PfjiraError):
        error = KeyboardInterrupt()  # an import that is interrupted may fail in any way
    code = int(exit_code_for(error))
    command = " ".join(words[:2] if words[:1] and words[0] in GROUPS else words[:1])
    output.complain(error, command)
    if digest := getattr(error, "digest", ""):
        output.remark(f"  pfjira {shlex.join([*_unapproved(words), '--approve', digest])}")
    if _wants_json(words) and not isinstance(error, AnswerLost):
        output.write_json(output.complaint_document(error, code, command))
    return code


def _unapproved(words: list[str]) -> list[str]:
    """Return a command line without an approval that did not help."""
    places = [number for number, word in enumerate(words) if word == "--approve"]
    left_out = {number + more for number in places for more in (0, 1)}
    return [w for number, w in enumerate(words) if number not in left_out and not w.startswith("--approve=")]


def _wants_json(words: list[str]) -> bool:
    return "--json" in words


def _behind(stop: BaseException) -> list[BaseException]:
    """Return what led to an exception, nearest first."""
    found: list[BaseException] = []
    error = stop.__cause__ or stop.__context__
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
