"""The lock: one writer, whose name a second one learns at once, and which no death leaves behind."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pfjira.errors import LockHeld, StateUnwritable
from pfjira.state.locks import holder, sole_writer

HOLDS = """
import sys
from pathlib import Path
from pfjira.state.locks import sole_writer
with sole_writer(Path(sys.argv[1]), "sync --full"):
    print("held", flush=True)
    sys.stdin.read()
"""
TRIES = """
import sys, time
from pathlib import Path
from pfjira.errors import LockHeld
from pfjira.state.locks import sole_writer
began = time.monotonic()
try:
    with sole_writer(Path(sys.argv[1]), "sync"):
        print("got it")
except LockHeld as error:
    print(f"{time.monotonic() - began:.3f} {error}")
"""


@contextmanager
def another_process(database: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the lock; it ends with the block at the latest."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert "held\n" == process.stdout.readline()
            yield process
        finally:
            process.kill()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Say where the state file would be."""
    return tmp_path / "state.db"


def test_a_second_process_gives_up_soon_and_learns_who_holds_it(database: Path) -> None:
    """A timer that fires while a long run works ends within 2 s, naming process and command."""
    with another_process(database) as first:
        tried = subprocess.run(
            [sys.executable, "-c", TRIES, str(database)], capture_output=True, text=True, check=True, timeout=30
        )
    waited_s, _, sentence = tried.stdout.strip().partition(" ")

    assert float(waited_s) < 2
    assert f"Another pfjira works with {database}: `pfjira sync --full`, process {first.pid}, for " in sentence


def test_the_lock_dies_with_a_process_that_was_killed(database: Path) -> None:
    """Nothing has to be removed by hand after a crash or a power cut."""
    with another_process(database) as first:
        first.send_signal(signal.SIGKILL)
        first.wait(timeout=10)

        with sole_writer(database, "sync"):
            assert "`pfjira sync`" in holder(Path(f"{database}.lock"))


def test_a_holder_that_leaves_soon_is_waited_for(database: Path) -> None:
    """Two timers a moment apart do not make an alarm."""
    with another_process(database) as first:
        assert first.stdin is not None
        first.stdin.close()
        with sole_writer(database, "sync"):
            pass

        assert 0 == first.wait(timeout=10)


def test_a_second_holder_in_the_same_process_is_refused_too(database: Path) -> None:
    """The lock belongs to the block and not to the process."""
    with sole_writer(database, "sync"), pytest.raises(LockHeld, match="Another pfjira works"):
        sole_writer(database, "replay").__enter__()


@pytest.mark.parametrize("stop", [None, ValueError])
def test_the_lock_ends_with_its_block(database: Path, stop: type[Exception] | None) -> None:
    """However the block ended, the next one gets the lock at once; the private file stays where it is."""
    for _ in range(2):
        with suppress(ValueError), sole_writer(database, "sync"):
            if stop:
                raise stop

    assert 0o600 == stat.S_IMODE(Path(f"{database}.lock").stat().st_mode)


def test_a_place_that_is_no_folder_is_unwritable(tmp_path: Path) -> None:
    """The error is one of the state, and names the lock file."""
    (tmp_path / "file").touch()

    with pytest.raises(StateUnwritable, match=r"state\.db\.lock"):
        sole_writer(tmp_path / "file" / "state.db", "sync").__enter__()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b"\xff", b'{"pid": 1, "command": "sync", "since": "soon"}'])
def test_a_holder_without_a_name_is_still_a_holder(tmp_path: Path, text: bytes) -> None:
    """A lock file cut short or of another making does not break the message."""
    path = tmp_path / "state.db.lock"
    path.write_bytes(text)

    assert "a process that has not said its name yet" == holder(path)
