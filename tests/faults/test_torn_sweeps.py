"""A listing that is cut, or whose rows move while it is read, makes nothing gone and hides nothing for long."""

from __future__ import annotations

from functools import partial

import pytest
from tally import Tally
from torn_listing import FAULTS, SIZE, Torn, Watch, at_random

from pfjira.connectors.base import Page
from pfjira.engine.model import Record, Ref
from pfjira.ops import completeness
from pfjira.ops.completeness import Reading
from pfjira.ops.progress import Silent
from pfjira.state.store import Store

SWEEPS = 3


def never(hr: Torn, section: str, number: int) -> str:
    """Leave the listings alone."""
    return ""


def at(place: tuple[str, int], what: str, hr: Torn, section: str, number: int) -> str:
    """Let it happen after one page of one listing, each time it is read."""
    return what if (section, number) == place else ""


def watched(store: Store, seed: int, *, trusting: bool = False) -> tuple[Watch, set[str]]:
    """Sweep three times while the listings tear; return that, and what was there all the time and never seen."""
    watch = Watch(at_random(seed), store, trusting)
    stable = watch.there
    for _ in range(SWEEPS):
        watch.sweep()
    return watch, (stable & watch.there) - watch.seen


@pytest.mark.parametrize("seeds", [range(60), pytest.param(range(60, 1060), marks=pytest.mark.long)], ids=len)
def test_rows_18_19_20_torn_listings_make_nothing_gone(tally: Tally, seeds: range) -> None:
    """Pages cut, skipped, repeated, rows moved, at random: nothing that exists is gone, all is seen in three sweeps.

    Once the listings hold still, two sweeps know exactly what was removed.
    """
    landed = lost = wrong = 0
    with Store.memory() as store:
        for seed in seeds:
            watch, unseen = watched(store, seed)
            watch.hr.tear = never
            quiet = [watch.sweep().complete for _ in range(SWEEPS)]
            assert (seed, [True] * SWEEPS, set()) == (seed, quiet, watch.gone & watch.there)
            known = {row[0] for row in store.rows("SELECT id FROM snapshots")}
            assert (seed, known - watch.there) == (seed, watch.gone)
            landed, lost, wrong = landed + watch.hr.landed, lost + len(unseen), wrong + len(watch.wrong)
    tally.add("C4", "18", "19", "20", planned=landed, landed=landed, lost=lost, wrong_cancels=wrong)


def test_whoever_trusts_each_sweep_is_wrong_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: who reads once and believes it takes records for gone that exist, in most of the seeds."""
    monkeypatch.setattr("pfjira.ops.completeness.READINGS", 1)
    with Store.memory() as store:
        wrong = sum(bool(watched(store, seed, trusting=True)[0].wrong) for seed in range(60))

    assert wrong > 20


def test_rows_19_20_a_cut_at_each_page_and_a_shift_at_each_row(tally: Tally) -> None:
    """Every fault after every page of both listings, in all readings of two sweeps: nothing is gone, all is seen."""
    planned = landed = lost = wrong = 0
    with Store.memory() as store:
        for what in FAULTS:
            for place in (("open", 1), ("open", 2), ("open", 3), ("completed", 1), ("completed", 2)):
                hr = Torn(
                    list(range(60, 60 - 4 * SIZE, -1)),
                    list(range(30, 30 - 3 * SIZE, -1)),
                    partial(at, place, what),
                )
                watch = Watch(hr, store)
                stable = watch.there
                for _ in range(2):
                    watch.sweep()
                hr.tear = never
                watch.sweep()
                planned += 2
                landed += min(2, hr.landed)
                lost += len((stable & watch.there) - watch.seen)
                wrong += len(watch.wrong)
    tally.add("C4", "19", "20", planned=planned, landed=landed, lost=lost, wrong_cancels=wrong)


def test_row_21_a_page_that_is_ignored_without_counters_proves_nothing() -> None:
    """No total is told: what it does not show proves nothing, and it is not read again in vain."""
    pages = [Page(1, tuple(Record(Ref("peopleforce", "task", str(one)), {"id": one}) for one in range(4)), None, None)]
    read: list[Reading] = []

    rows = list(completeness.read(lambda: iter(pages), Silent(), read.append))

    assert (4, [False]) == (len(rows), [one.is_whole for one in read])


def test_row_20_rows_that_moved_once_are_read_again_at_once() -> None:
    """A single removal in the first reading: the same sweep reads the listing again, and is complete."""
    once = iter(["remove read"])
    hr = Torn(list(range(60, 40, -1)), [], lambda hr, section, number: next(once, ""))
    with Store.memory() as store:
        watch = Watch(hr, store)
        sweep = watch.sweep()

    assert (1, True, set()) == (hr.landed, sweep.complete, watch.there - sweep.seen)
