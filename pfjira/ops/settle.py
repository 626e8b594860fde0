"""Remember what was seen equal and what was done. A snapshot moves only here, and only on what a system showed.

What a write left behind is judged by the same comparison that asked for it: only when nothing is left to do does the
record count as settled, and only then is Jira's own `updated` remembered, so that no edit between our write and our
read can hide behind our echo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pfjira.engine.expressions import ExpressionError
from pfjira.engine.model import Desired, Issue, Owner, Situation, ValueKind
from pfjira.engine.plan import COMPLETIONS, Action, Change, Delta
from pfjira.engine.reconcile import AWAITED, DONE, FieldBase, Link, LinkState, comparable, compare, labels_missing
from pfjira.ops.belonging import key_name
from pfjira.ops.diff import Prepared, Settled
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import letters, links, outbox, runs, snapshots, witness
from pfjira.state.letters import DeadLetter
from pfjira.state.snapshots import Snapshot

KEEP = timedelta(days=60)
"""How long finished rows stay in the outbox, for looking back."""

Queue = list[tuple[int, Change]]
"""Outbox row number and change, in order."""


class Ledger:
    """Keeps the books of one run."""

    def __init__(self, workspace: Workspace, prepared: Prepared) -> None:
        self.workspace, self.prepared = workspace, prepared
        self.digest = workspace.fingerprints.of
        self.links = {(entry.link.rule, entry.link.key): entry.link for entry in prepared.settled}
        self.left = Counter(change.ref.id for change in prepared.plan.changes)
        asking = {c.ref.id for c in prepared.plan.conflicts} | {f.ref.id for f in prepared.plan.failures}
        self.spoilt = asking | {p.ref.id for p in prepared.plan.parked} | prepared.withheld
        """Ids of records that this run will not bring into agreement."""
        self.rewritten: set[str] = set()
        """Ids of records that we changed in HR: what we read of them before is not what they show now."""
        self.run = 0
        self.rest: list[Change] = []
        """Edits that complete a creation."""
        self.done: Counter[str] = Counter()
        self.buried: list[DeadLetter] = []

    def open(self, run: int, scope: Scope, *, started_at: datetime, approved: bool) -> Queue:
        """Write down the plan and everything found equal, with the cursors, in one transaction."""
        prepared, workspace = self.prepared, self.workspace
        plan, store, now = prepared.plan, workspace.store, workspace.clock()
        self.run = run
        with store.write():
            if plan.changes:
                # An approval is for a plan over one state: from here on it is another.
                store.set_meta("generation", str(workspace.generation + 1))
                outbox.prune(store, now - KEEP)
            prepared.book.save()
            if approved or (scope.full and not scope.is_part and not plan.changes):
                store.set_meta(witness.ADOPTING, "")
            for old, new in prepared.renamed:
                links.rename(store, old, new)
            for entry in prepared.settled:
                self._keep(entry)
            links.mark(store, prepared.gone_links, LinkState.GONE)
            looked_at = [s.ref for s in prepared.sightings.values()]
            quiet = [ref for ref in looked_at if ref.id not in prepared.unsettled]
            snapshots.save(store, (self._snapshot(ref.id) for ref in quiet))
            # What a rule could not tell may rest on Jira's side alone: the record itself need not move again.
            snapshots.doubt(store, [failure.ref for failure in plan.failures])
            letters.clear(store, quiet)
            letters.replace_conflicts(store, looked_at, plan.conflicts, now)
            self._drop_overtaken(scope, now)
            numbers = outbox.enqueue(store, run, plan.changes, approved=approved, now=now)
            runs.note_rules(store, workspace.rules.hash, workspace.rules.file, now)
            self._note_keys(scope)
            if not scope.is_part:
                runs.set_cursor(store, "jira", started_at)
                for kind, sweep in prepared.sweeps.items():
                    if sweep.complete:
                        snapshots.note_missing(store, kind, sweep.seen, now)
                        letters.clear_absent(store, kind, sweep.seen)
        return list(zip(numbers, plan.changes, strict=True))

    def created(self, number: int, change: Change, issue: Issue, *, travelled: Collection[str]) -> None:
        """Settle a creation with the issue as Jira shows it; inside `write()`.

        What did not travel in the call, because the create screen does not take it, is edited in by the same run.
        """
        situation = change.situation
        base = {
            desired.field: self._base(desired, issue)
            for desired in situation.desired
            if desired.kind is not ValueKind.LABELS
            # A `once` without a value is still to be written.
            and (desired.field in travelled or (desired.own is not Owner.ONCE and _is_equal(desired, issue)))
        }
        # A new issue is open, whatever HR says; where no rule looks at completion, nothing is agreed about it.
        rule = self.workspace.rules.rule(situation.rule)
        agreed = False if rule is not None and rule.done_when is not None else None
        for desired in situation.desired:
            missing = desired.value is not None and desired.field not in base
            if missing and desired.own is Owner.JIRA and desired.kind is not ValueKind.LABELS:
                # Should the edit not get through, a later run must know that the field is not Jira's yet.
                base[desired.field] = AWAITED
        link = Link(situation.rule, situation.key, situation.ref, issue.id, issue.key, base=base, completed=agreed)
        if left := tuple(_left_over(situation, issue, travelled)):
            self.left[change.ref.id] += 1
            self.links[link.rule, link.key] = link
            self.rest.append(Change(Action.UPDATE, situation, issue.id, issue.key, left))
        self._settle(number, change, link, situation, issue)

    def enqueue_rest(self) -> Queue:
        """Write down what the creations left to be edited in; it was allowed together with them."""
        rest, self.rest = self.rest, []
        with self.workspace.store.write():
            now = self.workspace.clock()
            numbers = outbox.enqueue(self.workspace.store, self.run, rest, approved=True, now=now)
        return list(zip(numbers, rest, strict=True))

    def changed(self, number: int, change: Change, issue: Issue) -> bool:
        """Settle an effect on an issue, or on the task behind it, with the issue as it is now; inside `write()`.

        Return False, and leave the row open, when Jira does not show what was to be.
        """
        link, situation = self.links[change.rule, change.situation.key], change.situation
        match change.action:
            case Action.UPDATE:
                written = {delta.field for delta in change.deltas}
                fresh = {
                    desired.field: self._base(desired, issue, link.base.get(desired.field))
                    for desired in situation.desired
                    if desired.field in written and desired.kind is not ValueKind.LABELS
                }
                link = replace(link, base={**link.base, **fresh})
            case Action.CLOSE | Action.CANCEL:
                if not (issue.category == DONE or (change.target is not None and change.target.reached(issue))):
                    return False
                state = LinkState.CLOSED if change.action is Action.CLOSE else LinkState.CANCELLED
                link = replace(link, completed=True if change.action is Action.CLOSE else link.completed, state=state)
            case Action.REOPEN:
                if issue.category == DONE:
                    return False
                link = replace(link, completed=False, state=LinkState.LIVE)
            case _:
                completed = COMPLETIONS[change.action]
                self.rewritten.add(change.ref.id)
                situation = replace(situation, done=completed)
                link = replace(link, completed=completed, state=LinkState.CLOSED if completed else LinkState.LIVE)
        self._settle(number, change, link, situation, issue)
        return True

    def refused(self, number: int, change: Change, reason: str, status: int) -> None:
        """Bury a change that the system refused for good; inside `write()`."""
        sighting = self.prepared.sightings[change.ref.id]
        letter = DeadLetter(change.rule, change.ref, change.action.value, reason, status)
        store, now = self.workspace.store, self.workspace.clock()
        letters.bury(store, letter, fingerprint=sighting.fingerprint, rules=self.workspace.rules.hash, now=now)
        outbox.settle(store, [number], outbox.Stage.DEAD, now)
        self.buried.append(letter)
        self.spoilt.add(change.ref.id)

    def open_again(self, pairs: Queue, stage: outbox.Stage) -> None:
        """Leave rows open for the next run; inside `write()`."""
        outbox.settle(self.workspace.store, [number for number, _ in pairs], stage, self.workspace.clock())
        self.spoilt.update(change.ref.id for _, change in pairs)

    def _settle(self, number: int, change: Change, link: Link, situation: Situation, issue: Issue) -> None:
        """Keep link and row; with the last change of a record, and nothing left to do, the snapshot too."""
        store, record_id = self.workspace.store, change.ref.id
        if (link.rule, link.key) in self.links:
            self.links[link.rule, link.key] = link
        self.left[record_id] -= 1
        self.done[change.action.value] += 1
        quiet = self._is_quiet(situation, link, issue)
        if not quiet and self.left[record_id] <= 0:
            self.spoilt.add(record_id)
        links.save(store, link, op=situation.op, updated=issue.updated if quiet else None)
        outbox.settle(store, [number], outbox.Stage.DONE, self.workspace.clock())
        letters.clear(store, [change.ref], rule=change.rule, action=change.action.value)
        if self.left[record_id] <= 0 and record_id not in self.spoilt:
            if self.prepared.sightings[record_id].section == "gone":
                snapshots.drop(store, change.ref)
            else:
                snapshots.save(store, [self._snapshot(record_id)])
            letters.clear(store, [change.ref])

    def _is_quiet(self, situation: Situation, link: Link, issue: Issue) -> bool:
        """Say whether the comparison that asked for the write would ask for nothing now."""
        try:
            outcome = compare(self.workspace.rules.rule(situation.rule), situation, link, issue, self.digest)
        except ExpressionError:
            return False
        return outcome.settled and not outcome.kept

    def _base(self, desired: Desired, issue: Issue, before: FieldBase | None = None) -> FieldBase:
        """Return the agreement after a write: Jira's own form of a value is accepted when it comes a second time.

        Where both sides may edit (`ask`) it is accepted at once: what Jira shows is a person's, or as good as that.
        """
        ours = self.digest(comparable(desired.kind, desired.value))
        theirs = self.digest(comparable(desired.kind, issue.fields.get(desired.field)))
        again = before is not None and before.refused == theirs and before.ours == ours
        if ours == theirs or again or desired.own is Owner.ASK:
            return FieldBase(ours, theirs)
        return FieldBase(ours, ours, theirs)

    def _keep(self, entry: Settled) -> None:
        quiet = entry.situation.ref.id not in self.prepared.unsettled
        updated = entry.issue.updated if quiet else None
        links.save(self.workspace.store, entry.link, op=entry.situation.op, updated=updated)

    def _snapshot(self, record_id: str) -> Snapshot:
        sighting, rules = self.prepared.sightings[record_id], self.workspace.rules
        return Snapshot(
            ref=sighting.ref,
            # Should a person undo what we wrote, the record looks as before: it must not pass for unchanged then.
            fingerprint="" if record_id in self.rewritten else sighting.fingerprint,
            rules=rules.hash,
            day=self.prepared.day if rules.reads_today(sighting.ref.kind) else "",
            section=sighting.section,
            waiting=self.prepared.waiting.get(record_id, ()),
        )

    def _note_keys(self, scope: Scope) -> None:
        """Remember the key template of each rule; an empty one where links stand under more than one of them."""
        moved = {new_rule for _, (new_rule, _) in self.prepared.renamed}
        for rule in self.workspace.rules.rules:
            mixed = rule.id in self.prepared.unclear or (scope.is_part and rule.id in moved)
            if mixed or not scope.is_part:
                self.workspace.store.set_meta(key_name(rule), "" if mixed else rule.key.source)

    def _drop_overtaken(self, scope: Scope, now: datetime) -> None:
        """Close rows of earlier runs whose records were just looked at again: what is still wanted is planned anew."""
        numbers = [
            row.number
            for row in outbox.unfinished(self.workspace.store)
            if not row.may_exist
            and (row.ref.id in self.prepared.sightings or (scope.full and not scope.is_part))
            and scope.rule in (None, row.rule)
        ]
        outbox.settle(self.workspace.store, numbers, outbox.Stage.DROPPED, now)


def _is_equal(desired: Desired, issue: Issue) -> bool:
    shown = issue.fields.get(desired.field)
    return bool(comparable(desired.kind, desired.value) == comparable(desired.kind, shown))


def _left_over(situation: Situation, issue: Issue, travelled: Collection[str]) -> Iterator[Delta]:
    """Yield what a new issue still lacks because it could not travel."""
    for desired in situation.desired:
        if desired.kind is ValueKind.LABELS:
            if missing := labels_missing(desired, issue.labels):
                yield Delta("labels", None, missing)
        elif desired.field not in travelled and desired.value is not None and not _is_equal(desired, issue):
            yield Delta(desired.field, None, desired.value)
