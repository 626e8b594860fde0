"""Row 38 of the failure matrix: somebody changes the Jira site, and only the rules that it concerns stand still."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Tool
from small_world import SECOND_RULE, a_new_task, later, sent, world

Act = tuple[str, dict[str, str]]

RENAMED = (
    ("rename_status", {"old": "Cancelled", "new": "Dropped"}),
    ("rename_status", {"old": "Dropped", "new": "Cancelled"}),
)
REVOKED = (
    ("revoke", {"permission": "CREATE_ISSUES", "project": "HR"}),
    ("grant", {"permission": "CREATE_ISSUES", "project": "HR"}),
)


def act(tool: Tool, what: Act) -> None:
    """Let an administrator of the site do something."""
    verb, arguments = what
    tool.sandbox.jira.act(verb, **arguments)


@pytest.mark.parametrize(
    ("drift", "rule", "said"), [(RENAMED, "it-tasks", "Cancelled"), (REVOKED, "copies", "CREATE_ISSUES")]
)
def test_row_38_a_rule_stands_still_while_the_site_contradicts_it(
    tmp_path: Path, drift: tuple[Act, Act], rule: str, said: str
) -> None:
    """The other rule makes its issue, runs exit 1 with the reason; once mended, the next run makes what is missing."""
    before, after = drift
    with world(tmp_path, SECOND_RULE) as tool:
        act(tool, before)
        a_new_task(tool, "Another laptop")
        first = tool.run("sync", "--full")
        later(tool)
        second = tool.run("sync")
        again = sent(tool)
        act(tool, after)
        mended = tool.run("sync")

        for answer in (first, second):
            lines = [line for line in answer.out.splitlines() if line.startswith(f"off      rule {rule}: ")]
            assert (1, 1, True) == (answer.code, len(lines), said in lines[0]), answer.out
        assert ("1 issue created" in first.out, []) == (True, again)
        assert (0, True) == (mended.code, "1 issue created" in mended.out), mended.out


def test_row_38_a_removed_type_is_no_dead_letter(tmp_path: Path) -> None:
    """Nothing is sent for the rule that it concerns."""
    with world(tmp_path, SECOND_RULE) as tool:
        act(tool, ("remove_type", {"project": "HR", "type": "Task"}))
        a_new_task(tool, "Another laptop")
        answer = tool.run("sync", "--full")

        assert (1, ["jira POST issue"]) == (answer.code, [line for line in sent(tool) if "POST" in line]), answer.out
        assert [] == tool.run("status", "--json").json["dead_letters"]
