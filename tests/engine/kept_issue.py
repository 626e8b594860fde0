"""One kept issue and its situation, ready to be varied, and what carrying out a plan makes of both.

The model of carrying out is deliberately small: a write lands, Jira shows it (in a form of its own, where a test says
so), and the base moves the way `ops.settle` moves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pfjira.engine.fingerprint import Fingerprinter
from pfjira.engine.model import Desired, Issue, Json, Owner, Ref, Situation, ValueKind
from pfjira.engine.plan import COMPLETIONS, Action, Change
from pfjira.engine.reconcile import FieldBase, Link, LinkState, Outcome, comparable, kept, reconcile

TASK = Ref("peopleforce", "task", "7001")
DIGEST = Fingerprinter(b"a salt").of
USUAL = Situation("it-tasks", "7001", TASK, "0" * 20, "ITOPS", "Task", (), done=False, cancelled=False)
ISSUE = Issue("10001", "ITOPS-1", "ITOPS", "To Do", "new", frozenset({"pfjira"}), {}, "0" * 20)
LINK = Link("it-tasks", "7001", TASK, "10001", "ITOPS-1")


def text(value: Json, own: Owner = Owner.HR, field: str = "summary") -> Desired:
    """Return a plain text that a rule wants."""
    return Desired(field, ValueKind.TEXT, value, own)


def agreed(ours: Json, theirs: Json, refused: Json = None) -> FieldBase:
    """Return the base of a text on which both sides agreed in these forms."""
    left, right = (DIGEST(comparable(ValueKind.TEXT, value)) for value in (ours, theirs))
    return FieldBase(left, right, None if refused is None else DIGEST(refused))


def same(value: Json) -> Json:
    """Store a value as it was sent."""
    return value


@dataclass(frozen=True, slots=True)
class World:
    """A situation, its link, its issue, and how Jira writes down a text."""

    situation: Situation = USUAL
    link: Link = LINK
    issue: Issue = ISSUE
    store: Callable[[Json], Json] = same
    looks_at_done: bool = True

    def reconciled(self) -> Outcome:
        """Compare both sides as they are now."""
        return reconcile(
            self.situation,
            self.link,
            self.issue,
            digest=DIGEST,
            theirs_done=self.issue.category == "done",
            ours_done=self.situation.done if self.looks_at_done else None,
        )

    def after(self, outcome: Outcome) -> World:
        """Carry out everything and remember it."""
        world = replace(self, link=outcome.link)
        for change in outcome.changes:
            world = world._carried_out(change)
        return world

    def _carried_out(self, change: Change) -> World:
        situation, link = self.situation, self.link
        match change.action:
            case Action.UPDATE:
                return self._updated(change)
            case Action.CLOSE:
                link = replace(link, completed=True, state=LinkState.CLOSED)
                return replace(self, link=link, issue=replace(self.issue, category="done"))
            case Action.CANCEL:
                base = {**link.base, **{name: FieldBase(*mark) for name, mark in change.marks.items()}}
                link = replace(link, state=LinkState.CANCELLED, base=base)
                return replace(self, link=link, issue=replace(self.issue, category="done"))
            case Action.REOPEN:
                link = replace(kept(link), completed=False, state=LinkState.LIVE)
                return replace(self, link=link, issue=replace(self.issue, category="new"))
            case _:
                done = COMPLETIONS[change.action]
                link = replace(link, completed=done, state=LinkState.CLOSED if done else LinkState.LIVE)
                return replace(self, link=link, situation=replace(situation, done=done))

    def _updated(self, change: Change) -> World:
        fields, labels, base = dict(self.issue.fields), set(self.issue.labels), dict(self.link.base)
        for delta in change.deltas:
            if delta.field == "labels":
                labels = (labels | set(delta.after.get("add", ()))) - set(delta.after.get("remove", ()))
            else:
                fields[delta.field] = self.store(delta.after)
                base[delta.field] = _remembered(delta.after, fields[delta.field], base.get(delta.field))
        issue = replace(self.issue, fields=fields, labels=frozenset(labels))
        return replace(self, issue=issue, link=replace(self.link, base=base))


def _remembered(wanted: Json, shown: Json, before: FieldBase | None) -> FieldBase:
    ours, theirs = (DIGEST(comparable(ValueKind.TEXT, value)) for value in (wanted, shown))
    if ours == theirs or (before is not None and before.refused == theirs and before.ours == ours):
        return FieldBase(ours, theirs)
    return FieldBase(ours, ours, theirs)


def world(
    *desired: Desired,
    fields: Mapping[str, Json] | None = None,
    base: Mapping[str, FieldBase] | None = None,
    labels: frozenset[str] = frozenset({"pfjira"}),
    store: Callable[[Json], Json] = same,
) -> World:
    """Return a world in which only fields are in question."""
    return World(
        replace(USUAL, desired=desired),
        replace(LINK, base=dict(base or {})),
        replace(ISSUE, fields=dict(fields or {}), labels=labels),
        store,
        looks_at_done=False,
    )
