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


def test_a_person_may_give_up_an_issue_that_was_deleted_before_it_was_read(tmp_path: Path) -> None:
    """Nobody else can tell deleted from hidden: it is asked for by name, written into the audit, and made once more."""
    with world(tmp_path, sync=False) as tool:
        hide(tool)
        assert 1 == tool.run("sync").code
        tool.sandbox.faults.clear()
        issue = next(iter(tool.sandbox.jira.issues.values()))
        (task,) = [
            task for task, row in tool.sandbox.peopleforce.tasks.items() if row["title"] == issue.fields["summary"]
        ]
        tool.sandbox.jira.act("delete", key=issue.key)
        assert 78 == tool.run("replay", "--recreate", f"task/{task}", "--yes").code  # too early: it may show yet
        for _ in range(3):
            later(tool, 1200)
            assert 1 == tool.run("sync").code
        said = tool.run("explain", str(task))
        assert f"pfjira replay --recreate task/{task}" in said.out, said.out
        wanted = tool.run("replay", "--recreate", f"task/{task}", "--diff")
        assert (1, True) == (wanted.code, "issue to create" in wanted.out), wanted.out + wanted.err

        assert 1 == tool.run("sync").code  # a look changes nothing
        made = tool.run("replay", "--recreate", f"task/{task}", "--yes")
        assert (0, CLEAN) == (made.code, standing(tool.sandbox)), made.out + made.err
        assert f"task/{task}" in tool.run("audit", "list").out
        later(tool)
        assert 0 == tool.run("sync").code


def test_what_may_be_somebodys_living_issue_is_not_given_up(tmp_path: Path) -> None:
    """A site that shows the issues without our mark: asking for one by name makes nothing, and says which it may be."""
    with world(tmp_path, sync=False, jira=JiraOptions(property_lag_s=1e9)) as tool:
        for _ in range(4):
            assert 1 == tool.run("sync").code
            later(tool, 1200)
        task, issues = next(iter(matching(tool.sandbox))), len(tool.sandbox.jira.issues)

        asked = tool.run("replay", "--recreate", f"task/{task}", "--yes")
        assert (78, True, issues) == (asked.code, "without our mark" in asked.err, len(tool.sandbox.jira.issues)), (
            asked.err
        )
