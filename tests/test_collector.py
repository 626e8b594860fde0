"""The collector of garbage: out of the way of imports and of the end, at work in between."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pfjira.cli import collector


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the collector of this process as it was."""
    threshold = gc.get_threshold()
    gc.unfreeze()
    yield
    gc.set_threshold(*threshold)
    gc.enable()
    gc.freeze()


def test_rings_are_looked_for_as_soon_as_a_command_works() -> None:
    """Not while it is imported; then seldom, and only among what is new."""
    collector.begin(["sync", "--quiet"])
    importing = gc.isenabled()
    collector.working()

    assert (False, True, (collector.ALLOCATIONS, 10, 10)) == (importing, gc.isenabled(), gc.get_threshold())
    assert gc.get_freeze_count() > 0


def test_what_lasts_is_looked_over_from_the_beginning() -> None:
    """A server may never open a state, and must not grow for ever; another program's collector is let alone."""
    frozen = gc.get_freeze_count()
    for command in collector.LASTING:
        collector.begin([command])
        collector.working()

    assert (True, frozen) == (gc.isenabled(), gc.get_freeze_count())
