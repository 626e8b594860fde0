"""Engines that do without one of the defences, which the fault tests must catch doing harm: the negative controls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from pfjira.ops.create import _Maker
from pfjira.ops.recover import Recovered
from pfjira.ops.settle import Queue
from pfjira.ops.workspace import Workspace
from pfjira.state import outbox
from pfjira.state.store import Store


@contextmanager
def search_then_create() -> Iterator[None]:
    """Make what search does not show: without quarantine, without a look at the keys."""

    def released(workspace: Workspace) -> Recovered:
        rows = [row.number for row in outbox.unfinished(workspace.store) if row.may_exist]
        with workspace.store.write():
            outbox.settle(workspace.store, rows, outbox.Stage.DROPPED, workspace.now)
        return Recovered(released=len(rows))

    def blind(maker: _Maker, queue: Queue) -> Queue:
        for _, change in queue:
            project = change.situation.project
            maker.sender.highest[project] = maker.workspace.tickets.highest_key(project)
        return queue

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pfjira.ops.sync.recover", released)
        patch.setattr(_Maker, "without_existing", blind)
        yield


@contextmanager
def gone_at_first_sight() -> Iterator[None]:
    """Believe that what one sweep does not show was removed, however the sweep went."""

    def absent(store: Store, kind: str, seen: Any, now: datetime, **_: object) -> set[str]:
        known: set[str] = {row[0] for row in store.rows("SELECT id FROM snapshots WHERE kind = ?", (kind,))}
        return known - set(seen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pfjira.ops.completeness.Reading.is_whole", property(lambda reading: True))
        patch.setattr("pfjira.ops.sweeper.snapshots.absentees", absent)
        yield


CONTROLS: dict[str, tuple[Callable[[], Any], str]] = {
    "search then create": (search_then_create, "doubled"),
    "gone at first sight": (gone_at_first_sight, "wrong_cancels"),
}
"""Name to the engine, and the harm that it does."""
