"""A system that got a new address keeps its state, once a person says that it is the same system."""

from __future__ import annotations

from pathlib import Path

from harness import CLEAN, Tool, company, standing

from pfjira.sandbox.server import Sandbox


def test_a_new_address_keeps_the_state_after_a_persons_word(tmp_path: Path) -> None:
    """Without it nothing is written; with it nothing is made twice, and the next run needs no word any more."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        assert 0 == tool.run("sync").code
        before = len(sandbox.jira.issues)
        elsewhere = {"PFJIRA_JIRA_URL": sandbox.jira_url.replace("127.0.0.1", "localhost")}

        refused = tool.run("sync", **elsewhere)
        moved = tool.run("sync", "--moved", "--full", **elsewhere)
        later = tool.run("sync", **elsewhere)

        assert (78, 0, 0) == (refused.code, moved.code, later.code), moved.err
        assert "--moved" in refused.err
        assert (before, CLEAN) == (len(sandbox.jira.issues), standing(sandbox))


def test_what_waits_after_a_move_is_not_written_unseen(tmp_path: Path) -> None:
    """Should it be another pair of systems after all, a person sees the plan before anything happens."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        tool.run("sync")
        sandbox.clock.advance(60)
        task = next(iter(sandbox.peopleforce.tasks))
        sandbox.peopleforce.edit_task(task, title="Renamed meanwhile")
        elsewhere = {"PFJIRA_JIRA_URL": sandbox.jira_url.replace("127.0.0.1", "localhost")}

        moved = tool.run("sync", "--moved", **elsewhere)

        assert 65 == moved.code
        assert "--approve" in moved.err
