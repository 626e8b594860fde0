"""Jira said yes to a creation and does not show it to this login: it is never made again, however long that lasts."""

from __future__ import annotations

from pathlib import Path

from harness import CLEAN, Tool, matching, standing
from small_world import later, sent, world

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions


def hide(tool: Tool) -> None:
    """Let the login create issues and see none, as with an issue security level."""
    for path in ("bulkfetch", "search/jql"):
        tool.sandbox.faults.add(Fault("empty_list", "jira", path=path, times=None))


def test_an_issue_that_cannot_be_read_back_is_not_made_again(tmp_path: Path) -> None:
    """An hour and a half of runs: exit 1 each, nothing sent; once it shows it is linked, exit 0, nothing doubled."""
    with world(tmp_path, sync=False) as tool:
        hide(tool)
        codes = []
        for _ in range(8):
            codes.append(tool.run("sync").code)
            tool.sandbox.clock.advance(700)
        wanted = len(matching(tool.sandbox))
        assert ([1] * 8, wanted, CLEAN) == (codes, len(tool.sandbox.jira.issues), standing(tool.sandbox))
        assert wanted == tool.run("status", "--json").json["facts"]["writes to finish"]

        tool.sandbox.faults.clear()
        later(tool)
        answer = tool.run("sync")
        assert (0, CLEAN, []) == (answer.code, standing(tool.sandbox), [one for one in sent(tool) if "bulk" in one])
        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))


def test_an_issue_whose_mark_never_shows_is_not_made_again(tmp_path: Path) -> None:
    """A site that does not keep the property of a bulk creation: exit 1, nothing sent a second time."""
    with world(tmp_path, sync=False, jira=JiraOptions(property_lag_s=1e9)) as tool:
        codes = []
        for arguments in ((), (), ("--full",), ()):
            codes.append(tool.run("sync", *arguments).code)
            tool.sandbox.clock.advance(1200)

        assert ([1] * 4, len(matching(tool.sandbox))) == (codes, len(tool.sandbox.jira.issues))
