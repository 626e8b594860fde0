"""Companies whose first sync is done, lent again and again: each is made once in a process, and copied for every test.

A copy is a sandbox of its own with the same people, issues and clock, and a state file of its own; nothing that a test
does to it is seen by another one.
"""

from __future__ import annotations

import copy
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import is_dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CellType, FunctionType
from typing import Any

import pytest
from harness import RULES, Tool, company

from pfjira.sandbox.jira import site
from pfjira.sandbox.listener import Listener
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.server import Sandbox

Before = Callable[[Sandbox], object]
"""Something that people do; one function stands for one company."""


@contextmanager
def synced(
    folder: Path, rules: Path = RULES, *, direct: bool = False, before: Before | None = None, **sizes: Any
) -> Iterator[Tool]:
    """Lend the tool in a company of this size whose first sync is just done under these rules.

    `before` is done to the company before that.
    """
    wanted = company(**sizes), rules.read_text(encoding="utf-8"), before
    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(twin(_made(*wanted)[0]))
        except OSError:  # somebody else listens at its address now
            _made.cache_clear()
            sandbox = stack.enter_context(twin(_made(*wanted)[0]))
        state = _made(*wanted)[1]
        shutil.copytree(state, folder, dirs_exist_ok=True)
        yield Tool(sandbox, folder, rules, direct=direct)


def twin(sandbox: Sandbox) -> Sandbox:
    """Return another sandbox that stands as this one does, to listen at the same address: all marks hang on it."""
    with pytest.MonkeyPatch.context() as patch:
        for kind, copied in _COPIED.items():
            patch.setitem(vars(copy)["_deepcopy_dispatch"], kind, copied)
        return copy.deepcopy(sandbox)


@lru_cache
def _made(options: SandboxOptions, rules: str, before: Before | None) -> tuple[Sandbox, Path]:
    folder, elsewhere = Path(_KEPT.enter()), Path(_KEPT.enter())
    sandbox = Sandbox(options)
    if before is not None:
        before(sandbox)
    path = elsewhere / "rules.yaml"
    path.write_text(rules, encoding="utf-8")
    with sandbox:  # for its address
        first = Tool(sandbox, folder, path, direct=True).run("sync")
    assert 0 == first.code, first.out + first.err
    return sandbox, folder


class _Folders:
    """Folders that last as long as the process."""

    def __init__(self) -> None:
        self._kept: list[TemporaryDirectory[str]] = []

    def enter(self) -> str:
        """Make one more."""
        self._kept.append(TemporaryDirectory(prefix="pfjira-world-"))
        return self._kept[-1].name


_KEPT = _Folders()


def _function(one: FunctionType, memo: dict[int, Any]) -> FunctionType:
    """Copy a function together with what it closes over: a handler of one sandbox must not answer for another."""
    if one.__closure__ is None:
        return one
    made = FunctionType(
        one.__code__, one.__globals__, one.__name__, one.__defaults__, tuple(CellType() for _ in one.__closure__)
    )
    made.__kwdefaults__ = one.__kwdefaults__
    memo[id(one)] = made
    for mine, theirs in zip(made.__closure__ or (), one.__closure__, strict=True):
        mine.cell_contents = copy.deepcopy(theirs.cell_contents, memo)
    return made


def _listener(one: Listener, memo: dict[int, Any]) -> Listener:
    return Listener(copy.deepcopy(one._converse, memo))


_COPIED: dict[type, Any] = {
    FunctionType: _function,
    Listener: _listener,
    type(threading.Lock()): lambda _, __: threading.Lock(),
    type(threading.RLock()): lambda _, __: threading.RLock(),
    # Constants of a site are known by their identity.
    **{kind: lambda one, _: one for kind in vars(site).values() if isinstance(kind, type) and is_dataclass(kind)},
}
"""What a copy of a sandbox makes anew."""
