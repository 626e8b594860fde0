"""Sectors of the state file that hold rubbish: the run stops before it asks anybody anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from harness import Tool
from scenes import first_sync
from tally import Tally

from pfjira.errors import PfjiraError
from pfjira.state.store import Store

SECTOR = 512


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    """Lend the tool in a company of forty tasks whose first sync is done, with a copy of its state."""
    with first_sync(tmp_path_factory.mktemp("synced"), tasks=40) as tool:
        assert 0 == tool.run("sync").code
        shutil.copy(tool.state, tool.folder / "whole")
        shutil.copy(f"{tool.state}.seal", tool.folder / "seal")
        yield tool


def rotten(whole: bytes, random: Random) -> bytes:
    """Return a file in which one to four sectors hold something else."""
    rot = bytearray(whole)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(whole) // SECTOR) * SECTOR
        rot[at : at + SECTOR] = random.choice((random.randbytes(SECTOR), b"\0" * SECTOR, whole[:SECTOR]))
    return bytes(rot)


def is_seen(path: Path) -> bool:
    """Say whether SQLite's own check finds the damage: what lies in free space is none, and is not seen."""
    try:
        with Store.open(path, read_only=True) as store:
            store.check(quick=True)
    except PfjiraError:
        return True
    return False


def harmless_and_wrong(tool: Tool, seeds: range) -> tuple[int, list[str]]:
    """Run a sync on each rotten file; return how much rot was in free space, and what was not as promised."""
    whole, harmless, wrong = (tool.folder / "whole").read_bytes(), 0, []
    for seed in seeds:
        random = Random(seed)
        for path in tool.folder.glob("state.db*"):
            path.unlink()
        tool.state.write_bytes(rotten(whole, random))
        while not is_seen(tool.state):
            harmless += 1
            tool.state.write_bytes(rotten(whole, random))
        tool.state.chmod(0o600)
        if seed % 2:  # as the last command left it: the file alone has rotten since
            shutil.copy(tool.folder / "seal", f"{tool.state}.seal")
        tool.sandbox.requests.clear()
        answer = tool.run("sync")
        hint = " ".join(answer.hints)
        told = ("backup" in hint or "Move it away" in hint, len(answer.complaints), "Traceback" in answer.err)
        if (74, 0, (True, 1, False)) != (answer.code, len(tool.sandbox.requests), told):
            wrong.append(f"seed {seed}: exit {answer.code}, {len(tool.sandbox.requests)} requests, {answer.err}")
    return harmless, wrong


def test_row_11_a_state_with_rotten_sectors_stops_the_run_before_any_request(synced: Tool, tally: Tally) -> None:
    """Exit 74 with what to do, and neither system hears of it; the rot itself is left as it is."""
    harmless, wrong = harmless_and_wrong(synced, range(20))
    print(f"seeds 0 to 19; {harmless} more files whose rot lay in free space")
    tally.add("11", "B3", planned=20, landed=20, lost=len(wrong))
    assert [] == wrong


@pytest.mark.long
@pytest.mark.timeout(300)
def test_row_11_two_hundred_states_with_rotten_sectors(synced: Tool, tally: Tally) -> None:
    """The same two hundred times."""
    harmless, wrong = harmless_and_wrong(synced, range(100, 300))
    print(f"seeds 100 to 299; {harmless} more files whose rot lay in free space")
    tally.add("11", "B3", planned=200, landed=200, lost=len(wrong))
    assert [] == wrong


def test_a_whole_state_is_not_taken_for_a_rotten_one(synced: Tool) -> None:
    """The control: the same file, untouched, is synced, with its seal and without."""
    for names in (("",), ("", ".seal")):
        for path in synced.folder.glob("state.db*"):
            path.unlink()
        for name in names:
            shutil.copy(synced.folder / (name.strip(".") or "whole"), f"{synced.state}{name}")
        assert 0 == synced.settle().code
