"""Notice that the state file is older than it was: restored from a backup, or lost and begun again.

Jira and PeopleForce moved on meanwhile with our own help, which would look like other people's edits. Two witnesses
know the number of the newest run: a file beside the state, which a backup of the state alone does not bring back, and
the issues that were written to, which no backup brings back.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from pfjira.state.files import write_durably
from pfjira.state.store import Store

ADOPTING = "adopting"
"""Name of the fact that a person must look before anything is written."""

NONSENSE = 10**9
"""No state sees so many runs."""
AHEAD = 1_000_000
"""So many runs ahead of the state are always possible, whatever the clocks say."""
RUN_S = 1
"""A run takes longer than this: so many cannot have been since one that is known."""
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
"""Before it there was no run of anybody."""


def begin(store: Store, run: int) -> int:
    """Return the run's number; remember it where the state went back in time, since then a person must look first.

    Numbers go on from the newest one that was noted, so that the file is taken for an old one once only.
    """
    if store.path is None:
        return run
    newest = beside(store.path)
    if newest >= run:
        return jump(store, run, newest)
    _note(store.path, run)
    return run


def jump(store: Store, run: int, newest: int) -> int:
    """Give the run a number past the newest one that is known of, and have a person look; return the number."""
    with store.write():
        store.set_meta(ADOPTING, "yes")
        store.run("UPDATE runs SET number = ? WHERE number = ?", (newest + 1, run))
    if store.path is not None:
        _note(store.path, newest + 1)
    return newest + 1


def is_adopting(store: Store, run: int) -> bool:
    """Say whether a person must look first: it was noted, or a command that only looks (run 0) would be told so."""
    if store.meta(ADOPTING):
        return True
    # The file is read first: a run that begins meanwhile counts itself in the state before it notes its number.
    newest = beside(store.path) if not run and store.path is not None else 0
    return newest > newest_before(store, run)


def newest_before(store: Store, run: int) -> int:
    """Return the newest run that the state knows of, without the one that is going on; 0 for none."""
    if run:
        return run - 1
    row = store.one("SELECT max(number) FROM runs")
    return row[0] or 0 if row else 0


def furthest(store: Store, run: int, now: datetime) -> int:
    """Return the highest number that a run can have had, by the last one that the state knows of.

    Who may edit an issue may write any number there: believed, a high one would hide all true ones below it for good.
    """
    row = store.one("SELECT number, started_at FROM runs WHERE number < ? ORDER BY number DESC", (run or NONSENSE,))
    number, since = (row[0], datetime.fromisoformat(row[1])) if row else (0, FIRST)
    return int(number + AHEAD + max(0.0, (now - since).total_seconds()) / RUN_S)


def beside(state: Path) -> int:
    """Return the newest run that the file beside the state knows of, 0 where there is none, or it tells nonsense."""
    try:
        run = int(Path(f"{state}.run").read_text())
    except (OSError, ValueError):
        return 0
    return run if 0 < run < NONSENSE else 0


def _note(state: Path, run: int) -> None:
    # A disk that is full is complained about where it matters.
    with contextlib.suppress(OSError):
        write_durably(Path(f"{state}.run"), str(run))
