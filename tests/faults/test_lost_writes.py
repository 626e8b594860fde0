"""Edits, moves, completions and comments whose answers were lost: repeated or looked up, and never done twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import issue_of, unique_tasks
from worlds import synced

from pfjira.sandbox.faults import Fault

RARE = pytest.mark.long
KINDS = ["drop_before", "drop_after", "status_after", *(pytest.param(k, marks=RARE) for k in ("cut_after", "html"))]
PLACES = {
    "edit": ("jira", "PUT", r"/issue/\d+$"),
    "move": ("jira", "POST", r"/transitions$"),
    "complete": ("peopleforce", "PUT", r"/complete$"),
    "comment": ("jira", "POST", r"/comment$|/transitions$"),
    "look back": ("jira", "POST", r"bulkfetch$"),
}


@pytest.mark.parametrize("times", [1, pytest.param(40, marks=RARE)])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_row_22_a_lost_write_is_finished_and_not_done_twice(tmp_path: Path, kind: str, place: str, times: int) -> None:
    """One of each write is due; the fault strikes once, or for the whole run; afterwards all four are done, once."""
    system, method, path = PLACES[place]
    with synced(tmp_path) as tool:
        sandbox = tool.sandbox
        renamed, done, closed, removed, *_ = unique_tasks(sandbox)
        keys = {task: issue_of(sandbox, task).key for task in (renamed, done, closed, removed)}
        sandbox.peopleforce.remove_task(removed)
        sandbox.clock.advance(60)
        assert 0 == tool.run("sync", "--full").code
        sandbox.clock.advance(3700)
        sandbox.peopleforce.edit_task(renamed, title="Renamed")
        sandbox.jira.act("transition", key=keys[done], to="Done", resolution="Done")
        sandbox.peopleforce.complete(closed)
        fault = Fault(kind, system, method, path, times=times)  # type: ignore[arg-type]  # all are kinds and systems
        sandbox.faults.add(fault)

        tool.run("sync", "--full")
        sandbox.faults.clear()
        settled = tool.settle("--full", minutes=40)

        issues = {task: sandbox.jira.issue(key) for task, key in keys.items()}
        assert (True, 0) == (fault.landed > 0, settled.code), settled.out + settled.err
        assert ("Renamed", True) == (issues[renamed].fields["summary"], sandbox.peopleforce.tasks[done]["completed"])
        assert ("Done", "Cancelled") == (issues[closed].status.name, issues[removed].status.name)
        assert [0, 0, 0, 1] == [len(issues[task].comments) for task in (renamed, done, closed, removed)]
