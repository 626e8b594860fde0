"""Roles by kernel file lock: one writer per state file. The lock dies with its process, whatever killed it.

The lock file is always `<database>.lock`; it stays where it is, and its text says who holds it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pfjira.errors import LockHeld, StateUnwritable

PATIENCE_S = 0.5
"""How long to wait for a holder that is just leaving. A second timer run must give up within 2 s."""


@contextmanager
def sole_writer(database: Path, command: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the state file's lock for the block. Raise LockHeld, naming the holder, when another process has it."""
    from filelock import FileLock, Timeout

    path = Path(f"{database}.lock")
    text = json.dumps({"pid": os.getpid(), "command": command, "since": time.time()}).encode()

    def sign(descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text, 0)

    lock = FileLock(
        path,
        timeout=max(patience_s, PATIENCE_S),
        mode=0o600,
        fallback_to_soft=False,
        preserve_lock_file=True,
        on_acquired=sign,
    )
    try:
        lock.acquire()
    except Timeout as error:
        raise LockHeld(
            f"Another pfjira works with {database}: {holder(path)}.",
            hint="Wait until it has ended; a lock never outlives its process, so there is nothing to remove.",
        ) from error
    except OSError as error:
        raise StateUnwritable(
            f"The lock file {path} cannot be used: {error.strerror}.", hint="Check the owner and the free space."
        ) from error
    try:
        yield
    finally:
        lock.release()


def held_by(database: Path) -> str:
    """Say who works with the state file just now, empty when nobody does. It is asked without getting in his way."""
    path = Path(f"{database}.lock")
    try:
        os.kill(int(json.loads(path.read_bytes())["pid"]), 0)  # mostly he is long gone, and the lock is left alone
    except PermissionError:
        pass  # somebody else's process
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return ""
    return holder(path) if _is_locked(path) else ""


def _is_locked(path: Path) -> bool:
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared, and for no longer than it takes to ask: whoever wants the lock tries again for PATIENCE_S.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder(path: Path) -> str:
    """Say who holds the lock, from what he wrote into it."""
    try:
        said = json.loads(path.read_bytes())
        age_s = max(0, int(time.time() - said["since"]))
        return f"`pfjira {said['command']}`, process {said['pid']}, for {age_s} s"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has not said its name yet"
