"""Make the plan: read both sides, evaluate the rules, compare. Writes nothing; `sync` and `diff` both call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from pfjira.engine import mapping, marks
from pfjira.engine.fingerprint import creation
from pfjira.engine.horizon import same_through
from pfjira.engine.model import Issue, Record, Ref, Situation
from pfjira.engine.plan import Action, Change, Duplicate, Plan, Review, in_order
from pfjira.engine.reconcile import Link, LinkState
from pfjira.errors import ConfigError
from pfjira.ops import budget, doubles, issues, notices, recreation
from pfjira.ops import hints as jira_side
from pfjira.ops.belonging import Belonging, Found, Pair, rekeyed
from pfjira.ops.casting import Casting
from pfjira.ops.decide import Findings, Judge
from pfjira.ops.deeds import DeedJudge
from pfjira.ops.facts import Facts
from pfjira.ops.notices import Notices
from pfjira.ops.persons import PeopleBook
from pfjira.ops.sweep import Sighting, Sweep
from pfjira.ops.sweeper import Sweeper
from pfjira.ops.takeover import TakeOver
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import deeds, links, outbox, runs, witness
from pfjira.state.deeds import Deed
from pfjira.state.doubles import Double
from pfjira.state.letters import stuck


@dataclass(slots=True)
class Prepared:
    """A plan, and everything that carrying it out or remembering it needs besides."""

    plan: Plan
    sightings: dict[Ref, Sighting]
    book: PeopleBook
    scope: Scope
    """What was looked at: more than was asked for, where the state is not up to date."""
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
    doubles: list[Double] = field(default_factory=list)
    """Issues that carry the mark of another kept one, as they stand."""
    no_doubles: list[str] = field(default_factory=list)
    """Ids of issues that are no duplicates any more."""
    newest_run: int = 0
    """The newest run that any kept issue tells of."""
    forged: list[str] = field(default_factory=list)
    """Keys of issues that tell of a run that there cannot have been."""
    day: str = ""
    """The local date for which the rules were evaluated."""
    notices: Notices = field(default_factory=Notices)
    """Deliveries that named something to look at."""
    through: dict[Ref, str] = field(default_factory=dict)
    """The last local date on which the rules say the same of a record, where that was worked out."""


def make_plan(workspace: Workspace, scope: Scope) -> Prepared:
    """Compare both sides and return what would be done. Raise ConnectorError or SideWentEmpty."""
    asked, scope = scope, widened(workspace, scope)
    # Jira is asked first: by its clock it is decided which day is today.
    told = Notices() if scope.is_named else notices.waiting(workspace.store, workspace.hr.name)
    hints = jira_side.touched(workspace, full=scope.full or told.every_issue)
    if not scope.full and _is_old(workspace, hints):
        scope = replace(scope, full=True, pending=False)
        hints = jira_side.touched(workspace, full=True)
    notices.follow(workspace, hints, told)
    prepared = _Planner(workspace, scope, told).make(hints)
    if prepared.adopting or witness.is_adopting(workspace.store, workspace.run):
        asked = replace(asked, full=False)  # everything is looked at anyway
    prepared.plan = replace(prepared.plan, scope=asked.options)
    return prepared


def widened(workspace: Workspace, scope: Scope) -> Scope:
    """Return the scope, and for a state that went back in time a full one: what was settled there proves nothing.

    Nor is it enough to look at what deliveries name before everything was looked at once.
    """
    if witness.is_adopting(workspace.store, workspace.run):
        return replace(scope, full=True, pending=False)
    begun = not scope.pending or runs.cursor(workspace.store, jira_side.CURSOR) is not None
    return scope if begun else replace(scope, pending=False)


def _is_old(workspace: Workspace, hints: jira_side.Hints) -> bool:
    """Say whether Jira shows at once that the state is an old or a new one: what is settled there proves nothing."""
    lost = bool(hints.strangers) and not links.count(workspace.store)
    return lost or hints.newest_run > witness.newest_before(workspace.store, workspace.run)


class _Planner:
    def __init__(self, workspace: Workspace, scope: Scope, told: Notices) -> None:
        self.workspace, self.scope, self.told = workspace, scope, told
        self.book = PeopleBook.open(workspace)
        self.prepared = Prepared(Plan(), {}, self.book, scope, day=workspace.day, notices=told)
        self.findings = self.prepared.findings
        self.today = date.fromisoformat(self.prepared.day)
        unfinished = [row for row in outbox.unfinished(workspace.store) if row.number not in scope.given_up]
        self.open_refs = {row.ref for row in unfinished}
        self.open_rows = {(row.rule, row.key): row for row in unfinished if row.action == Action.CREATE.value}
        self.rekeyed = rekeyed(workspace)
        rules = {rule.id for rule in workspace.rules.every} - self.rekeyed
        self.old_rows = [row for row in self.open_rows.values() if row.may_exist and row.rule not in rules]
        """Creations of open outcome that the rules called otherwise when they were sent."""
        self.withheld: list[Change] = []
        self.strangers: dict[str, Issue] | None = None
        self.sweeper = Sweeper(workspace, scope, told, self.book, self.prepared.day, self.open_refs)
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
            sweep = self.sweeper.sweep(stream, hints, full=full or stream in self.told.sweeps)
            self.prepared.sweeps[stream] = sweep
            looked_at += len(sweep.seen) or len(sweep.found)
            self._compare(stream, sweep, hints)
        self.prepared.facts = self.sweeper.facts
        self.takeover.finish()
        self.prepared.renamed += self.takeover.renamed
        self.prepared.given = self.takeover.given
        self._compare_deeds()
        if self.scope.only is not None and not self.prepared.sightings:
            raise ConfigError(
                f"Among what the rules look at there is no record {self.scope.only}, or this key does not see it.",
                hint="--only takes a record's id, KIND/ID (employee/9001), or the key of an issue that pfjira keeps.",
            )
        findings = self.findings
        self.prepared.waiting = self.casting.waiting
        # A state without links beside issues with our mark is a lost one, even when no mark fits: an address changed.
        shown = [one.issue for one in findings.settled if one.issue.id not in self.workspace.marked]
        for issue in shown:
            hints.believe_run(issue.key, issue.run)
        self.prepared.newest_run, self.prepared.forged = hints.newest_run, sorted(hints.forged)
        old = self.prepared.newest_run > witness.newest_before(self.workspace.store, self.workspace.run)
        self.prepared.adopting = bool(
            old or self.adopted or (hints.strangers and not links.count(self.workspace.store))
        )
        duplicates = doubles.Found()
        if not self.scope.is_part:
            duplicates = doubles.look(self.workspace, hints, findings.settled, full=self.scope.full)
        self.prepared.doubles, self.prepared.no_doubles = duplicates.doubles, duplicates.gone
        mine = [change for change in findings.changes if self._is_asked(change)]
        others = [change for change in findings.changes if not self._is_asked(change)]
        mine, contested = budget.spend(self.workspace, in_order(mine))
        left = {change.ref for change in (*others, *self.withheld)} | {one.ref for one in contested}
        self.prepared.withheld = left | findings.later
        # What a rule only shows is shown at each run: the record must not count as settled.
        findings.unsettled.update(change.ref for change in findings.shadows)
        self.prepared.plan = Plan(
            changes=in_order([*mine, *duplicates.changes]),
            shadows=in_order(findings.shadows),
            conflicts=tuple(findings.conflicts),
            kept=tuple(findings.kept),
            parked=tuple(findings.parked),
            failures=tuple(findings.failures),
            reviews=tuple(Review(hr_id, reason) for hr_id, reason in sorted(self.casting.doubted.items())),
            missing=tuple(findings.missing),
            doubles=tuple(Duplicate(one.op, one.issue_id, one.issue_key, one.reason) for one in duplicates.asking),
            withheld=tuple((change.rule, change.ref, change.action.value) for change in self.withheld),
            contested=tuple(contested),
            adopted=self.adopted,
            looked_at=looked_at,
            rules_hash=self.workspace.rules_hash,
            generation=self.workspace.generation,
        )
        return self.prepared

    def _is_asked(self, change: Change) -> bool:
        """Say whether the scope's rule, or its parent, wants the change."""
        return self.scope.rule in (None, change.rule, change.rule.partition("/")[0])

    def _compare(self, stream: str, sweep: Sweep, hints: jira_side.Hints) -> None:
        store, findings = self.workspace.store, self.findings
        held = recreation.bumped(links.of_records(store, stream, sweep.found.keys()), self.scope)
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
            generations = self._generations(record, pairs, hints)
            for situation in self._situations(record, sighting, generations, closed):
                if situation.deed is not None:
                    once.append(situation)
                    self.casting.need(record, situation, None)
                    continue
                link = pairs.get((situation.rule, situation.key))
                newer = link is None or link.again or situation.generation > link.generation
                if newer and (stranger := self.strangers.pop(situation.op, None)):
                    link = Link(
                        situation.rule, situation.key, situation.ref, stranger.id, stranger.key,
                        generation=situation.generation,
                    )  # fmt: skip
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
        if self.scope.full or self.scope.is_named:
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
        others = [issue_id for issue_id, op in hints.doubles.items() if op in hints.strangers]
        return doubles.first_of_each(issues.read(self.workspace, [*hints.strangers.values(), *others]), hints)

    def _generations(self, record: Record, held: Mapping[Pair, Link], hints: jira_side.Hints) -> dict[Pair, int]:
        """Return the generation of each issue that is kept, or that this state has forgotten whatever rules say today.

        Of an issue that was made once more the newest counts; an older one that Jira still shows is a duplicate.
        """
        found = {pair: link.generation for pair, link in held.items()}
        if not self.strangers:
            return found
        rules, installation = self.workspace.rules, self.workspace.installation
        fitting = marks.fitting(
            rules, record, self.strangers.keys(), installation=installation, today=self.today, known=found
        )
        for pair, generation in fitting:
            older = min(generation, found.get(pair, generation))
            found[pair] = max(generation, found.get(pair, generation))
            if older < found[pair] and (op := creation(installation, record.ref, *pair, older)) in self.strangers:
                hints.doubles[self.strangers[op].id] = op
        return found

    def _situations(
        self, record: Record, sighting: Sighting, held: Mapping[Pair, int], closed: set[Pair]
    ) -> Iterable[Situation]:
        evaluation = mapping.evaluate(
            self.workspace.rules,
            record,
            installation=self.workspace.installation,
            held=held.keys() | closed,
            today=self.today,
            generation_of=held,
            rekeyed=self.rekeyed,
        )
        if record.ref.kind in self.sweeper.costly and not evaluation.failures:
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
