"""One writer: of several syncs at once one works, the others give way at once, and no death or stop changes that."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness import Tool, company
from killing import HERE, Zygote
from scenes import Harm, first_sync, harm
from tally import Tally

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox
from pfjira.state.locks import sole_writer
from pfjira.state.store import Store

AT_ONCE = 3
SOON_S = 2.0
BEARS_A_CHILD = """
import subprocess, sys
from pathlib import Path
from pfjira.state.locks import sole_writer
with sole_writer(Path(sys.argv[1]), "sync"):
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


@contextmanager
def busy(zygote: Zygote, tool: Tool, pause_s: float = 30) -> Iterator[int]:
    """Start a sync and lend its process id while it waits for the first answer."""
    fault = tool.sandbox.faults.add(Fault("delay", "peopleforce", delay_s=pause_s))
    pid = zygote.start(tool, "sync")
    deadline = time.monotonic() + 20
    while not fault.landed and time.monotonic() < deadline:
        time.sleep(0.005)
    assert fault.landed
    yield pid
    tool.sandbox.faults.clear()


def compete(zygote: Zygote, folder: Path, number: int) -> tuple[Harm, int, list[str]]:
    """Start three first syncs at once; return the harm in the end, how many gave way, and what was not as promised."""
    folder.mkdir()
    with first_sync(folder, tasks=6) as tool:
        tool.sandbox.faults.add(Fault("delay", "peopleforce", delay_s=1.0))
        pids = [zygote.start(tool, "sync") for _ in range(AT_ONCE)]
        ends = [zygote.wait(pid) for pid in pids]
        (winner, *_) = [pid for pid, end in zip(pids, ends, strict=True) if end.code == 0] or [0]
        names = re.compile(rf"`pfjira sync`, process {winner}, for \d+ s\.")
        wrong = [
            f"round {number}: exit {end.code} after {end.took_s:.1f} s: {end.err}"
            for end in ends
            if end.code != 0 and not (end.code == 75 and end.took_s < SOON_S and names.search(end.err))
        ]
        wrong += [] if [0, 75, 75] == sorted(end.code for end in ends) else [f"round {number}: {ends}"]
        assert 0 == tool.settle().code
        return harm(tool.sandbox), sum(end.code == 75 for end in ends), wrong


def all_rounds(zygote: Zygote, folder: Path, tally: Tally, rounds: int) -> None:
    """Let three syncs compete so many times."""
    played = [compete(zygote, folder / str(number), number) for number in range(rounds)]
    tally.add(
        "8",
        "B1",
        planned=rounds * (AT_ONCE - 1),
        landed=sum(gave_way for _, gave_way, _ in played),
        lost=sum(found.lost for found, _, _ in played),
        doubled=sum(found.doubled for found, _, _ in played),
    )
    assert [] == [line for _, _, wrong in played for line in wrong]


def test_row_8_of_three_syncs_at_once_two_give_way_and_name_the_third(
    zygote: Zygote, tmp_path: Path, tally: Tally
) -> None:
    """Exit 75 within 2 s, with process id and age of the one that works; nothing is doubled."""
    all_rounds(zygote, tmp_path, tally, 2)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_row_8_a_hundred_races_have_one_winner_each(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    """The same a hundred times."""
    all_rounds(zygote, tmp_path, tally, 100)


def test_row_31_a_holder_that_hangs_is_never_robbed(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    """Stopped in the middle of its work, it keeps the lock from others for as long as it lives, and no longer."""
    with first_sync(tmp_path) as tool, busy(zygote, tool) as holder:
        os.kill(holder, signal.SIGSTOP)
        ends = [zygote.run(tool, "sync") for _ in range(2)]
        os.kill(holder, signal.SIGKILL)
        assert -signal.SIGKILL == zygote.wait(holder).code
        tool.sandbox.faults.clear()
        assert 0 == tool.settle().code
        found = harm(tool.sandbox)
        tally.add(
            "31", "B1", planned=2, landed=sum(end.code == 75 for end in ends), lost=found.lost, doubled=found.doubled
        )
    assert [75, 75] == [end.code for end in ends]
    assert [] == [end for end in ends if end.took_s > SOON_S or f"process {holder}, for " not in end.err]


def test_row_31_a_holder_that_is_woken_again_goes_on_alone(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    """Its work is whole: nobody did a part of it meanwhile."""
    with first_sync(tmp_path) as tool, busy(zygote, tool, pause_s=1.0) as holder:
        os.kill(holder, signal.SIGSTOP)
        refused = zygote.run(tool, "sync")
        os.kill(holder, signal.SIGCONT)
        end = zygote.wait(holder)
        found = harm(tool.sandbox)
        tally.add("31", "B1", planned=1, landed=refused.code == 75, lost=found.lost, doubled=found.doubled)
    assert 0 == end.code, end


def test_row_32_no_child_can_inherit_the_lock(zygote: Zygote, tmp_path: Path) -> None:
    """All descriptors below the state's folder close when another program is started, and no child is there."""
    with first_sync(tmp_path) as tool, busy(zygote, tool) as holder:
        place = Path(f"/proc/{holder}")
        held = {path.name: os.readlink(path) for path in (place / "fd").iterdir()}
        ours = {number: Path(path).name for number, path in held.items() if path.startswith(str(tmp_path))}
        flags = {
            name: int(re.findall(r"flags:\s*(\d+)", (place / "fdinfo" / number).read_text())[0], 8)
            for number, name in ours.items()
        }
        children = [path.read_text() for path in place.glob("task/*/children")]
        os.kill(holder, signal.SIGKILL)
        zygote.wait(holder)
    assert {"state.db", "state.db-wal", "state.db.lock"} <= set(ours.values())
    assert {} == {name: oct(flag) for name, flag in flags.items() if not flag & os.O_CLOEXEC}
    assert "" == "".join(children)


def test_row_32_the_lock_of_a_killed_holder_is_free_though_its_child_lives(tmp_path: Path) -> None:
    """Should somebody start a program one day, then that program does not keep the lock."""
    database = tmp_path / "state.db"
    with subprocess.Popen(
        [sys.executable, "-c", BEARS_A_CHILD, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        process.wait(timeout=10)
    try:
        with sole_writer(database, "sync"):
            os.kill(child, 0)  # lives
    finally:
        os.kill(child, signal.SIGKILL)


OWN_COMMANDS = {"courier.py", "worker.py", "acting.py", "commands.py", "machine.py"}
"""What runs a command of the house, the receiver or the dashboard's commands: `subprocess` closes all descriptors but
the standard ones for them, and neither receiver nor dashboard ever holds the lock."""


def test_row_32_nothing_that_holds_the_lock_forks() -> None:
    """No fork, and no program but the owner's own, which inherits nothing."""
    ways = re.compile(
        r"\b(subprocess|multiprocessing|ProcessPool\w*|os\.(fork|popen|system|posix_spawn|exec|spawn)\w*)\b"
    )
    found = {path.name: ways.findall(path.read_text()) for path in (HERE.parents[1] / "pfjira").rglob("*.py")}
    assert {} == {name: names for name, names in found.items() if names and name not in OWN_COMMANDS}


def strike(zygote: Zygote, folder: Path, tally: Tally, seconds: float) -> None:
    """Let three processes write to one file as fast as they can, and count what they were promised."""
    tool = Tool(Sandbox(company(people=1, tasks=0, completed_tasks=0)), folder)
    Store.open(tool.state).close()
    pids = [zygote.start(tool, str(tool.state), name, str(seconds), job="hammer") for name in "abc"]
    ends = [zygote.wait(pid) for pid in pids]
    assert [0, 0, 0] == [end.code for end in ends], [end.err for end in ends]
    with Store.open(tool.state) as store:
        store.check()
        rows = {str(who): int(count) for who, count in store.rows("SELECT who, count(*) FROM audit GROUP BY who")}
    promised = {name: int(Path(f"{tool.state}.{name}").read_text()) for name in "abc"}
    print(f"{sum(promised.values())} commits in {seconds} s")
    lost = sum(max(0, promised[name] - rows.get(name, 0)) for name in promised)
    tally.add("B5", planned=sum(promised.values()), landed=sum(rows.values()), lost=lost)
    assert promised == rows


def test_three_writers_lose_no_row(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    """Each commit that was promised is there, though files are opened and closed all the time, and the file is well."""
    strike(zygote, tmp_path, tally, seconds=0.8)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_three_writers_lose_no_row_in_a_minute(zygote: Zygote, disk: Path, tally: Tally) -> None:
    """The same for a minute."""
    strike(zygote, disk, tally, seconds=60)
