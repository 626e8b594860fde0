"""A state file that is lost, old, damaged or somebody else's: nothing is doubled, and nothing written unasked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import CLEAN, Tool, company, issue_of, matching, standing, unique_tasks, writes
from small_world import later
from worlds import synced

from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company whose first sync is done."""
    with synced(tmp_path, jira=JiraOptions(index_lag_s=60.0)) as tool:
        later(tool, 900)
        yield tool


def lose(tool: Tool) -> None:
    """Delete the state with its sidecars."""
    for path in tool.folder.glob("state.db*"):
        path.unlink()


def test_a_lost_state_is_rebuilt_from_jira(tool: Tool) -> None:
    """Both sides agree: every issue is linked again by its mark, with 0 writes, and the run is a good one."""
    lose(tool)

    answer = tool.run("sync")

    assert (0, [], CLEAN) == (answer.code, writes(tool.sandbox.requests), standing(tool.sandbox)), answer.err
    assert (0, []) == (tool.run("sync").code, writes(tool.sandbox.requests))


@pytest.mark.parametrize("arguments", [(), ("--full",)])
def test_a_lost_state_with_differences_writes_nothing_before_a_person_looked(
    tool: Tool, arguments: tuple[str, ...]
) -> None:
    """Even one difference is refused with 65 and a digest; approved, it is done, and nothing is doubled."""
    task_id, *_ = unique_tasks(tool.sandbox)
    tool.sandbox.peopleforce.edit_task(task_id, title="Changed before the loss")
    lose(tool)

    refused = tool.run("sync", *arguments)
    assert (65, []) == (refused.code, writes(tool.sandbox.requests)), refused.out + refused.err
    again = tool.run("sync", *arguments)
    assert (65, []) == (again.code, writes(tool.sandbox.requests)), again.out + again.err

    digest = tool.run("diff", "--json", *arguments).json["digest"]
    approved = tool.run("sync", "--approve", digest, *arguments)

    assert (0, CLEAN) == (approved.code, standing(tool.sandbox)), approved.err
    assert "Changed before the loss" == issue_of(tool.sandbox, task_id).fields["summary"]


def test_a_lost_state_while_search_lags_still_doubles_nothing(tmp_path: Path) -> None:
    """The state is lost seconds after the first sync, when search shows none of the new issues yet."""
    with Sandbox(company(jira=JiraOptions(index_lag_s=60.0))) as sandbox:
        tool = Tool(sandbox, tmp_path)
        tool.run("sync")
        lose(tool)
        sandbox.requests.clear()

        answer = tool.run("sync")

        assert (0, [], CLEAN) == (answer.code, writes(sandbox.requests), standing(sandbox)), answer.err
        sandbox.clock.advance(900)
        assert (0, CLEAN) == (tool.run("sync").code, standing(sandbox))


@pytest.mark.parametrize("full", [False, True])
def test_an_older_state_doubles_nothing(tool: Tool, full: bool) -> None:
    """A backup from before ten new tasks is put back: their issues are linked again, not made again."""
    backup = tool.folder / "backup.db"
    shutil.copy(tool.state, backup)
    some = next(iter(matching(tool.sandbox).values()))
    for number in range(10):
        tool.sandbox.peopleforce.create_task(title=f"Later chore {number}", assigned_to=some["assigned_to"])
    assert 0 == tool.run("sync").code
    tool.sandbox.clock.advance(900)
    lose(tool)
    shutil.copy(backup, tool.state)
    tool.sandbox.requests.clear()

    answer = tool.run("sync", *(("--full",) if full else ()))

    assert ([], CLEAN) == (writes(tool.sandbox.requests), standing(tool.sandbox)), answer.err
    assert 0 == answer.code, answer.err


def test_an_older_state_does_not_undo_what_happened_since(tool: Tool) -> None:
    """Completed in Jira after the backup and followed then: the restored state does not reopen anything."""
    backup = tool.folder / "backup.db"
    shutil.copy(tool.state, backup)
    task_id, *_ = unique_tasks(tool.sandbox)
    key = issue_of(tool.sandbox, task_id).key
    tool.sandbox.jira.act("transition", key=key, to="Done", resolution="Done")
    assert 0 == tool.run("sync").code
    lose(tool)
    shutil.copy(backup, tool.state)
    tool.sandbox.requests.clear()

    answer = tool.run("sync", "--full")

    assert (0, [], True) == (
        answer.code,
        writes(tool.sandbox.requests),
        tool.sandbox.peopleforce.tasks[task_id]["completed"],
    )


def test_a_damaged_state_is_refused_before_any_request(tool: Tool) -> None:
    """Blocks of the file overwritten: 74, a sentence naming the file, and no system is asked."""
    content = bytearray(tool.state.read_bytes())
    for start in range(0, len(content), 4096):
        content[start + 100 : start + 612] = b"\xa5" * 512
    tool.state.write_bytes(content)

    answer = tool.run("sync")

    assert (74, 0, 1) == (answer.code, len(tool.sandbox.requests), len(answer.complaints)), answer.err
    assert str(tool.state) in answer.err


def test_a_file_that_is_no_state_is_refused(tool: Tool) -> None:
    """A text file in its place: 74, and it is left as it was."""
    lose(tool)
    tool.state.write_text("Dear diary, this is not a database. " * 40)
    before = tool.state.read_bytes()

    answer = tool.run("sync")

    assert (74, before) == (answer.code, tool.state.read_bytes()), answer.err


def test_a_state_of_another_pair_of_systems_is_refused(tool: Tool, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same file pointed at another company: 78, and that company is not touched."""
    with Sandbox(company(seed=11)) as other:
        stranger = Tool(other, tool.folder)
        answer = stranger.run("sync")
        assert (78, []) == (answer.code, writes(other.requests))


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_state_is_for_its_owner_only(tool: Tool, mode: int) -> None:
    """Whatever somebody did to the mode, a run makes the file and its lock private again."""
    tool.state.chmod(mode)
    tool.run("sync")
    assert {0o600} == {path.stat().st_mode & 0o777 for path in tool.folder.glob("state.db*")}
