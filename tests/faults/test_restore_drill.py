"""The drill: back up, live on, destroy, restore, adopt, approve, agree."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from harness import CLEAN, Tool, standing
from small_world import a_new_task, a_task, digest, later, sent, world
from tally import Tally

from pfjira.state.store import Store

MOST_S = 300


def drill(tool: Tool, tally: Tally) -> float:
    """Go through all of it, with the commands that the messages name; return the seconds that the way back took."""
    backed = tool.run("backup", "--json")
    assert 0 == backed.code, backed.err
    file = str(backed.json["file"])
    task_id, issue = a_task(tool)
    tool.sandbox.peopleforce.edit_task(task_id, title="Written after the backup")
    a_new_task(tool, "Made after the backup")
    assert 0 == tool.run("sync").code
    later(tool)
    tool.sandbox.peopleforce.edit_task(task_id, title="Edited since")
    content = bytearray(tool.state.read_bytes())
    for start in range(0, len(content), 4096):
        content[start + 100 : start + 612] = b"\xa5" * 512
    tool.state.write_bytes(content)

    begun = time.monotonic()
    damaged = tool.run("sync")
    command = re.search(r"`pfjira (restore \S+)`", damaged.err)
    assert (74, f"restore {file}") == (damaged.code, command and command[1]), damaged.err
    asked, done = tool.run("restore", file), tool.run("restore", file, "--yes")
    assert (65, 0) == (asked.code, done.code), asked.err + done.err
    refused = tool.run("sync")
    assert (65, []) == (refused.code, sent(tool)), refused.out
    approved = tool.run("sync", "--approve", digest(tool))
    assert (0, [f"jira PUT {issue.id}"], "Edited since") == (approved.code, sent(tool), issue.fields["summary"])
    elapsed = time.monotonic() - begun
    assert (0, CLEAN) == (tool.run("sync", "--full").code, standing(tool.sandbox))
    tally.add("9", "11", "B6", planned=1, landed=int(damaged.code == 74))
    return elapsed


def test_row_9_a_damaged_state_is_restored_and_agrees_again(tmp_path: Path, tally: Tally) -> None:
    """As the messages say it: nothing is written unasked, made twice or lost."""
    with world(tmp_path) as tool:
        drill(tool, tally)


@pytest.mark.long
def test_row_9_a_state_of_a_hundred_thousand_rows_is_restored_in_time(tmp_path: Path, tally: Tally) -> None:
    """Five minutes at most from the message to agreement."""
    with world(tmp_path) as tool:
        with Store.open(tool.state) as store, store.write():
            rows = ((str(10**6 + number), f"{number:064x}") for number in range(100_000))
            store.run_many(
                "INSERT INTO snapshots (kind, id, fingerprint, rules, day, section) "
                "VALUES ('employee', ?, ?, '0123456789abcdef', '', 'all')",
                rows,
            )
        elapsed = drill(tool, tally)
        print(f"a hundred thousand rows: {elapsed:.1f} s")
        assert elapsed <= MOST_S


@pytest.mark.long
def test_row_28_a_restore_that_is_killed_leaves_one_state_or_the_other(tmp_path: Path, tally: Tally) -> None:
    """Forty kills at forty moments: the next command finds a whole state each time, and the restore succeeds."""
    with world(tmp_path) as tool:
        file = str(tool.run("backup", "--json").json["file"])
        landed = 0
        for number in range(80):
            process = tool.start("restore", file, "--yes")
            while process.poll() is None and not list(tool.folder.glob("state.db.restoring*")):
                time.sleep(0.0005)
            time.sleep(number % 40 * 0.0005)
            landed += process.poll() is None
            process.kill()
            process.communicate()
            with Store.open(tool.state, read_only=True) as store:
                store.check()
            if landed == 40:
                break
        tally.add("28", planned=40, landed=landed)
        assert 0 == tool.run("restore", file, "--yes").code
        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))
