"""The power goes at any moment of a sync: whatever the disk then holds, no promise is broken, no request forgotten."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from killing import Kind, Trouble, Zygote, strided
from power import Log, cuts, read_log
from scenes import NONE, Scene, changes, first_sync, harm
from tally import Tally

from pfjira.errors import PfjiraError
from pfjira.state.store import Store


def logged(zygote: Zygote, folder: Path, scene: Scene, job: str = "acknowledged") -> tuple[Path, Log]:
    """Run a sync that notes its commits; return its state file and the log of its calls."""
    folder.mkdir()
    with scene(folder) as tool:
        there = {str(path): path.read_bytes() for path in folder.glob("state.db*")}
        log = folder / "calls.log"
        end = zygote.run(tool, "sync", job=job, record=log, trouble=Trouble(kinds=Kind.ALL | Kind.NOTE))
        assert (0, NONE) == (end.code, harm(tool.sandbox)), end
        return tool.state, read_log(log, folder, there)


def broken(folder: Path, state: Path, log: Log, points: list[int], random: Random) -> tuple[int, Counter[str]]:
    """Open the state that each possible disk holds; return how many there were, and promises that were broken."""
    tried, found = 0, Counter[str]()
    for tried, cut in enumerate(cuts(log, points, random), start=1):
        place = folder / str(tried)
        place.mkdir(parents=True)
        cut.disk.lay_down(place)
        try:
            with Store.open(place / state.name) as store:
                store.check()
                number = int(store.meta("acknowledged") or 0)
                known = {op for (op,) in store.rows("SELECT op FROM outbox WHERE state != 'intent'")}
        except PfjiraError as error:
            found[f"damaged: {error}"] += 1
            continue
        found["acknowledged commits lost"] += max(0, cut.acknowledged - number)
        found["requests sent without their intent"] += len(cut.sent - known)
        shutil.rmtree(place)
    return tried, +found


def test_rows_2_3_whatever_the_disk_holds_after_a_power_cut_no_promise_is_broken(
    zygote: Zygote, tmp_path: Path, tally: Tally
) -> None:
    """Unsynced writes gone, some of them gone, or torn: no commit is lost, no request lacks its intent, no damage."""
    seed = int.from_bytes(os.urandom(2))
    state, log = logged(zygote, tmp_path / "run", first_sync)
    points = strided(len(log.calls), 30, seed)
    tried, found = broken(tmp_path / "disks", state, log, points, Random(seed))
    tally.add("2", "3", "A4", planned=3 * len(points), landed=tried, lost=found.total())
    assert {} == found


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene", [first_sync, changes])
def test_rows_2_3_a_thousand_disks_after_a_power_cut(
    zygote: Zygote, tmp_path: Path, tally: Tally, scene: Scene
) -> None:
    """The same after every single call, of a first sync and of one that finds changes."""
    state, log = logged(zygote, tmp_path / "run", scene)
    points = list(range(len(log.calls) + 1))
    tried, found = broken(tmp_path / "disks", state, log, points, Random(1))
    tally.add("2", "3", "A4", planned=3 * len(points), landed=tried, lost=found.total())
    assert {} == found


def test_a_state_that_is_not_synced_at_each_commit_loses_promises(zygote: Zygote, tmp_path: Path) -> None:
    """The control: with `synchronous = NORMAL` the same cuts lose commits, and forget intents of what was sent."""
    state, log = logged(zygote, tmp_path / "run", first_sync, job="weak")
    _, found = broken(tmp_path / "disks", state, log, strided(len(log.calls), 8, 1), Random(1))
    assert {"acknowledged commits lost", "requests sent without their intent"} == set(found)
