"""Remember what was seen equal and what was done. A snapshot moves only here, and only on what a system showed.

What a write left behind is judged by the same comparison that asked for it: only when nothing is left to do does the
record count as settled, and only then is Jira's own `updated` remembered, so that no edit between our write and our
read can hide behind our echo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pfjira.engine.compare import compare
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.model import Desired, Issue, Owner, Ref, Situation, ValueKind
from pfjira.engine.plan import COMPLETIONS, TOWARDS_HR, Action, Change, Delta
from pfjira.engine.reconcile import AWAITED, FieldBase, Link, LinkState, comparable, kept, labels_missing, sides
from pfjira.engine.rules import PARENT, Rule
from pfjira.engine.sight import DONE, Sight
from pfjira.errors import Forbidden, Rejected
from pfjira.ops import completeness, recreation
from pfjira.ops.belonging import key_name
from pfjira.ops.decide import LABELLED, Settled, link_to_parent
from pfjira.ops.diff import Prepared
from pfjira.ops.gather import cursor_of, swept_as
from pfjira.ops.journal import Fact
from pfjira.ops.refusals import causes, tidy
from pfjira.ops.remember import Leavings, Remembering
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import deeds, doubles, letters, links, outbox, runs, snapshots, witness
from pfjira.state.deeds import Deed
from pfjira.state.letters import DeadLetter
from pfjira.state.links import Saved

KEEP = timedelta(days=60)
"""How long finished rows stay in the outbox, for looking back."""

Queue = list[tuple[int, Change]]
"""Outbox row number and change, in order."""


@dataclass(frozen=True, slots=True)
class Parentage:
    """Whose child a created issue is."""

    issue_id: str
    issue_key: str
    under: bool
    """Whether the create call put it under its parent; otherwise it is to be linked."""


class Ledger:
    """Keeps the books of one run."""

    def __init__(self, workspace: Workspace, prepared: Prepared) -> None:
        self.workspace, self.prepared = workspace, prepared
        self.digest = workspace.fingerprints.of
        settled = prepared.findings.settled
        self.links = {(entry.link.rule, entry.link.key): entry.link for entry in settled}
        self.sights = {(entry.link.rule, entry.link.key): entry.sight for entry in settled}
        """How the rule of each link saw its issue, children included."""
        # A label on a duplicate is no affair of the record behind it.
        self.left = Counter(c.ref for c in prepared.plan.changes if c.action is not Action.LABEL_DOUBLE)
        asking = {c.ref for c in prepared.plan.conflicts} | {f.ref for f in prepared.plan.failures}
        asking |= {shadow.ref for shadow in prepared.plan.shadows} | prepared.findings.later
        self.spoilt = asking | {p.ref for p in prepared.plan.parked} | prepared.withheld
        """Records that this run will not bring into agreement."""
        self.remembering = Remembering(workspace, prepared)
        self.leavings = Leavings()
        """Of the transaction that is open."""
        self.lettered: set[tuple[str, str]] = set()
        """Kind and id of records with a dead letter: of any other there is none to clear."""
        self.run = 0
        self.rest: list[Change] = []
        """Edits that complete a creation."""
        self.done: Counter[str] = Counter()
        self.buried: list[DeadLetter] = []
        self.overwritten: list[tuple[str, str]] = []
        """Issue key and field where our edit came over somebody's, made between our look and our write."""

    def open(self, run: int, scope: Scope, *, started_at: datetime, approved: bool) -> Queue:
        """Write down the plan and everything found equal, with the cursors, in one transaction."""
        prepared, workspace = self.prepared, self.workspace
        plan, store, now = prepared.plan, workspace.store, workspace.now
        findings, known = prepared.findings, prepared.sightings
        self.run = run
        with store.write():
            if plan.changes:
                # An approval is for a plan over one state: from here on it is another.
                store.set_meta("generation", str(workspace.generation + 1))
                outbox.prune(store, now - KEEP)
            prepared.book.save()
            if approved or (scope.full and not scope.is_part and not plan.changes):
                store.set_meta(witness.ADOPTING, "")
            doubles.save(store, prepared.doubles)
            doubles.forget(store, prepared.no_doubles)
            for old, new, ref in prepared.renamed:
                links.rename(store, old, new, ref)
            for given in prepared.given:
                deeds.save(store, given, now)
            for deed in findings.let_go:
                if scope.rule in (None, deed.rule):
                    deeds.save(store, deed, now)
            links.save(store, map(self._kept, findings.settled))
            links.mark(store, findings.gone_links, LinkState.GONE)
            looked_at = [sighting.ref for sighting in prepared.sightings.values()]
            quiet = [ref for ref in looked_at if ref not in findings.unsettled]
            self.remembering.remember(quiet, now)
            for kind, sweep in prepared.sweeps.items():
                snapshots.relist(store, kind, sweep.relisted.items())
            # What a rule could not tell may rest on Jira's side alone: the record itself need not move again.
            snapshots.doubt(store, [failure.ref for failure in plan.failures])
            # What is parked moves no more than that, and is to come back when its hour is over.
            snapshots.doubt(store, [one.ref for one in plan.contested])
            # A task that is open is read at each run; anybody else must be remembered to be looked at again.
            snapshots.expect(store, [ref for ref in findings.unsettled if ref.kind != "task" and ref in known])
            tidy(workspace, known, quiet, now)
            letters.replace_conflicts(store, looked_at, plan.conflicts, now)
            self._drop_overtaken(scope, now)
            recreation.give_up(workspace, plan, scope, now)
            numbers = outbox.enqueue(store, run, plan.changes, approved=approved, now=now)
            recreation.save(workspace, plan, scope, now)
            runs.note_rules(store, workspace.rules.hash, workspace.rules.file, now)
            self._note_keys(scope)
            for facts in prepared.facts:
                facts.save()
            if not scope.is_part:
                runs.set_cursor(store, "jira", workspace.begun(started_at, workspace.tickets.server_time))
                hr_began_at = workspace.begun(started_at, workspace.hr.server_time)
                for kind, sweep in prepared.sweeps.items():
                    if kind != "task":
                        runs.set_cursor(store, cursor_of(kind), hr_began_at)
                    if sweep.whole:
                        store.set_meta(*swept_as(workspace, kind, prepared.day))
                    if sweep.complete:
                        snapshots.note_missing(store, kind, sweep.seen, now)
                        letters.clear_absent(store, kind, sweep.seen, now=now)
                completeness.note(store, prepared.sweeps, approved=approved)
        self.lettered = letters.records(store)
        return list(zip(numbers, plan.changes, strict=True))

    @contextmanager
    def write(self) -> Iterator[None]:
        """Open one transaction for what becomes of several effects; most of it is written together, at its end."""
        self.leavings = Leavings()
        with self.workspace.store.write():
            yield
            self.remembering.keep(self.leavings, self.workspace.now)

    def created(
        self, number: int, change: Change, issue: Issue, *, travelled: Collection[str], parent: Parentage | None = None
    ) -> None:
        """Settle a creation with the issue as Jira shows it; inside `write()`.

        What did not travel in the call, because the create screen does not take it, is edited in by the same run; so is
        the link of a child that could not be put under its parent.
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
        if parent is not None and parent.under:
            base[PARENT] = FieldBase(self.digest(parent.issue_id), "")
        if situation.label in issue.labels:
            base[LABELLED] = FieldBase("", "")
        link = Link(
            situation.rule, situation.key, situation.ref, issue.id, issue.key, generation=situation.generation,
            base=base, completed=agreed,
        )  # fmt: skip
        if parent is not None and not parent.under:
            self.left[change.ref] += 1
            self.rest.append(link_to_parent(situation, issue, parent.issue_id, parent.issue_key, self.digest))
        if left := tuple(_left_over(situation, issue, travelled)):
            self.left[change.ref] += 1
            self.rest.append(Change(Action.UPDATE, situation, issue.id, issue.key, left))
        self._settle(number, change, link, situation, issue)

    def enqueue_rest(self) -> Queue:
        """Write down what the creations left to be edited in; it was allowed together with them."""
        rest, self.rest = self.rest, []
        with self.workspace.store.write():
            now = self.workspace.now
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
                done = True if change.action is Action.CLOSE else link.completed
                link = replace(link, completed=done, state=state, base={**link.base, **_marks(change)})
            case Action.REOPEN:
                if issue.category == DONE:
                    return False
                link = replace(kept(link), completed=False, state=LinkState.LIVE)
            case Action.ADOPT | Action.LINK:
                link = replace(link, base={**link.base, **_marks(change)})
            case _ if change.action in TOWARDS_HR:
                self.remembering.rewritten.add(change.ref)
                link = replace(link, base={**link.base, **_marks(change)})
            case _:
                completed = COMPLETIONS[change.action]
                self.remembering.rewritten.add(change.ref)
                situation = replace(situation, done=completed)
                link = replace(link, completed=completed, state=LinkState.CLOSED if completed else LinkState.LIVE)
        self._settle(number, change, link, situation, issue)
        return True

    def finished(self, number: int, change: Change) -> None:
        """Settle what was done once; inside `write()`."""
        removed = change.action is Action.REMOVE_MEMBER
        deed = Deed(change.rule, change.situation.key, change.target_id, change.ref, change.op, removed)
        deeds.save(self.workspace.store, deed, self.workspace.now)
        if change.action is Action.CREATE_TASK:
            self.remembering.rewritten.add(change.ref)
        self._close(number, change)

    def refused(self, number: int, change: Change, error: Rejected | Forbidden) -> None:
        """Bury a change that the system refused for good; inside `write()`."""
        sighting = self.prepared.sightings[change.ref]
        store, now = self.workspace.store, self.workspace.now
        for letter in causes(change, error):
            letters.bury(store, letter, fingerprint=sighting.fingerprint, rules=self.workspace.rules_hash, now=now)
            self.buried.append(letter)
        self.lettered.add((change.ref.kind, change.ref.id))
        letters.clear_others(store, self._buried(change), now=now)
        outbox.settle(store, [number], outbox.Stage.DEAD, now)
        self.workspace.journal.note("write.refused", **_told(change), status=self.buried[-1].status)
        self.spoilt.add(change.ref)

    def _buried(self, change: Change) -> list[DeadLetter]:
        """Return the letters of this run about the same record, rule and action."""
        same = change.rule, change.ref, change.action.value
        return [one for one in self.buried if (one.rule, one.ref, one.action) == same]

    def open_again(self, pairs: Queue, stage: outbox.Stage) -> None:
        """Leave rows open for the next run; inside `write()`."""
        outbox.settle(self.workspace.store, [number for number, _ in pairs], stage, self.workspace.now)
        self.spoilt.update(change.ref for _, change in pairs)
        for _, change in pairs:
            self.workspace.journal.note("write.left", **_told(change), stage=stage.value)

    def _settle(self, number: int, change: Change, link: Link, situation: Situation, issue: Issue) -> None:
        """Keep link and row; with the last change of a record, and nothing left to do, the snapshot too."""
        self.links[link.rule, link.key] = link
        quiet = self._is_quiet(situation, link, issue)
        if not quiet and self.left[change.ref] <= 1:
            self.spoilt.add(change.ref)
        updated = issue.updated if quiet else None
        self.leavings.links.append(Saved(link, situation.op, updated, situation.person))
        self._close(number, change)

    def _close(self, number: int, change: Change) -> None:
        """Keep the row of an effect that was carried out; inside `write()`."""
        ref = change.ref
        self.left[ref] -= 1
        self.done[change.action.value] += 1
        self.workspace.journal.note("write.done", **_told(change))
        self.leavings.done.append(number)
        if not self._buried(change):
            # One comment got through and its twin on another issue did not: the letter is about the twin.
            self._clear(ref, letters.DONE, rule=change.rule, action=change.action.value)
        if self.left[ref] <= 0 and ref not in self.spoilt:
            self.leavings.over.append(ref)
            self._clear(ref, letters.NOT_WANTED)

    def _clear(self, ref: Ref, why: str, *, rule: str = "", action: str = "") -> None:
        if (ref.kind, ref.id) in self.lettered:
            letters.clear(self.workspace.store, [ref], why=why, now=self.workspace.now, rule=rule, action=action)

    def _is_quiet(self, situation: Situation, link: Link, issue: Issue) -> bool:
        """Say whether the comparison that asked for the write would ask for nothing now."""
        rule = self.workspace.rules.rule(situation.rule)
        sight = self.sights.get((link.rule, link.key))
        sight = Sight(issue, _no_children(rule)) if sight is None else replace(sight, issue=issue)
        try:
            outcome = compare(rule, situation, link, sight, self.digest)
        except ExpressionError:
            return False
        return outcome.settled and not outcome.kept

    def _base(self, desired: Desired, issue: Issue, before: FieldBase | None = None) -> FieldBase:
        """Return the agreement after a write: Jira's own form of a value is accepted when it comes a second time.

        Where both sides may edit (`ask`) it is accepted at once: what Jira shows is a person's, or as good as that.
        """
        _, _, ours, theirs = sides(desired, issue, self.digest)
        again = before is not None and before.refused == theirs and before.ours == ours
        if ours == theirs or again or desired.own is Owner.ASK:
            return FieldBase(ours, theirs)
        return FieldBase(ours, ours, theirs)

    def _kept(self, entry: Settled) -> Saved:
        situation = entry.situation
        updated = entry.issue.updated if situation.ref not in self.prepared.findings.unsettled else None
        return Saved(entry.link, situation.op, updated, situation.person)

    def _note_keys(self, scope: Scope) -> None:
        """Remember the key template of each rule; an empty one where links stand under more than one of them."""
        moved = {new_rule for _, (new_rule, _), _ in self.prepared.renamed}
        for rule in self.workspace.rules.every:
            mixed = rule.id in self.prepared.findings.unclear or (scope.is_part and rule.id in moved)
            if mixed or not scope.is_part:
                self.workspace.store.set_meta(key_name(rule), "" if mixed else rule.key.source)

    def _drop_overtaken(self, scope: Scope, now: datetime) -> None:
        """Close rows of earlier runs whose records were just looked at again: what is still wanted is planned anew."""
        numbers = [
            row.number
            for row in outbox.unfinished(self.workspace.store)
            if not row.may_exist
            and (row.ref in self.prepared.sightings or (scope.full and not scope.is_part))
            and scope.rule in (None, row.rule)
        ]
        outbox.settle(self.workspace.store, numbers, outbox.Stage.DROPPED, now)


def _told(change: Change) -> dict[str, Fact]:
    """Return what may be told of a change: ids and names, no values."""
    return {
        "action": change.action.value,
        "ref": str(change.ref),
        "rule": change.rule,
        "issue": change.issue_key,
        "fields": [delta.field for delta in change.deltas],
    }


def _marks(change: Change) -> dict[str, FieldBase]:
    return {name: FieldBase(*mark) for name, mark in change.marks.items()}


def _no_children(rule: Rule | None) -> dict[str, Issue | None]:
    return {child.id.partition("/")[2]: None for child in (rule.children if rule is not None else ())}


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
