"""The budget of starts, and what a command must not import, held as tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import startup
from harness import Tool
from measuring import compiled
from small_world import world

from pfjira.cli.app import COMMANDS
from pfjira.cli.catalogue import Group

NEVER = {"textual", "httpx._main", "pfjira.tui", "pfjira.sandbox", "prometheus_client"}
"""What no usual command needs: a dashboard, a company that is invented, figures for a collector."""
NETWORK = {"httpx", "tenacity", "ssl", "asyncio", "loguru", "truststore"}
SETTINGS = {"pydantic", "psutil", "filelock", "sqlite_utils"}
RULES = {"yaml", "minijinja"}
STATE = {"pysqlite3", "sqlite3", "orjson"}
FORBIDDEN: dict[str, set[str]] = {
    "--help": NETWORK | SETTINGS | STATE | {"rich"},
    "guide rules": NETWORK | SETTINGS | STATE | RULES,
    "man": NETWORK | SETTINGS | STATE | RULES | {"rich"},
    "pause": NETWORK | SETTINGS | RULES,
    "resume": NETWORK | SETTINGS | RULES,
    "status": NETWORK | SETTINGS | RULES,
    "audit list": NETWORK | SETTINGS | RULES,
    "alerts list": NETWORK | SETTINGS | RULES,
    "people list": NETWORK | SETTINGS | RULES,
    "conflicts list": NETWORK | SETTINGS | RULES,
    "rules lint": NETWORK | SETTINGS | STATE - {"orjson"},
    "rules list": NETWORK | SETTINGS,
    "rules history": NETWORK | SETTINGS | RULES,
    "rules schema": NETWORK | SETTINGS | STATE,
    "rules test": NETWORK | SETTINGS | STATE - {"orjson"},
    "audit verify": NETWORK | SETTINGS | RULES,
    "diff": {"tenacity", "anyio", "asyncio", "loguru", "psutil", "sqlite_utils"},
    "sync --quiet": {"rich", "tenacity", "anyio", "asyncio", "sqlite_utils"},
    "webhook-serve --until-eof --port 0": {"httpx", "tenacity"} | SETTINGS - {"psutil"},
    "tui": NETWORK - {"ssl", "asyncio"} | SETTINGS - {"psutil"} | RULES,
}
"""Command to the modules that it must not import. A new command has its line here, or says below why it has none.

The receiver serves until its stdin ends, which it does at once here; the dashboard ends where it misses a terminal,
when all is imported.
"""
OTHERS = {
    "alerts send", "conflicts resolve", "doctor", "explain", "people import", "people link", "people unlink", "replay",
    "backup", "deliver", "forget", "init", "restore", "rules disable", "rules enable", "rules rollback",
    "demo", "sandbox",
}  # fmt: skip
"""Those that ask a system, as `diff` does; that change the state or a file, as `pause` does; that play a company."""
THEIRS = {"tui": {"textual", "pfjira.tui"}}
"""What is forbidden to all commands but this one."""
ENDS = {"tui": "78"}
"""How a command ends that does not end well; the others find agreement, or what calls for a person."""
SECRETS = {f"PFJIRA_{system}_WEBHOOK_SECRET": "0123456789abcdef" * 2 for system in ("JIRA", "PEOPLEFORCE")}
ASK = (
    "import sys; from pfjira.cli.app import main; code = main({words!r}); "
    "sys.stderr.write(' '.join(['MODULES', str(code), *({forbidden!r} & set(sys.modules))]))"
)


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    """Lend a company whose first sync is done."""
    with world(tmp_path_factory.mktemp("startup")) as tool:
        yield tool


@pytest.mark.parametrize("command", FORBIDDEN)
def test_a_command_imports_nothing_that_it_does_not_need(synced: Tool, command: str) -> None:
    """Each library costs every start of every command that imports it, whether it is used or not."""
    ask = ASK.format(words=command.split(), forbidden=FORBIDDEN[command] | NEVER - THEIRS.get(command, set()))
    run = [sys.executable, "-c", ask]
    root = Path(__file__).parents[2]
    kept = compiled(synced.environment() | SECRETS)
    done = subprocess.run(
        run, env=kept, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True
    )

    code, *imported = done.stderr.rpartition("MODULES")[2].split()
    assert (True, []) == (code in ENDS.get(command, "01"), imported), done.stderr


def test_each_command_says_what_it_must_not_import() -> None:
    """A new command does not slip in: it has a line, or is of a kind that has one already."""
    every = {
        f"{name} {inner}".rstrip()
        for name, place in COMMANDS.items()
        for inner in (place.commands if isinstance(place, Group) else ("",))
    }
    named = {command for command in every if any(f"{line} ".startswith(f"{command} ") for line in FORBIDDEN)}

    assert (every, set()) == (named | OTHERS, named & OTHERS)


def test_a_start_costs_little_more_than_its_parser() -> None:
    """The version and a page of the manual: twice what the parser of command lines costs at most."""
    found = startup.measure({}, ("--version", "guide rules"), rounds=3)

    ratios = [found[f"pfjira {name}"]["cpu_to_typer"] for name in ("--version", "guide rules")]
    assert max(ratios) <= startup.BUDGET, found
