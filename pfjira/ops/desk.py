"""Raise service requests, one by one: the call takes no mark, so each is marked when it is there."""

from __future__ import annotations

from collections.abc import Sequence

from pfjira.connectors.base import Created, Draft
from pfjira.engine.plan import Change
from pfjira.errors import ConnectorError, Forbidden, Rejected
from pfjira.ops.drafting import Drafting
from pfjira.ops.sender import Sender
from pfjira.ops.settle import Queue
from pfjira.state import outbox


class Desk:
    """Raises the requests of one run."""

    def __init__(self, sender: Sender, drafting: Drafting) -> None:
        self.sender, self.drafting = sender, drafting
        self.workspace, self.ledger = sender.workspace, sender.ledger

    def send_all(self, queue: Queue) -> None:
        """Raise all of these. Raise what concerns everything; what was done before is settled."""
        for number, change in queue:
            self._send(number, change)

    def _send(self, number: int, change: Change) -> None:
        """Send one service request, mark what was made, read it back and settle it."""
        store, pairs = self.workspace.store, [(number, change)]
        draft = self.drafting.of(change)
        summary = next((value.value for value in draft.values if value.field == "summary"), None)
        with store.write():
            self.sender.lease(pairs)
            outbox.note_trace(store, number, self.ledger.digest(summary))
        answer = self.sender.answered(pairs, lambda: self._create(draft))
        if isinstance(answer, Created):
            answer = answer.refused.get(change.op, answer)
        match answer:
            case Created():
                made = [issue_id for issue_id, _ in answer.issues]
                with store.write():
                    outbox.note_made(store, [number], made)  # should we die now, this is what it is known by
                if not self._settled(number, change, draft, made):
                    self.sender.leave(pairs, outbox.Stage.UNKNOWN)
            case Rejected() | Forbidden():
                self.sender.refuse(pairs[0], answer)

    def _create(self, draft: Draft) -> Created:
        self.workspace.before_effect()
        return self.workspace.tickets.create_request(draft)

    def _settled(self, number: int, change: Change, draft: Draft, made: Sequence[str]) -> bool:
        """Mark what was made and settle it as Jira shows it; False where that cannot be done just now."""
        try:
            self.workspace.tickets.mark(made[0], self.workspace.stamp(change.op), change.situation.label)
            issues = self.workspace.tickets.fetch_many(made, self.workspace.rules.issue_fields)
        except ConnectorError:
            return False
        issue = next((issue for issue in issues if issue.op == change.op), None)
        if issue is None:
            return False
        with self.ledger.write():
            self.ledger.created(number, change, issue, travelled={value.field for value in draft.values})
        self.workspace.progress.step()
        return True
