"""Every command that the manual names is one, with the options it is said to have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_readme import commands

GUIDE = Path(__file__).resolve().parents[2] / "pfjira" / "guide"
PAGES = sorted(GUIDE.rglob("*.md"))
_FENCED = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def named(text: str) -> Iterator[str]:
    """Yield what stands behind the last `pfjira` between backticks, and in each line of code or of a drawing."""
    for quoted in re.findall(r"`([^`]+)`", _FENCED.sub("", text)):
        yield from re.findall(r".*\bpfjira (\S.*)", " ".join(quoted.split()))
    for block in _FENCED.findall(text):
        yield from re.findall(r"^(?:|\$ |.*; |.*  )pfjira ([a-z-].*)$", block, re.MULTILINE)


def complaint(line: str, known: dict[str, set[str]]) -> str:
    """Return what is wrong with one command line; empty where nothing is."""
    words = re.split(r"\s{2,}| \(|, ", line.strip())[0].split()
    name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in known), None)
    if name is None:
        groups = {command.split()[0] for command in known if " " in command}
        return "" if words[0] in groups and len(words) == 1 else f"no command: {line}"
    wrong = [word for word in words if word.startswith("-") and word.split("=")[0] not in {*known[name], "--help"}]
    return f"{name} has no {' '.join(wrong)}" if wrong else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_manual_names_commands_that_there_are(page: Path) -> None:
    """Names and options, wherever `pfjira …` stands."""
    known = commands()

    assert [] == [said for line in named(page.read_text(encoding="utf-8")) if (said := complaint(line, known))]


def test_a_command_that_is_none_would_be_found() -> None:
    """The look itself finds what is wrong, and that the runbook names many."""
    known = commands()

    assert "no command: synch --full" == complaint("synch --full", known)
    assert "sync has no --fulll" == complaint("sync --fulll", known)
    assert len([*named((GUIDE / "runbook.md").read_text(encoding="utf-8"))]) > 20
