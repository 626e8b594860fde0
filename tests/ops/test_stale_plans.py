"""An approval, by digest or by a saved plan, is for one plan: whatever it rests on moves, it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness import Tool
from small_world import a_task, later, sent, world

LIMITS = ("  update: { max: 50, percent: 20 }", "  update: { max: 1, percent: 1 }")


@dataclass(frozen=True)
class Company:
    """A tool, two tasks that the plan is about, and another one; with the keys of their issues."""

    tool: Tool
    tasks: list[int]
    keys: list[str]

    def edit(self, which: int, title: str) -> None:
        """Give a task another title in PeopleForce."""
        self.tool.sandbox.peopleforce.edit_task(self.tasks[which], title=title)


def edited_in_hr(one: Company) -> None:
    """Edit once more what the plan is about."""
    one.edit(0, "Edited once more")


def new_in_hr(one: Company) -> None:
    """Let a task come up that the plan does not know."""
    some = one.tool.sandbox.peopleforce.tasks[one.tasks[0]]
    one.tool.sandbox.peopleforce.create_task(title="New", assigned_to=some["assigned_to"])


def edited_in_jira(one: Company) -> None:
    """Edit by hand what the plan would write over: it is something else that is lost."""
    one.tool.sandbox.jira.act("edit", key=one.keys[0], field="summary", value="By hand")


def done_in_jira(one: Company) -> None:
    """Finish another issue."""
    one.tool.sandbox.jira.act("transition", key=one.keys[2], to="Done")


def other_rules(one: Company) -> None:
    """Let a rule say something else."""
    text = one.tool.rules.read_text()
    one.tool.rules.write_text(text.replace("close: { to: Done, resolution: Done }", "close: { to: Done }"))


def rule_off(one: Company) -> None:
    """Switch a rule off that wants nothing of the plan."""
    assert 0 == one.tool.run("rules", "disable", "ignore-drafts").code


def person_named(one: Company) -> None:
    """Say who a person is whom the plan is not about."""
    company = one.tool.sandbox.company
    told = one.tool.run("people", "link", "9999", company.accounts[-1].account_id, "--also")
    assert 0 == told.code, told.err


def restored(one: Company) -> None:
    """Put the state back from a copy of a moment ago."""
    assert 0 == one.tool.run("restore", one.tool.run("backup", "--json").json["file"], "--yes").code


Move = Callable[[Company], None]
DATA, DECIDED = "what PeopleForce or Jira show", "what was carried out or decided"
MOVES: tuple[tuple[Move, str], ...] = (
    (edited_in_hr, DATA),
    (new_in_hr, DATA),
    (edited_in_jira, DATA),
    (done_in_jira, DATA),
    (other_rules, "the rules"),
    (rule_off, "the rules"),
    (person_named, DECIDED),
    (restored, DECIDED),
)


def test_a_plan_is_refused_after_whatever_moved_and_says_what(tmp_path: Path) -> None:
    """Data of either side, rules, decisions, a restore, other options: 65, 0 writes. If nothing moved: once."""
    with world(tmp_path, LIMITS) as tool:
        pairs = [a_task(tool, number) for number in range(3)]
        one = Company(tool, [task_id for task_id, _ in pairs], [issue.key for _, issue in pairs])
        plan, told = tmp_path / "plan.json", {}
        for which in range(2):
            one.edit(which, f"Edited {which}")
        for move, words in MOVES:
            later(tool)
            offered = tool.run("sync", "--json")
            assert (65, 1) == (offered.code, tool.run("diff", "-o", str(plan)).code), offered.err
            move(one)
            refused = tool.run("sync", "--plan", str(plan)), tool.run("sync", "--approve", offered.json["digest"])
            told[move.__name__] = [(answer.code, f"Changed since: {words}" in answer.err) for answer in refused]
            assert [] == sent(tool)
        assert {move.__name__: [(65, True)] * 2 for move, _ in MOVES} == told

        later(tool)
        approval = tool.run("sync", "--json").json["digest"]
        assert 1 == tool.run("diff", "-o", str(plan)).code
        assert 0 == tool.run("sync", "--plan", str(plan), "--approve", approval).code
        done = len(sent(tool))
        again = tool.run("sync", "--plan", str(plan)).code, tool.run("sync", "--approve", approval).code
        assert (True, (65, 65), done) == (done > 2, again, len(sent(tool)))

        later(tool)
        for which in range(2):
            one.edit(which, f"Edited {which} in the end")
        approval = tool.run("sync", "--json").json["digest"]
        assert 1 == tool.run("diff", "-o", str(plan)).code
        other = tool.run("sync", "--plan", str(plan), "--full"), tool.run("sync", "--approve", approval, "--full")
        assert [(65, True)] * 2 == [(answer.code, "the options (--full" in answer.err) for answer in other]
        assert [] == sent(tool)
