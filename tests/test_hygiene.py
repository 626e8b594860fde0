"""The house rules as tests: who imports what, what is counted, what starts fast. Exceptions are counted exactly."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 400

EXCEPTIONS = {
    "pfjira": {"type: ignore": 3, "noqa": 3, "pragma: no cover": 0},
    "tests": {"type: ignore": 12, "noqa": 1, "pragma: no cover": 0},
}
"""How often a tool is told to look away. Neither forbidden nor free: a new one changes this table."""

ONLY: dict[str, str | tuple[str, ...]] = {
    "httpx": "pfjira/connectors/http.py",
    "loguru": "pfjira/log.py",
    "psutil": ("pfjira/telemetry.py", "pfjira/tui/machine.py"),
    "prometheus_client": "pfjira/cli/metrics.py",
    "tenacity": "pfjira/connectors/",
    "truststore": "pfjira/connectors/address.py",
    "minijinja": "pfjira/engine/expressions.py",
    "yaml": "pfjira/config/yaml_nodes.py",
    "sqlite3": "pfjira/state/",
    "pysqlite3": "pfjira/state/",
    "sqlite_utils": "pfjira/state/",
    "filelock": "pfjira/state/",
    "typer": "pfjira/cli/",
    "click": "pfjira/cli/",
    "rich": ("pfjira/cli/", "pfjira/tui/"),
    "textual": "pfjira/tui/",
    "uvicorn": "pfjira/webhook/",
    "starlette": "pfjira/webhook/",
}
"""Each library behind one door, so that its successor is a small change."""

CLOCKS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "clock_gettime"}

CLOCK_READERS = {
    "pfjira/cli/alerts.py",
    "pfjira/cli/backup.py",  # when a copy was made
    "pfjira/cli/check.py",
    "pfjira/cli/deliver.py",  # when a delivery arrived
    "pfjira/cli/forget.py",  # when a person was forgotten
    "pfjira/cli/pausing.py",
    "pfjira/cli/places.py",  # whether a large state is due to be looked over
    "pfjira/cli/preflight.py",  # how long the Jira token lives
    "pfjira/cli/replay.py",  # from when `--since 2d` counts back
    "pfjira/cli/rules.py",
    "pfjira/cli/story.py",
    "pfjira/cli/telling.py",
    "pfjira/cli/preflight_hooks.py",  # how long ago a delivery arrived
    "pfjira/cli/webhook.py",  # when a delivery arrived
    "pfjira/cli/tui.py",
    "pfjira/cli/wiring.py",  # when a post to a target was signed
    "pfjira/config/variables.py",  # the host's time zone
    "pfjira/connectors/deadline.py",
    "pfjira/connectors/jira/metadata.py",  # how far the site's clock is from ours
    "pfjira/connectors/patience.py",
    "pfjira/connectors/peopleforce/connector.py",
    "pfjira/ops/workspace.py",  # the default of the one clock that ops knows
    "pfjira/sandbox/clock.py",
    "pfjira/state/locks.py",  # since when the lock is held, for the message
    "pfjira/state/timetable.py",  # the time since this machine was started, one for all processes
    "pfjira/tui/app.py",  # how seldom a large state is summed up
}


@cache
def sources(folder: str) -> dict[str, str]:
    """Return path, as in the repository, to text of every Python file below a folder."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def trees(folder: str) -> dict[str, ast.Module]:
    """Return path to syntax tree of every Python file below a folder."""
    return {path: ast.parse(text) for path, text in sources(folder).items()}


def naming(word: str, folder: str) -> dict[str, ast.Module]:
    """Return path to syntax tree of every Python file below a folder in whose text a word stands."""
    return {path: ast.parse(text) for path, text in sources(folder).items() if word in text}


@cache
def walked(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return every node that tells of an import or a call."""
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Call))


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of everything that a file imports, wherever in it and however."""
    for node in walked(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[ast.Constant(str(name))]
            ):
                yield name


def calls(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (module or object, function) of every call, the first empty for a plain name."""
    for node in walked(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield "", name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)):
                yield owner, name


def test_the_import_contracts_are_kept() -> None:
    """The layers, the sandbox, the connectors and the pure engine: as written in pyproject.toml."""
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (0, True) == (done.returncode, "0 broken" in done.stdout), done.stdout


@pytest.mark.parametrize("library", sorted(ONLY))
def test_a_library_is_imported_behind_one_door(library: str) -> None:
    """Everybody else goes through the file or folder that owns it."""
    strays = {
        path
        for path, tree in naming(library, "pfjira").items()
        if not path.startswith(ONLY[library]) and any(name.split(".")[0] == library for name in imports(tree))
    }

    assert set() == strays


def test_the_version_is_told_without_importing_anything_heavy() -> None:
    """Health checks ask for it often; it costs a start of Python and no library."""
    ask = (
        "import sys; sys.argv = ['pfjira', '--version']; from pfjira.__main__ import main; code = main(); "
        "print(code, *sorted({name.partition('.')[0] for name in sys.modules} & set(sys.stdin.read().split())))"
    )
    heavy = {*ONLY, "pydantic", "orjson", "loguru", "psutil", "asyncio", "ssl", "http", "logging", "multiprocessing"}
    done = subprocess.run(
        [sys.executable, "-c", ask], input=" ".join(heavy), capture_output=True, text=True, timeout=60
    )

    said, code = done.stdout.splitlines()
    assert (True, "0", "") == (re.fullmatch(r"pfjira \d+\.\d+\.\d+", said) is not None, code, done.stderr)


@pytest.mark.parametrize(
    "module", ["pfjira.errors", "pfjira.engine.reconcile", "pfjira.state.store", "pfjira.ops.sync"]
)
def test_importing_a_part_loads_no_network_and_no_command_line(module: str) -> None:
    """Only the connectors bring httpx, only the cli brings typer."""
    ask = (
        f"import sys, {module}; print(*sorted({{'httpx', 'typer', 'rich', 'textual', 'tenacity'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60)

    assert ("\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("folder", ["pfjira", "tests"])
def test_no_file_is_too_long(folder: str) -> None:
    """A file that nobody can hold in his head is two files."""
    long = {path: text.count("\n") for path, text in sources(folder).items() if text.count("\n") > LONGEST}

    assert {} == long


@pytest.mark.parametrize("folder", sorted(EXCEPTIONS))
def test_exceptions_to_the_tools_are_counted(folder: str) -> None:
    """Whoever adds one says so in the table above; whoever removes one may be proud there."""
    found = {
        word: sum(len(re.findall(rf"#\s*{word}\b", text)) for text in sources(folder).values())
        for word in EXCEPTIONS[folder]
    }

    assert EXCEPTIONS[folder] == found


def test_an_exception_names_what_it_allows() -> None:
    """A bare exception would hide the next mistake on the same line."""
    bare = [
        (path, line)
        for folder in EXCEPTIONS
        for path, text in sources(folder).items()
        for line in text.splitlines()
        if re.search(r"#\s*(type: ignore(?!\[)|noqa(?!: [A-Z]))", line)
    ]

    assert [] == bare


def test_nobody_prints_but_the_outlet() -> None:
    """Standard output holds the answer and nothing else; `cli/output.py` owns it."""
    prints = [path for path, tree in trees("pfjira").items() if ("", "print") in calls(tree)]

    assert [] == prints


def test_only_these_files_read_a_clock() -> None:
    """Today is an argument: the engine gives the same plan at any time, and ops lives by the workspace's clock."""
    readers = {
        path
        for path, tree in trees("pfjira").items()
        if any(owner in ("datetime", "date", "time") and name in CLOCKS for owner, name in calls(tree))
    }

    assert CLOCK_READERS == readers


def test_no_test_uses_mocks() -> None:
    """A fake behaves; a mock agrees with whoever wrote it."""
    mocks = ("unittest.mock", "mock", "pytest_mock")
    users = [
        path for path, tree in naming("mock", "tests").items() if any(name.startswith(mocks) for name in imports(tree))
    ]

    assert [] == users


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("0.0.0.0", 0), ("example.com", 443)])
@pytest.mark.parametrize("call", ["connect", "connect_ex", "bind"])
def test_a_test_cannot_leave_this_machine(call: str, address: tuple[str, int]) -> None:
    """Nor listen where others could reach it: a forgotten address is a failure and not a request."""
    with socket.socket() as open_socket, pytest.raises(RuntimeError, match="tests stay on this machine"):
        getattr(open_socket, call)(address)


def test_the_environment_of_a_test_says_nothing() -> None:
    """What this machine has set for pfjira, or for its user, reaches no test; its home is empty."""
    told = [name for name in os.environ if name.startswith(("PFJIRA_", "XDG_")) or name.endswith("_DIRECTORY")]

    assert ([], False) == (told, Path.home().exists())


def test_every_test_states_its_promise() -> None:
    """The docstring is the sentence that the test proves."""
    silent = [
        f"{path}: {node.name}"
        for path, tree in trees("tests").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert [] == silent


def test_test_files_have_names_of_their_own() -> None:
    """Tests are collected without packages: two files of one name would hide one another."""
    names = [Path(path).name for path in sources("tests") if not path.endswith("conftest.py")]

    assert [] == sorted({name for name in names if names.count(name) > 1})


def test_nothing_happens_when_a_package_is_imported() -> None:
    """An `__init__` holds a docstring and nothing else."""
    busy = [path for path, tree in trees("pfjira").items() if path.endswith("__init__.py") and len(tree.body) != 1]

    assert [] == busy


def test_every_module_says_why_it_exists() -> None:
    """And what it must never do, where that is not plain."""
    silent = [
        path for folder in ("pfjira", "tests") for path, tree in trees(folder).items() if not ast.get_docstring(tree)
    ]

    assert [] == silent


@pytest.mark.long
@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy", "pfjira"), ("mypy",)],
    ids=" ".join,
)
def test_the_tools_are_content(command: tuple[str, ...]) -> None:
    """Lint, format and types, over everything."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600)

    assert 0 == done.returncode, done.stdout[-3000:]
