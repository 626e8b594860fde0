"""A random, misbehaving world: people act on both sides, answers get lost, runs die; in the end both sides agree.

With the whole tool, over sockets; many more lives are lived by `test_simulation.py`, in simulated time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from harness import RULES, Tool, company, matching, writes

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.server import Sandbox

WIDE = "guards:\n" + "".join(f"  {name}: {{ max: 999, percent: 0 }}\n" for name in ("create", "update", "cancel"))
FAULTS = (
    *("drop_before", "drop_after", "cut_after", "status_before", "status_after", "html", "partial"),
    *("cut_list", "empty_list", "shift", "forbidden", "unauthorized", "rate_limited"),
)
PATHS = (r"/issue$", r"/issue/bulk$", "bulkfetch", "search", r"/issue/\d+$", "transitions", "/tasks", "complete", None)


@dataclass
class World:
    """Everybody who acts, and what they remember."""

    tool: Tool
    random: Random
    removed: set[int] = field(default_factory=set)
    landed: int = 0
    moves: int = 0

    def act(self) -> None:
        """Let one person do one thing on one side."""
        hr, jira = self.tool.sandbox.peopleforce, self.tool.sandbox.jira
        self.moves += 1
        task_id = self.random.choice(sorted(hr.tasks))
        issues = [
            issue for number, found in by_task(self.tool.sandbox).items() if number in hr.tasks for issue in found
        ]
        key = self.random.choice(issues).key if issues else ""
        match self.random.choice(
            ("new", "edit", "complete", "reopen", "remove", "jira done", "jira back", "jira edit")
        ):
            case "new":
                person = next(iter(matching(self.tool.sandbox).values()))["assigned_to"]
                made = hr.create_task(title="to be named", assigned_to=person)
                hr.edit_task(made["id"], title=f"Task {made['id']}.")
            case "edit":
                hr.edit_task(task_id, title=f"Task {task_id}. Version {self.moves}", description=f"<p>{self.moves}</p>")
            case "complete":
                hr.complete(task_id)
            case "reopen":
                hr.reopen(task_id)
            case "remove" if len(self.removed) < 3:
                hr.remove_task(task_id)
                self.removed.add(task_id)
            case "jira done" if key:
                jira.act("transition", key=key, to="Done", resolution="Done")
            case "jira back" if key:
                jira.act("transition", key=key, to=self.random.choice(("To Do", "In Progress")))
            case "jira edit" if key:
                edited = self.random.choice((("labels", ()), ("duedate", "2031-01-01"), ("assignee", None)))
                jira.act("edit", key=key, field=edited[0], value=edited[1])

    def misbehave(self) -> Fault:
        """Plan one fault somewhere."""
        kind, path = self.random.choice(FAULTS), self.random.choice(PATHS)
        nth, times = self.random.choice((1, 1, 2)), self.random.choice((1, 1, 3, 8))
        fault = Fault(kind, path=path, nth=nth, times=times, keep=self.random.randrange(4), retry_after=900)  # type: ignore[arg-type]
        return self.tool.sandbox.faults.add(fault)

    def live(self, days: int) -> None:
        """Let some runs pass, acts before each, and a fault planned in most."""
        for _ in range(days):
            for _ in range(self.random.randrange(4)):
                self.act()
            fault = self.misbehave() if self.random.random() < 0.85 else None
            self.tool.run("sync", *(("--full",) if self.random.random() < 0.3 else ()))
            self.landed += fault.landed if fault else 0
            self.tool.sandbox.faults.clear()
            self.tool.sandbox.clock.advance(self.random.choice((5, 40, 300, 1000, 4000)))


def by_task(sandbox: Sandbox) -> dict[int, list[StoredIssue]]:
    """Return task id to its issues, by the number in the title."""
    found: dict[int, list[StoredIssue]] = defaultdict(list)
    for issue in sandbox.jira.issues.values():
        if number := re.match(r"Task (\d+)\.", issue.fields["summary"]):
            found[int(number[1])].append(issue)
    return found


def play(folder: Path, seed: int) -> World:
    """Live through a random world, let it settle, and check that both sides tell the same story."""
    random = Random(seed)
    rules = folder / "rules.yaml"
    rules.write_text(re.sub(r"guards:\n(  .*\n)+", WIDE, RULES.read_text()))
    jira = JiraOptions(index_lag_s=random.choice((0.0, 20.0, 60.0)), index_jitter_s=random.choice((0.0, 10.0)))
    with Sandbox(company(people=30, tasks=12, completed_tasks=3, seed=seed, jira=jira)) as sandbox:
        for task_id in sandbox.peopleforce.tasks:
            sandbox.peopleforce.edit_task(task_id, title=f"Task {task_id}.")
        world = World(Tool(sandbox, folder, rules, {"PFJIRA_JIRA_BULK": random.choice(("1", "3", "50"))}), random)
        world.live(10)
        for _ in range(6):
            sandbox.clock.advance(4000)
            answer = world.tool.run("sync", "--full")
        assert 0 == answer.code, answer.out + answer.err
        sandbox.requests.clear()
        assert (0, []) == (world.tool.run("sync", "--full").code, writes(sandbox.requests))

        found = by_task(sandbox)
        assert {} == {task: [i.key for i in issues] for task, issues in found.items() if len(issues) > 1}
        assert [] == [task for task in matching(sandbox) if task not in found]
        for task_id, (issue,) in found.items():
            task = sandbox.peopleforce.tasks.get(task_id)
            done = issue.status.category.key == "done"
            assert (task is None or task["completed"]) == done, (task, issue)
            assert task is None or task["title"] == issue.fields["summary"], (task, issue)
    return world


@pytest.mark.parametrize("seed", [0, 3, 111])
def test_a_random_world_comes_to_agree(tmp_path: Path, seed: int) -> None:
    """Ten runs among random acts and faults: nothing double, nothing lost, then nothing left to write."""
    assert play(tmp_path, seed).landed > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_thirty_random_worlds_come_to_agree(tmp_path: Path, seed: int) -> None:
    """The same thirty times; now and then no fault finds a request to land on."""
    assert play(tmp_path, seed).moves > 0
