"""kill -9 of the receiver under load: whatever was answered 202 is there afterwards."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from load import Outcome, load
from receiving import RULES, SECRETS
from tally import Tally

from pfjira.state.store import Store

AT_ONCE = 8


def killed(folder: Path, number: int, dice: random.Random) -> tuple[Outcome, bool]:
    """Run the receiver, load it, kill it at some moment; return what was acknowledged, and whether it was killed."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")} | SECRETS
    places = ["--rules", str(folder / "rules.yaml"), "--state", str(folder / "state.db")]
    command = [sys.executable, "-m", "pfjira", "webhook-serve", "--port", "0", *places]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        port = re.search(r":(\d+) for", said)
        assert port is not None, said + process.stderr.read()
        moment = threading.Timer(dice.uniform(0.05, 0.4), process.send_signal, (signal.SIGKILL,))
        moment.start()
        outcome = load(int(port[1]), seconds=10, connections=AT_ONCE, first=1 + number * 100_000)
        moment.join()
    return outcome, process.returncode == -signal.SIGKILL and outcome.broken > 0


def _rounds(folder: Path, tally: Tally, rounds: int) -> None:
    seed = random.randrange(10_000)
    dice, landed = random.Random(seed), 0
    acknowledged: set[int] = set()
    (folder / "rules.yaml").write_text(RULES)
    for number in range(rounds):
        outcome, was_killed = killed(folder, number, dice)
        acknowledged.update(outcome.acknowledged)
        landed += was_killed
    with Store.open(folder / "state.db") as store:
        store.check()
        kept = {int(refs.rpartition("/")[2]) for (refs,) in store.rows("SELECT refs FROM inbox")}
        waiting = store.one("SELECT count(*) FROM inbox WHERE state = 'pending'")
    print(f"seed {seed}: {len(acknowledged)} acknowledged, {len(kept)} kept in {rounds} rounds")
    assert (True, (len(kept),)) == (len(acknowledged) >= rounds, waiting)
    tally.add("G4", planned=rounds, landed=landed, lost=len(acknowledged - kept))


def test_a_killed_receiver_has_stored_all_that_it_acknowledged(tmp_path: Path, tally: Tally) -> None:
    """Three times on one state, at any moment of a load over eight connections."""
    _rounds(tmp_path, tally, 3)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_receiver_that_is_killed_a_hundred_times_has_stored_all_that_it_acknowledged(
    tmp_path: Path, tally: Tally
) -> None:
    """The same, a hundred times."""
    _rounds(tmp_path, tally, 100)
