"""Calls that fail: a full disk, a disk that breaks, a connection that ends, each at any one call. One code, no harm."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import TABLE, Kind, Trouble, What, Zygote, strided
from scenes import Round, Scene, changes, count, counted, first_sync, rounds
from tally import Tally

from pfjira.state import place

CASES: dict[str, tuple[tuple[str, ...], Kind, int, What]] = {
    "disk full for a moment": (("25", "A3"), Kind.FILES & ~Kind.SYNC, errno.ENOSPC, What.FAIL),
    "disk full from then on": (("25", "A3"), Kind.FILES & ~Kind.SYNC, errno.ENOSPC, What.FAIL_ON),
    "disk breaks": (("25", "A3"), Kind.FILES & ~Kind.SYNC, errno.EIO, What.FAIL_ON),
    "a sync fails": (("26", "A3"), Kind.SYNC, errno.EIO, What.FAIL),
    "all syncs fail": (("26", "A3"), Kind.SYNC, errno.EIO, What.FAIL_ON),
    "connection reset": (("A3",), Kind.SOCKETS, errno.ECONNRESET, What.FAIL),
    "connection times out": (("A3",), Kind.SOCKETS, errno.ETIMEDOUT, What.FAIL),
    "network gone": (("A3",), Kind.SOCKETS, errno.ENETUNREACH, What.FAIL_ON),
}


def faults(zygote: Zygote, folder: Path, scene: Scene, case: str, wanted: int, seed: int) -> Iterator[Trouble]:
    """Yield failures spread over the run; at sockets by turns instead of the call, and after it was carried out."""
    _, kinds, error, what = CASES[case]
    calls = count(zygote, folder / "count", scene, kinds)
    for number, at in enumerate(strided(calls - 3, wanted, seed)):
        yield Trouble(what, at, bool(kinds & Kind.SEND and number % 2), error, kinds)


def _said(one: Round) -> list[str]:
    """Return what is wrong with how a run ended: its code, or what it said about it."""
    complaints = [line for line in one.end.err.splitlines() if line.startswith("pfjira: ")]
    hints = [line for line in one.end.err.splitlines() if line.startswith("  → ")]
    wrong = []
    if one.end.code not in TABLE:
        wrong.append(f"exit code {one.end.code}")
    if "Traceback" in one.end.err + one.end.out:
        wrong.append("a traceback")
    if one.end.code not in (0, 1) and (len(complaints), bool(hints)) != (1, True):
        wrong.append("not one sentence with a hint")
    return wrong and [*wrong, str(one.trouble), one.end.kind.name or "", one.end.err[-2000:]]


def try_all(zygote: Zygote, folder: Path, tally: Tally, scene: Scene, case: str, wanted: int) -> None:
    """Let calls fail all along the run; each run ends by the table and the next ones finish its work."""
    seed = int.from_bytes(os.urandom(2))
    played = list(rounds(zygote, folder, scene, faults(zygote, folder, scene, case, wanted, seed)))
    assert [] == [wrong for one in played if (wrong := _said(one))]
    assert [] == counted(tally, CASES[case][0], played)
    if CASES[case][1] in Kind.FILES:
        # SQLite shrugs when only the folding of the log fails: what was promised is in the log, on the disk.
        assert {74} == {one.end.code for one in played} - {0}


@pytest.mark.parametrize("case", CASES)
def test_rows_25_26_a_call_that_fails_is_a_code_of_the_table_and_no_harm(
    zygote: Zygote, tmp_path: Path, tally: Tally, case: str
) -> None:
    """A failing write, sync, open, send or receive ends the run by the table; the next ones finish its work, once."""
    try_all(zygote, tmp_path, tally, first_sync, case, wanted=4)


def test_row_25_a_disk_that_is_almost_full_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 74 with how much is left and how much is needed; reading goes on, and no system hears of the run."""
    monkeypatch.setattr(place, "NEEDED_FREE", 2**60)
    with first_sync(tmp_path) as tool:
        answer = tool.run("sync")
        assert (74, 0) == (answer.code, len(tool.sandbox.requests)), answer.err
        assert re.search(r"\d+ MB are free, \d+ MB are needed", answer.err)
        assert 1 == tool.run("diff").code


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene", [first_sync, changes])
@pytest.mark.parametrize("case", CASES)
def test_rows_25_26_hundreds_of_calls_that_fail(
    zygote: Zygote, tmp_path: Path, tally: Tally, scene: Scene, case: str
) -> None:
    """The same at some five hundred calls, in a first sync and among changes."""
    try_all(zygote, tmp_path, tally, scene, case, wanted=32)
