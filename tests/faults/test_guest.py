"""A run as a good guest and a careful tenant: an ended token, a run's end, a full disk, files for nobody else."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest
from harness import CLEAN, Tool, company, matching, standing
from tally import Tally
from worlds import synced

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox
from pfjira.state import letters, outbox, place
from pfjira.state import store as store_module
from pfjira.state.store import Store

CREW = 8


@pytest.mark.parametrize("nth", [[3, 7, 14], pytest.param(list(range(1, 19)), marks=pytest.mark.long)])
def test_row_24_a_token_that_ends_in_mid_run_is_no_records_fault(tmp_path: Path, nth: list[int], tally: Tally) -> None:
    """At most one further request, exit 77, no dead letter; with a new token the next runs do what was left, once."""
    with synced(tmp_path) as tool:
        sandbox = tool.sandbox
        planned, landed, odd = 0, 0, []
        for number in nth:
            for task_id in list(matching(sandbox))[:12]:
                sandbox.peopleforce.edit_task(task_id, title=f"Renamed {task_id} for {number}")
            sandbox.clock.advance(90_000)  # a day, so that no guard counts the rounds together
            sandbox.requests.clear()
            fault = sandbox.faults.add(Fault("unauthorized", "jira", nth=number))
            code = tool.run("sync").code
            refused = [entry for entry in sandbox.requests.of("jira") if entry.status == 401]
            beside = CREW if any(entry.method == "PUT" for entry in refused) else 1  # under way at once
            sandbox.faults.clear()
            with Store.open(tool.state, read_only=True) as store:
                buried = len(letters.every(store))
            planned, landed = planned + 1, landed + (fault.landed > 0)
            if fault.landed and (code != 77 or len(refused) > beside + 1 or buried):
                odd.append((number, code, len(refused), beside, buried))
            assert 0 == tool.settle().code
        assert ([], CLEAN) == (odd, standing(sandbox))
        titles = {str(issue.fields["summary"]) for issue in sandbox.jira.issues.values()}
        assert {str(task["title"]).strip() for task in matching(sandbox).values()} <= titles
    tally.add("24", planned=planned, landed=landed)


def test_a_dripping_server_cannot_hold_a_run_beyond_its_end(tmp_path: Path) -> None:
    """Each answer keeps coming, byte by byte; the run ends in good order, says what to do, and the next goes on."""
    with Sandbox(company(tasks=10)) as sandbox:
        tool = Tool(sandbox, tmp_path)
        fault = sandbox.faults.add(Fault("drip", "peopleforce", times=None, delay_s=0.05))
        begun = time.monotonic()
        answer = tool.run("sync", PFJIRA_RUN_MINUTES="0.02")
        took = time.monotonic() - begun
        sandbox.faults.clear()

        assert (75, True, True) == (answer.code, fault.seen > 0, took < 10), (answer.err, took)
        assert "PFJIRA_RUN_MINUTES" in answer.err
        assert (0, CLEAN) == (tool.settle().code, standing(sandbox))


def test_a_run_that_reaches_its_end_in_the_middle_leaves_nothing_unclear(tmp_path: Path) -> None:
    """No creation is begun whose answer could not be awaited: each is made or intended, and the next run goes on."""
    with Sandbox(company(people=20, tasks=24)) as sandbox:
        tool = Tool(sandbox, tmp_path, extra={"PFJIRA_JIRA_BULK": "1"})
        fault = sandbox.faults.add(Fault("delay", "jira", "POST", "/issue$", times=None, delay_s=0.2))
        answer = tool.run("sync", PFJIRA_RUN_MINUTES="0.04")
        made = len(sandbox.jira.issues)
        sandbox.faults.clear()
        with Store.open(tool.state, read_only=True) as store:
            stages = {row.stage for row in outbox.unfinished(store) if row.action == "create"}

        assert (75, True, {outbox.Stage.INTENT}) == (answer.code, 0 < made == fault.landed, stages), answer.err
        assert (0, CLEAN) == (tool.run("sync").code, standing(sandbox))


def test_a_run_without_an_end_is_no_setting(tool: Tool) -> None:
    """78, naming the variable."""
    for minutes in ("0", "soon", "1e9"):
        answer = tool.run("sync", PFJIRA_RUN_MINUTES=minutes)

        assert (78, True) == (answer.code, "PFJIRA_RUN_MINUTES" in answer.err)


@pytest.mark.parametrize("name", ["full disk", "unsafe SQLite"])
def test_row_25_what_cannot_be_done_safely_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Less than 50 MB free (74), a SQLite that can corrupt the file (78): no request, and no file is made."""
    with Sandbox(company(tasks=5)) as sandbox:
        tool = Tool(sandbox, tmp_path)
        if name == "full disk":
            monkeypatch.setattr(place, "NEEDED_FREE", 2**60)
        else:
            monkeypatch.setattr(store_module, "sqlite_is_safe", lambda: False)
        answer = tool.run("sync", PFJIRA_STATE=str(tmp_path / "new" / "state.db"))

        assert ({"full disk": 74, "unsafe SQLite": 78}[name], 0) == (answer.code, len(sandbox.requests)), answer.err
        assert not (tmp_path / "new" / "state.db.lock").exists()
        assert not (tmp_path / "new" / "state.db").exists()


def test_every_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Under the usual umask: 0600 for each file that is made beside the state, 0700 for each folder."""
    before = os.umask(0o022)
    seen: dict[str, int] = {}
    try:
        with Sandbox(company(tasks=5)) as sandbox:
            tool = Tool(sandbox, tmp_path, extra={"PFJIRA_STATE": str(tmp_path / "a" / "b" / "state.db")})
            for command in ("pause", "resume", "sync", "pause", "sync", "diff", "status"):
                tool.run(command, PFJIRA_JIRA_RATE="10000", PFJIRA_PEOPLEFORCE_RATE="10000")
            with Store.open(tmp_path / "a" / "b" / "state.db") as store, store.write():
                store.set_meta("while", "it is open")
                for path in (tmp_path / "a").rglob("*"):
                    seen[path.name] = stat.S_IMODE(path.lstat().st_mode)
    finally:
        os.umask(before)
    folders = {path.name for path in (tmp_path / "a").rglob("*") if path.is_dir()}

    endings = ("", "-wal", "-shm", ".lock", ".run", ".pace", ".paused")
    assert {f"state.db{ending}" for ending in endings} <= set(seen)
    assert {} == {name: mode for name, mode in seen.items() if mode != (0o700 if name in folders else 0o600)}
