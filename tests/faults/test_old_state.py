"""The state is lost, or its whole folder put back from long ago: everything is adopted, nothing written unasked."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest
from harness import CLEAN, RULES, Tool, company, matching, standing, unique_tasks, writes
from tally import Tally
from test_random_world import WIDE

from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox

HOUR, DAY = 3600, 86_400
MOST_S = 60


def meanwhile(tool: Tool, number: int, *, new: int) -> None:
    """Let people act on both sides, and a run follow them: some tasks change and end, so many come up."""
    hr, jira = tool.sandbox.peopleforce, tool.sandbox.jira
    some = unique_tasks(tool.sandbox)
    edited, ended, moved = some[: len(some) // 5], some[-3:-1], some[-1]
    for task_id in edited:
        hr.edit_task(task_id, title=f"Task {task_id}, version {number}")
    for task_id in ended:
        hr.complete(task_id)
    for count in range(new):
        hr.create_task(title=f"New chore {number}.{count}", assigned_to=hr.tasks[moved]["assigned_to"])
    title = hr.tasks[moved]["title"]
    key = next(issue.key for issue in jira.issues.values() if issue.fields["summary"] == title)
    jira.act("transition", key=key, to="Done", resolution="Done")
    tool.sandbox.clock.advance(120)  # search lags
    assert 0 == tool.run("sync").code


def put_back(tool: Tool, copy: Path | None) -> None:
    """Put the whole folder back, the number of the newest run included, or nothing at all."""
    for path in tool.folder.glob("state.db*"):
        path.unlink()
    for path in copy.iterdir() if copy is not None else ():
        shutil.copy(path, tool.folder)


def told(tmp_path: Path, tally: Tally, age_s: float | None, *, tasks: int) -> float:
    """Restore a state of this age (None: lose it), prove that nothing is written unasked; return the seconds taken."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(re.sub(r"guards:\n(  .*\n)+", WIDE + "  first: { max: 999 }\n", RULES.read_text()))
    with Sandbox(company(people=60, tasks=tasks, jira=JiraOptions(index_lag_s=60.0))) as sandbox:
        tool = Tool(sandbox, tmp_path, rules)
        assert 0 == tool.run("sync").code
        sandbox.clock.advance(900)
        copy = None
        if age_s is not None:
            copy = tmp_path / "copy"
            copy.mkdir()
            for path in tool.folder.glob("state.db*"):
                shutil.copy(path, copy)
        for number in (1, 2):
            sandbox.clock.advance((age_s or HOUR) / 2)
            # Issues that the old state does not know tell its age too: without them the number of the run must.
            meanwhile(tool, number, new=0 if copy and tasks < 100 else 5)
        issues = len(sandbox.jira.issues)
        sandbox.clock.advance(900)
        put_back(tool, copy)
        task_id = unique_tasks(sandbox)[0]
        sandbox.peopleforce.edit_task(task_id, title="Edited after all that")
        sandbox.requests.clear()

        begun = time.monotonic()
        refused = [tool.run("sync"), tool.run("sync", "--full"), tool.run("sync")]
        elapsed = (time.monotonic() - begun) / len(refused)
        print(f"{issues} issues, {elapsed:.1f} s a run")
        found = standing(sandbox) | {"lost": 0, "stray": 0}
        unasked = len(writes(sandbox.requests))
        tally.add("9" if copy else "10", "B2", planned=1, landed=int(len(sandbox.jira.issues) == issues),
                  doubled=found["doubled"], lost=unasked)  # fmt: skip
        assert ([65, 65, 65], 0, CLEAN) == ([answer.code for answer in refused], unasked, found), refused[0].err

        digest = tool.run("diff", "--json").json["digest"]
        approved = tool.run("sync", "--approve", digest, "--json")
        assert (0, {"update": 1}) == (approved.code, approved.json["done"]), approved.out
        assert (issues, CLEAN) == (len(sandbox.jira.issues), standing(sandbox) | {"stray": 0})
        assert issues >= len(matching(sandbox))
        # Once approved it does not ask again: the runs are counted on from the newest number that was seen.
        sandbox.peopleforce.edit_task(task_id, title="And once more")
        sandbox.clock.advance(300)
        again = tool.run("sync", "--json")
        assert (0, {"update": 1}) == (again.code, again.json["done"]), again.out
    return elapsed


@pytest.mark.parametrize("tasks", [75, pytest.param(620, marks=pytest.mark.long)])
def test_row_10_a_lost_state_adopts_all_its_issues(tmp_path: Path, tally: Tally, tasks: int) -> None:
    """Sixty issues, or five hundred: linked by their marks, 0 writes before a person approves, in 60 s."""
    assert told(tmp_path, tally, None, tasks=tasks) <= MOST_S


@pytest.mark.parametrize(
    ("age_s", "tasks"),
    [
        (DAY, 75),
        *(pytest.param(age, 620, marks=pytest.mark.long) for age in (HOUR, DAY, 30 * DAY)),
        *(pytest.param(age, 75, marks=pytest.mark.long) for age in (HOUR, 30 * DAY)),
    ],
)
def test_row_9_a_folder_put_back_is_known_by_its_issues(tmp_path: Path, tally: Tally, age_s: float, tasks: int) -> None:
    """With the file that numbers the runs: an hour, a day, a month old, and nothing is written before approval."""
    assert told(tmp_path, tally, age_s, tasks=tasks) <= MOST_S


def test_row_9_a_folder_put_back_would_pass_for_new_without_the_mark_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: where issues do not tell the run, an old state writes by what it believes, unasked."""
    monkeypatch.setattr("pfjira.connectors.jira.codec.run_of", lambda row: 0)
    with pytest.raises(AssertionError, match=r"\[65, 65, 65\]"):
        told(tmp_path, Tally(), HOUR, tasks=14)
