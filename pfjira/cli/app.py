"""The command line: which commands there are, and the only place where an exception becomes a number."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence

import typer

from pfjira.cli import (
    agree,
    alerts,
    audit,
    backup,
    check,
    conflicts,
    deliver,
    explain,
    forget,
    guide,
    init,
    interrupts,
    output,
    pausing,
    people,
    play,
    replay,
    rules,
    rules_check,
    streams,
    tui,
    webhook,
)
from pfjira.cli.exits import ExitCode, exit_code_for
from pfjira.config.role import role_word
from pfjira.errors import AnswerLost, PfjiraError

app = typer.Typer(
    name="pfjira",
    help="Keep PeopleForce and Jira Cloud in agreement, both ways. Start with `pfjira demo`; it needs no account.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
rules_app = typer.Typer(help="Look at the rules, try them, switch them.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")
people_app = typer.Typer(help="Who is which Atlassian account.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(people_app, name="people")
conflicts_app = typer.Typer(help="Fields that both sides moved.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(conflicts_app, name="conflicts")
alerts_app = typer.Typer(help="What calls for a person.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(alerts_app, name="alerts")
audit_app = typer.Typer(help="What people did.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(audit_app, name="audit")

for _command, _name in (
    (play.demo, "demo"),
    (agree.sync, "sync"),
    (agree.diff, "diff"),
    (replay.replay, "replay"),
    (check.status, "status"),
    (tui.tui, "tui"),
    (explain.explain, "explain"),
    (deliver.deliver, "deliver"),
    (pausing.pause, "pause"),
    (pausing.resume, "resume"),
    (webhook.webhook_serve, "webhook-serve"),
    (check.doctor, "doctor"),
    (backup.backup, "backup"),
    (backup.restore, "restore"),
    (forget.forget, "forget"),
    (play.sandbox, "sandbox"),
    (guide.guide, "guide"),
    (init.init, "init"),
):
    app.command(_name)(_command)
rules_app.command("lint")(rules_check.lint)
rules_app.command("test")(rules_check.run_file)
rules_app.command("schema")(rules_check.schema)
rules_app.command("list")(rules.list_)
rules_app.command("history")(rules.history)
rules_app.command("enable")(rules.enable)
rules_app.command("disable")(rules.disable)
rules_app.command("rollback")(rules.rollback)
people_app.command("list")(people.listing)
people_app.command("link")(people.link)
people_app.command("unlink")(people.unlink)
people_app.command("import")(people.import_)
alerts_app.command("list")(alerts.list_)
alerts_app.command("send")(alerts.send)
audit_app.command("list")(audit.list_)
audit_app.command("verify")(audit.verify)
conflicts_app.command("list")(conflicts.list_)
conflicts_app.command("resolve")(conflicts.resolve)


GROUPS = ("rules", "people", "conflicts", "audit", "alerts")


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
        _permit(words)
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


def _permit(words: list[str]) -> None:
    """Stop a command beyond the role of this process, whatever it would open. Raise NotPermitted, ConfigError."""
    if (word := role_word(os.environ)) is not None:
        from pfjira.ops.roles import act_of_line, require, role_named

        require(role_named(word), act_of_line(words))


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
