"""The state is lost, or put back from an old copy, in the middle of the story: a person approves, nothing doubles."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from whole_story import WholeStory, whole_story

CHAPTERS = 5
PAIRS = [(taken, back) for back in range(1, CHAPTERS + 1) for taken in range(back)]
QUICK = [(0, 5), (2, 4)]
"""Chapters before which the copy is taken and put back; a copy from before the first chapter is no copy at all."""


def told(story: WholeStory, taken: int, back: int, *, looks: bool) -> list[int]:
    """Tell the story; with `looks`, a run has looked at the old state before the next chapter begins."""
    copy, codes = story.tool.folder / "copy", []
    for number in range(CHAPTERS + 1):
        if number == taken and story.tool.state.exists():
            shutil.copy(story.tool.state, copy)
        if number == back:
            for path in story.tool.folder.glob("state.db*"):
                if not (copy.exists() and path.name.endswith(".run")):
                    path.unlink()
            if copy.exists():
                shutil.copy(copy, story.tool.state)
            if looks:
                story.approve()
        if number < CHAPTERS:
            story.chapters[number]()
        codes.append(story.approve().code)
    return codes


@pytest.mark.parametrize(("taken", "back"), QUICK)
def test_a_lost_or_old_state_doubles_and_loses_nothing(tmp_path: Path, taken: int, back: int) -> None:
    """A run looks and is approved before people go on."""
    with whole_story(tmp_path) as story:
        assert ([0] * 6, {}) == (told(story, taken, back, looks=True), story.gap())


@pytest.mark.long
@pytest.mark.parametrize(("taken", "back"), PAIRS)
def test_every_lost_or_old_state_doubles_and_loses_nothing(tmp_path: Path, taken: int, back: int) -> None:
    """The same for every pair of chapters."""
    with whole_story(tmp_path, people=3, lag=20.0) as story:
        assert ([0] * 6, {}) == (told(story, taken, back, looks=True), story.gap())


@pytest.mark.parametrize(("taken", "back"), [(0, 3), *(pytest.param(*p, marks=pytest.mark.long) for p in PAIRS)])
def test_people_go_on_before_a_run_looks(tmp_path: Path, taken: int, back: int) -> None:
    """Moved, finished or left before the first look: all as ever, but for a membership that nobody remembers.

    That somebody is in a group because of us stands in the state alone. Who is hired still is put in again, and taken
    out in the end; who left before the state was looked at stays in, as anybody would whom somebody else put in.
    """
    with whole_story(tmp_path) as story:
        forgotten = {"members": (2, 1)} if (taken, back) == (0, 3) else {}
        assert ([0] * 6, forgotten) == (told(story, taken, back, looks=False), story.gap())
