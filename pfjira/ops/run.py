"""One run and what surrounds it: its number, its row in the history, what the log and the alerts say of how it ended.

The steps of a run are in `ops.sync`; nothing here reads or writes either system.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pfjira.engine.model import Ref
from pfjira.engine.plan import Plan
from pfjira.errors import PfjiraError, PlanRefused
from pfjira.ops import alerts, contradicted
from pfjira.ops.recover import Recovered
from pfjira.ops.ruleset import Choice, Off
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import audit, doubles, letters, outbox, runs, witness
from pfjira.state.letters import DeadLetter

NEVER = datetime.min.replace(tzinfo=UTC)
"""When a run began that there was not."""


@dataclass(slots=True)
class Report:
    """What one run did and what it left."""

    run: int = 0
    scope: Scope = field(default_factory=Scope)
    """What is looked at: more than was asked for, where the state is not up to date."""
    started_at: datetime = NEVER
    plan: Plan = field(default_factory=Plan)
    recovered: Recovered = field(default_factory=Recovered)
    done: Counter[str] = field(default_factory=Counter)
    """Action to how many effects were carried out and seen."""
    buried: list[DeadLetter] = field(default_factory=list)
    overwritten: list[tuple[str, str]] = field(default_factory=list)
    """Issue key and field where our edit came over somebody's, made in the moment between our look and our write."""
    forged: list[str] = field(default_factory=list)
    """Keys of issues that tell of a run that there cannot have been."""
    letters: int = 0
    """Dead letters in the state after the run, this one's included."""
    conflicts: int = 0
    open_rows: int = 0
    """Writes that did not come to their end: unknown, parked, or overtaken."""
    doubles: int = 0
    """Issues that carry the mark of another one, and that are not labelled."""
    elapsed_s: float = 0.0
    choice: Choice | None = None
    """Which rules are in force, and why those of the file are not; None where nobody had to choose."""
    off: Mapping[str, Off] = field(default_factory=dict)
    """Rules for which nothing was planned."""
    unseen: frozenset[Ref] = frozenset()
    """Records that a person named and that were not found."""

    @property
    def differs(self) -> bool:
        """Whether the sides do not agree although the run came to its end, or a person must mend the rules."""
        left = self.letters or self.conflicts or self.open_rows or self.doubles or self.plan.questions
        mend = (self.choice and self.choice.broken) or contradicted.contradicted(self.off)
        return bool(left or self.overwritten or mend)


@contextmanager
def underway(workspace: Workspace, scope: Scope) -> Iterator[Report]:
    """Count the block as a run: begin it, and write down, log and call for how it ended, whatever ends it.

    The block fills the report in as it goes; what stops it is raised on.
    """
    started_at = workspace.clock()
    run = witness.begin(workspace.store, runs.start(workspace.store, full=scope.full, kind=scope.kind, now=started_at))
    workspace.run = run
    report = Report(run, scope, started_at, choice=workspace.choice)
    note = workspace.journal.note
    note("run.started", run=run, full=scope.full, only=scope.only, rule=scope.rule)
    exit_code: int | None = None
    error = ""
    try:
        yield report
        _count_rest(workspace, report)
        alerts.ended(workspace, report.scope, report.plan.contested, report.overwritten, report.forged)
        alerts.unit_did_well(workspace, scope)
        exit_code = int(report.differs)
    except BaseException as stop:
        error = str(stop) if isinstance(stop, PfjiraError) else type(stop).__name__
        note("run.refused" if isinstance(stop, PlanRefused) else "run.stopped", error=error)
        alerts.stopped(workspace, stop, report.scope)
        raise
    finally:
        report.elapsed_s = (workspace.clock() - started_at) / timedelta(seconds=1)
        counts = {name: count for name, count in report.done.items() if count}
        counts["looked_at"] = report.plan.looked_at
        runs.finish(workspace.store, report.run, exit_code=exit_code, counts=counts, error=error, now=workspace.clock())
        outcome = "stopped" if exit_code is None else "they differ" if exit_code else "both sides agree"
        note("run.finished", run=report.run, outcome=outcome, elapsed_s=round(report.elapsed_s, 3), **counts)
        if head := workspace.store.meta(audit.HEAD):
            note("audit.head", head=head)


def _count_rest(workspace: Workspace, report: Report) -> None:
    report.letters = len(letters.every(workspace.store))
    report.conflicts = len(letters.conflicts(workspace.store))
    report.doubles = doubles.count_asking(workspace.store)
    report.open_rows = len(outbox.unfinished(workspace.store))
