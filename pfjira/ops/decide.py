"""Decide about situations, one after the other, parents before their children: what is to be done, what to be asked.

The comparing is the engine's; here it is brought together with what both sides show now and what is still open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from pfjira.engine.compare import compare
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.mapping import Failure
from pfjira.engine.model import Desired, Issue, Ref, Situation, ValueKind
from pfjira.engine.plan import Action, Change, Conflict, Delta, Kept, Parked, Why
from pfjira.engine.reconcile import AWAITED, Digest, FieldBase, Link, LinkState, Outcome, is_back
from pfjira.engine.rules import PARENT, Rule
from pfjira.engine.sight import DONE, Sight, is_followed
from pfjira.ops.workspace import Workspace
from pfjira.state.deeds import Deed
from pfjira.state.outbox import Entry

LABELLED = "our label"
"""Name under which a link remembers that its issue had our label."""


@dataclass(slots=True)
class Settled:
    """One situation as it was found: its link, with the base advanced over what is equal."""

    link: Link
    situation: Situation
    issue: Issue
    sight: Sight


@dataclass(slots=True)
class Findings:
    """What the decisions of one plan come to."""

    changes: list[Change] = field(default_factory=list)
    shadows: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    missing: list[tuple[str, Ref]] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    gone_links: list[str] = field(default_factory=list)
    """Issue ids that Jira does not show any more."""
    unsettled: set[Ref] = field(default_factory=set)
    """Records with anything left to do or to ask."""
    taken: list[Situation] = field(default_factory=list)
    """Situations whose issue was known again by its mark only: the state has no link to it yet."""
    unclear: set[str] = field(default_factory=set)
    """Rules some of whose links could not be taken over yet."""
    later: set[Ref] = field(default_factory=set)
    """Records with something to do that is not in this plan, because it follows from what the plan brings about."""
    let_go: list[Deed] = field(default_factory=list)
    """Memberships that a rule does not want any more and that another still wants: nothing is to be done."""

    def put_off(self, situation: Situation) -> None:
        """Keep a delivery that a rule which is off would answer: it cannot be read again, as other records can."""
        if situation.ref.kind.startswith("hook."):
            self.unsettled.add(situation.ref)
            self.later.add(situation.ref)


@dataclass(frozen=True, slots=True)
class Parent:
    """What a child needs to know of its parent."""

    issue: Issue | None
    """None while it is being made."""
    open: bool
    """Whether children may be opened: it is there, or will be by the end of this run, and is not done."""
    followed: bool


class Judge:
    """Decides about the situations of one stream."""

    def __init__(
        self,
        workspace: Workspace,
        findings: Findings,
        *,
        shown: Mapping[str, Issue],
        links: Mapping[tuple[str, str], Link],
        today: date,
        open_rows: Mapping[tuple[str, str], Entry],
        old_rows: list[Entry],
        closed: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        """Prepare. `links` are all that were found; `closed` are situations whose issue was taken over by another."""
        self.workspace, self.findings, self.shown, self.links = workspace, findings, shown, links
        self.open_rows, self.old_rows, self.closed = open_rows, old_rows, closed
        self.digest = workspace.fingerprints.of
        self.today = today
        self.parents: dict[tuple[str, str], Parent] = {}

    def decide(self, situation: Situation, link: Link | None) -> None:
        """Add what is to be done for one situation."""
        if situation.rule in self.workspace.off:
            self.findings.put_off(situation)
            return
        if link is None:
            self._new(situation)
            return
        issue = self.shown.get(link.issue_id)
        if issue is None and link.again:
            if not self._new(situation):
                self.findings.missing.append((link.issue_key, situation.ref))
            return
        if issue is None:
            self.findings.missing.append((link.issue_key, situation.ref))
            self.findings.gone_links.append(link.issue_id)
            return
        if link.state is LinkState.GONE:
            link = replace(link, state=LinkState.LIVE)
        link = self._placed(situation, _labelled(situation, link, issue), issue)
        rule = self.workspace.rules.rule(situation.rule)
        sight = self._sight(rule, situation, issue)
        outcome = self._reconciled(rule, situation, link, sight)
        changes = _with_label(situation, outcome, issue)
        outcome = replace(outcome, changes=(*self._marking(situation, outcome.link, issue), *changes))
        followed = is_back(situation, link) or self._followed(rule, situation, sight)
        opened = any(change.action is Action.REOPEN for change in outcome.changes)
        shut = issue.category == DONE or outcome.link.state is LinkState.CANCELLED
        alive = (opened or not shut) and not situation.cancelled
        self.parents[situation.rule, situation.key] = Parent(issue, followed and alive, followed)
        self.findings.conflicts += outcome.conflicts
        self.findings.kept += outcome.kept
        kept = replace(outcome.link, issue_key=issue.key)
        self.findings.settled.append(Settled(kept, situation, issue, sight))
        self._add(situation, outcome.changes)
        if not outcome.settled:
            self.findings.unsettled.add(situation.ref)

    def fail(self, situation: Situation, word: str, reason: str) -> None:
        """Note that something about a situation cannot be told; its record is looked at again."""
        self.findings.failures.append(Failure(situation.rule, situation.ref, word, reason))
        self.findings.unsettled.add(situation.ref)

    def _add(self, situation: Situation, changes: tuple[Change, ...]) -> None:
        rule = self.workspace.rules.rule(situation.rule.partition("/")[0])
        shadow = rule is not None and rule.shadow
        (self.findings.shadows if shadow else self.findings.changes).extend(changes)

    def _new(self, situation: Situation) -> bool:
        """Plan a creation; return whether there is one, or one whose outcome is open."""
        pair = situation.rule, situation.key
        row = self.open_rows.get(pair) or self._row_of_old(situation)
        if row is not None and row.may_exist:
            since = row.sent_at.isoformat() if row.sent_at else ""
            self.findings.parked.append(Parked(*pair, situation.ref, situation.op, since))
            self.findings.unsettled.add(situation.ref)
            return True
        if not situation.opens or pair in self.closed:
            return False
        if situation.parent is not None:
            parent = self.parents.get((situation.parent, situation.key))
            if parent is None or not parent.open:
                return False
        self.parents[pair] = Parent(None, True, True)
        deltas = tuple(Delta(d.field, None, d.value) for d in situation.desired if d.value is not None)
        self._add(situation, (Change(Action.CREATE, situation, deltas=deltas),))
        self.findings.unsettled.add(situation.ref)
        return True

    def _row_of_old(self, situation: Situation) -> Entry | None:
        """Return the creation of open outcome that may be this one, under another name."""
        for row in self.old_rows if situation.opens else ():
            if row.ref == situation.ref and (row.rule == situation.rule or row.project == situation.project):
                self.findings.unclear.add(situation.rule)
                return row
        return None

    def _parent_of(self, situation: Situation) -> Parent | None:
        return self.parents.get((situation.parent, situation.key)) if situation.parent is not None else None

    def _placed(self, situation: Situation, link: Link, issue: Issue) -> Link:
        """Return the link with its place noted where Jira shows the child under its parent: a state may be lost."""
        parent = self._parent_of(situation)
        if parent is not None and parent.issue is None and PARENT in link.base:
            # The parent is made once more: when it is there, the next run brings its child to it.
            self.findings.unsettled.add(situation.ref)
            self.findings.later.add(situation.ref)
            return replace(link, base={name: base for name, base in link.base.items() if name != PARENT})
        above = parent.issue if parent is not None else None
        if above is None or issue.parent != above.id or PARENT in link.base:
            return link
        return replace(link, base={**link.base, PARENT: FieldBase(self.digest(above.id), "")})

    def _sight(self, rule: Rule | None, situation: Situation, issue: Issue) -> Sight:
        children = {
            child.id.partition("/")[2]: self._issue_of(child.id, situation.key)
            for child in (rule.children if rule is not None else ())
        }
        parent = self._parent_of(situation)
        followed = parent is None or parent.followed
        return Sight(issue, children, self.today, self.workspace.rules.maps, followed)

    def _issue_of(self, rule_id: str, key: str) -> Issue | None:
        link = self.links.get((rule_id, key))
        return None if link is None else self.shown.get(link.issue_id)

    def _reconciled(self, rule: Rule | None, situation: Situation, link: Link, sight: Sight) -> Outcome:
        try:
            return compare(rule, situation, link, sight, self.digest)
        except ExpressionError as error:
            self.fail(situation, "back", str(error))
            return compare(None, situation, link, sight, self.digest)

    def _followed(self, rule: Rule | None, situation: Situation, sight: Sight) -> bool:
        try:
            return is_followed(rule, situation, sight)
        except ExpressionError:
            return True  # it was complained about already

    def _marking(self, situation: Situation, link: Link, issue: Issue) -> tuple[Change, ...]:
        """Return what makes an issue known as the situation's own, and as its parent's child, where that is missing."""
        found: list[Change] = []
        if situation.adopts is not None and issue.op != situation.op:
            delta = Delta("rule", situation.adopts[0], situation.rule)
            found.append(Change(Action.ADOPT, situation, issue.id, issue.key, (delta,)))
        parent = self._parent_of(situation)
        lost = parent is not None and parent.followed and link.base.get(PARENT, AWAITED) == AWAITED
        if parent is not None and parent.issue is not None and lost:
            found.append(link_to_parent(situation, issue, parent.issue.id, parent.issue.key, self.digest))
        return tuple(found)


def _labelled(situation: Situation, link: Link, issue: Issue) -> Link:
    """Return the link with a note that the issue has our label: where it never had it, none is missing."""
    if situation.label not in issue.labels or LABELLED in link.base:
        return link
    return replace(link, base={**link.base, LABELLED: FieldBase("", "")})


def _with_label(situation: Situation, outcome: Outcome, issue: Issue) -> tuple[Change, ...]:
    """Return the changes, with our label where somebody took it from an issue that bears our mark still."""
    link = outcome.link
    lost = LABELLED in link.base and situation.label not in issue.labels and issue.op == situation.op
    if not lost or situation.cancelled or link.state not in (LinkState.LIVE, LinkState.CLOSED):
        return outcome.changes
    wish = Desired("labels", ValueKind.LABELS, {"add": [situation.label]})
    delta = Delta("labels", sorted(issue.labels), wish.value, Why.DRIFT)
    edits = [change for change in outcome.changes if change.action is Action.UPDATE]
    edit = edits[0] if edits else Change(Action.UPDATE, situation, issue.id, issue.key)
    edit = replace(edit, situation=replace(situation, desired=(*situation.desired, wish)), deltas=(*edit.deltas, delta))
    return (edit, *(change for change in outcome.changes if change.action is not Action.UPDATE))


def link_to_parent(situation: Situation, issue: Issue, parent_id: str, parent_key: str, digest: Digest) -> Change:
    """Return the change that links a child to its parent's issue."""
    delta = Delta(PARENT, None, parent_key)
    marks = {PARENT: (digest(parent_id), "", None)}
    return Change(Action.LINK, situation, issue.id, issue.key, (delta,), None, {}, marks, target_id=parent_id)
