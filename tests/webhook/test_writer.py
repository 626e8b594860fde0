"""The receiver's writer: what an earlier one left behind is worked off, though nothing new arrives."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pfjira.state import deliveries
from pfjira.state.store import Store
from pfjira.webhook.writer import Writer

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize("left", [0, 1])
def test_what_a_killed_receiver_left_is_called_for_at_the_start(tmp_path: Path, left: int) -> None:
    """Killed between the commit and the call: the next one calls. Where nothing waits, nobody is called."""
    path, calls = tmp_path / "state.db", list[int]()
    with Store.open(path) as store, store.write():
        for number in range(left):
            deliveries.receive(store, "desk", str(number), {"id": number}, NOW)
    writer = Writer(lambda: Store.open(path), clock=lambda: NOW, wake=lambda: calls.append(1))
    writer.start()
    writer.close()
    assert left == len(calls)
