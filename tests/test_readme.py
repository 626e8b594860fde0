"""README promises commands, exit codes and variables: exactly those that there are."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from pfjira.cli.app import app
from pfjira.cli.exits import ExitCode

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECRETS = {
    "PFJIRA_PEOPLEFORCE_API_KEY",
    "PFJIRA_JIRA_API_TOKEN",
    "PFJIRA_SEQ_API_KEY",
    *(f"PFJIRA_ALERTS_{way}" for way in ("SLACK", "TELEGRAM", "PING")),
    "PFJIRA_PEOPLEFORCE_WEBHOOK_SECRET",
    "PFJIRA_JIRA_WEBHOOK_SECRET",
}
"""Their names are put together in the program and stand nowhere in it as a whole."""


def section(title: str) -> str:
    """Return what stands under a heading of the second level."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found is not None, f"README has no section {title}"
    return found[1]


def commands() -> dict[str, set[str]]:
    """Return every command, with its words, to its options."""
    found: dict[str, set[str]] = {}

    def walk(words: tuple[str, ...], command: object) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            walk((*words, name), inner)
        if not hasattr(command, "commands"):
            options = getattr(command, "params", [])
            found[" ".join(words)] = {name for option in options for name in option.opts if name.startswith("-")}

    walk((), typer.main.get_command(app))
    return found


def test_the_table_of_commands_is_complete() -> None:
    """Every command has its line, and every line is a command."""
    named = re.findall(r"^\| `pfjira ([a-z][a-z -]*?)(?: [A-Z_-]+)?` \|", section("Commands"), re.MULTILINE)

    assert sorted(commands()) == sorted(named)


def test_the_options_in_the_table_exist() -> None:
    """A line of the table mentions only what its command, or one named beside it, takes."""
    lines = re.findall(r"^\| `pfjira ([a-z][a-z ]*)` \|(.*)\|$", section("Commands"), re.MULTILINE)
    invented = [
        (name, option)
        for name, text in lines
        for option in re.findall(r"`(--?[a-z-]+)", text)
        if option not in commands()[name]
    ]

    assert [] == invented


def test_every_command_line_in_readme_is_understood() -> None:
    """Each `pfjira …` in text or example begins with a command that there is, and takes only its options."""
    known = commands()
    unknown = []
    for line in re.findall(r"(?:^|[`/ ])pfjira ((?:[a-z]+ ?)+(?:--?[a-z-]+(?:[ =][A-Z0-9]+)? ?)*)", README):
        words, options = line.split(" -")[0].split(), re.findall(r"(?<!\w)--?[a-z][a-z-]*", line)
        name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in known), None)
        if options and (name is None or not {*options} <= {*known[name], "--help"}):
            unknown.append(line)

    assert [] == unknown


def test_the_table_of_exit_codes_is_complete() -> None:
    """Every code has its meaning there, and no other has."""
    rows = [line for line in README.splitlines() if re.match(r"\| \d+ \|", line)]
    codes = [int(cell) for row in rows for cell in re.findall(r"\| (\d+) (?=\|)", row)]

    assert sorted(ExitCode) == sorted(codes)


def test_the_table_of_settings_is_complete() -> None:
    """Every variable that the program reads has its line, and every line is read."""
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pfjira" / "config").glob("*.py"))
    read = set(re.findall(r"\"(PFJIRA_[A-Z_]+)\"", source)) | SECRETS
    rows = re.findall(r"^\|([^|]*PFJIRA_[^|]*)\|", section("Settings"), re.MULTILINE)

    assert sorted(read) == sorted(name for row in rows for name in re.findall(r"PFJIRA_[A-Z_]+", row))


def test_readme_names_files_that_are_there() -> None:
    """A link or a path in the text leads somewhere."""
    named = re.findall(r"\]\((?!https?:)([^)#]+)\)", README) + re.findall(r"\b(tests/[\w/]+\.py)\b", README)

    assert [] == [name for name in named if not (ROOT / name).exists()]
