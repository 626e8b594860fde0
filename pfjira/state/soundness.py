"""Look whether the state is undamaged before anything rests on it.

A disk that lies must not make us write to Jira what it invents.
Looking over 1 MB takes about 10 ms. A file of the usual size is therefore looked over at each start, a large one once a
day, and always after a run that did not come to its end. The clock is an argument; it may be wrong.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pfjira.state import runs
from pfjira.state.store import Store

SMALL = 16 * 2**20
"""Bytes of a file that is looked over in less than two tenths of a second."""
EVERY = timedelta(hours=24)
CHECKED = "checked_at"
"""Name of the fact when a large file was last looked over."""


def look_over(store: Store, now: datetime) -> None:
    """Look for damage where that is cheap or due. Raise StateDamaged."""
    if store.path is None:
        return
    large = store.path.stat().st_size > SMALL
    if large and not _is_due(store, now):
        return
    store.check(quick=True)
    if large and not store.read_only:
        with store.write():
            store.set_meta(CHECKED, now.isoformat())


def _is_due(store: Store, now: datetime) -> bool:
    last, checked = runs.last(store), store.meta(CHECKED)
    if checked is None or (last is not None and last.ended_at is None):
        return True
    return not timedelta() <= now - datetime.fromisoformat(checked) < EVERY
