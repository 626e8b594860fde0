"""A small company with rules for tasks, people and leave, and changes on both sides that webhooks tell of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import RULES, Tool, company, issue_of, unique_tasks

from pfjira.sandbox.hooks import Event, Watch
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.server import Sandbox

MORE = """
  - id: joiners
    for: employee
    when: employee.first_name is startingwith("Hook")
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Joiner {{ employee.full_name }}", description: "{{ employee.department.name }}" }
  - id: away
    for: leave
    when: leave.comment is startingwith("hook")
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Cover for {{ leave.employee.full_name }}", duedate: "{{ leave.ends_on }}" }
"""
HIRED = "2026-01-05"


@dataclass(slots=True)
class World:
    """The tool in its company, and what webhooks have told so far."""

    tool: Tool
    watch: Watch
    events: list[Event] = field(default_factory=list)

    @property
    def hr(self) -> Any:
        """The simulated PeopleForce."""
        return self.tool.sandbox.peopleforce

    @property
    def jira(self) -> Any:
        """The simulated Jira."""
        return self.tool.sandbox.jira

    def listen(self) -> list[Event]:
        """Return what webhooks tell since the last time."""
        found = self.watch.look()
        self.events += found
        return found

    def picture(self) -> dict[str, Any]:
        """Return what both sides show: of each issue what rules keep, of each task whether it is done."""
        issues = {
            str(issue.fields["summary"]): (issue.status.name, issue.fields.get("duedate"), issue.fields.get("assignee"))
            for issue in self.jira.issues.values()
        }
        return {"issues": issues, "tasks": {number: task["completed"] for number, task in self.hr.tasks.items()}}


@contextmanager
def hooked(folder: Path, options: SandboxOptions | None = None) -> Iterator[World]:
    """Lend the company; its first sync is done, a quarter of an hour ago."""
    rules = folder / "rules.yaml"
    rules.write_text(RULES.read_text() + MORE)
    with Sandbox(options or company(people=20, tasks=8, completed_tasks=2)) as sandbox:
        tool = Tool(sandbox, folder, rules)
        first = tool.run("sync")
        assert 0 == first.code, first.out + first.err
        sandbox.clock.advance(900)
        sandbox.requests.clear()
        yield World(tool, Watch(sandbox.peopleforce, sandbox.jira))


def somebody(world: World) -> int:
    """Return who everything happens to."""
    return int(min(world.hr.employees.by_id))


def changes(world: World) -> list[Callable[[], object]]:
    """Return what happens, in its order: whoever looks at the end sees the same, however often he looked before."""
    first, second, third = unique_tasks(world.tool.sandbox)[:3]
    keys = {number: issue_of(world.tool.sandbox, number).key for number in (first, second, third)}
    day = world.tool.sandbox.clock.now().date().isoformat()
    return [
        lambda: world.jira.act("transition", key=keys[first], to="Done"),
        lambda: world.hr.hire("Hooke", "Newman", HIRED),
        lambda: world.hr.request_leave(somebody(world), day, day, comment="hook one"),
        lambda: world.jira.act("edit", key=keys[second], field="summary", value="Somebody wrote over it"),
        lambda: world.hr.edit_employee(max(world.hr.employees.by_id), last_name="Oldman"),
        lambda: world.hr.complete(third),
        lambda: world.hr.shift_leave(max(world.hr.leave.by_id), day, "2031-02-03"),
        lambda: world.jira.act("transition", key=keys[second], to="In Progress"),
    ]
