"""One create request: its intents are leased before it leaves, and its answer is sorted into yes, no and unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pfjira.connectors.base import Created
from pfjira.engine.plan import Change
from pfjira.errors import (
    ConnectorError,
    Forbidden,
    OutcomeUnknown,
    Paused,
    Rejected,
    Unauthorized,
    Unavailable,
)
from pfjira.ops.settle import Ledger, Queue
from pfjira.ops.workspace import Workspace
from pfjira.state import outbox

PATIENCE = 3
"""After so many lost answers in a row Jira counts as down."""

Refusal = Rejected | Forbidden


class Sender:
    """What bulks and single service requests have in common."""

    def __init__(self, workspace: Workspace, ledger: Ledger) -> None:
        self.workspace, self.ledger = workspace, ledger
        self.highest: dict[str, int] = {}
        """Project to its newest key known."""
        self.lost = 0
        """Answers lost in a row."""

    def lease(self, pairs: Queue) -> None:
        """Mark creations as being sent, with Jira's own clock and the newest key known; inside `write()`."""
        keys = {number: self.highest[change.situation.project] for number, change in pairs}
        tickets = self.workspace.tickets
        outbox.lease(self.workspace.store, [n for n, _ in pairs], sent_at=tickets.server_time, highest_keys=keys)

    def answered(self, pairs: Queue, ask: Callable[[], Created]) -> Created | Refusal | None:
        """Return what the answer says; None where there is none, and the creations are left to be looked up.

        Raise what concerns everything; the creations are left as what is known of them asks for.
        """
        try:
            created = ask()
        except OutcomeUnknown:
            self.leave(pairs, outbox.Stage.UNKNOWN)
            self.lost += 1
            if self.lost >= PATIENCE:
                raise
            return None
        except (Rejected, Forbidden) as error:
            return error
        except (Unavailable, Unauthorized, Paused):
            self.leave(pairs, outbox.Stage.INTENT)
            raise
        except ConnectorError:
            self.leave(pairs, outbox.Stage.UNKNOWN)
            raise
        self.lost = 0
        self.know(key for _, key in created.issues)
        return created

    def know(self, keys: Iterable[str]) -> None:
        """Take note of keys that exist: what is made from now on gets a higher one."""
        for key in keys:
            project, _, number = key.rpartition("-")
            if number.isdecimal():
                self.highest[project] = max(self.highest.get(project, 0), int(number))

    def refuse(self, pair: tuple[int, Change], error: Refusal) -> None:
        """Bury one refused creation."""
        number, change = pair
        with self.ledger.write():
            self.ledger.refused(number, change, error)
        self.workspace.progress.step()

    def leave(self, pairs: Queue, stage: outbox.Stage) -> None:
        """Leave creations open."""
        with self.ledger.write():
            self.ledger.open_again(pairs, stage)
