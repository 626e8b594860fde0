"""Carry out what the outbox holds: creations in bulk, then everything else by a small crew, settled batch by batch.

The order of every effect: commit the lease, send once, read back by id, commit what was seen. HTTP happens in the
crew's threads and outside transactions; the state is touched by this thread alone.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from pfjira.connectors.crew import side_by_side
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.model import Issue
from pfjira.engine.plan import COMPLETIONS, DEEDS, Action, Change
from pfjira.engine.reconcile import comparable
from pfjira.engine.sight import completion
from pfjira.errors import (
    ConnectorError,
    Forbidden,
    Missing,
    OutcomeUnknown,
    OutOfTime,
    Paused,
    Rejected,
    Stale,
    Unauthorized,
    Unavailable,
)
from pfjira.ops import doubles
from pfjira.ops.create import create_issues
from pfjira.ops.perform import perform
from pfjira.ops.settle import Ledger, Queue
from pfjira.ops.workspace import Workspace
from pfjira.state import outbox

PATIENCE = 3
"""After so many failures in a row the system counts as down, and the rest waits for the next run."""

Trouble = ConnectorError | Paused
"""What may keep an effect from being carried out."""


def drain(workspace: Workspace, ledger: Ledger, queue: Queue) -> None:
    """Carry out the queue. Raise the first error that concerns more than one record; whatever was done is settled."""
    if not queue:
        return
    workspace.tickets.check_login()
    creations = [pair for pair in queue if pair[1].action is Action.CREATE]
    shut = create_issues(workspace, ledger, creations) if creations else None
    others = ledger.enqueue_rest() if ledger.rest else []
    others += [pair for pair in queue if pair[1].action not in (Action.CREATE, Action.LABEL_DOUBLE)]
    for action, group in groupby(others, key=lambda pair: pair[1].action):
        pairs = list(group)
        workspace.progress.stage(_HEADLINES[action], len(pairs))
        batch = _Deeds if action in _ONCE else _Batch
        for start in range(0, len(pairs), workspace.tickets.bulk_fetch):
            batch(workspace, ledger, pairs[start : start + workspace.tickets.bulk_fetch]).run()
    doubles.label(workspace, [pair for pair in queue if pair[1].action is Action.LABEL_DOUBLE], ledger.done)
    if shut is not None:
        raise shut


_ONCE = frozenset({*DEEDS.values(), Action.REMOVE_MEMBER})
_HEADLINES = {
    Action.UPDATE: "Updating issues in Jira",
    Action.CLOSE: "Closing issues in Jira",
    Action.REOPEN: "Reopening issues in Jira",
    Action.CANCEL: "Cancelling issues in Jira",
    Action.COMPLETE_TASK: "Completing tasks in PeopleForce",
    Action.REOPEN_TASK: "Reopening tasks in PeopleForce",
    Action.ADOPT: "Taking over issues in Jira",
    Action.LINK: "Linking issues in Jira",
    Action.SET_FIELDS: "Writing fields to PeopleForce",
    Action.NOTE: "Writing notes to PeopleForce",
    Action.HAND_OUT: "Handing out assets in PeopleForce",
    Action.TAKE_BACK: "Taking back assets in PeopleForce",
    Action.COMMENT: "Commenting on issues in Jira",
    Action.WORKLOG: "Logging work in Jira",
    Action.UPDATE_ONCE: "Updating issues in Jira",
    Action.ADD_MEMBER: "Adding people to groups",
    Action.REMOVE_MEMBER: "Taking people out of groups",
    Action.CREATE_TASK: "Making tasks in PeopleForce",
    Action.POST: "Posting to other systems",
}


class _Batch:
    """Up to a hundred effects of one action, on as many issues."""

    def __init__(self, workspace: Workspace, ledger: Ledger, pairs: Queue) -> None:
        self.workspace, self.ledger, self.pairs = workspace, ledger, pairs
        self.times: dict[str, int] = {}
        """How often each move was done before, by op."""
        self.shut_out = False
        """Nothing at all is allowed any more: that is no record's fault, and no dead letter."""

    def run(self) -> None:
        """Look once more, lease, send, read back, settle."""
        store, tickets = self.workspace.store, self.workspace.tickets
        before = self._read()
        fresh = [(number, change) for number, change in self.pairs if self._still_holds(change, before)]
        stale = [pair for pair in self.pairs if pair not in fresh]
        self.times = {c.op: outbox.times_done(store, c.op, c.action.value) for _, c in fresh if c.target is not None}
        with store.write():
            outbox.lease(store, [number for number, _ in fresh], sent_at=tickets.server_time)
            self.ledger.open_again(stale, outbox.Stage.INTENT)
        errors = self._send(fresh)
        trouble = _down(list(errors.values()))
        self.shut_out = isinstance(trouble, Forbidden)
        sent = [pair for pair in fresh if errors[pair[0]] is None]
        after = self._read([change for _, change in sent]) if sent else {}
        self._compare_histories([change for _, change in sent if change.action is Action.UPDATE], before)
        with self.ledger.write():
            for number, change in fresh:
                self._settle(number, change, errors[number], after)
        if trouble is not None:
            raise trouble

    def _read(self, changes: list[Change] | None = None) -> dict[str, Issue]:
        wanted = [change for _, change in self.pairs] if changes is None else changes
        ids = list(dict.fromkeys(change.issue_id for change in wanted if change.issue_id))
        return {issue.id: issue for issue in self.workspace.tickets.fetch_many(ids, self.workspace.rules.issue_fields)}

    def _compare_histories(self, edits: list[Change], before: dict[str, Issue]) -> None:
        """Note where an edit of ours came over somebody's: Jira's writes cannot depend on what they replace."""
        seen = {one.issue_id: at for one in edits if one.issue_id and (at := before[one.issue_id].updated)}
        fields = {delta.field for change in edits for delta in change.deltas}
        try:
            found = self.workspace.tickets.overwritten(seen, fields) if seen else []
        except ConnectorError as error:  # what was written is read back all the same
            self.workspace.journal.note("history.unread", error=str(error))
            return
        for issue_id, field in found:
            key = before[issue_id].key
            self.ledger.overwritten.append((key, field))
            self.workspace.journal.note("write.overwrote", issue=key, field=field)

    def _still_holds(self, change: Change, issues: dict[str, Issue]) -> bool:
        """Say whether Jira still shows what the decision rests on (the second of the two reads of a settled state)."""
        issue = issues.get(change.issue_id or "")
        if issue is None:
            return False
        if change.action in COMPLETIONS and not self._still_means(change, issue):
            return False
        kinds = {desired.field: desired.kind for desired in change.situation.desired}
        digest = self.ledger.digest
        return all(
            digest(issue.status if name == "status" else comparable(kinds[name], issue.fields.get(name))) == seen
            for name, seen in change.seen.items()
        )

    def _still_means(self, change: Change, issue: Issue) -> bool:
        """Say whether what the issue shows still asks for this write towards HR."""
        rule = self.workspace.rules.rule(change.rule)
        sight = replace(self.ledger.sights[change.rule, change.situation.key], issue=issue)
        try:
            _, theirs = completion(rule, change.situation, sight) if rule else (None, None)
        except ExpressionError:
            return False
        return theirs is COMPLETIONS[change.action]

    def _send(self, pairs: Queue) -> dict[int, Trouble | None]:
        """Carry out the effects side by side; stop handing out more when the system seems to be down."""
        errors: dict[int, Trouble | None] = {}
        size = self.workspace.crew
        down: Trouble | None = None
        for wave in (pairs[start : start + size] for start in range(0, len(pairs), size)):
            results = [down] * len(wave)
            if down is None:
                results = side_by_side(self._apply, [change for _, change in wave], crew=size)
                down = _down(results)
            errors.update(zip((number for number, _ in wave), results, strict=True))
            self.workspace.progress.step(len(wave))
        return errors

    def _apply(self, change: Change) -> Trouble | None:
        try:
            self.workspace.before_effect()
            perform(self.workspace, change, self.times.get(change.op, 0))
        except (ConnectorError, Paused) as error:
            return error
        return None

    def _settle(self, number: int, change: Change, error: Trouble | None, after: dict[str, Issue]) -> None:
        """Keep the outcome of one effect; inside `write()`."""
        match error:
            case None:
                self._done(number, change, after)
            case Rejected():
                self.ledger.refused(number, change, error)
            case Forbidden() if not self.shut_out:
                self.ledger.refused(number, change, error)
            case Stale() | Missing() | Unavailable() | Unauthorized() | Paused():
                self.ledger.open_again([(number, change)], outbox.Stage.INTENT)
            case _:
                self.ledger.open_again([(number, change)], outbox.Stage.UNKNOWN)

    def _done(self, number: int, change: Change, after: dict[str, Issue]) -> None:
        issue = after.get(change.issue_id or "")
        if issue is None or not self.ledger.changed(number, change, issue):
            self.ledger.open_again([(number, change)], outbox.Stage.UNKNOWN)


class _Deeds(_Batch):
    """Up to a hundred deeds of one sort: nothing is compared, and what was done is remembered for good."""

    def _read(self, changes: list[Change] | None = None) -> dict[str, Issue]:
        return {}

    def _still_holds(self, change: Change, issues: dict[str, Issue]) -> bool:
        return True

    def _done(self, number: int, change: Change, after: dict[str, Issue]) -> None:
        self.ledger.finished(number, change)


def _down(errors: list[Trouble | None]) -> Trouble | None:
    """Return why nothing more can be done: a system that does not answer or let us in, no time, a person's word."""
    streak = 0
    for error in errors:
        if isinstance(error, Paused | OutOfTime | Unauthorized) and not isinstance(error, Forbidden):
            return error
        streak = streak + 1 if isinstance(error, Unavailable | OutcomeUnknown | Forbidden) else 0
        if streak >= PATIENCE:
            return error
    return None
