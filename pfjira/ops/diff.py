"""Make the plan: read both sides, evaluate the rules, compare. Writes nothing; `sync` and `diff` both call it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from pfjira.engine import mapping
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.model import Issue, Record, Ref, Situation
from pfjira.engine.plan import Action, Change, Conflict, Delta, Kept, Parked, Plan, Review, in_order
from pfjira.engine.reconcile import Link, LinkState, Outcome, compare
from pfjira.errors import ConfigError
from pfjira.ops import hints as jira_side
from pfjira.ops import issues
from pfjira.ops.belonging import Belonging, Found, Pair, rekeyed
from pfjira.ops.casting import Casting
from pfjira.ops.persons import PeopleBook
from pfjira.ops.sweep import Reader, Sighting, Sweep
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import links, outbox, snapshots, witness
from pfjira.state.letters import stuck


@dataclass(slots=True)
class Settled:
    """One situation as it was found: its link, with the base advanced over what is equal."""

    link: Link
    situation: Situation
    issue: Issue


@dataclass(slots=True)
class Prepared:
    """A plan, and everything that carrying it out or remembering it needs besides."""

    plan: Plan
    sightings: dict[str, Sighting]
    book: PeopleBook
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    settled: list[Settled] = field(default_factory=list)
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Record id to the people in it who could not be matched."""
    unsettled: set[str] = field(default_factory=set)
    """Ids of records with anything left to do or to ask."""
    gone_links: list[str] = field(default_factory=list)
    """Issue ids that Jira does not show any more."""
    renamed: list[tuple[Pair, Pair]] = field(default_factory=list)
    """Links that the rules call by another rule and key now: old, new."""
    unclear: set[str] = field(default_factory=set)
    """Rules some of whose links could not be taken over yet."""
    withheld: set[str] = field(default_factory=set)
    """Ids of records with changes that are not in the plan: they are not settled by what is."""
    adopting: bool = False
    """The state is younger or older than what Jira shows: nothing is written before a person looked."""
    day: str = ""
    """The local date for which the rules were evaluated."""


def make_plan(workspace: Workspace, scope: Scope) -> Prepared:
    """Compare both sides and return what would be done. Raise ConnectorError or SideWentEmpty."""
    return _Planner(workspace, widened(workspace, scope)).make()


def widened(workspace: Workspace, scope: Scope) -> Scope:
    """Return the scope, and for a state that went back in time a full one: what was settled there proves nothing."""
    return replace(scope, full=True) if workspace.store.meta(witness.ADOPTING) else scope


class _Planner:
    def __init__(self, workspace: Workspace, scope: Scope) -> None:
        self.workspace, self.scope = workspace, scope
        self.digest = workspace.fingerprints.of
        self.book = PeopleBook.open(workspace)
        self.prepared = Prepared(Plan(), {}, self.book, day=workspace.day)
        self.today = date.fromisoformat(self.prepared.day)
        self.open_rows = {(row.rule, row.key): row for row in outbox.unfinished(workspace.store)}
        self.rekeyed = rekeyed(workspace)
        rules = {rule.id for rule in workspace.rules.rules} - self.rekeyed
        self.old_rows = [row for row in self.open_rows.values() if row.may_exist and row.rule not in rules]
        """Creations of open outcome that the rules called otherwise when they were sent."""
        self.changes: list[Change] = []
        self.conflicts: list[Conflict] = []
        self.kept: list[Kept] = []
        self.parked: list[Parked] = []
        self.failures: list[mapping.Failure] = []
        self.missing: list[tuple[str, Ref]] = []
        self.withheld: list[Change] = []
        self.adopted = 0
        self.casting = Casting(workspace.rules, self.book)

    def make(self) -> Prepared:
        """Read, evaluate, compare."""
        hints = jira_side.touched(self.workspace, full=self.scope.full)
        if self.scope.full:
            jira_side.read_known(self.workspace, hints)
        # Strangers belong to records of any age: only a whole reading of the HR side can tell whose they are.
        # So do links under another key template: after this run nobody can tell that it changed.
        full = self.scope.full or bool(hints.strangers or self.rekeyed)
        looked_at = 0
        for kind in self.workspace.rules.kinds:
            sweep = self._sweep(kind, hints, full=full)
            self.prepared.sweeps[kind] = sweep
            looked_at += len(sweep.seen)
            self._compare(kind, sweep, hints)
        self.prepared.waiting = self.casting.waiting
        # A state without links beside issues with our mark is a lost one, even when no mark fits: an address changed.
        self.prepared.adopting = bool(self.adopted or (hints.strangers and not links.count(self.workspace.store)))
        mine = [change for change in self.changes if self.scope.rule in (None, change.rule)]
        others = [change for change in self.changes if self.scope.rule not in (None, change.rule)]
        self.prepared.withheld = {change.ref.id for change in (*others, *self.withheld)}
        plan = Plan(
            changes=in_order(mine),
            conflicts=tuple(self.conflicts),
            kept=tuple(self.kept),
            parked=tuple(self.parked),
            failures=tuple(self.failures),
            reviews=tuple(Review(hr_id, reason) for hr_id, reason in sorted(self.casting.doubted.items())),
            missing=tuple(self.missing),
            doubles=tuple(hints.doubles.items()),
            withheld=tuple((change.rule, change.ref, change.action.value) for change in self.withheld),
            adopted=self.adopted,
            looked_at=looked_at,
            rules_hash=self.workspace.rules.hash,
            generation=self.workspace.generation,
        )
        self.prepared.plan = plan
        return self.prepared

    def _sweep(self, kind: str, hints: jira_side.Hints, *, full: bool) -> Sweep:
        """Read the HR side of one kind; add the records that are gone for certain."""
        store, rules = self.workspace.store, self.workspace.rules
        day = self.prepared.day if rules.reads_today(kind) else ""
        known = snapshots.known(store, kind, rules.hash, day)
        look = {
            row_id
            for row_id, people in snapshots.waiting(store, kind).items()
            if self.book.due_again(people, again=self.scope.full)
        }
        if self.scope.full:
            # What Jira refused may be taken now: somebody may have mended the project instead of the record.
            look |= {record_id for record_id, _, _ in stuck(store, kind, rules.hash)}
        look |= hints.records | {row.ref.id for row in self.open_rows.values() if row.ref.kind == kind}
        if self.scope.only is not None:
            look = {self._only(kind)}
        paths = sorted({*rules.reads(kind), "completed"})
        reader = Reader(self.workspace, kind, known, look, self.workspace.fingerprints.projection(paths))
        if full:
            sweep = reader.read_all()
            if sweep.complete and self.scope.only is None:
                self._add_gone(kind, sweep)
        else:
            sweep = reader.read_open(snapshots.ids_in(store, kind, self.workspace.hr.sections(kind)[0]))
        if self.scope.only is not None:
            sweep.found = {key: value for key, value in sweep.found.items() if key in look}
            if not sweep.found:
                raise ConfigError(
                    f"There is no {kind} {self.scope.only} in PeopleForce, or this key does not see it.",
                    hint="--only takes the id of a task, or the key of an issue that pfjira keeps.",
                )
        return sweep

    def _only(self, kind: str) -> str:
        """Return the record id that `--only` names: an id, `task/ID`, or an issue key."""
        name = (self.scope.only or "").rsplit("/", 1)[-1]
        if "-" in name and (ref := links.record_of(self.workspace.store, name.upper())) and ref.kind == kind:
            return ref.id
        return name

    def _add_gone(self, kind: str, sweep: Sweep) -> None:
        for record_id in snapshots.absentees(self.workspace.store, kind, sweep.seen, self.workspace.clock()):
            record = self.workspace.hr.absent(Ref(self.workspace.hr.name, kind, record_id))
            sweep.found[record_id] = record, Sighting(record.ref, "gone", "gone")

    def _compare(self, kind: str, sweep: Sweep, hints: jira_side.Hints) -> None:
        held = links.of_records(self.workspace.store, kind, sweep.found.keys())
        strangers = self._read_strangers(hints)
        found: Found = []
        while sweep.found:
            record_id, (record, sighting) = sweep.found.popitem()
            self.prepared.sightings[record_id] = sighting
            pairs = {(link.rule, link.key): link for link in held.get(record_id, ())}
            for situation in self._situations(record, sighting, pairs):
                link = pairs.get((situation.rule, situation.key))
                if link is None and (stranger := strangers.pop(situation.op, None)):
                    link = Link(situation.rule, situation.key, situation.ref, stranger.id, stranger.key)
                    hints.issues[stranger.id] = stranger
                    self.adopted += 1
                self.casting.need(record, situation, link)
                found.append((sighting, situation, link))
        belonging = Belonging(self.workspace, self.rekeyed)
        found = belonging.judge(found, held)
        self.prepared.renamed += belonging.renamed
        self.prepared.unclear |= belonging.unclear
        self.failures += belonging.failures
        self.prepared.unsettled.update(failure.ref.id for failure in belonging.failures)
        self.casting.look_up(again=self.scope.full)
        shown = self._read_issues([link for _, _, link in found if link is not None], hints)
        buried = stuck(self.workspace.store, kind, self.workspace.rules.hash)
        for sighting, situation, link in found:
            before = len(self.changes)
            self._decide(self.casting.cast(situation, link), link, shown)
            if not self.scope.full and self.scope.only is None:
                self._withhold(before, sighting, buried)

    def _withhold(self, start: int, sighting: Sighting, buried: dict[tuple[str, str, str], str]) -> None:
        """Take back changes that were refused for this very record: they would be refused again."""
        fresh = self.changes[start:]
        del self.changes[start:]
        for change in fresh:
            known = buried.get((change.ref.id, change.rule, change.action.value))
            (self.withheld if known == sighting.fingerprint else self.changes).append(change)

    def _fail(self, situation: Situation, field_: str, reason: str) -> None:
        self.failures.append(mapping.Failure(situation.rule, situation.ref, field_, reason))
        self.prepared.unsettled.add(situation.ref.id)

    def _read_strangers(self, hints: jira_side.Hints) -> dict[str, Issue]:
        """Read issues that carry our mark, by id: the mark that counts is the one read with the issue."""
        ids = list(hints.strangers.values())
        return {issue.op: issue for issue in issues.read(self.workspace, ids) if issue.op}

    def _situations(self, record: Record, sighting: Sighting, held: dict[tuple[str, str], Link]) -> Iterable[Situation]:
        evaluation = mapping.evaluate(
            self.workspace.rules,
            record,
            installation=self.workspace.installation,
            held=held.keys(),
            today=self.today,
            generation_of={pair: link.generation for pair, link in held.items()},
            rekeyed=self.rekeyed,
        )
        if sighting.section == "gone":
            # Nothing is known of it but that it is gone: it can be withdrawn, and nothing else.
            return [situation for situation in evaluation.situations if situation.cancelled]
        if evaluation.failures:
            self.failures += evaluation.failures
            self.prepared.unsettled.add(record.ref.id)
        return evaluation.situations

    def _read_issues(self, wanted: list[Link], hints: jira_side.Hints) -> dict[str, Issue]:
        """Return the visible ones of these issues."""
        unread = [link.issue_id for link in wanted if link.issue_id not in hints.issues]
        shown = {**hints.issues, **{issue.id: issue for issue in issues.read(self.workspace, unread)}}
        expected = [link for link in wanted if link.state is not LinkState.GONE]
        if not any(link.issue_id in shown for link in expected):
            issues.refuse_emptiness(self.workspace, [link.issue_key for link in expected])
        return shown

    def _decide(self, situation: Situation, link: Link | None, shown: dict[str, Issue]) -> None:
        """Add what is to be done for one situation."""
        record_id = situation.ref.id
        if link is None:
            self._decide_new(record_id, situation)
            return
        issue = shown.get(link.issue_id)
        if issue is None:
            self.missing.append((link.issue_key, situation.ref))
            self.prepared.gone_links.append(link.issue_id)
            return
        if link.state is LinkState.GONE:
            link = replace(link, state=LinkState.LIVE)
        outcome = self._reconciled(situation, link, issue)
        self.changes += outcome.changes
        self.conflicts += outcome.conflicts
        self.kept += outcome.kept
        self.prepared.settled.append(Settled(replace(outcome.link, issue_key=issue.key), situation, issue))
        if not outcome.settled:
            self.prepared.unsettled.add(record_id)

    def _decide_new(self, record_id: str, situation: Situation) -> None:
        row = self.open_rows.get((situation.rule, situation.key)) or self._row_of_old(situation)
        if row is not None and row.may_exist:
            since = row.sent_at.isoformat() if row.sent_at else ""
            self.parked.append(Parked(situation.rule, situation.key, situation.ref, situation.op, since))
            self.prepared.unsettled.add(record_id)
        elif situation.opens:
            deltas = tuple(Delta(d.field, None, d.value) for d in situation.desired if d.value is not None)
            self.changes.append(Change(Action.CREATE, situation, deltas=deltas))
            self.prepared.unsettled.add(record_id)

    def _row_of_old(self, situation: Situation) -> outbox.Entry | None:
        """Return the creation of open outcome that may be this one, under another name."""
        for row in self.old_rows if situation.opens else ():
            if row.ref == situation.ref and (row.rule == situation.rule or row.project == situation.project):
                self.prepared.unclear.add(situation.rule)
                return row
        return None

    def _reconciled(self, situation: Situation, link: Link, issue: Issue) -> Outcome:
        try:
            return compare(self.workspace.rules.rule(situation.rule), situation, link, issue, self.digest)
        except ExpressionError as error:
            self._fail(situation, "back", str(error))
            return compare(None, situation, link, issue, self.digest)
