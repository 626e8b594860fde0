"""kill -9 at the system calls of real processes, `python -m pfjira sync` as a timer starts it, on the real disk.

The shim sees what libc is asked; this sees what the kernel is asked, and so shows that the shim misses nothing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from harness import Tool
from killing import HERE, End, Kind, Trouble, What, strided
from scenes import counted, first_sync, settle
from tally import Tally

CALLS = ("pwrite64", "fsync", "sendto", "recvfrom", "connect", "ftruncate", "unlink")


def traced(tool: Tool, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a sync under strace. Without `--seccomp-bpf`: with it, strace does not deliver the signal, silently."""
    return subprocess.run(
        ["strace", "-f", "-qq", *options, sys.executable, "-m", "pfjira", "sync"],
        env=tool.environment(),
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=60,
    )


def census(folder: Path) -> dict[str, int]:
    """Return how often each of the calls is made by the thread that makes most of them: `when=` counts per thread."""
    with first_sync(folder, tasks=5, bulk=1) as tool:
        log = folder / "calls"
        assert 0 == traced(tool, "-o", str(log), "-e", f"trace={','.join(CALLS)}").returncode
    made = Counter(re.findall(r"^(\d+) +(\w+)\(", log.read_text(), re.MULTILINE))
    return {call: max((times for (_, name), times in made.items() if name == call), default=0) for call in CALLS}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_rows_1_2_3_4_5_real_processes_survive_kills_at_system_calls(disk: Path, tally: Tally) -> None:
    """Five issues, kills spread over every sort of call: settled, none doubled, none lost."""
    if shutil.which("strace") is None:
        pytest.skip("kills at system calls are made by strace")
    (disk / "census").mkdir()
    played = []
    counts = census(disk / "census")
    assert [] == [call for call, times in counts.items() if not times], "a call that is never made proves nothing"
    for call, times in counts.items():
        for nth in strided(times, 5, seed=len(call)):
            folder = disk / f"{call}-{nth}"
            folder.mkdir()
            with first_sync(folder, tasks=5, bulk=1) as tool:
                done = traced(
                    tool, "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={nth}"
                )
                end = End(done.returncode, 0, done.returncode in (-9, 137), Kind.NONE, done.stdout, done.stderr, 0.0)
                played.append(settle(tool, Trouble(What.KILL, nth), end))
    assert [] == counted(tally, ("1", "2", "3", "4", "5", "A2"), played)
