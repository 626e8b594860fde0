"""Several writers at once, and writers that are killed: no update is lost, and nothing is half there."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pfjira.state.store import Store

ROUNDS = 20
DIES = """
import sys
from pathlib import Path
from pfjira.state.store import Store
with Store.open(Path(sys.argv[1])) as store:
    with store.write():
        store.set_meta("first", "committed")
    with store.write():
        store.set_meta("first", "half way")
        store.set_meta("second", "half way")
        print("ready", flush=True)
        sys.stdin.read()
"""


def counted(path: Path) -> None:
    """Read a number and write the next one, many times, with a connection of its own."""
    with Store.open(path) as store:
        for _ in range(ROUNDS):
            with store.write():
                store.set_meta("number", str(int(store.meta("number") or "0") + 1))


def test_writers_wait_for_one_another(path: Path) -> None:
    """A transaction that reads first and then writes neither fails nor works on what is no longer true."""
    Store.open(path).close()
    with ThreadPoolExecutor(2) as crew:
        list(crew.map(counted, [path, path]))

    with Store.open(path, read_only=True) as store:
        assert str(2 * ROUNDS) == store.meta("number")


def test_two_first_starts_at_once_make_one_installation(path: Path) -> None:
    """Under the lock that every writer takes, the second finds what the first has made."""
    with Store.prepared(path, lambda: Store.open(path).close()) as second:
        salt = second.salt

    with Store.open(path, read_only=True) as store:
        assert (salt, "1") == (store.salt, store.meta("generation"))


def test_a_killed_writer_leaves_whole_transactions_only(path: Path) -> None:
    """What was committed is there, what was under way never was, and the file is healthy and free."""
    with subprocess.Popen(
        [sys.executable, "-c", DIES, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()

    with Store.open(path) as store, store.write():
        store.check()
        assert ("ready\n", "committed", None) == (said, store.meta("first"), store.meta("second"))
