"""What is remembered of the effects of one transaction, written together at its end.

By statements of its own for each row, this would cost as much as the effects do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from pfjira.engine.model import Ref
from pfjira.ops.diff import Prepared
from pfjira.ops.workspace import Workspace
from pfjira.state import deliveries, links, outbox, snapshots
from pfjira.state.links import Saved
from pfjira.state.snapshots import Snapshot


@dataclass(slots=True)
class Leavings:
    """What the effects of one transaction left behind so far."""

    links: list[Saved] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    """Numbers of the outbox."""
    over: list[Ref] = field(default_factory=list)
    """Records about which nothing is left to do."""


class Remembering:
    """Keeps what a run found settled."""

    def __init__(self, workspace: Workspace, prepared: Prepared) -> None:
        self.workspace, self.prepared = workspace, prepared
        self.rewritten: set[Ref] = set()
        """Records that we changed in HR: what we read of them before is not what they show now."""

    def keep(self, left: Leavings, now: datetime) -> None:
        """Write down what effects left; inside `write()`."""
        store, sightings = self.workspace.store, self.prepared.sightings
        links.save(store, left.links)
        outbox.settle(store, left.done, outbox.Stage.DONE, now)
        for ref in left.over:
            if sightings[ref].section == "gone":
                snapshots.drop(store, ref)
        self.remember([ref for ref in left.over if sightings[ref].section != "gone"], now)

    def remember(self, refs: Collection[Ref], now: datetime) -> None:
        """Remember records as settled; a delivery that was worked off is erased; inside `write()`."""
        store = self.workspace.store
        hooks = [ref for ref in refs if ref.kind.startswith("hook.")]
        snapshots.save(store, (self._snapshot(ref) for ref in refs if not ref.kind.startswith("hook.")))
        for ref in hooks:
            version = self.prepared.sightings[ref].listed
            deliveries.settle(store, ref.kind.partition(".")[2], [(ref.id, version)], now)

    def _snapshot(self, ref: Ref) -> Snapshot:
        sighting, rules = self.prepared.sightings[ref], self.workspace.rules
        return Snapshot(
            ref=sighting.ref,
            # Should a person undo what we wrote, the record looks as before: it must not pass for unchanged then.
            fingerprint="" if ref in self.rewritten else sighting.fingerprint,
            rules=self.workspace.rules_hash,
            day=self.prepared.through.get(ref, self.prepared.day) if rules.reads_today(sighting.ref.kind) else "",
            section=sighting.section,
            waiting=self.prepared.waiting.get(ref, ()),
            listed=sighting.listed,
        )
