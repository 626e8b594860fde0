"""`man`: the program's page for man(1), made from what `--help` is made of. It prints; the caller installs it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import typer

from pfjira.cli import output
from pfjira.cli.exits import ExitCode
from pfjira.cli.roff import Page

MEANINGS = {
    ExitCode.OK: "Both sides agree; the command did what it was asked to.",
    ExitCode.DIFFERS: "Done, but they differ: dead letters, conflicts, open writes, rules to mend, differences.",
    ExitCode.USAGE: "The command line is wrong. (Of `status`: broken, as Nagios reads it.)",
    ExitCode.REFUSED: "A guard refused; nothing was written.",
    ExitCode.UNAVAILABLE: "A system is unavailable; the next run tries again.",
    ExitCode.BUG: "A bug in pfjira. What was done is kept.",
    ExitCode.STATE: "The state file cannot be used, or the answer not be written.",
    ExitCode.LATER: "Locked by another run, paused, rate limited, out of time or of memory: later.",
    ExitCode.BAD_REPLY: "An answer that is not what the API promises.",
    ExitCode.NOT_ALLOWED: "A login, a role or a permission is missing.",
    ExitCode.CONFIG: "Configuration or rules; the message says where.",
    ExitCode.INTERRUPTED: "Interrupted; nothing is lost.",
}
ENVIRONMENT = {
    "PFJIRA_PEOPLEFORCE_URL": "Address of PeopleForce's API. [default: https://app.peopleforce.io/api/public/v3]",
    "PFJIRA_PEOPLEFORCE_API_KEY": "Company API key; a secret.",
    "PFJIRA_JIRA_URL": "https://SITE.atlassian.net, or https://api.atlassian.com/ex/jira/CLOUDID.",
    "PFJIRA_JIRA_EMAIL": "Login of the account that keeps the issues.",
    "PFJIRA_JIRA_API_TOKEN": "Its API token; a secret.",
    "PFJIRA_PEOPLEFORCE_WEBHOOK_SECRET": "What PeopleForce signs webhooks with; two may be active, comma between.",
    "PFJIRA_JIRA_WEBHOOK_SECRET": "The same for Jira.",
    "PFJIRA_RULES": "Rules file.",
    "PFJIRA_STATE": "State file.",
    "PFJIRA_ROLE": "Narrows what this process may do: viewer, operator or admin.",
    "PFJIRA_TIMEZONE": "Where a day begins, as Europe/Kyiv. [default: what the rules say, then the host's]",
    "PFJIRA_PEOPLEFORCE_RATE": "Requests per second to PeopleForce, 0 for unpaced. [default: 4]",
    "PFJIRA_JIRA_RATE": "Requests per second to Jira, 0 for unpaced. [default: 20]",
    "PFJIRA_JIRA_CONCURRENCY": "Requests to Jira under way at once. [default: 8]",
    "PFJIRA_JIRA_BULK": "Issues per create request, 1 to 50. [default: 50]",
    "PFJIRA_RUN_MINUTES": "After so long a command sends nothing more; the next run goes on. [default: 30]",
    "PFJIRA_JIRA_TOKEN_EXPIRES": "The day on which the Jira token ends. [default: a year after its first use]",
    "PFJIRA_PARK_MINUTES": "Before a creation of unknown outcome may be sent again. [default: 15]",
    "PFJIRA_ALERTS_SLACK": "Address of a Slack incoming webhook, for alerts; a secret.",
    "PFJIRA_ALERTS_TELEGRAM": "Bot token, a space, chat id; used when Slack fails or is not set; a secret.",
    "PFJIRA_ALERTS_COMMAND": "A program that gets the text on its standard input when both fail.",
    "PFJIRA_ALERTS_PING": "Address of a dead-man switch that each whole sync pings; a secret.",
    "PFJIRA_METRICS": "A file for node_exporter's textfile collector, written after each sync.",
    "PFJIRA_SEQ_URL": "Address of a Seq log server, which gets the log after each sync.",
    "PFJIRA_SEQ_API_KEY": "Its key; a secret.",
    "PFJIRA_LOG": "How much is written to the log: debug, info, warning, error, off. [default: info]",
}
"""Variable to its meaning, as README's table of settings has it."""
SECRETS = (
    "A secret NAME of SYSTEM is read from $CREDENTIALS_DIRECTORY/SYSTEM.NAME, which systemd sets, then from the file "
    "that the variable with _FILE appended names, then from the variable. No option takes a secret."
)
FILES = {
    "rules.yaml": "The rules: in $CONFIGURATION_DIRECTORY, $XDG_CONFIG_HOME/pfjira (~/.config/pfjira), /etc/pfjira, or "
    "here.",
    "state.db": "The state: in $STATE_DIRECTORY, else $XDG_STATE_HOME/pfjira (~/.local/state/pfjira). What stands "
    "beside it begins with its name; `pfjira guide topology` has the list.",
    "logs/pfjira-DATE.jsonl": "What each command did, one JSON object a line: beside the state, or in $LOGS_DIRECTORY.",
    "backups": "Copies of the state, beside it.",
    "/etc/pfjira/environment": "Settings for the units and for a shell, as `pfjira init` writes them.",
    "/etc/pfjira/credentials": "One file for each secret, as `pfjira init` makes them.",
}
SEE_ALSO = (
    "`pfjira guide` lists the whole manual, `pfjira guide rules` is the language of the rules, `pfjira guide runbook` "
    "says what to do when it calls.\n\n`crontab`(5), `systemd.timer`(5), `sudoers`(5)"
)


def man(context: typer.Context) -> None:
    """Print the manual page that `man pfjira` shows.

    To read it: `pfjira man | man -l -`. To install it: `pfjira man > /usr/local/share/man/man1/pfjira.1`.
    """
    output.write_file(page(context.find_root()))


def page(root: Any) -> str:
    """Return the page about the program, for the context of its root: click's, of which Typer has a copy of its own."""
    command = root.command
    found = Page("pfjira", 1, version("pfjira"))
    found.section("NAME")
    found.say("pfjira - keep PeopleForce and Jira Cloud in agreement, both ways")
    found.section("SYNOPSIS")
    found.synopsis("pfjira", command.collect_usage_pieces(root))
    found.section("DESCRIPTION")
    found.say(command.help)
    found.section("OPTIONS")
    _options(found, root)
    found.section("COMMANDS")
    for inner in _commands(root):
        found.part(inner.command_path)
        about = inner.command
        if not hasattr(about, "commands"):
            found.synopsis(inner.command_path, about.collect_usage_pieces(inner))
        found.say(about.help)
        if not hasattr(about, "commands"):
            _options(found, inner)
    for title, table in (
        ("EXIT STATUS", {str(int(code)): meaning for code, meaning in MEANINGS.items()}),
        ("ENVIRONMENT", ENVIRONMENT),
        ("FILES", FILES),
    ):
        found.section(title)
        for name, meaning in table.items():
            found.entry(name, meaning)
        if table is ENVIRONMENT:
            found.say(SECRETS)
    found.section("SEE ALSO")
    found.say(SEE_ALSO)
    return found.text()


def _commands(context: Any) -> Iterator[Any]:
    """Yield the context of each command, in the order of `--help`, a group before its own."""
    for name, command in getattr(context.command, "commands", {}).items():
        inner = typer.Context(command, info_name=name, parent=context)
        yield inner
        yield from _commands(inner)


def _options(page: Page, context: Any) -> None:
    for parameter in context.command.get_params(context):
        if (record := parameter.get_help_record(context)) is not None:
            page.entry(*record)
