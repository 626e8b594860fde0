"""A small company whose first sync is done, rules files that differ from the delivered one, and copies of a state."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import RULES, Tool, company, issue_of, unique_tasks, writes
from worlds import synced

from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.server import Sandbox

Edits = tuple[tuple[str, str], ...]

_LAST_LINE = 'comment: "The task was removed in PeopleForce" }\n'
SECOND_RULE = (
    _LAST_LINE,
    _LAST_LINE
    + """
  - id: copies
    for: task
    when: task.assigned_to.email is endingwith("@it.example.com")
    make: issue
    in: { project: HR, type: Task }
    set:
      summary: "HR {{ task.title }}"
      duedate: "{{ task.ends_on }}"
""",
)
"""An edit that adds a rule of its own slot for the same tasks."""

TICKETS = """
version: 1
sources:
  desk: { id: id, fields: [id, title] }
rules:
  - id: ticket
    for: hook.desk
    make: issue
    in: { project: ITOPS, type: Task }
    set: { summary: "{{ hook.title }}" }
"""
"""Rules that make an issue of each delivery of a desk."""


def rules_file(folder: Path, *edits: tuple[str, str]) -> Path:
    """Write the delivered rules with these replacements, each of which must find its text, and return the file."""
    text = RULES.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "rules.yaml"
    path.write_text(text)
    return path


@contextmanager
def world(folder: Path, *edits: tuple[str, str], sync: bool = True, **sizes: Any) -> Iterator[Tool]:
    """Lend a company of a dozen tasks; with `sync`, its first sync is done, a quarter of an hour ago."""
    sizes = {"tasks": 12, "completed_tasks": 3, **sizes}
    rules = rules_file(folder, *edits)
    if not sync:
        with Sandbox(company(**sizes)) as sandbox:
            yield Tool(sandbox, folder, rules, direct=True)
        return
    with synced(folder, rules, direct=True, **sizes) as tool:
        later(tool, 900)
        yield tool


def later(tool: Tool, pause_s: float = 300) -> None:
    """Let time pass, and forget the requests so far."""
    tool.sandbox.clock.advance(pause_s)
    tool.sandbox.requests.clear()


def sent(tool: Tool) -> list[str]:
    """Return the writes since the requests were forgotten, as `SYSTEM METHOD LAST-PART-OF-PATH`."""
    return [f"{e.system} {e.method} {e.path.rpartition('/')[2]}" for e in writes(tool.sandbox.requests)]


def a_task(tool: Tool, number: int = 0) -> tuple[int, StoredIssue]:
    """Return the id of a kept task and its issue."""
    task_id = unique_tasks(tool.sandbox)[number]
    return task_id, issue_of(tool.sandbox, task_id)


def a_new_task(tool: Tool, title: str) -> int:
    """Let somebody make a task for a person with a plain account, and return its id."""
    some = tool.sandbox.peopleforce.tasks[unique_tasks(tool.sandbox)[0]]
    return int(tool.sandbox.peopleforce.create_task(title=title, assigned_to=some["assigned_to"])["id"])


def a_twin(tool: Tool, issue: StoredIssue) -> StoredIssue:
    """Let Jira hold a second, newer issue with the mark of this one."""
    store = tool.sandbox.jira.store
    with tool.sandbox.jira.lock:
        return store.create(issue.project, dict(issue.fields), issue.creator, dict(issue.properties))


def keep_copy(tool: Tool) -> Path:
    """Copy the state file, as a backup does."""
    return Path(shutil.copy(tool.state, tool.folder / "copy.db"))


def put_back(tool: Tool, copy: Path) -> None:
    """Restore the copy; what lies beside the file, as the number of the newest run, stays."""
    lose(tool, keep=".run")
    shutil.copy(copy, tool.state)


def lose(tool: Tool, *, keep: str = "nothing") -> None:
    """Delete the state file with its sidecars."""
    for path in tool.folder.glob("state.db*"):
        if not path.name.endswith(keep):
            path.unlink()


def digest(tool: Tool, *arguments: str) -> str:
    """Return the digest of today's plan."""
    return str(tool.run("diff", "--json", *arguments).json["digest"])
