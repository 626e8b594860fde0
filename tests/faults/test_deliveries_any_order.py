"""Webhooks lost, doubled, late and out of order: the final state is that of one full sync."""

from __future__ import annotations

import threading
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hooked_world import changes, hooked
from hypothesis import given, settings
from hypothesis import strategies as st
from receiving import employee_update, receiver, take
from tally import Tally

EIGHT = 8
"""Changes in the company, and webhooks that tell of them (of the task, none; of the leave, twice)."""


@st.composite
def schedules(draw: st.DrawFn) -> list[tuple[list[int], bool]]:
    """After each change: which of all deliveries so far arrive, in which order; and whether they are seen to."""
    return [(draw(st.lists(st.integers(0, EIGHT - 1), max_size=4)), draw(st.booleans())) for _ in range(EIGHT)]


def reference(folder: Path) -> dict[str, Any]:
    """Return what both sides show after all changes and one full sync that nobody told anything."""
    with hooked(folder) as world:
        for change in changes(world):
            change()
        assert 0 == world.tool.run("sync", "--full").code
        return world.picture()


def played(folder: Path, schedule: list[tuple[list[int], bool]]) -> tuple[dict[str, Any], int]:
    """Return what both sides show at the end of a schedule, and how many deliveries came."""
    arrived = 0
    with hooked(folder) as world:
        for change, (numbers, work) in zip(changes(world), schedule, strict=True):
            change()
            world.listen()
            come = [world.events[number] for number in numbers if number < len(world.events)]
            arrived += len(come)
            take(world.tool.state, come)
            if work:
                worked = world.tool.run("sync", "--pending")
                assert 0 == worked.code, worked.out + worked.err
            world.tool.sandbox.clock.advance(1200)  # longer than any overlap: a watermark that moved too far would show
        last = world.tool.run("sync")
        assert 0 == last.code, last.out + last.err
        assert "wait" not in world.tool.run("sync", "--pending").out
        return world.picture(), arrived


def _compare(tmp_path_factory: pytest.TempPathFactory, tally: Tally, examples: int) -> None:
    right, numbers = reference(tmp_path_factory.mktemp("reference")), count()

    @settings(max_examples=examples, database=None, derandomize=examples < 10)
    @given(schedules())
    def every_schedule(schedule: list[tuple[list[int], bool]]) -> None:
        shown, arrived = played(tmp_path_factory.mktemp(f"schedule-{next(numbers)}"), schedule)
        assert right == shown
        tally.add("7", planned=max(1, arrived), landed=max(1, arrived))

    every_schedule()


def test_row_7_any_order_doubling_and_loss_ends_in_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, tally: Tally
) -> None:
    """Whatever arrived, and whenever it was seen to, the poll makes it whole, and nothing is done twice."""
    _compare(tmp_path_factory, tally, 3)


@pytest.mark.long
def test_row_7_any_of_sixty_orders_ends_in_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, tally: Tally
) -> None:
    """The same, over schedules that differ from run to run."""
    _compare(tmp_path_factory, tally, 60)


def test_row_7_one_delivery_a_thousand_times_is_one_row(tmp_path: Path, tally: Tally) -> None:
    """From eight connections at once: all are answered 202, one is kept."""
    body = employee_update(9101)
    answers: list[int] = []
    with receiver(tmp_path) as found:

        def send() -> None:
            for _ in range(125):
                answers.append(found.deliver("peopleforce", body))

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = found.waiting()

    tally.add("7", planned=1000, landed=answers.count(202), doubled=len(rows) - 1)
