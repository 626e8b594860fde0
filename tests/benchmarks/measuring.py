"""What the benchmarks share: processes that are measured from outside, the facts of the machine, rows of the table."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    what: str
    measured: str
    budget: str
    """Empty where nothing was promised."""
    against: str
    """What it is a ratio to, or how it was counted."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one process, or one piece of work, cost."""

    cpu_s: float
    wall_s: float
    code: int = 0


def process(arguments: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run Python with these arguments to its end; return what this one process and its children cost."""
    begun = time.monotonic()
    with subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return Spent(used.ru_utime + used.ru_stime, time.monotonic() - begun, child.returncode)


def compiled(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which Python keeps what it compiled, as an installation does."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    return {name: value for name, value in environment.items() if name not in left_out}


def spent(work: Callable[[], object]) -> Spent:
    """Return what a piece of work costs this process."""
    cpu, wall = time.process_time(), time.monotonic()
    work()
    return Spent(time.process_time() - cpu, time.monotonic() - wall)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the middle of the ratios of two measurements that were taken by turns."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def facts() -> str:
    """Return the machine in one line."""
    from pfjira.state.sqlite import sqlite_version

    return (
        f"{date.today().isoformat()}, {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, SQLite {sqlite_version()}, load {os.getloadavg()[0]:.1f} at the beginning"
    )


HEAD = "| What | Measured | Budget | Against |\n|---|---|---|---|\n"


def row(figure: Figure) -> str:
    """Return a figure as a line of a Markdown table."""
    return f"| {figure.what} | {figure.measured} | {figure.budget or '-'} | {figure.against} |\n"
