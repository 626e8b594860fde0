"""The random world again, with its state file lost or put back from an old copy: nothing may be doubled or lost."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from random import Random

import pytest
from harness import RULES, Tool, company, matching
from test_random_world import WIDE, World, by_task

from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox


def play(folder: Path, seed: int) -> None:
    """Live, copy the state, live on, put the copy back (or nothing), live on, settle; a person approves when asked."""
    random = Random(seed)
    rules = folder / "rules.yaml"
    rules.write_text(re.sub(r"guards:\n(  .*\n)+", WIDE, RULES.read_text()))
    jira = JiraOptions(index_lag_s=random.choice((0.0, 20.0)))
    with Sandbox(company(people=30, tasks=12, completed_tasks=3, seed=seed, jira=jira)) as sandbox:
        for task_id in sandbox.peopleforce.tasks:
            sandbox.peopleforce.edit_task(task_id, title=f"Task {task_id}.")
        tool = Tool(sandbox, folder, rules, {"PFJIRA_JIRA_BULK": random.choice(("1", "3", "50"))})
        world = World(tool, random)
        world.live(3)
        backup = folder / "backup"
        shutil.copy(tool.state, backup)
        world.live(4)
        for path in folder.glob("state.db*"):
            path.unlink()
        if random.random() < 0.7:
            shutil.copy(backup, tool.state)
        world.live(3)
        for _ in range(6):
            sandbox.clock.advance(4000)
            answer = tool.run("sync", "--full")
            if answer.code == 65:
                digest = re.search(r"--approve ([0-9a-f]{16})", answer.err)
                assert digest is not None, answer.err
                answer = tool.run("sync", "--full", "--approve", digest[1])
        assert answer.code in (0, 1), answer.err
        found = by_task(sandbox)
        assert {} == {task: [i.key for i in issues] for task, issues in found.items() if len(issues) > 1}
        assert [] == [task for task in matching(sandbox) if task not in found]


@pytest.mark.parametrize("seed", range(4))
def test_an_old_or_lost_state_doubles_and_loses_nothing(tmp_path: Path, seed: int) -> None:
    """Whatever the copy knows, each task has one issue in the end."""
    play(tmp_path, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 160))
def test_sixty_old_or_lost_states_double_and_lose_nothing(tmp_path: Path, seed: int) -> None:
    """The same sixty times."""
    play(tmp_path, seed)
