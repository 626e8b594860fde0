"""The demo's story: six short acts on an invented company, each ending with what a newcomer should notice."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pfjira.cli import reports
from pfjira.cli.exits import ExitCode
from pfjira.cli.output import indented, say
from pfjira.cli.places import Places
from pfjira.cli.progress import shown
from pfjira.cli.wiring import open_workspace
from pfjira.ops.diff import make_plan
from pfjira.ops.run import Report
from pfjira.ops.sync import sync
from pfjira.ops.workspace import Scope
from pfjira.state import links

if TYPE_CHECKING:
    from pfjira.sandbox.server import Sandbox


def tell(*, tasks: int, rules: Path | None) -> ExitCode:
    """Play the whole story and return 0 when every promise in it was kept."""
    from pfjira.sandbox.options import SandboxOptions
    from pfjira.sandbox.server import Sandbox

    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pfjira-demo-") as folder, Sandbox(SandboxOptions(tasks=tasks)) as sandbox:
        story = _Story(sandbox, Places(rules or default_rules(), Path(folder) / "state.db"))
        kept = story.play()
    say()
    if kept:
        say(
            f"That was the main job, in {time.monotonic() - begun:.1f} s. Nothing is left behind on this machine.",
            "bold",
        )
        say("Next: `pfjira sandbox` to try your own rules, README.md to connect your company.")
        return ExitCode.OK
    say("The demo did not keep its promises; the lines marked ✗ say where.", "bold red")
    return ExitCode.BUG


def default_rules() -> Path:
    """Return the commented default rules, which travel in the package (in the repository a link to its rules.yaml)."""
    return Path(__file__).resolve().parent.parent / "guide" / "rules.yaml"


class _Story:
    def __init__(self, sandbox: Sandbox, places: Places) -> None:
        self.sandbox, self.places = sandbox, places
        self.kept = True

    def play(self) -> bool:
        """Tell all acts; return whether every promise was kept."""
        people, tasks = len(self.sandbox.company.people), len(self.sandbox.peopleforce.tasks)
        say("pfjira keeps PeopleForce (HR) and Jira (tickets) in agreement, both ways.", "bold")
        say(f"An invented company: {people} people, {tasks} HR tasks, an empty Jira, both simulated here.")

        self.act("1. First sync", "each open IT task gets one Jira issue")
        report = self.sync()
        created = report.done["create"]
        self.promise(
            created > 0 and len(self.sandbox.jira.issues_by_op()) == created, f"{created} issues, one per task"
        )
        self.promise(
            bool(report.plan.reviews), f"{len(report.plan.reviews)} people wait for review; all the rest went on"
        )

        self.act("2. Second sync", "nothing moved, so nothing is written")
        self.sandbox.requests.clear()
        report = self.sync()
        self.promise(not report.done, f"0 writes, {len(self.sandbox.requests)} requests, all of them listings")

        self.act("3. An issue is moved to Done in Jira", "its task is completed in PeopleForce")
        task, key = self.example(0)
        self.sandbox.jira.act("transition", key=key, to="Done")
        report = self.sync()
        self.promise(
            self.sandbox.peopleforce.tasks[task]["completed"] is True, f"{key} is Done → task {task} is completed"
        )

        self.act("4. Somebody completes a task in PeopleForce", "its issue is closed in Jira")
        task, key = self.example(1)
        self.sandbox.peopleforce.complete(task)
        report = self.sync()
        self.promise(self.status(key) == "Done", f"task {task} is completed → {key} is Done")

        self.act("5. Fields are edited in Jira by hand", "`diff` shows who owns them, `sync` acts")
        _, key = self.example(2)
        before = self.summary(key)
        self.sandbox.jira.act("edit", key=key, field="summary", value="Renamed in Jira")
        self.sandbox.jira.act("edit", key=key, field="assignee", value=None)
        self.diff()
        report = self.sync()
        self.promise(self.summary(key) == before, f"the title of {key} belongs to PeopleForce: put back")
        self.promise(self.assignee(key) is None, f"the assignee of {key} is set once, then Jira's own: left alone")

        self.act("6. One more look", "both sides agree again")
        report = self.sync()
        self.promise(not report.done and not report.differs, "nothing left to write, nothing left to ask")
        return self.kept

    def act(self, title: str, meaning: str) -> None:
        """Announce an act. A moment of the invented day passes, so that what follows is later than what was."""
        self.sandbox.clock.advance(60)
        say()
        say(f"{title}: {meaning}.", "bold cyan")

    def promise(self, kept: bool, what: str) -> None:
        """Say whether what was promised came true."""
        say(f"  {'✓' if kept else '✗'} {what}", "green" if kept else "bold red")
        self.kept = self.kept and kept

    def sync(self) -> Report:
        """Run a sync as `pfjira sync` does, and print what it says."""
        say("  $ pfjira sync", "dim")
        with (
            shown() as progress,
            open_workspace(
                self.places, command="demo", writes=True, progress=progress, environment=self.sandbox.environment()
            ) as workspace,
        ):
            report = sync(workspace, Scope())
        with indented():
            reports.say_sync(report)
        return report

    def diff(self) -> None:
        """Show the plan as `pfjira diff` does."""
        say("  $ pfjira diff", "dim")
        with open_workspace(
            self.places, command="demo", writes=False, environment=self.sandbox.environment()
        ) as workspace:
            prepared = make_plan(workspace, Scope())
        with indented():
            reports.say_plan(prepared.plan)

    def example(self, number: int) -> tuple[int, str]:
        """Return task id and issue key of one kept pair that is open and assigned on both sides."""
        from pfjira.state.store import Store

        assert self.places.state is not None
        with Store.open(self.places.state, read_only=True) as store:
            pairs = links.open_pairs(store)
        assigned = [(int(record), key) for record, key in pairs if self.assignee(key)]
        return assigned[number * 7 % len(assigned)]

    def status(self, key: str) -> str:
        """Return an issue's status in the simulated Jira."""
        return str(self.sandbox.jira.issue(key).status.name)

    def summary(self, key: str) -> str:
        """Return an issue's summary in the simulated Jira."""
        return str(self.sandbox.jira.issue(key).fields["summary"])

    def assignee(self, key: str) -> str | None:
        """Return an issue's assignee in the simulated Jira."""
        value = self.sandbox.jira.issue(key).fields.get("assignee")
        return str(value) if value else None
