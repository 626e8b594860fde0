"""Make the plan: read both sides, evaluate the rules, compare. Writes nothing; `sync` and `diff` both call it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from pfjira.engine import mapping
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.model import Desired, Issue, Owner, Record, Ref, Situation, ValueKind
from pfjira.engine.plan import Action, Change, Conflict, Delta, Kept, Parked, Plan, Review, in_order
from pfjira.engine.reconcile import Link, LinkState, Outcome, reconcile
from pfjira.engine.rules import Rule
from pfjira.errors import ConfigError
from pfjira.ops import hints as jira_side
from pfjira.ops.persons import PeopleBook
from pfjira.ops.sweep import Reader, Sighting, Sweep
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import links, outbox, snapshots
from pfjira.state.letters import stuck

UNKNOWN = (outbox.Stage.LEASED, outbox.Stage.UNKNOWN, outbox.Stage.PARKED)


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
    adopted: bool = False


def make_plan(workspace: Workspace, scope: Scope) -> Prepared:
    """Compare both sides and return what would be done. Raise ConnectorError or SideWentEmpty."""
    return _Planner(workspace, scope).make()


class _Planner:
    def __init__(self, workspace: Workspace, scope: Scope) -> None:
        self.workspace, self.scope = workspace, scope
        self.digest = workspace.fingerprints.of
        self.today = date.fromisoformat(workspace.day)
        self.book = PeopleBook.open(workspace)
        self.prepared = Prepared(Plan(), {}, self.book)
        self.open_rows = {(row.rule, row.key): row for row in outbox.unfinished(workspace.store)}
        self.changes: list[Change] = []
        self.conflicts: list[Conflict] = []
        self.kept: list[Kept] = []
        self.parked: list[Parked] = []
        self.failures: list[mapping.Failure] = []
        self.missing: list[tuple[str, Ref]] = []
        self.doubted: dict[str, str] = {}
        self.emails: dict[str, str | None] = {}
        self.needed: dict[str, set[str]] = {}
        """Project to the HR ids of people whom its issues need."""

    def make(self) -> Prepared:
        """Read, evaluate, compare."""
        hints = jira_side.touched(self.workspace, full=self.scope.full)
        if self.scope.full:
            jira_side.read_known(self.workspace, hints)
        # Strangers belong to records of any age: only a whole reading of the HR side can tell whose they are.
        full = self.scope.full or bool(hints.strangers)
        looked_at = 0
        for kind in self.workspace.rules.kinds:
            sweep = self._sweep(kind, hints, full=full)
            self.prepared.sweeps[kind] = sweep
            looked_at += len(sweep.seen)
            self._compare(kind, sweep, hints)
        plan = Plan(
            changes=in_order(change for change in self.changes if self.scope.rule in (None, change.rule)),
            conflicts=tuple(self.conflicts),
            kept=tuple(self.kept),
            parked=tuple(self.parked),
            failures=tuple(self.failures),
            reviews=tuple(Review(hr_id, reason) for hr_id, reason in sorted(self.doubted.items())),
            missing=tuple(self.missing),
            doubles=tuple(hints.doubles.items()),
            adopted=len(hints.strangers) if self.prepared.adopted else 0,
            looked_at=looked_at,
            rules_hash=self.workspace.rules.hash,
            generation=self.workspace.generation,
        )
        self.prepared.plan = plan
        return self.prepared

    def _sweep(self, kind: str, hints: jira_side.Hints, *, full: bool) -> Sweep:
        """Read the HR side of one kind; add the records that are gone for certain."""
        store, rules = self.workspace.store, self.workspace.rules
        day = self.workspace.day if rules.reads_today(kind) else ""
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
        found: list[tuple[Sighting, Situation, Link | None]] = []
        while sweep.found:
            record_id, (record, sighting) = sweep.found.popitem()
            self.prepared.sightings[record_id] = sighting
            pairs = {(link.rule, link.key): link for link in held.get(record_id, ())}
            for situation in self._situations(record, sighting, pairs):
                link = pairs.get((situation.rule, situation.key))
                if link is None and (stranger := strangers.get(situation.op)):
                    self.prepared.adopted = True
                    link = Link(situation.rule, situation.key, situation.ref, stranger.id, stranger.key)
                    hints.issues[stranger.id] = stranger
                self._note_people(record, situation, link)
                found.append((sighting, situation, link))
        self.book.discover(self.emails, again=self.scope.full)
        for project, hr_ids in self.needed.items():
            self.book.ask_assignable(project, hr_ids, again=self.scope.full)
        issues = self._read_issues([link.issue_id for _, _, link in found if link is not None], hints)
        buried = stuck(self.workspace.store, kind, self.workspace.rules.hash)
        for sighting, evaluated, link in found:
            before = len(self.changes)
            situation = replace(evaluated, desired=tuple(self._resolved(evaluated, link)))
            self._decide(situation, link, issues)
            if not self.scope.full and self.scope.only is None:
                # The same refused write for the same record would be refused again.
                self.changes[before:] = [
                    change
                    for change in self.changes[before:]
                    if buried.get((change.ref.id, change.rule, change.action.value)) != sighting.fingerprint
                ]

    def _read_strangers(self, hints: jira_side.Hints) -> dict[str, Issue]:
        """Read issues that carry our mark, by id: the mark that counts is the one read with the issue."""
        ids = list(hints.strangers.values())
        return {issue.op: issue for issue in self._fetch(ids) if issue.op} if ids else {}

    def _situations(self, record: Record, sighting: Sighting, held: dict[tuple[str, str], Link]) -> Iterable[Situation]:
        evaluation = mapping.evaluate(
            self.workspace.rules,
            record,
            installation=self.workspace.installation,
            held=held.keys(),
            today=self.today,
            generation_of={pair: link.generation for pair, link in held.items()},
        )
        if sighting.section == "gone":
            # Nothing is known of it but that it is gone: it can be withdrawn, and nothing else.
            return [situation for situation in evaluation.situations if situation.cancelled]
        if evaluation.failures:
            self.failures += evaluation.failures
            self.prepared.unsettled.add(record.ref.id)
        return evaluation.situations

    def _note_people(self, record: Record, situation: Situation, link: Link | None) -> None:
        """Remember whom a situation needs, to look them all up at once."""
        if people := self._people_in(situation, link):
            known = mapping.person_emails(record)
            self.needed.setdefault(situation.project, set()).update(people)
            for hr_id in people:
                self.emails.setdefault(hr_id, known.get(hr_id))

    def _people_in(self, situation: Situation, link: Link | None) -> set[str]:
        if link is None and not situation.opens:
            return set()
        named = {desired.value for desired in situation.desired if _asks_person(desired, link)}
        rule = self.workspace.rules.rule(situation.rule)
        if named and rule and rule.fallback:
            named.add(rule.fallback)
        return {hr_id for hr_id in named if hr_id}

    def _resolved(self, situation: Situation, link: Link | None) -> Iterable[Desired]:
        """Replace HR ids of people by accounts; leave out the fields of people who cannot be matched."""
        rule = self.workspace.rules.rule(situation.rule)
        for desired in situation.desired:
            if desired.kind is not ValueKind.PERSON or desired.value is None:
                yield desired
            elif _asks_person(desired, link):
                assigns = desired.field == "assignee"
                account, doubt = self.book.resolve(desired.value, project=situation.project, assigns=assigns)
                if doubt is not None and (link is not None or situation.opens):
                    self.doubted[desired.value] = doubt.value
                    waiting = self.prepared.waiting.get(situation.ref.id, ())
                    self.prepared.waiting[situation.ref.id] = tuple(dict.fromkeys((*waiting, desired.value)))
                    if rule and rule.fallback:
                        account, _ = self.book.resolve(rule.fallback, project=situation.project, assigns=assigns)
                if account is not None:
                    yield replace(desired, value=account)

    def _read_issues(self, ids: list[str], hints: jira_side.Hints) -> dict[str, Issue]:
        unread = [issue_id for issue_id in ids if issue_id not in hints.issues]
        issues = {**hints.issues, **{issue.id: issue for issue in self._fetch(unread)}}
        # One or two hidden issues are a person's doing; every one of many is a login that sees nothing any more.
        if len(unread) > 2 and not any(issue_id in issues for issue_id in ids):
            jira_side.refuse_emptiness(len(ids))
        return issues

    def _fetch(self, ids: list[str]) -> Iterable[Issue]:
        size = self.workspace.tickets.bulk_fetch
        if ids:
            self.workspace.progress.stage("Reading issues from Jira", len(ids))
        for start in range(0, len(ids), size):
            piece = ids[start : start + size]
            yield from self.workspace.tickets.fetch_many(piece, self.workspace.rules.issue_fields)
            self.workspace.progress.step(len(piece))

    def _decide(self, situation: Situation, link: Link | None, issues: dict[str, Issue]) -> None:
        """Add what is to be done for one situation."""
        record_id = situation.ref.id
        if link is None:
            self._decide_new(record_id, situation)
            return
        issue = issues.get(link.issue_id)
        if issue is None:
            self.missing.append((link.issue_key, situation.ref))
            self.prepared.gone_links.append(link.issue_id)
            return
        rule = self.workspace.rules.rule(situation.rule)
        if link.state is LinkState.GONE:
            link = replace(link, state=LinkState.LIVE)
        outcome = self._reconciled(situation, rule, link, issue)
        self.changes += outcome.changes
        self.conflicts += outcome.conflicts
        self.kept += outcome.kept
        self.prepared.settled.append(Settled(replace(outcome.link, issue_key=issue.key), situation, issue))
        if not outcome.settled:
            self.prepared.unsettled.add(record_id)

    def _decide_new(self, record_id: str, situation: Situation) -> None:
        row = self.open_rows.get((situation.rule, situation.key))
        if row is not None and row.action == Action.CREATE.value and row.stage in UNKNOWN:
            since = row.sent_at.isoformat() if row.sent_at else ""
            self.parked.append(Parked(situation.rule, situation.key, situation.ref, situation.op, since))
            self.prepared.unsettled.add(record_id)
        elif situation.opens:
            deltas = tuple(Delta(d.field, None, d.value) for d in situation.desired if d.value is not None)
            self.changes.append(Change(Action.CREATE, situation, deltas=deltas))
            self.prepared.unsettled.add(record_id)

    def _reconciled(self, situation: Situation, rule: Rule | None, link: Link, issue: Issue) -> Outcome:
        ours, theirs = None, None
        try:
            if rule is not None:
                ours, theirs = mapping.completion(rule, situation, issue)
        except ExpressionError as error:
            self.failures.append(mapping.Failure(situation.rule, situation.ref, "back", str(error)))
        return reconcile(situation, link, issue, digest=self.digest, theirs_done=theirs, ours_done=ours)


def _asks_person(desired: Desired, link: Link | None) -> bool:
    """Say whether a person still has to be known: not where the field was handed over already."""
    if desired.kind is not ValueKind.PERSON:
        return False
    return link is None or (
        desired.own is not Owner.JIRA and not (desired.own is Owner.ONCE and desired.field in link.base)
    )
