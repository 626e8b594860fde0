"""When the worker lets a run begin: once for a burst, again for what came meanwhile, later after a failure."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pfjira.cli import worker
from pfjira.cli.worker import Worker
from pfjira.state.inbox import flag, raise_flag

RUN = """
import os, sys, time
if sys.stdin.readline():
    with open("FOLDER/runs", "a") as file:
        file.write("x")
    time.sleep(0.2)
    sys.exit(int(open("FOLDER/code").read()))
"""
"""Stands for a sync that is told to begin: it leaves a mark, takes its time, and ends as it was told."""


@contextmanager
def working(folder: Path, code: int) -> Iterator[Worker]:
    """Lend a worker whose runs end with a code."""
    (folder / "code").write_text(str(code))
    (folder / "runs").write_text("")
    found = Worker(folder / "state.db", [sys.executable, "-S", "-c", RUN.replace("FOLDER", str(folder))], {})
    try:
        yield found
    finally:
        found.close()


def test_no_module_of_the_folder_where_it_was_started_is_run(tmp_path: Path) -> None:
    """Whoever may call this program by sudo may stand where he put a module of the same name."""
    (tmp_path / "pfjira").mkdir()
    for name in ("__init__", "__main__"):
        (tmp_path / "pfjira" / f"{name}.py").write_text("raise SystemExit(99)")
    done = subprocess.run(
        [*worker.own_program(), "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert (0, "pfjira ") == (done.returncode, done.stdout[:7])


def runs(folder: Path, found: Worker, *, at_least: int) -> int:
    """Let time pass until there were so many runs; return how many there were."""
    deadline = time.monotonic() + 30
    while (number := len((folder / "runs").read_text())) < at_least:
        assert time.monotonic() < deadline, f"{number} runs"
        found.step()
        time.sleep(0.02)
    return number


def at_rest(folder: Path, found: Worker) -> int:
    """Let time pass until no more runs come; return how many there were."""
    number, quiet = -1, 0
    while quiet < 60:
        found.step()
        time.sleep(0.02)
        before, number = number, len((folder / "runs").read_text())
        quiet = quiet + 1 if before == number else 0
    return number


def test_a_burst_is_one_run_and_what_comes_meanwhile_another(tmp_path: Path) -> None:
    """The first is for what came while nobody worked; a flag that is taken down starts nothing."""
    with working(tmp_path, 0) as found:
        runs(tmp_path, found, at_least=1)
        counts = [at_rest(tmp_path, found)]
        for _ in range(5):
            raise_flag(tmp_path / "state.db")
        counts.append(runs(tmp_path, found, at_least=2))
        raise_flag(tmp_path / "state.db")  # while the second is at work
        runs(tmp_path, found, at_least=3)
        counts.append(at_rest(tmp_path, found))
        flag(tmp_path / "state.db").unlink()
        counts.append(at_rest(tmp_path, found))

    assert [1, 2, 3, 3] == counts


def test_a_run_that_found_the_state_locked_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Soon when another run works, later after a failure, and not for ever."""
    monkeypatch.setattr(worker, "LATER_S", (0.2,))
    monkeypatch.setattr(worker, "PATIENCE_S", (0.2, 0.4))
    with working(tmp_path, 75) as found:
        locked = runs(tmp_path, found, at_least=3)
        (tmp_path / "code").write_text("77")
        runs(tmp_path, found, at_least=locked + 2)
        failed = at_rest(tmp_path, found)

    assert failed - locked in (2, 3)


@pytest.mark.parametrize("code", [75, 69])
def test_a_run_that_cannot_work_is_not_begun_over_and_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Paused, slowed down by a vendor, or failing: more and more time passes, however much comes meanwhile."""
    monkeypatch.setattr(worker, "LATER_S", (0.1, 0.1, 60.0))
    monkeypatch.setattr(worker, "PATIENCE_S", (0.1, 0.1, 60.0))
    with working(tmp_path, code) as found:
        runs(tmp_path, found, at_least=3)
        raise_flag(tmp_path / "state.db")
        assert 3 == at_rest(tmp_path, found)
