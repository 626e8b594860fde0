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
    "sync --quiet": {"rich", "sqlite_utils"},
}
"""Command to the modules that it must not import. A new command has its line here."""
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
    ask = ASK.format(words=command.split(), forbidden=FORBIDDEN[command] | NEVER)
    run = [sys.executable, "-c", ask]
    root = Path(__file__).parents[2]
    kept = compiled(synced.environment())
    done = subprocess.run(run, env=kept, cwd=root, capture_output=True, text=True, timeout=60, check=True)

    code, *imported = done.stderr.rpartition("MODULES")[2].split()
    assert (True, []) == (code in "01", imported), done.stderr


def test_a_start_costs_little_more_than_its_parser() -> None:
    """The version and a page of the manual: twice what the parser of command lines costs at most."""
    found = startup.measure({}, ("--version", "guide rules"), rounds=3)

    ratios = [found[f"pfjira {name}"]["cpu_to_typer"] for name in ("--version", "guide rules")]
    assert max(ratios) <= startup.BUDGET, found
