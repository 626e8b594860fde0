"""The whole tool against a running sandbox, and the truth that both simulated systems must show afterwards.

The truth is worked out here from the sandbox's own stores, by other means than the tool's, so that both cannot be wrong
in the same way. Nothing here asserts; tests do.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pytest
import typer.main
from direct import directly

from pfjira.cli import standing as machine
from pfjira.cli.app import app, main
from pfjira.config.rules_yaml import parse_rules
from pfjira.ops.membership import Databases
from pfjira.ops.workspace import Workspace
from pfjira.sandbox.company import IT_DOMAIN, PEOPLEFORCE_KEY, SERVICE_TOKEN
from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.requestlog import Entry
from pfjira.sandbox.server import Sandbox

RULES = Path(__file__).resolve().parent.parent / "rules.yaml"
SECRETS = (PEOPLEFORCE_KEY, SERVICE_TOKEN)
COMMAND = typer.main.get_command(app)  # Typer builds it anew at every call, a third of what the stories would cost
PARSE = lru_cache(parse_rules)  # each command reads the same text; what is parsed is never changed
REAL = machine.DATABASES
NO_GROUPS = Databases(lambda _: None, lambda _: ())
"""What a developer's own machine knows of groups decides nothing here."""
_READS = ("search/jql", "issue/bulkfetch", "jql/parse", "jql/match", "search/approximate-count", "changelog/bulkfetch")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left: its exit code and both outputs."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document on stdout."""
        return json.loads(self.out)

    @property
    def complaints(self) -> list[str]:
        """The sentences said about what went wrong."""
        return [line for line in self.err.splitlines() if line.startswith("pfjira: ")]

    @property
    def hints(self) -> list[str]:
        """What was offered to try next."""
        return [line for line in self.err.splitlines() if line.startswith("  → ")]


@dataclass(slots=True)
class Tool:
    """`pfjira` with a state file and a rules file of its own, pointed at a sandbox."""

    sandbox: Sandbox
    folder: Path
    rules: Path = RULES
    extra: dict[str, str] = field(default_factory=dict)
    """More variables of the environment, or other values."""
    wrong_by: timedelta = timedelta()
    """How far the clock of the machine that runs the tool is ahead of the sandbox's."""
    direct: bool = False
    """Whether commands in this process reach the sandbox without sockets; pauses then move the sandbox's clock."""

    @property
    def state(self) -> Path:
        """The state file."""
        return self.folder / "state.db"

    def environment(self) -> dict[str, str]:
        """Return everything a process of ours needs, and nothing of this machine's own settings."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "SYSTEMROOT")}
        ours = {"PFJIRA_STATE": str(self.state), "PFJIRA_RULES": str(self.rules), "HOME": str(self.folder)}
        # A process that is killed, or may write no long file, must not leave half a compiled module for the others.
        ours["PYTHONDONTWRITEBYTECODE"] = "1"
        return kept | self.sandbox.environment() | ours | self.extra

    def run(self, *arguments: str, **environment: str) -> Answer:
        """Run one command in this process, hurried, and with the tool's clock set by the sandbox's."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith("PFJIRA_")]:
                patch.delenv(name)
            for name, value in (self.environment() | environment).items():
                patch.setenv(name, value)
            patch.setattr("pfjira.cli.wiring.Workspace", partial(Workspace, clock=self.now))
            patch.setattr("pfjira.cli.choosing.parse_rules", PARSE)
            # The pauses between attempts have tests of their own (connectors); what a system asks for is still waited.
            patch.setattr("pfjira.connectors.repeating.pause_after", lambda state: 0.01)
            # The process that is measured is the tests', which may be large.
            patch.setattr("pfjira.ops.pulse.HIGH_MEMORY_MB", float("inf"))
            if machine.DATABASES is REAL:
                patch.setattr(machine, "DATABASES", NO_GROUPS)
            with directly(self.sandbox) if self.direct else nullcontext():
                code = main(arguments, run=COMMAND)
        return Answer(code, out.getvalue(), err.getvalue())

    def now(self) -> datetime:
        """Return the time by the machine that runs the tool."""
        return self.sandbox.clock.now() + self.wrong_by

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start one command as a process of its own."""
        command = [sys.executable, "-m", "pfjira", *arguments]
        return subprocess.Popen(
            command,
            env=self.environment() | options.pop("environment", {}),
            cwd=RULES.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def settle(self, *arguments: str, minutes: int = 20, step_s: float = 300) -> Answer:
        """Run sync until it has nothing left, moving the clock between runs, `minutes` in total at most."""
        answer = self.run("sync", *arguments)
        for _ in range(int(minutes * 60 / step_s)):
            if answer.code == 0:
                break
            self.sandbox.clock.advance(step_s)
            answer = self.run("sync", *arguments)
        return answer


def matching(sandbox: Sandbox) -> dict[int, dict[str, Any]]:
    """Return the open tasks for which the default rules want an issue."""
    return {
        task_id: task
        for task_id, task in sandbox.peopleforce.tasks.items()
        if not task["completed"]
        and not task["title"].startswith("[draft]")
        and task["assigned_to"]
        and task["assigned_to"]["email"].endswith(f"@{IT_DOMAIN}")
    }


def standing(sandbox: Sandbox) -> dict[str, int]:
    """Count what must never be: doubled, lost and stray issues, by mark and, independently, by title."""
    marked = sandbox.jira.issues_by_op()
    wanted = Counter(str(task["title"]).strip() for task in matching(sandbox).values())
    held = Counter(str(issue.fields["summary"]) for issue in sandbox.jira.issues.values())
    return {
        "doubled": sum(len(ids) - 1 for ids in marked.values()),
        "lost": (wanted - held).total(),
        "stray": (held - wanted).total(),
        "unmarked": len(sandbox.jira.issues) - sum(map(len, marked.values())),
    }


CLEAN = {"doubled": 0, "lost": 0, "stray": 0, "unmarked": 0}


def issue_of(sandbox: Sandbox, task_id: int) -> StoredIssue:
    """Return the one issue that shows the title of a task; the title must be unique."""
    title = sandbox.peopleforce.tasks[task_id]["title"]
    (found,) = [issue for issue in sandbox.jira.issues.values() if issue.fields["summary"] == title]
    return found


def unique_tasks(sandbox: Sandbox, *, regular: bool = True) -> list[int]:
    """Return matching tasks whose title nobody else has; with `regular`, of people with a plain account only."""
    odd = {person for people in sandbox.company.irregular.values() for person in people} if regular else set()
    titles = Counter(task["title"] for task in sandbox.peopleforce.tasks.values())
    return [
        task_id
        for task_id, task in matching(sandbox).items()
        if titles[task["title"]] == 1 and task["assigned_to"]["id"] not in odd
    ]


def writes(entries: Iterable[Entry]) -> list[Entry]:
    """Return the requests that change something (a search by POST does not)."""
    return [entry for entry in entries if entry.method != "GET" and not entry.path.endswith(_READS)]


def company(**sizes: Any) -> SandboxOptions:
    """Return options of a small company."""
    return SandboxOptions(**{"people": 40, "tasks": 40, "completed_tasks": 8, **sizes})
