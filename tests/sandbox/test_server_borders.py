"""The sandbox stands alone: nothing of our program, nothing but the standard library, nothing beyond loopback."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pfjira.sandbox
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.server import Sandbox

FILES = sorted(Path(pfjira.sandbox.__file__).parent.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the modules a file imports, at whatever depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def test_the_sandbox_imports_nothing_of_ours_outside_it() -> None:
    """It cannot agree with our mistakes if it does not know them."""
    ours = {(path.name, name) for path in FILES for name in imported(path) if name.split(".")[0] == "pfjira"}

    assert set() == {one for one in ours if not one[1].startswith("pfjira.sandbox")}
    assert ours


def test_the_sandbox_needs_the_standard_library_only() -> None:
    """`pfjira sandbox` starts wherever Python does."""
    roots = {name.split(".")[0] for path in FILES for name in imported(path)}

    assert set() == roots - sys.stdlib_module_names - {"pfjira"}


def test_the_sandbox_listens_on_loopback_only() -> None:
    """Nobody else on the network can reach it."""
    with Sandbox(SandboxOptions(people=2, tasks=1, completed_tasks=0)) as sandbox:
        listening = sandbox._listener._socket
        assert sandbox.url.startswith("http://127.0.0.1:")
        assert listening is not None
        assert "127.0.0.1" == listening.getsockname()[0]
