"""What a run did, told as it happens. The cli brings a log, tests get silence; ops must never know where it goes.

Ids, names of fields, counts and sentences of ours may be told. A person's values may not: there is no way to tell one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Fact = str | int | float | bool | None | Sequence[str]
"""What may be told besides the event: an id, a count, names."""

EVENTS: dict[str, tuple[str, str]] = {
    "run.started": ("INFO", "run {run} started"),
    "run.planned": ("INFO", "planned {changes} changes over {looked_at} records"),
    "run.refused": ("WARNING", "nothing was written: {error}"),
    "run.stopped": ("ERROR", "the run stopped: {error}"),
    "run.finished": ("INFO", "run {run} finished: {outcome}"),
    "alert.told": ("INFO", "people were told of {cause} ({subject}) by {way}"),
    "alert.untold": ("ERROR", "nobody could be told of {cause} ({subject})"),
    "log.kept": ("WARNING", "the log was not sent, and is kept: {error}"),
    "audit.head": ("INFO", "newest seal of the record of acts: {head}"),
    "alert.raised": ("ERROR", "alert ({cause}): {sentence}"),
    "write.done": ("INFO", "{action} done for {ref}"),
    "write.overwrote": ("WARNING", "{field} of {issue} was edited by somebody in the moment of our write"),
    "history.unread": ("WARNING", "whose edits were written over cannot be told: {error}"),
    "write.refused": ("WARNING", "{action} refused for {ref}: status {status}"),
    "write.left": ("WARNING", "{action} left {stage} for {ref}"),
    "receiver.started": ("INFO", "listening at {where} for {hooks}"),
    "receiver.refused": ("WARNING", "refused at /hooks/{hook}: {count} not signed with an active secret"),
    "receiver.failed": ("ERROR", "a delivery to /hooks/{hook} could not be stored"),
    "receiver.stopped": ("INFO", "the receiver stopped"),
    "delivery.kept": ("DEBUG", "a delivery to /hooks/{hook} was stored"),
    "deliveries.erased": ("WARNING", "{deliveries} deliveries of {source} erased unread: {why}"),
    "lookup.done": ("INFO", "open creations: {found} found, {released} released, {parked} parked"),
}
"""Event to its level and sentence. A name, once used, keeps its meaning."""


class Journal(Protocol):
    """Somebody who writes down what happens."""

    def note(self, event: str, **facts: Fact) -> None:
        """Write down one event, whose name is in `EVENTS`. Must never fail a run."""
        ...


class NoJournal:
    """Nobody writes."""

    def note(self, event: str, **facts: Fact) -> None:
        """Ignore it, but not a name that does not exist."""
        assert event in EVENTS, event
