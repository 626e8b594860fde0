"""Processes and their ends: Ctrl-C and a supervisor's SIGTERM while an answer is awaited, a reader that leaves."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness import CLEAN, Tool, company, matching, standing

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

ENDS_S = 10.0


@contextmanager
def held(tool: Tool, fault: Fault) -> Iterator[subprocess.Popen[str]]:
    """Start a sync and yield it while it waits for the answer that the fault holds back."""
    tool.sandbox.faults.add(fault)
    process = tool.start("sync")
    try:
        deadline = time.monotonic() + 20
        while not fault.landed and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        yield process
    finally:
        process.kill()
        process.communicate()
        tool.sandbox.faults.clear()


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (signal.SIGINT, Fault("delay", "peopleforce", delay_s=30)),
        (signal.SIGTERM, Fault("delay", "jira", "GET", "/user/", delay_s=30)),
        (signal.SIGINT, Fault("delay", "jira", "POST", "/issue/bulk$", nth=2, delay_s=30)),
        (signal.SIGTERM, Fault("delay", "jira", "POST", "/issue/bulk$", nth=2, delay_s=30)),
        (signal.SIGTERM, Fault("delay", "jira", "POST", "bulkfetch$", nth=2, delay_s=30)),
    ],
    ids=["reading", "looking up people", "creating", "creating, SIGTERM", "looking back"],
)
def test_an_interrupted_sync_says_so_and_is_finished_by_the_next(
    tmp_path: Path, fault: Fault, number: signal.Signals
) -> None:
    """It ends within 10 s with 130, one sentence and no traceback; the next run settles with each issue once."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path, extra={"PFJIRA_JIRA_BULK": "10"})
        _interrupt(tool, fault, number)
        assert 0 == tool.settle().code
        assert CLEAN == standing(sandbox)


def test_an_interrupted_update_is_finished_by_the_next(tmp_path: Path) -> None:
    """A signal while several edits are under way side by side does not wait for answers that never come."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        tool.run("sync")
        for task_id in list(matching(sandbox))[:12]:
            sandbox.peopleforce.edit_task(task_id, title=f"Renamed {task_id}")
        _interrupt(tool, Fault("delay", "jira", "PUT", nth=3, delay_s=30), signal.SIGTERM)
        assert 0 == tool.settle().code
        assert CLEAN == standing(sandbox)


@pytest.mark.parametrize(("command", "code"), [("diff", 1), ("sync", 0)])
def test_a_reader_that_leaves_early_changes_nothing(tmp_path: Path, command: str, code: int) -> None:
    """`pfjira diff | head -1` ends without a traceback, and with the code that it would have had."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        process = tool.start(command)
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=20)
        assert process.stderr is not None
        err = process.stderr.read()
        process.stderr.close()
        assert (code, []) == (process.returncode, _traces(err)), err
        assert 0 == tool.settle().code
        assert CLEAN == standing(sandbox)


def _interrupt(tool: Tool, fault: Fault, number: signal.Signals) -> None:
    """Send a signal while an answer is awaited, and check how the process ends."""
    with held(tool, fault) as process:
        begun = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=40)
        took_s = time.monotonic() - begun
    complaints = [line for line in err.splitlines() if line.startswith("pfjira: ")]
    assert (1, 130, 1, []) == (fault.landed, process.returncode, len(complaints), _traces(out + err)), err
    assert took_s < ENDS_S


def _traces(text: str) -> list[str]:
    return [line for line in text.splitlines() if "Traceback" in line or line.startswith("Exception ignored")]


def test_a_sync_that_waits_comes_after_the_first(tmp_path: Path) -> None:
    """`--wait`: the nightly sweep is not lost to a run of the five-minute timer."""
    with Sandbox(company(tasks=4)) as sandbox:
        tool = Tool(sandbox, tmp_path)
        with held(tool, Fault("delay", "peopleforce", delay_s=1.5)) as first:
            waiting = tool.start("sync", "--full", "--wait", "30")
            assert (0, 0) == (first.wait(20), waiting.wait(20))
            waiting.communicate()
        assert CLEAN == standing(sandbox)
