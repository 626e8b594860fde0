"""A supervisor ends a sync at any call: in good order by SIGTERM, or all of its processes at once by SIGKILL."""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from killing import Kind, Trouble, What, Zygote, strided
from scenes import Round, Scene, changes, count, counted, first_sync, rounds, settle
from tally import Tally

from pfjira.state import outbox
from pfjira.state.outbox import Stage
from pfjira.state.store import Store

REST = Kind.ALL & ~Kind.WRITE
ENDS_S = 10.0


def terminate(zygote: Zygote, folder: Path, scene: Scene, troubles: list[Trouble]) -> tuple[list[Round], list[str]]:
    """Send SIGTERM at each of these calls; return the rounds, and what was not as promised."""
    played, wrong = [], []
    for number, trouble in enumerate(troubles):
        place = folder / str(number)
        place.mkdir()
        with scene(place) as tool:
            begun = time.monotonic()
            end = zygote.run(tool, "sync", trouble=trouble)
            took_s, unknown = time.monotonic() - begun, unknown_creations(place)
            played.append(settle(tool, trouble, end))
        traces = "Traceback" in end.err or "Exception ignored" in end.err
        if end.code not in (0, 1, 130) or took_s > ENDS_S or unknown > 1 or traces:
            wrong.append(f"{trouble}: exit {end.code} after {took_s:.1f} s, {unknown} unknown, {end.err}")
        shutil.rmtree(place)
    return played, wrong


def unknown_creations(folder: Path) -> int:
    """Return how many creations a run left of which no answer said whether they happened; look at a copy only."""
    copy = folder / "copy"
    copy.mkdir()
    for path in folder.glob("state.db*"):
        shutil.copy(path, copy)
    if not (copy / "state.db").exists():
        return 0
    with Store.open(copy / "state.db") as store:
        open_rows = [row for row in outbox.unfinished(store) if row.may_exist and row.stage is not Stage.PARKED]
        return sum(not row.named for row in open_rows)


def sigterms(zygote: Zygote, folder: Path, scene: Scene, kinds: Kind, wanted: int, seed: int) -> list[Trouble]:
    """Return signals spread over the run, by turns before and after the call."""
    calls = count(zygote, folder / "count", scene, kinds)
    return [
        Trouble(What.TERMINATE, at, after=bool(number % 2), kinds=kinds)
        for number, at in enumerate(strided(calls - 4, wanted, seed))
    ]


def test_row_27_sigterm_at_any_call_ends_the_run_in_good_order(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    """Exit 0, 1 or 130 within 10 s, at most the creation under way is unknown, and the next run finishes the work."""
    seed = int.from_bytes(os.urandom(2))
    scene = partial(first_sync, bulk=1)
    played, wrong = terminate(zygote, tmp_path, scene, sigterms(zygote, tmp_path, scene, REST, 8, seed))
    assert ([], []) == (counted(tally, ("27", "B7"), played), wrong)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene", [partial(first_sync, bulk=1), changes], ids=["first sync", "changes"])
def test_row_27_sigterm_at_two_hundred_calls(zygote: Zygote, tmp_path: Path, tally: Tally, scene: Scene) -> None:
    """The same all along a first sync and among changes of every sort."""
    played, wrong = terminate(zygote, tmp_path, scene, sigterms(zygote, tmp_path, scene, Kind.ALL, 100, 1))
    assert ([], []) == (counted(tally, ("27", "B7"), played), wrong)


def test_row_28_a_process_group_that_is_killed_is_like_a_crash(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    """As the kernel does when memory is short, or a supervisor that waited long enough: settled by the next run."""
    troubles = [Trouble(What.KILL_GROUP, at, kinds=Kind.SEND | Kind.SYNC) for at in (5, 16, 27, 38)]
    played = list(rounds(zygote, tmp_path, first_sync, troubles))
    assert [] == counted(tally, ("28",), played)
    assert {-signal.SIGKILL} == {one.end.code for one in played}


def test_row_28_a_run_that_gets_no_memory_ends_in_good_order(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    """Where a limit refuses memory and nobody kills: exit 75, or 74 where it is SQLite that gets none; nothing lost."""
    played = []
    for mb in (0, 1, 4):
        folder = tmp_path / str(mb)
        folder.mkdir()
        with first_sync(folder) as tool:
            end = zygote.run(tool, str(mb), job="starved")
            said = "no memory left" in end.err or end.code in (0, 74)
            # A little more may be enough: then nothing was refused.
            expected = (74, 75) if mb == 0 else (0, 74, 75)
            assert (True, True, False) == (end.code in expected, said, "this is a bug" in end.err), end
            played.append(settle(tool, Trouble(), replace(end, landed=True)))
    assert [] == counted(tally, ("28",), played)
