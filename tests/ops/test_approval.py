"""An approval is for one plan over one state: once that plan was carried out it opens nothing any more."""

from __future__ import annotations

from pathlib import Path

from harness import Tool
from small_world import a_task, digest, later, sent, world

ONE_UPDATE = ("  update: { max: 50, percent: 20 }", "  update: { max: 1, percent: 1 }")


def edit_two(tool: Tool, title: str) -> list[str]:
    """Change the titles of two tasks in PeopleForce; return the keys of their issues."""
    pairs = [a_task(tool, number) for number in range(2)]
    for number, (task_id, _) in enumerate(pairs):
        tool.sandbox.peopleforce.edit_task(task_id, title=f"{title} {number}")
    return [issue.key for _, issue in pairs]


def test_an_approval_is_good_once(tmp_path: Path) -> None:
    """The same changes are wanted again, because people undid them: the old digest is refused, a new one is good."""
    with world(tmp_path, ONE_UPDATE) as tool:
        keys = edit_two(tool, "Approved")
        assert (65, []) == (tool.run("sync").code, sent(tool))
        old = digest(tool)
        assert (0, 2) == (tool.run("sync", "--approve", old).code, len(sent(tool)))
        later(tool)
        for key in keys:
            tool.sandbox.jira.act("edit", key=key, field="summary", value="Edited in Jira")

        again = tool.run("sync", "--approve", old)
        assert (65, []) == (again.code, sent(tool)), again.err
        new = digest(tool)
        assert (True, 0) == (new != old, tool.run("sync", "--approve", new).code)


def test_a_saved_plan_is_carried_out_once(tmp_path: Path) -> None:
    """`--plan FILE` after the same changes were carried out and undone: refused, nothing is written."""
    with world(tmp_path) as tool:
        keys = edit_two(tool, "Saved")
        plan = tmp_path / "plan.json"
        assert 1 == tool.run("diff", "-o", str(plan)).code
        assert (0, 2) == (tool.run("sync", "--plan", str(plan)).code, len(sent(tool)))
        later(tool)
        for key in keys:
            tool.sandbox.jira.act("edit", key=key, field="summary", value="Edited in Jira")

        answer = tool.run("sync", "--plan", str(plan))

        assert (65, []) == (answer.code, sent(tool)), answer.err


def test_a_quiet_run_makes_no_plan_stale(tmp_path: Path) -> None:
    """Nothing was carried out between looking and approving: the digest still holds."""
    with world(tmp_path, ONE_UPDATE) as tool:
        edit_two(tool, "Later")
        wanted = digest(tool)
        for arguments in ((), ("--full",)):
            assert 65 == tool.run("sync", *arguments).code
            later(tool)

        assert (0, 2) == (tool.run("sync", "--approve", wanted).code, len(sent(tool)))
