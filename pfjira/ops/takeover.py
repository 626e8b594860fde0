"""Issues that one situation takes over from another: pre-boarding, kept for a candidate, becomes onboarding.

One matter has one issue. So whoever takes over also ends what the former situation wanted: what was planned for it in
the same run is dropped, and it opens nothing in place of the issue that it gave away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pfjira.engine.model import Ref, Situation
from pfjira.engine.plan import Action, Change
from pfjira.engine.reconcile import Link, LinkState
from pfjira.ops.belonging import Found, Pair
from pfjira.ops.decide import Findings
from pfjira.ops.workspace import Workspace
from pfjira.state import links
from pfjira.state.deeds import ADOPTED, Deed
from pfjira.state.outbox import Entry


@dataclass(slots=True)
class TakeOver:
    """Takes over, for one plan."""

    workspace: Workspace
    findings: Findings
    open_rows: Mapping[Pair, Entry]
    """Creations of open outcome."""
    renamed: list[tuple[Pair, Pair, Ref]] = field(default_factory=list)
    """Links that belong to another situation now: old, new, and the record behind it from now on."""
    given: list[Deed] = field(default_factory=list)
    """Situations that gave their issue away."""
    takers: list[Situation] = field(default_factory=list)
    """Situations that take an issue over in this plan."""
    _heirs: dict[Pair, Situation] = field(default_factory=dict)
    """What is taken over, or was, to who has it."""

    def judge(self, found: Found) -> Found:
        """Return what was found, with the issues that are taken over."""
        wanted = {situation.adopts for _, situation, link in found if link is None and situation.adopts}
        former = self._former(wanted) if wanted else {}
        result: Found = []
        for sighting, situation, link in found:
            pair = situation.adopts
            if pair is not None and link is None:
                row = self.open_rows.get(pair)
                if row is not None and row.may_exist:
                    self.findings.unsettled.add(situation.ref)
                    continue  # whether there is an issue to take over, the next run knows
                link = self._taken(pair, situation, former)
            if pair is not None and (link is not None or situation.opens):
                self._heirs[pair] = situation
            result.append((sighting, situation, link))
        return result

    def finish(self) -> None:
        """Drop what was planned for those whose issue is taken over, once everything is decided."""
        findings, made = self.findings, {(one.rule, one.situation.key) for one in self.findings.changes}
        linked = {(entry.link.rule, entry.link.key) for entry in findings.settled}
        gone = {old for old, _, _ in self.renamed}
        for change in [one for one in findings.changes if one.action is Action.CREATE]:
            pair = change.rule, change.situation.key
            heir = self._heirs.get(pair)
            if heir is not None and (heir.rule, heir.key) in made | linked:
                self._give(pair, change.ref, change.op)
                gone.add(pair)
        if not gone:
            return

        def stays(change: Change) -> bool:
            return (change.rule, change.situation.key) not in gone

        findings.changes[:] = filter(stays, findings.changes)
        findings.shadows[:] = filter(stays, findings.shadows)
        findings.settled[:] = [entry for entry in findings.settled if (entry.link.rule, entry.link.key) not in gone]
        findings.conflicts[:] = [one for one in findings.conflicts if (one.rule, one.key) not in gone]

    def _former(self, wanted: set[Pair]) -> dict[Pair, Link]:
        """Return the links that may be taken over: those that are kept, and those that this very plan found again."""
        found = {(entry.link.rule, entry.link.key): entry.link for entry in self.findings.settled}
        return {**links.by_key(self.workspace.store, wanted), **{p: found[p] for p in wanted if p in found}}

    def _taken(self, old: Pair, situation: Situation, former: dict[Pair, Link]) -> Link | None:
        taken = former.pop(old, None)
        if taken is None or taken.state not in (LinkState.LIVE, LinkState.CLOSED):
            return None
        self.renamed.append((old, (situation.rule, situation.key), situation.ref))
        self.takers.append(situation)
        self._give(old, taken.ref, situation.op)
        return replace(taken, rule=situation.rule, key=situation.key, ref=situation.ref)

    def _give(self, pair: Pair, ref: Ref, op: str) -> None:
        self.given.append(Deed(*pair, ADOPTED, ref, op))
