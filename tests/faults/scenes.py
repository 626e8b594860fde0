"""Two runs to make trouble in, and the truth that both systems must show once the trouble is over.

One makes all issues of a small company, the other finds changes of every sort on both sides. Nothing here asserts.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness import Tool, company, matching, standing
from killing import End, Kind, Trouble, Zygote
from tally import Tally
from worlds import synced

from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.server import Sandbox
from pfjira.state.store import Store

FEW = 3
"""Of a hundred points, how many a run may be too short for."""
LAG = JiraOptions(index_lag_s=60.0)
TITLE = re.compile(r"Task (\d+)\.")
Scene = Callable[[Path], AbstractContextManager[Tool]]


@dataclass(frozen=True, slots=True)
class Harm:
    """What must never be."""

    lost: int
    doubled: int
    wrong_cancels: int


NONE = Harm(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Round:
    """One fault and what came of it."""

    trouble: Trouble
    end: End
    settled: int
    """Exit code of the last run of those that follow."""
    harm: Harm

    @property
    def is_over(self) -> bool:
        """Whether the run came to its end, undisturbed, before the call that the fault was planned for."""
        return not self.end.landed and self.end.code == 0 and 0 < self.end.calls < self.trouble.at

    @property
    def well(self) -> bool:
        """Whether the next runs came to agree and no harm was done."""
        return (0, NONE) == (self.settled, self.harm)


@contextmanager
def first_sync(folder: Path, tasks: int = 20, bulk: int = 5) -> Iterator[Tool]:
    """Lend the tool before its first sync, which makes an issue for each task; the search index lags a minute."""
    with Sandbox(company(people=30, tasks=tasks, completed_tasks=4, jira=LAG)) as sandbox:
        _name_tasks(sandbox)
        yield Tool(sandbox, folder, extra={"PFJIRA_JIRA_BULK": str(bulk)})


@contextmanager
def changes(folder: Path, bulk: int = 1) -> Iterator[Tool]:
    """Lend the tool when twenty things changed since its last sync: four each of five sorts, on both sides."""
    with synced(folder, before=_name_tasks, people=30, tasks=24, completed_tasks=4, jira=LAG) as tool:
        tool.extra, sandbox = {"PFJIRA_JIRA_BULK": str(bulk)}, tool.sandbox
        sandbox.clock.advance(900)
        known = list(matching(sandbox))
        person = sandbox.peopleforce.tasks[known[0]]["assigned_to"]
        for _ in range(4):
            sandbox.peopleforce.create_task(title="to be named", assigned_to=person)
        _name_tasks(sandbox)
        for task_id in known[:4]:
            sandbox.peopleforce.edit_task(task_id, title=f"Task {task_id}. Edited")
        for task_id in known[4:8]:
            sandbox.peopleforce.complete(task_id)
        found = by_task(sandbox)
        for task_id in known[8:12]:
            sandbox.jira.act("transition", key=found[task_id][0].key, to="Done", resolution="Done")
        for task_id in known[12:16]:
            sandbox.jira.act("edit", key=found[task_id][0].key, field="duedate", value="2031-01-01")
        sandbox.requests.clear()
        yield tool


def play(zygote: Zygote, tool: Tool, trouble: Trouble, *arguments: str) -> Round:
    """Let a sync meet the trouble and the next ones settle what it left."""
    return settle(tool, trouble, zygote.run(tool, "sync", *arguments, trouble=trouble))


def settle(tool: Tool, trouble: Trouble, end: End) -> Round:
    """Let the runs after the trouble settle what it left, and look at what stands then."""
    settled = tool.settle()
    with Store.open(tool.state, read_only=True) as store:
        store.check()
    return Round(trouble, end, settled.code, harm(tool.sandbox))


def harm(sandbox: Sandbox) -> Harm:
    """Count harm: by the titles of tasks and issues, and doubled issues by their marks as well."""
    found = by_task(sandbox)
    doubled = max(standing(sandbox)["doubled"], sum(len(issues) - 1 for issues in found.values()))
    lost = wrong = 0
    for task_id, task in sandbox.peopleforce.tasks.items():
        issues = found.get(task_id, [])
        done = [issue for issue in issues if issue.status.category.key == "done"]
        if task["completed"]:
            lost += len(done) < len(issues)
        elif task_id in matching(sandbox):
            lost += not issues or all(task["title"] != issue.fields["summary"] for issue in issues)
            wrong += bool(done)
    return Harm(lost, doubled, wrong)


def count(zygote: Zygote, folder: Path, scene: Scene, kinds: Kind = Kind.ALL) -> int:
    """Return how many calls of these kinds the run of a scene makes when nothing happens to it."""
    folder.mkdir()
    with scene(folder) as tool:
        end = zygote.run(tool, "sync", trouble=Trouble(kinds=kinds))
        if (0, NONE) != (end.code, harm(tool.sandbox)):
            raise RuntimeError(f"the scene does not even work without trouble: {end}")
    return end.calls


def rounds(zygote: Zygote, folder: Path, scene: Scene, troubles: Iterable[Trouble], *arguments: str) -> Iterator[Round]:
    """Play the scene once for each trouble, in a new world."""
    for number, trouble in enumerate(troubles):
        place = folder / f"round-{number}"
        place.mkdir()
        with scene(place) as tool:
            yield play(zygote, tool, trouble, *arguments)
        shutil.rmtree(place)


def counted(tally: Tally, rows: Iterable[str], played: Sequence[Round]) -> list[Round]:
    """Count the rounds for these rows of the matrix; return those that did not end well.

    How many answers come in two pieces is not always the same: a run may come to its end a few calls before the last
    that was planned. Those few had nothing to happen to; more than that would be counted, and fail.
    """
    over = sum(one.is_over for one in played)
    tally.add(
        *rows,
        planned=len(played) - min(over, len(played) * FEW // 100),
        landed=sum(one.end.landed for one in played),
        lost=sum(one.harm.lost for one in played),
        doubled=sum(one.harm.doubled for one in played),
        wrong_cancels=sum(one.harm.wrong_cancels for one in played),
    )
    return [one for one in played if not one.well]


def by_task(sandbox: Sandbox) -> dict[int, list[StoredIssue]]:
    """Return task id to its issues, by the number in the title."""
    found: dict[int, list[StoredIssue]] = defaultdict(list)
    for issue in sandbox.jira.issues.values():
        if number := TITLE.match(issue.fields["summary"]):
            found[int(number[1])].append(issue)
    return found


def _name_tasks(sandbox: Sandbox) -> None:
    for task_id, task in sandbox.peopleforce.tasks.items():
        if not TITLE.match(task["title"]):
            sandbox.peopleforce.edit_task(task_id, title=f"Task {task_id}.")
