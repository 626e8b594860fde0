"""Notice that the state file is older than it was: restored from a backup, or lost and begun again.

The number of the newest run is kept beside the file, where a backup of the file does not bring it back. Jira and
PeopleForce moved on meanwhile with our own help, which would look like other people's edits.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from pfjira.state.store import Store

ADOPTING = "adopting"
"""Name of the fact that a person must look before anything is written."""


def begin(store: Store, run: int) -> int:
    """Return the run's number; remember it where the state went back in time, since then a person must look first.

    Numbers go on from the newest one that was noted, so that the file is taken for an old one once only.
    """
    if store.path is None:
        return run
    beside = Path(f"{store.path}.run")
    try:
        newest = int(beside.read_text())
    except (OSError, ValueError):
        newest = 0
    if newest >= run:
        with store.write():
            store.set_meta(ADOPTING, "yes")
            store.run("UPDATE runs SET number = ? WHERE number = ?", (newest + 1, run))
        run = newest + 1
    # A disk that is full is complained about where it matters.
    with contextlib.suppress(OSError):
        _note(beside, run)
    return run


def _note(beside: Path, run: int) -> None:
    """Write the number over the smaller one: whenever the power goes, one of the two is there."""
    text = str(run).encode()
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, text, 0)
        os.ftruncate(descriptor, len(text))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
