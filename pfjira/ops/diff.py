"""Make the plan: read both sides, evaluate the rules, compare. Writes nothing; `sync` and `diff` both call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from pfjira.engine import mapping, marks
from pfjira.engine.horizon import same_through
from pfjira.engine.kinds import stream_of
from pfjira.engine.model import Issue, Record, Ref, Situation
from pfjira.engine.plan import Action, Change, Plan, Review, in_order
from pfjira.engine.reconcile import Link, LinkState
from pfjira.errors import ConfigError
from pfjira.ops import hints as jira_side
from pfjira.ops import issues, notices
from pfjira.ops.belonging import Belonging, Found, Pair, rekeyed
from pfjira.ops.casting import Casting
from pfjira.ops.decide import Findings, Judge
from pfjira.ops.deeds import DeedJudge
from pfjira.ops.facts import Facts
from pfjira.ops.gather import Gatherer
from pfjira.ops.notices import Notices
from pfjira.ops.persons import PeopleBook
from pfjira.ops.sweep import Reader, Sighting, Sweep
from pfjira.ops.takeover import TakeOver
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import deeds, links, outbox, runs, snapshots, witness
from pfjira.state.deeds import Deed
from pfjira.state.letters import stuck


@dataclass(slots=True)
class Prepared:
    """A plan, and everything that carrying it out or remembering it needs besides."""

    plan: Plan
    sightings: dict[Ref, Sighting]
    book: PeopleBook
    findings: Findings = field(default_factory=Findings)
    sweeps: dict[str, Sweep] = field(default_factory=dict)
    facts: list[Facts] = field(default_factory=list)
    waiting: dict[Ref, tuple[str, ...]] = field(default_factory=dict)
    """Record to the people in it who could not be matched."""
    renamed: list[tuple[Pair, Pair, Ref]] = field(default_factory=list)
    """Links that the rules call by another rule and key now: old, new, and the record behind it from now on."""
    given: list[Deed] = field(default_factory=list)
    """Situations whose issue was taken over by another rule."""
    withheld: set[Ref] = field(default_factory=set)
    """Records with changes that are not in the plan: they are not settled by what is."""
    adopting: bool = False
    """The state is younger or older than what Jira shows: nothing is written before a person looked."""
    day: str = ""
    """The local date for which the rules were evaluated."""
    notices: Notices = field(default_factory=Notices)
    """Deliveries that named something to look at."""
    through: dict[Ref, str] = field(default_factory=dict)
    """The last local date on which the rules say the same of a record, where that was worked out."""


def make_plan(workspace: Workspace, scope: Scope) -> Prepared:
    """Compare both sides and return what would be done. Raise ConnectorError or SideWentEmpty."""
    scope = widened(workspace, scope)
    # Jira is asked first: by its clock it is decided which day is today.
    told = notices.waiting(workspace.store, workspace.hr.name) if scope.only is None else Notices()
    hints = jira_side.touched(workspace, full=scope.full or told.every_issue)
    notices.follow(workspace, hints, told)
    return _Planner(workspace, scope, told).make(hints)


def widened(workspace: Workspace, scope: Scope) -> Scope:
    """Return the scope, and for a state that went back in time a full one: what was settled there proves nothing.

    Nor is it enough to look at what deliveries name before everything was looked at once.
    """
    if workspace.store.meta(witness.ADOPTING):
        return replace(scope, full=True, pending=False)
    begun = not scope.pending or runs.cursor(workspace.store, jira_side.CURSOR) is not None
    return scope if begun else replace(scope, pending=False)


class _Planner:
    def __init__(self, workspace: Workspace, scope: Scope, told: Notices) -> None:
        self.workspace, self.scope, self.told = workspace, scope, told
        self.book = PeopleBook.open(workspace)
        self.prepared = Prepared(Plan(), {}, self.book, day=workspace.day, notices=told)
        self.findings = self.prepared.findings
        self.today = date.fromisoformat(self.prepared.day)
        unfinished = outbox.unfinished(workspace.store)
        self.open_refs = {row.ref for row in unfinished}
        self.open_rows = {(row.rule, row.key): row for row in unfinished if row.action == Action.CREATE.value}
        self.rekeyed = rekeyed(workspace)
        rules = {rule.id for rule in workspace.rules.every} - self.rekeyed
        self.old_rows = [row for row in self.open_rows.values() if row.may_exist and row.rule not in rules]
        """Creations of open outcome that the rules called otherwise when they were sent."""
        self.withheld: list[Change] = []
        self.strangers: dict[str, Issue] | None = None
        self.costly: set[str] = set()
        """Streams whose records take a request each, and whose rules look at today."""
        self.adopted = 0
        self.takeover = TakeOver(workspace, self.findings, self.open_rows)
        self.casting = Casting(workspace.rules, self.book)
        self.again = scope.full or told.accounts
        """Whether people in doubt are asked about once more."""
        self.once: list[Situation] = []
        """What rules do once, and what was done of it; judged last."""
        self.done: dict[Pair, list[Deed]] = {}
        self.shown: dict[str, Issue] = {}
        self.buried: dict[tuple[str, str, str], str] = {}

    def make(self, hints: jira_side.Hints) -> Prepared:
        """Read, evaluate, compare."""
        if self.scope.full or self.told.every_issue:
            jira_side.read_known(self.workspace, hints)
        # Strangers belong to records of any age: only a whole reading of the HR side can tell whose they are.
        # So do links under another key template: after this run nobody can tell that it changed.
        full = self.scope.full or bool(hints.strangers or self.rekeyed)
        looked_at = 0
        for stream in self.workspace.rules.streams:
            sweep = self._sweep(stream, hints, full=full or stream in self.told.sweeps)
            self.prepared.sweeps[stream] = sweep
            looked_at += len(sweep.seen) or len(sweep.found)
            self._compare(stream, sweep, hints)
        self.takeover.finish()
        self.prepared.renamed += self.takeover.renamed
        self.prepared.given = self.takeover.given
        self._compare_deeds()
        if self.scope.only is not None and not self.prepared.sightings:
            raise ConfigError(
                f"There is no record {self.scope.only} in PeopleForce, or this key does not see it.",
                hint="--only takes a record's id, KIND/ID (employee/9001), or the key of an issue that pfjira keeps.",
            )
        findings = self.findings
        self.prepared.waiting = self.casting.waiting
        # A state without links beside issues with our mark is a lost one, even when no mark fits: an address changed.
        self.prepared.adopting = bool(self.adopted or (hints.strangers and not links.count(self.workspace.store)))
        mine = [change for change in findings.changes if self._is_asked(change)]
        others = [change for change in findings.changes if not self._is_asked(change)]
        self.prepared.withheld = {change.ref for change in (*others, *self.withheld)} | findings.later
        # What a rule only shows is shown at each run: the record must not count as settled.
        findings.unsettled.update(change.ref for change in findings.shadows)
        self.prepared.plan = Plan(
            changes=in_order(mine),
            shadows=in_order(findings.shadows),
            conflicts=tuple(findings.conflicts),
            kept=tuple(findings.kept),
            parked=tuple(findings.parked),
            failures=tuple(findings.failures),
            reviews=tuple(Review(hr_id, reason) for hr_id, reason in sorted(self.casting.doubted.items())),
            missing=tuple(findings.missing),
            doubles=tuple(hints.doubles.items()),
            withheld=tuple((change.rule, change.ref, change.action.value) for change in self.withheld),
            adopted=self.adopted,
            looked_at=looked_at,
            rules_hash=self.workspace.rules_hash,
            generation=self.workspace.generation,
        )
        return self.prepared

    def _is_asked(self, change: Change) -> bool:
        """Say whether the scope's rule, or its parent, wants the change."""
        return self.scope.rule in (None, change.rule, change.rule.partition("/")[0])

    def _sweep(self, stream: str, hints: jira_side.Hints, *, full: bool) -> Sweep:
        """Read the HR side of one stream; add the records that are gone for certain."""
        store, rules = self.workspace.store, self.workspace.rules
        look = {
            row_id
            for row_id, people in snapshots.waiting(store, stream).items()
            if self.book.due_again(people, again=self.again) and (self.again or not self.scope.pending)
        }
        if self.scope.full:
            # What Jira refused may be taken now: somebody may have mended the project instead of the record.
            look |= {record_id for record_id, _, _ in stuck(store, stream, self.workspace.rules_hash)}
        named = hints.records | self.told.records | self.open_refs
        look |= {ref.id for ref in named if ref.kind == stream}
        if self.scope.pending and not full and not look and not stream.startswith("hook."):
            return Sweep(complete=False)
        if stream == "task":
            return self._sweep_tasks(look, full=full)
        facts = Facts(self.workspace, frozenset(rules.reads(stream)), hints.strangers.keys())
        for earlier in self.prepared.facts:
            facts.met.update(earlier.met)
        self.prepared.facts.append(facts)
        wanted = self._only(stream) if self.scope.only is not None else None
        if self.scope.only is not None and wanted is None:
            return Sweep(complete=False)
        doubted = snapshots.doubted(store, stream)
        if not self.scope.full:
            # What was refused would be refused again, and each look costs a request: it waits until either side moves.
            doubted -= {record_id for record_id, _, _ in stuck(store, stream, self.workspace.rules_hash)}
        look |= set() if self.scope.pending else doubted
        gatherer = Gatherer(self.workspace, stream, self.prepared.day, {wanted} if wanted else look, facts)
        if stream == "employee" and gatherer.is_costly and rules.reads_today(stream):
            self.costly.add(stream)  # others are joined with people, who change without them
        if wanted is not None:
            return gatherer.read_only(wanted)
        sweep = gatherer.read_named() if self.scope.pending and not full else gatherer.read(full=full)
        if full and sweep.complete:
            self._add_gone(stream, sweep, gatherer)
        return sweep

    def _sweep_tasks(self, look: set[str], *, full: bool) -> Sweep:
        store, rules, only = self.workspace.store, self.workspace.rules, self.scope.only
        day = self.prepared.day if rules.reads_today("task") else ""
        known = snapshots.known(store, "task", self.workspace.rules_hash, day)
        if only is not None:
            wanted = self._only("task")
            if wanted is None:
                return Sweep(complete=False)
            look = {wanted}
        paths = sorted({*rules.reads("task"), "completed"})
        reader = Reader(self.workspace, "task", known, look, self.workspace.fingerprints.projection(paths))
        if full:
            sweep = reader.read_all()
            if sweep.complete and only is None:
                self._add_gone("task", sweep, None)
        elif self.scope.pending:
            sweep = reader.read_named()
        else:
            sweep = reader.read_open(snapshots.ids_in(store, "task", self.workspace.hr.sections("task")[0]))
        if only is not None:
            sweep.found = {key: value for key, value in sweep.found.items() if key in look}
        return sweep

    def _only(self, stream: str) -> str | None:
        """Return the id in this stream that `--only` names: an id, `KIND/ID`, or an issue key; None for another's."""
        kind, slash, name = (self.scope.only or "").rpartition("/")
        if slash and stream_of(kind) != stream:
            return None
        if "-" in name and (ref := links.record_of(self.workspace.store, name.upper())):
            return ref.id if ref.kind == stream else None
        return name

    def _add_gone(self, stream: str, sweep: Sweep, gatherer: Gatherer | None) -> None:
        """Add what is gone: two complete sweeps did not show it and, where a read by id is possible, nor did that."""
        store = self.workspace.store
        known = snapshots.gone(store, stream, self.workspace.rules_hash) - {ref.id for ref in self.open_refs}
        for record_id in snapshots.absentees(store, stream, sweep.seen, self.workspace.now) - known:
            if gatherer is None or gatherer.recheck(record_id):
                record = self.workspace.hr.absent(Ref(self.workspace.hr.name, stream, record_id))
                if gatherer is not None:
                    record = gatherer.facts.complete(record)
                sweep.found[record_id] = record, Sighting(record.ref, "gone", "gone")

    def _compare(self, stream: str, sweep: Sweep, hints: jira_side.Hints) -> None:
        store, findings = self.workspace.store, self.findings
        held = links.of_records(store, stream, sweep.found.keys())
        done = deeds.of_records(store, stream, sweep.found.keys())
        if self.strangers is None:
            self.strangers = self._read_strangers(hints)
        found: Found = []
        once: list[Situation] = []
        self.prepared.sightings.update((sighting.ref, sighting) for sighting in sweep.idle.values())
        while sweep.found:
            record_id, (record, sighting) = sweep.found.popitem()
            self.prepared.sightings[record.ref] = sighting
            pairs = {(link.rule, link.key): link for link in held.get(record_id, ())}
            closed = {(deed.rule, deed.key) for deed in done.get(record_id, ())}
            closed |= self._marked(record)
            for situation in self._situations(record, sighting, pairs, closed):
                if situation.deed is not None:
                    once.append(situation)
                    self.casting.need(record, situation, None)
                    continue
                link = pairs.get((situation.rule, situation.key))
                if link is None and (stranger := self.strangers.pop(situation.op, None)):
                    link = Link(situation.rule, situation.key, situation.ref, stranger.id, stranger.key)
                    hints.issues[stranger.id] = stranger
                    self.adopted += 1
                    findings.taken.append(situation)
                self.casting.need(record, situation, link)
                found.append((sighting, situation, link))
        belonging = Belonging(self.workspace, self.rekeyed)
        found = belonging.judge(self.takeover.judge(found), held)
        self.prepared.renamed += belonging.renamed
        findings.unclear |= belonging.unclear
        findings.failures += belonging.failures
        findings.unsettled.update(failure.ref for failure in belonging.failures)
        self.casting.look_up(again=self.again)
        shown = self._read_issues([link for _, _, link in found if link is not None], hints)
        finished = {(deed.rule, deed.key) for known in done.values() for deed in known if deed.target == deeds.ADOPTED}
        judge = Judge(
            self.workspace, findings, shown=shown,
            links={(link.rule, link.key): link for _, _, link in found if link is not None},
            today=self.today, open_rows=self.open_rows, old_rows=self.old_rows, closed=frozenset(finished),
        )  # fmt: skip
        before = len(findings.changes)
        for _, situation, link in found:
            judge.decide(self.casting.cast(situation, link), link)
        self.once += [self.casting.cast(one, None) for one in once]
        if once:
            self.shown.update(shown)
            for deed in (deed for known in done.values() for deed in known):
                self.done.setdefault((deed.rule, deed.key), []).append(deed)
        buried = stuck(store, stream, self.workspace.rules_hash)
        self.buried.update(buried)
        self._withhold(before, buried)

    def _compare_deeds(self) -> None:
        """Judge what is done once, when all that is kept was judged: it may be for an issue of any stream."""
        before = len(self.findings.changes)
        changes = (*self.findings.changes, *self.withheld)
        made = [change.situation for change in changes if change.action is Action.CREATE]
        judge = DeedJudge(self.workspace, self.findings, self.shown, [*made, *self.takeover.takers])
        judge.decide(self.once, self.done)
        self._withhold(before, self.buried)

    def _withhold(self, start: int, buried: dict[tuple[str, str, str], str]) -> None:
        """Take back changes that were refused for this very record: they would be refused again."""
        if self.scope.full or self.scope.only is not None:
            return
        changes = self.findings.changes
        fresh = changes[start:]
        del changes[start:]
        orphaned: set[Pair] = set()
        for change in fresh:
            situation = change.situation
            known = buried.get((change.ref.id, change.rule, change.action.value))
            again = known == self.prepared.sightings[change.ref].fingerprint
            if again and change.action is Action.CREATE:
                orphaned.add((situation.rule, situation.key))
            if (situation.parent or "", situation.key) in orphaned and change.action is Action.CREATE:
                continue  # a child of what is not made; parents come first
            (self.withheld if again else changes).append(change)

    def _read_strangers(self, hints: jira_side.Hints) -> dict[str, Issue]:
        """Read issues that carry our mark, by id: the mark that counts is the one read with the issue."""
        ids = list(hints.strangers.values())
        return {issue.op: issue for issue in issues.read(self.workspace, ids) if issue.op}

    def _marked(self, record: Record) -> set[Pair]:
        """Return the situations whose issue this state has forgotten, whatever their rules would open today."""
        if not self.strangers:
            return set()
        found = marks.fitting(
            self.workspace.rules,
            record,
            self.strangers.keys(),
            installation=self.workspace.installation,
            today=self.today,
        )
        return set(found)

    def _situations(
        self, record: Record, sighting: Sighting, held: Mapping[Pair, Link], closed: set[Pair]
    ) -> Iterable[Situation]:
        evaluation = mapping.evaluate(
            self.workspace.rules,
            record,
            installation=self.workspace.installation,
            held=held.keys() | closed,
            today=self.today,
            generation_of={pair: link.generation for pair, link in held.items()},
            rekeyed=self.rekeyed,
        )
        if record.ref.kind in self.costly and not evaluation.failures:
            self.prepared.through[record.ref] = same_through(
                self.workspace.rules, record, evaluation, installation=self.workspace.installation,
                held=held.keys() | closed, today=self.today, rekeyed=self.rekeyed,
            ).isoformat()  # fmt: skip
        if sighting.section == "gone":
            # Nothing is known of it but that it is gone: it can be withdrawn, and nothing else.
            return [situation for situation in evaluation.situations if situation.cancelled]
        if evaluation.failures:
            self.findings.failures += evaluation.failures
            self.findings.unsettled.add(record.ref)
        return evaluation.situations

    def _read_issues(self, wanted: list[Link], hints: jira_side.Hints) -> dict[str, Issue]:
        """Return the visible ones of these issues."""
        unread = [link.issue_id for link in wanted if link.issue_id not in hints.issues]
        shown = {**hints.issues, **{issue.id: issue for issue in issues.read(self.workspace, unread)}}
        expected = [link for link in wanted if link.state is not LinkState.GONE]
        if not any(link.issue_id in shown for link in expected):
            issues.refuse_emptiness(self.workspace, [link.issue_key for link in expected])
        return shown
