"""kill -9 at any moment: the next runs finish what was begun, each issue exactly once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from harness import CLEAN, Tool, company, standing

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox
from pfjira.state.store import Store

LAST = 36
"""Requests of the whole first sync of this company: kills are spread over all of them (proved below)."""
OPTIONS = company(tasks=36, completed_tasks=4, jira=JiraOptions(index_lag_s=60.0))


@dataclass
class Round:
    """One kill and what came of it."""

    alive: bool
    settled: int
    stands: dict[str, int]


def killed(tool: Tool, random: Random) -> bool:
    """Start a sync and kill it at a random request; return whether it was still alive then.

    Half of the kills land while an answer is awaited that the server has already acted on; the others anywhere.
    """
    sandbox, nth = tool.sandbox, random.randrange(1, LAST + 1)
    sandbox.requests.clear()
    held = sandbox.faults.add(Fault("delay", nth=nth, delay_s=30)) if random.random() < 0.5 else None
    process = tool.start("sync")
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        if held.landed if held else len(sandbox.requests) >= nth:
            break
        time.sleep(0.0005)
    if held is None:
        time.sleep(random.random() * 0.004)
    process.kill()
    process.communicate()
    sandbox.faults.clear()
    return process.returncode == -9


def play(folder: Path, seed: int, kills: int) -> Round:
    """Kill the first sync, and as many of the following ones as asked; then let it settle."""
    random = Random(seed)
    with Sandbox(OPTIONS) as sandbox:
        tool = Tool(sandbox, folder, extra={"PFJIRA_JIRA_BULK": "5"})
        alive = killed(tool, random)
        for _ in range(kills - 1):
            sandbox.clock.advance(random.choice([0, 5, 65, 300]))
            killed(tool, random)
        settled = tool.settle()
        with Store.open(tool.state, read_only=True) as store:
            store.check()
        return Round(alive, settled.code, standing(sandbox))


def test_the_kills_are_spread_over_the_whole_run(tmp_path: Path) -> None:
    """A whole first sync makes about as many requests as the kills are spread over."""
    with Sandbox(OPTIONS) as sandbox:
        answer = Tool(sandbox, tmp_path, extra={"PFJIRA_JIRA_BULK": "5"}).run("sync")
        assert (0, True) == (answer.code, abs(len(sandbox.requests) - LAST) <= 2), len(sandbox.requests)


@pytest.mark.parametrize("seed", [100, pytest.param(200, marks=pytest.mark.long)])
def test_a_killed_sync_is_finished_by_the_next(tmp_path: Path, seed: int) -> None:
    """Six first syncs are killed at random requests; all settle with each issue once and the state intact."""
    rounds = []
    for turn in range(6):
        folder = tmp_path / str(turn)
        folder.mkdir()
        rounds.append(play(folder, seed + turn, kills=1))
    assert [(0, CLEAN)] * 6 == [(one.settled, one.stands) for one in rounds]
    assert sum(one.alive for one in rounds) >= 5, "a kill that finds nobody alive proves nothing"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_hundred_kills_leave_nothing_double_and_nothing_lost(tmp_path: Path) -> None:
    """A hundred rounds, every second one with its first recovery killed as well."""
    rounds = []
    for turn in range(100):
        folder = tmp_path / str(turn)
        folder.mkdir()
        rounds.append(play(folder, 1000 + turn, kills=1 + turn % 2))
    assert [(0, CLEAN)] * 100 == [(one.settled, one.stands) for one in rounds]
    assert sum(one.alive for one in rounds) >= 90
