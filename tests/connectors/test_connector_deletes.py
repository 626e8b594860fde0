"""Nothing is deleted: the few DELETE requests are known by name, and stand under the guard of removals."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from pfjira.engine.plan import Action

ROOT = Path(__file__).parents[2]
ALLOWED = {("pfjira/connectors/jira/groups.py", "remove", "DELETE group/user")}
"""File, function, and the request: a membership that pfjira gave is taken away again."""


@cache
def functions() -> list[tuple[str, ast.FunctionDef]]:
    """Return file and function, of everything that may talk to a system."""
    found = []
    for path in sorted((ROOT / "pfjira").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("pfjira/sandbox/"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    found.append((name, node))
    return found


def texts(node: ast.AST) -> list[str]:
    """Return the texts that are written out in a piece of code, in their order."""
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def deletes() -> set[tuple[str, str, str]]:
    """Return file, function and request of every deletion; what is written in any other way is named so."""
    found = set()
    for name, function in functions():
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            to = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            words = {word for argument in call.args for word in texts(argument)}
            if "DELETE" in words:
                path = next((text for text in texts(function) if "/" in text and " " not in text), "?")
                found.add((name, function.name, f"DELETE {path}"))
            elif to == "delete":
                found.add((name, function.name, "delete()"))
    return found


def test_only_a_membership_is_ever_deleted() -> None:
    """No issue, no person, no project, no comment, no task: a removal is a move to another status."""
    assert ALLOWED == deletes()


def test_every_write_names_its_method() -> None:
    """A method that is worked out could be any: none is, so that the list above is the whole truth."""
    methods = {
        argument.value if isinstance(argument := call.args[0], ast.Constant) else "worked out"
        for name, function in functions()
        if name.startswith("pfjira/connectors/") and not name.endswith("/http.py")
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "write"
        if isinstance(call.func.value, ast.Attribute) and call.func.value.attr == "_api"
    }

    assert {"POST", "PUT", "DELETE"} == methods


def test_taking_a_membership_away_counts_as_a_removal() -> None:
    """It stands under the strictest limit, together with cancelling."""
    assert ["cancel", "cancel"] == [Action.REMOVE_MEMBER.guarded_as, Action.CANCEL.guarded_as]
