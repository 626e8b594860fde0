"""kill -9 in the middle of any chapter: the next runs finish what was begun, each effect exactly once."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest
from whole_story import WholeStory, whole_story

from pfjira.sandbox.faults import Fault, Kind
from pfjira.state.store import Store

LAST = (24, 26, 12, 20, 6)
"""Requests of each chapter's sync, roughly: kills are spread over them."""


def killed(story: WholeStory, random: Random, last: int) -> bool:
    """Start a sync and kill it while the answer to some request is held back or drips; say whether it was alive."""
    story.sandbox.clock.advance(300)
    kinds: tuple[Kind, ...] = ("delay", "drip")
    nth, kind = random.randrange(1, last + 1), random.choice(kinds)
    held = story.sandbox.faults.add(Fault(kind, nth=nth, delay_s=30))
    process = story.tool.start("sync")
    deadline = time.monotonic() + 20
    while process.poll() is None and not held.landed and held.seen < nth and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(random.random() * 0.02)
    process.kill()
    process.communicate()
    story.sandbox.faults.clear()
    return process.returncode == -9


def play(folder: Path, seed: int) -> tuple[int, list[int], dict[str, tuple[int, int]]]:
    """Tell the story with the first sync of each chapter killed; return kills landed, exit codes, and what differs."""
    random, landed, codes = Random(seed), 0, []
    with whole_story(folder, bulk=random.choice((1, 50)), lag=random.choice((0.0, 60.0))) as story:
        # A process of its own has the real clock: days behind the sandbox's later on, as after a clock that jumped.
        for chapter, last in zip(story.chapters, LAST, strict=True):
            chapter()
            landed += killed(story, random, last)
            codes.append(story.approve().code)
        with Store.open(story.tool.state, read_only=True) as store:
            store.check()
        return landed, codes, story.gap()


@pytest.mark.long
@pytest.mark.parametrize("seed", [1])
def test_a_killed_chapter_is_finished_by_the_next_runs(tmp_path: Path, seed: int) -> None:
    """Five kills in one story; most of them find the process alive."""
    landed, codes, gap = play(tmp_path, seed)
    assert ([0] * 5, {}, True) == (codes, gap, landed >= 3), landed


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_hundred_killed_chapters_are_finished(tmp_path: Path) -> None:
    """Twenty stories."""
    alive, wrong = 0, {}
    for seed in range(100, 120):
        folder = tmp_path / str(seed)
        folder.mkdir()
        landed, codes, gap = play(folder, seed)
        alive += landed
        if any(codes) or gap:
            wrong[seed] = codes, gap
    assert ({}, True) == (wrong, alive >= 80), alive
