"""Send creations in bulk, and read back what was made, a hundred at once, while the next request is under way.

At any moment one create request is of unknown outcome, and no more: each answer is written down before the next request
leaves, with the ids that it names. So what was made and not read back yet is found by its id, should we die now.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from pfjira.connectors.base import Created, Draft
from pfjira.connectors.crew import Beside
from pfjira.engine.model import Issue
from pfjira.engine.plan import Change
from pfjira.errors import ConnectorError, Forbidden, OutOfTime, Paused, Rejected
from pfjira.ops.drafting import Drafting
from pfjira.ops.sender import Sender
from pfjira.ops.settle import Queue
from pfjira.state import outbox

LINES = 2
"""Requests under way at once: a creation, and the reading back of what earlier ones made."""


@dataclass(frozen=True, slots=True)
class Made:
    """A creation that an answer said yes to."""

    number: int
    change: Change
    travelled: frozenset[str]
    """The fields that were in the create call."""
    named: tuple[str, ...]
    """The ids in the answer. Which of them is this one's only its mark can tell."""


class Bulk:
    """One series of bulks. The state is touched by the caller's thread alone."""

    def __init__(self, sender: Sender, drafting: Drafting, beside: Beside) -> None:
        self.sender, self.drafting, self.beside = sender, drafting, beside
        self.workspace, self.ledger = sender.workspace, sender.ledger
        self.made: list[Made] = []
        """To be read back."""
        self.reading: tuple[list[Made], Future[list[Issue]]] | None = None
        self.shown: list[tuple[Made, Issue | None]] = []
        """Read back, and to be settled."""

    def send_all(self, queue: Queue) -> None:
        """Send all of these, and settle what was made. Raise what concerns everything."""
        size = self.workspace.tickets.bulk_create
        try:
            for start in range(0, len(queue), size):
                self.send(queue[start : start + size])
        except (OutOfTime, Paused):
            self.finish()  # nothing is wrong with Jira
            raise
        except ConnectorError:
            self.break_off()
            raise
        self.finish()

    def send(self, pairs: Queue) -> None:
        """Send one request for these creations, and settle what was read back before, meanwhile."""
        drafts = [self.drafting.of(change) for _, change in pairs]
        with self.workspace.store.write():
            self.sender.lease(pairs)
        under_way = self.beside.begin(self._create, drafts)
        self._settle(len(pairs))
        match answer := self.sender.answered(pairs, under_way.result):
            case Created():
                self._note(pairs, drafts, answer)
            case Rejected() | Forbidden() if len(pairs) == 1:
                self.sender.refuse(pairs[0], answer)
            case Rejected() | Forbidden():
                # The request as a whole was refused, so none of them exists: each is sent alone, and judged alone.
                with self.workspace.store.write():
                    outbox.settle(self.workspace.store, [n for n, _ in pairs], outbox.Stage.INTENT, self.workspace.now)
                for pair in pairs:
                    self.send([pair])

    def finish(self) -> None:
        """Read back and settle whatever is left."""
        if self.made:
            self._look_back()
        self._settle(len(self.shown))
        self._collect()
        self._settle(len(self.shown))

    def break_off(self) -> None:
        """Leave what was made and not asked for yet to the next look-up, which finds it by its id: Jira may be down."""
        self._collect()
        self._settle(len(self.shown))
        self.sender.leave([(one.number, one.change) for one in self.made], outbox.Stage.UNKNOWN)

    def _create(self, drafts: Sequence[Draft]) -> Created:
        self.workspace.before_effect()
        return self.workspace.tickets.create(drafts)

    def _note(self, pairs: Queue, drafts: Sequence[Draft], created: Created) -> None:
        """Write down what an answer says: who was refused, and what was made for the others."""
        named = tuple(issue_id for issue_id, _ in created.issues)
        made = []
        with self.ledger.write():
            for (number, change), draft in zip(pairs, drafts, strict=True):
                if (refusal := created.refused.get(change.op)) is not None:
                    self.ledger.refused(number, change, refusal)
                else:
                    made.append(Made(number, change, frozenset(value.field for value in draft.values), named))
            outbox.note_made(self.workspace.store, [one.number for one in made], named)
        self.workspace.progress.step(len(pairs) - len(made))
        self.made += made
        tickets = self.workspace.tickets
        if len(self.made) + tickets.bulk_create > tickets.bulk_fetch:
            self._look_back()

    def _look_back(self) -> None:
        """Begin to read back what was made; what was read before is there now."""
        self._collect()
        made, self.made = self.made, []
        ids = list(dict.fromkeys(issue_id for one in made for issue_id in one.named))
        self.reading = made, self.beside.begin(self._read, ids)

    def _read(self, ids: Sequence[str]) -> list[Issue]:
        """Return what is visible of them. What cannot be read just now is not lost: its row is looked up."""
        try:
            return self.workspace.tickets.fetch_many(ids, self.workspace.rules.issue_fields)
        except ConnectorError:
            return []

    def _collect(self) -> None:
        """Take what was read back."""
        if self.reading is None:
            return
        made, answer = self.reading
        self.reading = None
        found = {issue.op: issue for issue in answer.result() if issue.op}
        seen = {issue.id for issue in found.values()}
        for one in made:
            unseen = tuple(issue_id for issue_id in one.named if issue_id not in seen)
            self.shown.append((replace(one, named=unseen), found.get(one.change.op)))

    def _settle(self, most: int) -> None:
        """Settle so many of those that were read back."""
        part, self.shown = self.shown[:most], self.shown[most:]
        if not part:
            return
        with self.ledger.write():
            for one, issue in part:
                if issue is not None:
                    parent = self.drafting.parent_of(one.change)
                    self.ledger.created(one.number, one.change, issue, travelled=one.travelled, parent=parent)
                else:
                    # The answer named issues that this login cannot read: never to be made again.
                    self.ledger.open_again([(one.number, one.change)], outbox.Stage.UNKNOWN)
                    outbox.note_made(self.workspace.store, [one.number], one.named)
        self.workspace.progress.step(len(part))
