"""The whole loop: a change in the sandbox, its webhook, the receiver, the worker, and the write on the other side."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from harness import Tool, issue_of, standing, unique_tasks

from pfjira.sandbox.hooks import FAULTS, SECRETS, Sender, Watch
from pfjira.state import inbox
from pfjira.state.store import Store

SERVED = {f"PFJIRA_{system.upper()}_WEBHOOK_SECRET": secret for system, secret in SECRETS.items()}


@contextmanager
def served(tool: Tool, *words: str) -> Iterator[str]:
    """Run `webhook-serve` as a process of its own; lend its address."""
    with tool.start("webhook-serve", "--port", "0", *words, environment=SERVED) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+", said)
            assert address is not None, said + process.stderr.read()
            yield address[0]
        finally:
            process.terminate()
            out, err = process.communicate(timeout=15)
            assert 0 == process.returncode, out + err


def until(wanted: Any, within_s: float) -> float:
    """Wait for something to become true; return how long it took."""
    begun = time.monotonic()
    while not wanted():
        assert time.monotonic() - begun < within_s, "it did not come"
        time.sleep(0.02)
    return time.monotonic() - begun


def idle(tool: Tool) -> bool:
    """Say whether nothing waits."""
    with Store.open(tool.state, read_only=True) as store:
        return not inbox.pending(store)


def test_a_change_is_written_to_the_other_side_within_seconds(tool: Tool) -> None:
    """A closed issue completes its task in less than 3 s, and nothing is written besides."""
    sandbox = tool.sandbox
    task_id = unique_tasks(sandbox)[0]
    with served(tool, "--work") as url, Sender(Watch(sandbox.peopleforce, sandbox.jira), url) as sender:
        time.sleep(4)  # idle: the next run is loaded and waits
        sandbox.jira.act("transition", key=issue_of(sandbox, task_id).key, to="Done")
        took = until(lambda: sandbox.peopleforce.tasks[task_id]["completed"], 20)
        until(lambda: idle(tool), 10)
        answers = dict(sender.answers)
    writes = [entry for entry in sandbox.requests if entry.method == "PUT"]

    print(f"from the change to the finished write: {took:.2f} s")
    assert ({202: 1}, 1, True) == (answers, len(writes), took < 3)


@pytest.mark.long
def test_webhooks_that_go_wrong_in_every_way_do_no_harm(tool: Tool) -> None:
    """Late, doubled, out of order, lost, unsigned: after the next run both sides agree, and nothing is doubled."""
    sandbox = tool.sandbox
    tasks = unique_tasks(sandbox)[:10]
    with (
        served(tool, "--work") as url,
        Sender(Watch(sandbox.peopleforce, sandbox.jira), url, faults=FAULTS) as sender,
    ):
        for number in tasks:
            sandbox.jira.act("transition", key=issue_of(sandbox, number).key, to="Done")
            time.sleep(0.3)
        time.sleep(8)
        until(lambda: idle(tool), 20)
        answers = dict(sender.answers)
    last = tool.settle()

    print(answers)
    stands = standing(sandbox)
    assert ({202, 401}, 0, 0, 0) == (set(answers), last.code, stands["doubled"], stands["lost"])
    assert {True} == {sandbox.peopleforce.tasks[number]["completed"] for number in tasks}
