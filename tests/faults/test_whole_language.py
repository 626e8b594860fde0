"""Every write that a rule can ask for, its answer lost, cut or a refusal for now: in the end exactly one of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from whole_story import WRITES, WholeStory, whole_story

from pfjira.sandbox.faults import Fault, Kind

KINDS: list[Kind] = ["drop_after", "status_after", "cut_after", "drop_before", "status_before", "rate_limited"]

QUICK: list[tuple[Kind, int, int]] = [
    ("drop_after", 1, 3), ("drop_after", 50, 2), ("status_after", 1, 1), ("drop_before", 1, 3), ("rate_limited", 50, 2),
]  # fmt: skip
"""What happens; how many issues one request makes; and which creation it hits: of a parent, or of a child."""
REST = [
    (kind, bulk, nth) for kind in KINDS for bulk, nth in ((1, 1), (1, 3), (50, 2)) if (kind, bulk, nth) not in QUICK
]
RARE = pytest.mark.long


def planned(story: WholeStory, kind: Kind, place: str, *, nth: int = 1) -> Fault:
    """Plan one fault at one sort of write."""
    system, method, path = WRITES[place]
    return story.sandbox.faults.add(Fault(kind, system, method, path, nth=nth, retry_after=900))


def test_the_story_makes_everything_once(tmp_path: Path) -> None:
    """The control: without faults each chapter settles, and every sort of write was sent."""
    with whole_story(tmp_path) as story:
        counters = [planned(story, "delay", place) for place in WRITES]
        assert [0] * 5 == story.tell()
        assert ({}, [1] * len(WRITES)) == (story.gap(), [one.landed for one in counters])


@pytest.mark.parametrize(("kind", "bulk", "nth"), [*QUICK, *(pytest.param(*one, marks=RARE) for one in REST)])
def test_a_fault_at_every_sort_of_write_doubles_and_loses_nothing(
    tmp_path: Path, kind: Kind, bulk: int, nth: int
) -> None:
    """The first request of each sort fails; the chapters settle all the same, each effect exactly once."""
    with whole_story(tmp_path, bulk=bulk, lag=60.0 if bulk == 1 else 0.0) as story:
        faults = {place: planned(story, kind, place, nth=nth if place == "issue" else 1) for place in WRITES}
        codes = story.tell()
        assert ({}, [0] * 5) == (story.gap(), codes)
        assert [] == [place for place, fault in faults.items() if not fault.landed]


@pytest.mark.long
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("place", WRITES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_each_write_doubles_and_loses_nothing(tmp_path: Path, kind: Kind, place: str, nth: int) -> None:
    """The same with one fault at a time, at the first and the second request of its sort, where there is one."""
    with whole_story(tmp_path, people=3, bulk=1, lag=60.0) as story:
        fault = planned(story, kind, place, nth=nth)
        codes = story.tell()
        assert ({}, [0] * 5) == (story.gap(), codes)
        assert fault.landed == 1 or fault.seen < nth
