"""The manual page: everything that `--help` knows stands in it, to the letter, and its readers find nothing odd."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from pfjira.cli.app import app
from pfjira.cli.exits import ExitCode
from pfjira.cli.man import ENVIRONMENT, MEANINGS, page
from pfjira.cli.roff import Page, escaped

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
GROFF = shutil.which("groff")


def manual() -> tuple[str, Any]:
    """Return the page, and the context that it is made for."""
    command = typer.main.get_command(app)
    root = typer.Context(command, info_name="pfjira", **command.context_settings)
    return page(root), root


def leaves(context: Any) -> list[Any]:
    """Return the context of every command that has none of its own."""
    inner = [
        typer.Context(command, info_name=name, parent=context)
        for name, command in getattr(context.command, "commands", {}).items()
    ]
    return [leaf for one in inner for leaf in leaves(one)] or [context]


def test_every_command_and_option_stands_in_the_page() -> None:
    """Each command has a part of its own, in which each of its options and arguments stands with its meaning."""
    text, root = manual()
    parts = dict(zip(*[iter(re.split(r"^\.S[SH] (.*)\n", text, flags=re.MULTILINE)[1:])] * 2, strict=True))

    assert 30 < len(leaves(root))
    missing = []
    for leaf in leaves(root):
        part = re.sub(r"\\f[BIR]", "", parts[escaped(leaf.command_path)])
        records = [one.get_help_record(leaf) for one in leaf.command.get_params(leaf)]
        records += [(leaf.command_path, leaf.command.help.partition("\n")[0])]
        for name, meaning in filter(None, records):
            plain = meaning.replace("`", "")
            missing += [(leaf.command_path, said) for said in (name, plain) if escaped(said) not in part]
    assert [] == missing
    assert "--until-eof" not in text.replace("\\", ""), "it is hidden"


def test_codes_and_variables_are_those_of_the_readme() -> None:
    """Every exit code has its meaning, and every variable of README's table its line."""
    rows = re.findall(r"^\|([^|]*PFJIRA_[^|]*)\|", README.partition("\n## Settings\n")[2], re.MULTILINE)

    assert set(ExitCode) == set(MEANINGS)
    assert sorted(ENVIRONMENT) == sorted(name for row in rows for name in re.findall(r"PFJIRA_[A-Z_]+", row))


def test_no_text_becomes_a_request() -> None:
    r"""A leading dot or quote, a backslash, a hyphen, a letter outside ASCII: all are shown as they were written."""
    made = Page("x", 1, "0")
    made.section("'N'")
    made.say(".so /etc/passwd\n\n'br `a -b` \\fBno\\fR it's →")
    made.entry("-x NAME", ".sp")

    assert [
        '.TH X 1 "" "x 0"',
        r".SH \(aqN\(aq",
        r"\&.so /etc/passwd",
        ".PP",
        r"\(aqbr \fBa \-b\fR \efBno\efR it\(aqs \[u2192]",
        ".TP",
        r"\fB\-x\fR \fINAME\fR",
        r"\&.sp",
    ] == made.text().splitlines()


@pytest.mark.skipif(GROFF is None, reason="groff is not there")
def test_groff_has_nothing_to_say_about_it() -> None:
    """All warnings are on; an option is shown with a plain hyphen, so that it can be copied."""
    done = subprocess.run(
        [str(GROFF), "-man", "-ww", "-Tutf8", "-P-c", "-P-b", "-P-u"],
        input=manual()[0], capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert (0, "") == (done.returncode, done.stderr)
    assert "--approve DIGEST" in done.stdout
