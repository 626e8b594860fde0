"""The log: one line an event, one file a day, no values of people, and never a reason for a run to fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness import Tool, company, matching

from pfjira.log import DayFile
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

NOON = datetime(2030, 1, 15, 12, tzinfo=UTC)


def lines(tool: Tool) -> list[dict[str, Any]]:
    """Return what was logged, in order."""
    return [json.loads(line) for path in sorted(tool.folder.glob("logs/*")) for line in path.read_bytes().splitlines()]


def test_a_run_can_be_read_from_its_log(tool: Tool) -> None:
    """Start, plan, each write with its record and fields, and the end, all under the run's number."""
    said = lines(tool)
    events = [line["event"] for line in said]
    assert ["run.started", "run.planned", "run.finished"] == [name for name in events if name.startswith("run.")]
    assert len(matching(tool.sandbox)) == events.count("write.done")
    assert {1} == {line["run"] for line in said}
    assert {"action", "ref", "rule", "fields", "process", "command", "level", "time"} <= set(said[2])


def test_the_log_is_private_and_holds_no_values(tool: Tool) -> None:
    """0600 in a folder 0700; no title of a task, no name of a person."""
    (path,) = tool.folder.glob("logs/*.jsonl")
    assert (0o600, 0o700) == (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777)
    text = path.read_text()
    tasks = matching(tool.sandbox).values()
    values = [task["title"] for task in tasks] + [task["assigned_to"]["email"] for task in tasks]
    assert [] == [value for value in values if value and str(value) in text]


def test_a_refusal_and_a_lost_answer_are_in_the_log(tmp_path: Path) -> None:
    """What was left and why the run stopped is told."""
    with Sandbox(company(tasks=4)) as sandbox:
        tool = Tool(sandbox, tmp_path, extra={"PFJIRA_JIRA_BULK": "1"})
        sandbox.faults.add(Fault("drop_after", "jira", "POST", path="/issue$"))
        tool.run("sync")
        sandbox.faults.add(Fault("unauthorized", "jira", times=None))
        tool.run("sync")
        events = [line["event"] for line in lines(tool)]
    assert {"write.left", "lookup.done", "run.stopped"} <= set(events)


def test_a_log_that_cannot_be_written_fails_no_run(tmp_path: Path) -> None:
    """A file where the folder should be: the run goes on without a log. A level that does not exist is refused."""
    with Sandbox(company(tasks=4)) as sandbox:
        tool = Tool(sandbox, tmp_path)
        (tmp_path / "logs").write_text("in the way")
        assert (0, 78) == (tool.run("sync").code, tool.run("sync", PFJIRA_LOG="loud").code)


def test_each_day_has_a_file_and_old_ones_go(tmp_path: Path) -> None:
    """A process that lives past midnight goes on in the next file; two weeks are kept."""
    file = DayFile(tmp_path)
    for days in range(20):
        file.write(b"{}\n", NOON + timedelta(days=days))
    file.close()
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert (15, "pfjira-2030-02-03.jsonl") == (len(kept), kept[-1])


def test_two_processes_write_whole_lines_into_one_file(tmp_path: Path) -> None:
    """Lines of two writers stand side by side, none mixed and none lost."""
    one, other = DayFile(tmp_path), DayFile(tmp_path)
    for number in range(100):
        one.write(b'{"one": %d}\n' % number, NOON)
        other.write(b'{"other": %d}\n' % number, NOON)
    (path,) = tmp_path.iterdir()
    assert 200 == len([json.loads(line) for line in path.read_bytes().splitlines()])
    one.close()
    other.close()
