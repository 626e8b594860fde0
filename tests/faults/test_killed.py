"""kill -9 at any call to a file or a socket: the next runs finish what was begun, each issue exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from harness import matching
from killing import HERE, Kind, Trouble, What, Zygote, strided
from scenes import NONE, Scene, changes, count, counted, first_sync, harm, play, rounds
from tally import Tally

ROWS = ("1", "2", "3", "4", "5", "A1")
REST = Kind.ALL & ~Kind.WRITE
"""Two of three calls are writes of pages within one transaction; the others are where something becomes final."""


def kills(zygote: Zygote, folder: Path, scene: Scene, *, wanted: int, seed: int) -> list[Trouble]:
    """Return kills spread evenly over the whole run, one in three at a write, by turns before and after the call."""
    points = []
    for kinds, share in ((REST, wanted - wanted // 3), (Kind.WRITE, wanted // 3)):
        calls = count(zygote, folder / str(kinds.value), scene, kinds)
        # The last ones are the closing of the state; how many answers come in two pieces is not always the same.
        points += [(kinds, at) for at in strided(calls - 6, share, seed)]
    return [Trouble(What.KILL, at, after=bool(number % 2), kinds=kinds) for number, (kinds, at) in enumerate(points)]


@pytest.mark.parametrize(("scene", "wanted"), [(first_sync, 15), (changes, 9)])
def test_rows_1_2_3_4_5_a_sync_killed_at_any_call_is_finished_by_the_next(
    zygote: Zygote, tmp_path: Path, tally: Tally, scene: Scene, wanted: int
) -> None:
    """Killed before or after a write, a sync, an unlink, a send or a receive: settled, none doubled, none lost."""
    seed = int.from_bytes(os.urandom(2))
    played = list(rounds(zygote, tmp_path, scene, kills(zygote, tmp_path, scene, wanted=wanted, seed=seed)))
    assert [] == counted(tally, ROWS, played)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scene", [first_sync, partial(changes, bulk=50)], ids=["first sync", "changes"])
def test_rows_1_2_3_4_5_twenty_changes_survive_a_kill_at_every_single_call(
    zygote: Zygote, tmp_path: Path, tally: Tally, scene: Scene, after: bool
) -> None:
    """Every write, sync, truncate, unlink, open, connect, send and receive of a sync of twenty changes."""
    calls = count(zygote, tmp_path / "count", scene)
    troubles = [Trouble(What.KILL, at, after) for at in range(1, calls + 1)]
    assert [] == counted(tally, ROWS, list(rounds(zygote, tmp_path, scene, troubles)))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("bulk", [1, 50])
def test_rows_1_2_3_4_5_two_hundred_changes_survive_kills_all_along(
    zygote: Zygote, tmp_path: Path, tally: Tally, after: bool, bulk: int
) -> None:
    """Kills evenly spread over a sync that makes two hundred issues, read back while the next ones are made."""
    scene = partial(first_sync, tasks=200, bulk=bulk)
    calls = count(zygote, tmp_path / "count", scene)
    # Two requests are under way at once: in how many pieces their answers come is not always the same.
    troubles = [Trouble(What.KILL, at, after) for at in strided(calls - 12, 90, seed=int(after))]
    assert [] == counted(tally, ROWS, list(rounds(zygote, tmp_path, scene, troubles)))


@pytest.mark.parametrize("nth", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)])
def test_rows_1_2_3_4_5_a_recovery_that_is_killed_too_is_finished(
    zygote: Zygote, tmp_path: Path, tally: Tally, nth: int
) -> None:
    """The run that looks up what the first one left is killed as well, at several places, and the third one settles."""
    calls = count(zygote, tmp_path / "count", first_sync, REST)
    played = []
    for number, at in enumerate(strided(calls, 4, seed=nth)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with first_sync(folder) as tool:
            first = zygote.run(tool, "sync", trouble=Trouble(What.KILL, calls // 2 + nth, kinds=REST))
            assert first.landed
            tool.sandbox.clock.advance(400 * (number % 4))
            played.append(play(zygote, tool, Trouble(What.KILL, at // 2 + 3, kinds=REST)))
    assert [] == counted(tally, ROWS, played)


def test_a_naive_sync_that_is_killed_doubles(zygote: Zygote, tmp_path: Path) -> None:
    """The control: who writes nothing down before he sends makes doubles in at least three of ten kills."""
    doubled = []
    for number, at in enumerate(range(12, 92, 9)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with first_sync(folder, tasks=8) as tool:
            tasks = [f"{task_id}={task['title']}" for task_id, task in matching(tool.sandbox).items()]
            end = zygote.run(tool, *tasks, job="naive", trouble=Trouble(What.KILL, at))
            assert end.landed, end
            again = zygote.run(tool, *tasks, job="naive")
            assert (0, 0) == (again.code, harm(tool.sandbox).lost), again
            doubled.append(harm(tool.sandbox).doubled)
    assert sum(map(bool, doubled)) >= 0.3 * len(doubled), doubled


def test_a_forked_sync_makes_the_calls_of_a_plain_start(zygote: Zygote, tmp_path: Path) -> None:
    """What is tried on children of the zygote is what `python -m pfjira sync` does, call by call."""
    forked = count(zygote, tmp_path / "forked", first_sync)
    with first_sync(tmp_path) as tool:
        process = subprocess.run(
            [sys.executable, "-m", "pfjira", "sync"],
            env=tool.environment()
            | {"LD_PRELOAD": str(zygote.folder / "shim.so"), "SHIM_COUNT": str(tmp_path / "calls")},
            cwd=HERE.parents[1],
            capture_output=True,
            timeout=60,
        )
        assert (0, NONE) == (process.returncode, harm(tool.sandbox)), process.stderr
    assert abs(forked - int((tmp_path / "calls").read_text())) <= 4
