"""The command line: which commands there are, and the only place where an exception becomes a number."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import typer

from pfjira.cli import agree, check, play
from pfjira.cli.exits import ExitCode, exit_code_for

app = typer.Typer(
    name="pfjira",
    help="Keep PeopleForce and Jira Cloud in agreement, both ways. Start with `pfjira demo`; it needs no account.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
rules_app = typer.Typer(help="Look at the rules.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")

for _command, _name in (
    (play.demo, "demo"),
    (agree.sync, "sync"),
    (agree.diff, "diff"),
    (check.status, "status"),
    (check.doctor, "doctor"),
    (play.sandbox, "sandbox"),
):
    app.command(_name)(_command)
rules_app.command("lint")(check.lint)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"pfjira {version('pfjira')}")
        raise typer.Exit


@app.callback()
def _everything(
    version: bool = typer.Option(False, "--version", "-V", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def main(argv: Sequence[str] | None = None, *, run: Callable[..., object] = app) -> int:
    """Run one command and return its exit code. Signals are the process's affair: `interrupts.listen`."""
    try:
        run(args=argv, prog_name="pfjira")
    except SystemExit as stop:  # Typer has spoken already, except about these, which it only swallows
        behind = _behind(stop)
        swallowed = next((error for error in behind if isinstance(error, KeyboardInterrupt | EOFError)), None)
        if swallowed is not None:
            from pfjira.cli import output

            output.complain(swallowed)
            return int(exit_code_for(swallowed))
        if any(isinstance(error, BrokenPipeError) for error in behind):
            return int(ExitCode.OK)
        return stop.code if isinstance(stop.code, int) else int(ExitCode.OK)
    except BrokenPipeError:
        # The reader of our answer has gone; that is his affair, and not worth a traceback at interpreter shutdown.
        sys.stderr.close()
        return int(ExitCode.OK)
    except BaseException as error:
        from pfjira.cli import output

        output.complain(error)
        return int(exit_code_for(error))
    return int(ExitCode.OK)


def _behind(stop: BaseException) -> list[BaseException]:
    """Return what led to an exception, nearest first."""
    found: list[BaseException] = []
    error = stop.__cause__ or stop.__context__
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
