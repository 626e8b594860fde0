"""Create issues, each exactly once, though Jira has no idempotency key.

Before a request leaves, its intents are leased with Jira's own clock and the newest key known. An answer says *sure
yes* or *sure no*; everything else leaves the rows `unknown`, to be looked up by `recover` and never simply sent again.
"""

from __future__ import annotations

from pfjira.connectors.crew import Beside
from pfjira.engine.plan import Change
from pfjira.errors import ConfigError
from pfjira.ops.bulk import LINES, Bulk
from pfjira.ops.desk import Desk
from pfjira.ops.drafting import Drafting, place_of
from pfjira.ops.recover import BELOW
from pfjira.ops.sender import Sender
from pfjira.ops.settle import Ledger, Queue
from pfjira.ops.workspace import Workspace
from pfjira.state import outbox


def create_issues(workspace: Workspace, ledger: Ledger, queue: Queue) -> ConfigError | None:
    """Create what the queue holds; return what is to be said of projects that take no issues.

    Raise the first error that concerns everything.
    """
    workspace.progress.stage("Creating issues in Jira", len(queue))
    maker = _Maker(workspace, ledger)
    ready, shut = maker.with_screens(queue)
    ready = maker.without_existing(ready)
    maker.send_all([pair for pair in ready if not _is_child(pair[1])])
    # A child can be made only once its parent is there.
    maker.send_all(maker.with_parents([pair for pair in ready if _is_child(pair[1])]))
    return shut


class _Maker:
    def __init__(self, workspace: Workspace, ledger: Ledger) -> None:
        self.workspace = workspace
        self.drafting, self.sender = Drafting(workspace, ledger), Sender(workspace, ledger)

    def with_screens(self, queue: Queue) -> tuple[Queue, ConfigError | None]:
        """Return the part of the queue that Jira has a create screen for, and what to say of the rest.

        A project or type that does not exist is no record's fault: the rest stays open and is no dead letter.
        """
        refused = self.drafting.look(queue)
        left = [pair for pair in queue if place_of(pair[1]) in refused]
        if not left:
            return queue, None
        self.sender.leave(left, outbox.Stage.INTENT)
        rules = ", ".join(sorted({change.rule for _, change in left}))
        reasons = "; ".join(str(error) for error in refused.values())
        return [pair for pair in queue if place_of(pair[1]) not in refused], ConfigError(
            f"{len(left)} issues of rule {rules} cannot be created: {reasons}",
            hint="Correct `in` in rules.yaml, or give the login the right to create such issues (`pfjira doctor`).",
        )

    def with_parents(self, children: Queue) -> Queue:
        """Return the children whose parents are there; the others wait for another run."""
        ready: Queue = []
        waiting: Queue = []
        for pair in children:
            (ready if self.drafting.parent_of(pair[1]) is not None else waiting).append(pair)
        if waiting:
            self.sender.leave(waiting, outbox.Stage.INTENT)
        return ready

    def without_existing(self, queue: Queue) -> Queue:
        """Return the part of the queue that Jira does not hold yet, though search may not show it.

        A state that was lost or restored seconds after a creation would otherwise make it again: search lags, a read
        by key does not. What is found is left `unknown`, and linked by the look-up that ends each run.
        """
        store, tickets = self.workspace.store, self.workspace.tickets
        existing: set[str] = set()
        before: dict[str, int] = {}
        for project in sorted({change.situation.project for _, change in queue}):
            newest = tickets.highest_key(project)
            before[project] = max(0, newest - BELOW)
            issues, found_to, _ = tickets.probe(project, before[project])
            self.sender.highest[project] = max(newest, found_to)
            existing.update(issue.op for issue in issues if issue.op)
        found = [pair for pair in queue if pair[1].op in existing]
        if found:
            keys = {number: before[change.situation.project] for number, change in found}
            with store.write():
                outbox.lease(store, [n for n, _ in found], sent_at=tickets.server_time, highest_keys=keys)
            self.sender.leave(found, outbox.Stage.UNKNOWN)
        return [pair for pair in queue if pair[1].op not in existing]

    def send_all(self, queue: Queue) -> None:
        """Send issues in bulk, and service requests one by one."""
        with Beside(LINES) as beside:
            issues = [pair for pair in queue if not pair[1].situation.request]
            Bulk(self.sender, self.drafting, beside).send_all(issues)
        Desk(self.sender, self.drafting).send_all([pair for pair in queue if pair[1].situation.request])


def _is_child(change: Change) -> bool:
    return change.situation.parent is not None
