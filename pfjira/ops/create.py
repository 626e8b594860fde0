"""Create issues, each exactly once, though Jira has no idempotency key.

Before a request leaves, its intents are leased with Jira's own clock and the newest key known. An answer says *sure
yes* or *sure no*; everything else leaves the rows `unknown`, to be looked up by `recover` and never simply sent again.
"""

from __future__ import annotations

from pfjira.connectors.base import CreateScreen, Draft
from pfjira.engine.model import Desired, Issue, ValueKind
from pfjira.engine.plan import Change
from pfjira.engine.rules import Make
from pfjira.errors import (
    ConfigError,
    ConnectorError,
    Forbidden,
    OutcomeUnknown,
    Paused,
    Rejected,
    Unauthorized,
    Unavailable,
)
from pfjira.ops.recover import BELOW
from pfjira.ops.settle import Ledger, Parentage, Queue
from pfjira.ops.workspace import Workspace
from pfjira.state import outbox

PATIENCE = 3
"""After so many lost answers in a row Jira counts as down."""

Place = tuple[str, str, bool]
"""Project, issue type or request type, and whether it is the latter."""


def create_issues(workspace: Workspace, ledger: Ledger, queue: Queue) -> ConfigError | None:
    """Create what the queue holds; return what is to be said of projects that take no issues.

    Raise the first error that concerns everything.
    """
    workspace.progress.stage("Creating issues in Jira", len(queue))
    maker = _Maker(workspace, ledger)
    ready, shut = maker.with_screens(queue)
    ready = maker.without_existing(ready)
    maker.send_all([pair for pair in ready if not _is_child(pair)])
    # A child can be made only once its parent is there.
    maker.send_all(maker.with_parents([pair for pair in ready if _is_child(pair)]))
    return shut


class _Maker:
    def __init__(self, workspace: Workspace, ledger: Ledger) -> None:
        self.workspace, self.ledger = workspace, ledger
        self.screens: dict[Place, CreateScreen] = {}
        self.highest: dict[str, int] = {}
        self.lost = 0
        """Answers lost in a row."""

    def with_screens(self, queue: Queue) -> tuple[Queue, ConfigError | None]:
        """Return the part of the queue that Jira has a create screen for, and what to say of the rest.

        A project or type that does not exist is no record's fault: the rest stays open and is no dead letter.
        """
        refused: dict[Place, Rejected | Forbidden] = {}
        for place in sorted({_place(change) for _, change in queue}):
            try:
                self.screens[place] = self._screen(*place)
            except (Rejected, Forbidden) as error:
                refused[place] = error
        left = [pair for pair in queue if _place(pair[1]) not in self.screens]
        if not left:
            return queue, None
        self._leave(left, outbox.Stage.INTENT)
        rules = ", ".join(sorted({change.rule for _, change in left}))
        reasons = "; ".join(str(error) for error in refused.values())
        return [pair for pair in queue if _place(pair[1]) in self.screens], ConfigError(
            f"{len(left)} issues of rule {rules} cannot be created: {reasons}",
            hint="Correct `in` in rules.yaml, or give the login the right to create such issues (`pfjira doctor`).",
        )

    def _screen(self, project: str, issue_type: str, request: bool) -> CreateScreen:
        """Return what a creation takes at this place. Raise Rejected, Forbidden where there is none."""
        if not request:
            return self.workspace.tickets.create_screen(project, issue_type)
        kind = self.workspace.tickets.request_type(project, issue_type)
        return CreateScreen(kind.fields, kind.required, type_id=kind.id)

    def with_parents(self, children: Queue) -> Queue:
        """Return the children whose parents are there; the others wait for another run."""
        ready = [pair for pair in children if self._parent_of(pair[1]) is not None]
        if len(ready) < len(children):
            self._leave([pair for pair in children if pair not in ready], outbox.Stage.INTENT)
        return ready

    def _parent_of(self, change: Change) -> Parentage | None:
        """Return the parent's issue, and whether Jira's hierarchy lets the child be put under it."""
        situation = change.situation
        link = self.ledger.links.get((situation.parent or "", situation.key))
        rule = self.workspace.rules.rule(situation.parent or "")
        if link is None or rule is None:
            return None
        screen = self.screens[_place(change)]
        place = rule.project, rule.issue_type, rule.make is Make.REQUEST
        if place not in self.screens:
            self.screens[place] = self._screen(*place)
        above = "parent" in screen.fields and self.screens[place].level == screen.level + 1
        return Parentage(link.issue_id, link.issue_key, screen.subtask or above)

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
            self.highest[project] = max(newest, found_to)
            existing.update(issue.op for issue in issues if issue.op)
        found = [pair for pair in queue if pair[1].op in existing]
        if found:
            keys = {number: before[change.situation.project] for number, change in found}
            with store.write():
                outbox.lease(store, [n for n, _ in found], sent_at=tickets.server_time, highest_keys=keys)
            self._leave(found, outbox.Stage.UNKNOWN)
        return [pair for pair in queue if pair[1].op not in existing]

    def send_all(self, queue: Queue) -> None:
        """Send issues in bulk, and service requests one by one."""
        plain = [pair for pair in queue if not pair[1].situation.request]
        most = self.workspace.tickets.bulk_create
        for start in range(0, len(plain), most):
            self.send(plain[start : start + most])
        for pair in queue:
            if pair[1].situation.request:
                self.send_request(pair)

    def send(self, pairs: Queue) -> None:
        """Send one request for these creations, and settle what its answer says."""
        store, tickets = self.workspace.store, self.workspace.tickets
        keys = {number: self.highest[change.situation.project] for number, change in pairs}
        with store.write():
            outbox.lease(store, [n for n, _ in pairs], sent_at=tickets.server_time, highest_keys=keys)
        drafts = [self._draft(change) for _, change in pairs]
        try:
            self.workspace.before_effect()
            created = tickets.create(drafts)
        except OutcomeUnknown:
            self._leave(pairs, outbox.Stage.UNKNOWN)
            self.lost += 1
            if self.lost >= PATIENCE:
                raise
            return
        except (Rejected, Forbidden) as error:
            self._refuse(pairs, error)
            return
        except (Unavailable, Unauthorized, Paused):
            self._leave(pairs, outbox.Stage.INTENT)
            raise
        except ConnectorError:
            self._leave(pairs, outbox.Stage.UNKNOWN)
            raise
        self.lost = 0
        made = [issue_id for issue_id, _ in created.issues]
        shown = self._read(made)
        unseen = sorted(set(made) - {issue.id for issue in shown.values()})
        with store.write():
            for (number, change), draft in zip(pairs, drafts, strict=True):
                if (refusal := created.refused.get(change.op)) is not None:
                    self.ledger.refused(number, change, refusal)
                elif (issue := shown.get(change.op)) is not None:
                    travelled = {value.field for value in draft.values}
                    parent = self._parent_of(change)
                    self.ledger.created(number, change, issue, travelled=travelled, parent=parent)
                else:
                    self.ledger.open_again([(number, change)], outbox.Stage.UNKNOWN)
                    # The answer named issues that this login cannot read: never to be made again.
                    outbox.note_made(store, number, unseen)
        self.workspace.progress.step(len(pairs))

    def send_request(self, pair: tuple[int, Change]) -> None:
        """Send one service request, and mark what was made: the call itself takes no mark."""
        (number, change), store, tickets = pair, self.workspace.store, self.workspace.tickets
        draft = self._draft(change)
        summary = next((value.value for value in draft.values if value.field == "summary"), None)
        with store.write():
            keys = {number: self.highest[change.situation.project]}
            outbox.lease(store, [number], sent_at=tickets.server_time, highest_keys=keys)
            outbox.note_trace(store, number, self.ledger.digest(summary))
        try:
            self.workspace.before_effect()
            created = tickets.create_request(draft)
        except OutcomeUnknown:
            self._leave([pair], outbox.Stage.UNKNOWN)
            self.lost += 1
            if self.lost >= PATIENCE:
                raise
            return
        except (Rejected, Forbidden) as error:
            self._refuse([pair], error)
            return
        except (Unavailable, Unauthorized, Paused):
            self._leave([pair], outbox.Stage.INTENT)
            raise
        except ConnectorError:
            self._leave([pair], outbox.Stage.UNKNOWN)
            raise
        self.lost = 0
        if (refusal := created.refused.get(change.op)) is not None:
            self._refuse([pair], refusal)
            return
        made = [issue_id for issue_id, _ in created.issues]
        with store.write():
            outbox.note_made(store, number, made)  # should we die now, this is what it is known by
        try:
            tickets.mark(made[0], self.workspace.stamp(change.op), change.situation.label)
        except ConnectorError:
            self._leave([pair], outbox.Stage.UNKNOWN)
            return
        issue = self._read(made).get(change.op)
        if issue is None:
            self._leave([pair], outbox.Stage.UNKNOWN)
            return
        with store.write():
            self.ledger.created(number, change, issue, travelled={value.field for value in draft.values})
        self.workspace.progress.step()

    def _draft(self, change: Change) -> Draft:
        """Return what travels in the create call: what the screen takes; the rest is a difference that is edited in."""
        situation = change.situation
        screen = self.screens[_place(change)]
        values = tuple(desired for desired in situation.desired if _travels(desired, screen))
        label = situation.label if "labels" in screen.fields else None
        parent = self._parent_of(change)
        return Draft(
            situation.op,
            situation.project,
            screen.type_id if situation.request else situation.issue_type or screen.type_id,
            values,
            label,
            parent.issue_id if parent is not None and parent.under else None,
            situation.raise_for,
            self.workspace.run,
        )

    def _read(self, ids: list[str]) -> dict[str, Issue]:
        """Return op to issue. What cannot be read just now is not lost: its row stays open and is looked up."""
        try:
            issues = self.workspace.tickets.fetch_many(ids, self.workspace.rules.issue_fields) if ids else []
        except ConnectorError:
            return {}
        for issue in issues:
            _, _, tail = issue.key.rpartition("-")
            self.highest[issue.project] = max(self.highest.get(issue.project, 0), int(tail))
        return {issue.op: issue for issue in issues if issue.op}

    def _refuse(self, pairs: Queue, error: Rejected | Forbidden) -> None:
        """Bury one refused creation; a refused bulk request is sent again one by one, so that each is judged alone."""
        if len(pairs) > 1:
            for pair in pairs:
                self.send([pair])
            return
        number, change = pairs[0]
        with self.workspace.store.write():
            self.ledger.refused(number, change, error)
        self.workspace.progress.step()

    def _leave(self, pairs: Queue, stage: outbox.Stage) -> None:
        with self.workspace.store.write():
            self.ledger.open_again(pairs, stage)


def _place(change: Change) -> Place:
    return change.situation.project, change.situation.issue_type, change.situation.request


def _is_child(pair: tuple[int, Change]) -> bool:
    return pair[1].situation.parent is not None


def _travels(desired: Desired, screen: CreateScreen) -> bool:
    """Say whether a value belongs into the create call."""
    if desired.kind is ValueKind.LABELS:
        return "labels" in screen.fields and bool((desired.value or {}).get("add"))
    return desired.value is not None and desired.field in screen.fields
