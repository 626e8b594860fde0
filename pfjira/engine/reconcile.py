"""The decision: what is to be done, given what a rule wants, what Jira shows and what both last agreed on.

Field by field and three-way. A field's base is two fingerprints, ours and theirs at the last agreement, because Jira
may store a value in a form of its own: whoever differs from his own half has moved. Completion is one more field, which
both sides may move. Pure: values in, an `Outcome` out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto
from typing import assert_never

from pfjira.engine import adf
from pfjira.engine.model import Desired, Issue, Json, Owner, Ref, Situation, Target, ValueKind
from pfjira.engine.plan import Action, Change, Conflict, Delta, Kept, Why
from pfjira.engine.sight import DONE

Digest = Callable[[Json], str]
COMPLETION = "completed"
"""The name under which completion appears among fields."""
WITHDRAWN = "withdrawn"
"""Name under which a link remembers that its issue was closed because the record was withdrawn, and not by people."""


class LinkState(StrEnum):
    """Where the life of a kept issue stands."""

    LIVE = "live"
    CLOSED = "closed"
    """Both sides agree that it is done; followed all the same."""
    CANCELLED = "cancelled"
    GONE = "gone"
    """Deleted or hidden in Jira; never recreated by itself, only by `replay --recreate`."""


@dataclass(frozen=True, slots=True)
class FieldBase:
    """The last agreement on one field."""

    ours: str
    theirs: str
    refused: str | None = None
    """What Jira showed right after we wrote: when the same comes back a second time, it is Jira's form of it."""


AWAITED = FieldBase("", "")
"""The base of a field that belongs to a creation and that the create call could not carry."""


@dataclass(frozen=True, slots=True)
class Link:
    """One situation and its issue."""

    rule: str
    key: str
    ref: Ref
    issue_id: str
    issue_key: str
    state: LinkState = LinkState.LIVE
    generation: int = 0
    base: Mapping[str, FieldBase] = field(default_factory=dict)
    completed: bool | None = None
    """The last agreement on completion; None before there was one."""
    again: bool = False
    """The issue is gone, and a person wants it to be made once more."""


class Verdict(Enum):
    """Whose value survives."""

    AGREED = auto()
    LEFT = auto()
    KEPT = auto()
    """The right one stays, and there is no way (or no wish) to write it to the left."""
    CONFLICT = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done for one situation."""

    link: Link
    """With the base advanced over every field that was found equal."""
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    kept: tuple[Kept, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do or to ask."""
        return not (self.changes or self.conflicts)


def arbitrate(own: Owner, base: FieldBase | None, ours: str, theirs: str, *, equal: bool, empty: bool) -> Verdict:
    """Say whose value survives. `ours` and `theirs` are fingerprints; `empty`: Jira shows nothing."""
    if equal:
        return Verdict.AGREED
    match own:
        case Owner.JIRA:
            return Verdict.LEFT if empty and base == AWAITED else Verdict.AGREED
        case Owner.ONCE:
            return Verdict.LEFT if empty and base is None else Verdict.AGREED
        case Owner.EMPTY if not empty:
            return Verdict.AGREED
        case Owner.EMPTY | Owner.HR:
            return Verdict.AGREED if base and (ours, theirs) == (base.ours, base.theirs) else Verdict.LEFT
        case Owner.ASK:
            if base is None:
                return Verdict.LEFT if empty else Verdict.CONFLICT
            if theirs == base.theirs:
                return Verdict.AGREED if ours == base.ours else Verdict.LEFT
            return Verdict.KEPT if ours == base.ours else Verdict.CONFLICT
        case _:
            assert_never(own)


def comparable(kind: ValueKind, value: Json) -> Json:
    """Return a value in the form in which two of its kind are compared: None for every kind of nothing."""
    if value in (None, "", [], {}):
        return None
    match kind:
        case ValueKind.HTML:
            return adf.canonical(value)
        case ValueKind.TEXT:
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            return str(value).strip() or None
        case _:
            return value


def sides(desired: Desired, issue: Issue, digest: Digest) -> tuple[Json, Json, str, str]:
    """Return both values of a field in the form in which they are compared, and the fingerprints of both."""
    wanted, shown = desired.value, issue.fields.get(desired.field)
    ours = comparable(desired.kind, wanted)
    # Mostly they are equal: then one form and one fingerprint do for both.
    theirs = ours if type(wanted) is type(shown) and wanted == shown else comparable(desired.kind, shown)
    left = digest(ours)
    return ours, theirs, left, left if ours == theirs else digest(theirs)


def labels_missing(desired: Desired, labels: frozenset[str]) -> dict[str, list[str]]:
    """Return which labels are still to be added and removed, {} when none."""
    wanted = desired.value or {}
    left = {
        "add": [label for label in wanted.get("add", ()) if label not in labels],
        "remove": [label for label in wanted.get("remove", ()) if label in labels],
    }
    return {verb: names for verb, names in left.items() if names}


def is_back(situation: Situation, link: Link) -> bool:
    """Say whether what was withdrawn is wanted again: the rule opens it anew, under the key of the cancelled issue.

    What people had done before the withdrawal was not closed by it.
    """
    ours = link.state is LinkState.CANCELLED and WITHDRAWN in link.base
    return ours and situation.opens and not situation.cancelled


def reconcile(
    situation: Situation, link: Link, issue: Issue, *, digest: Digest, theirs_done: bool | None, ours_done: bool | None
) -> Outcome:
    """Compare one situation with its issue.

    `ours_done`: completion in HR, None when the rule does not look at it. `theirs_done`: what the rule's `back` (or,
    without one, the status category) makes of the issue's status, None when it has no opinion.
    """
    if situation.cancelled:
        return _cancel(situation, link, issue, digest)
    outcome = _fields(situation, link, issue, digest)
    return _completion(situation, outcome, issue, digest, ours_done, theirs_done)


def decided(link: Link, conflict: Conflict, *, hr_wins: bool, digest: Digest) -> Link:
    """Return the link under which `reconcile` follows the side that a person chose.

    Where HR wins, what Jira shows counts as agreed, so that HR alone has moved. Where Jira wins, both values count as
    agreed as they are (no field of an issue is written to HR), and completion as HR has it, so that Jira alone has
    moved. Whoever moves after that is followed, or asked about, as after any agreement.
    """
    if conflict.field == COMPLETION:
        return replace(link, completed=bool(conflict.theirs if hr_wins else conflict.ours))
    # No value has an empty fingerprint: should HR move back to an earlier value meanwhile, it has moved all the same.
    ours = "" if hr_wins else digest(conflict.ours)
    return replace(link, base={**link.base, conflict.field: FieldBase(ours, digest(conflict.theirs))})


def _fields(situation: Situation, link: Link, issue: Issue, digest: Digest) -> Outcome:
    deltas: list[Delta] = []
    seen: dict[str, str] = {}
    conflicts: list[Conflict] = []
    kept: list[Kept] = []
    base = dict(link.base)
    # A child's dates follow HR's while it is open, and stay as they were once its work is done.
    frozen = situation.parent is not None and issue.category == DONE and not is_back(situation, link)
    for desired in () if frozen else situation.desired:
        if desired.kind is ValueKind.LABELS:
            if missing := labels_missing(desired, issue.labels):
                deltas.append(Delta("labels", sorted(issue.labels), missing, Why.DIFFERS))
            continue
        ours, theirs, left, right = sides(desired, issue, digest)
        before = base.get(desired.field)
        verdict = arbitrate(desired.own, before, left, right, equal=ours == theirs, empty=theirs is None)
        match verdict:
            case Verdict.AGREED:
                # `once` waits for its first value; nothing has been written yet, and nothing agreed.
                if not (desired.own is Owner.ONCE and before is None and theirs is None):
                    base[desired.field] = FieldBase(left, right)
            case Verdict.LEFT:
                seen[desired.field] = right
                deltas.append(Delta(desired.field, theirs, desired.value, _why(before, left, theirs)))
            case Verdict.KEPT:
                kept.append(Kept(situation.rule, situation.ref, issue.key, desired.field, ours, theirs))
            case Verdict.CONFLICT:
                conflicts.append(
                    Conflict(situation.rule, situation.key, situation.ref, issue.key, desired.field, ours, theirs)
                )
            case _:
                assert_never(verdict)
    changes = (Change(Action.UPDATE, situation, issue.id, issue.key, tuple(deltas), None, seen),) if deltas else ()
    return Outcome(replace(link, base=base), changes, tuple(conflicts), tuple(kept))


def _why(base: FieldBase | None, ours: str, theirs: Json) -> Why:
    if base in (None, AWAITED):
        return Why.DIFFERS
    if base.ours != ours:
        return Why.HR_MOVED
    return Why.EMPTY if theirs is None else Why.DRIFT


def _completion(
    situation: Situation, outcome: Outcome, issue: Issue, digest: Digest, ours: bool | None, theirs: bool | None
) -> Outcome:
    """Follow whoever moved away from the agreed completion. With two values, both cannot move apart."""
    link = outcome.link
    if ours is None:
        if issue.category != DONE or WITHDRAWN not in link.base:
            link = kept(link)
        # The rule does not look at completion: should it begin to, what was closed long ago is a question.
        outcome = replace(outcome, link=replace(link, completed=None))
        if not is_back(situation, link):
            return outcome
        change = _move(Action.REOPEN, situation, issue, Target("new"), digest, Why.HR_MOVED)
        return replace(outcome, changes=(*outcome.changes, change))
    speaks = theirs is not None
    if theirs is None:
        # Jira's status means nothing to the rule's `back`: nothing is written towards HR, but HR is still followed.
        theirs = issue.category == DONE
    if ours == theirs:
        state = LinkState.CLOSED if ours else LinkState.LIVE
        return replace(outcome, link=replace(link, completed=ours, state=state))
    if link.state is LinkState.CANCELLED and theirs:
        # Withdrawn by us, and the record is back: the done status is our own doing and must not complete the task.
        change = _move(Action.REOPEN, situation, issue, Target("new"), digest, Why.HR_MOVED)
        return replace(outcome, changes=(*outcome.changes, change))
    if link.completed is None and situation.writes_back:
        conflict = Conflict(situation.rule, situation.key, situation.ref, issue.key, COMPLETION, ours, theirs)
        return replace(outcome, conflicts=(*outcome.conflicts, conflict))
    if link.completed is not None and ours != link.completed:
        if ours:
            change = _move(Action.CLOSE, situation, issue, situation.close or Target(DONE), digest, Why.HR_MOVED)
        else:
            change = _move(Action.REOPEN, situation, issue, Target("new"), digest, Why.HR_MOVED)
    elif situation.writes_back and not speaks:
        return outcome
    elif situation.writes_back:
        action = Action.COMPLETE_TASK if theirs else Action.REOPEN_TASK
        delta = Delta(COMPLETION, ours, theirs, Why.NEW)
        seen = {"status": digest(issue.status)}
        change = Change(action, situation, issue.id, issue.key, (delta,), None, seen)
    elif ours:
        change = _move(Action.CLOSE, situation, issue, situation.close or Target(DONE), digest, Why.DRIFT)
    else:
        # Closed by hand in Jira, and no rule writes that back: Jira's affair.
        return outcome
    return replace(outcome, changes=(*outcome.changes, change))


def _cancel(situation: Situation, link: Link, issue: Issue, digest: Digest) -> Outcome:
    target = situation.cancel or Target(DONE)
    mark = digest(target.to)
    if link.state is LinkState.CANCELLED:
        return Outcome(link)
    if issue.category == DONE:
        # Where it is by name, our own move brought it, though we may not have lived to see that.
        moved = issue.status.casefold() == target.to.casefold() != DONE
        base = {**link.base, WITHDRAWN: FieldBase(mark, "")} if moved else link.base
        return Outcome(replace(link, state=LinkState.CANCELLED, base=base))
    change = _move(Action.CANCEL, situation, issue, target, digest, Why.HR_MOVED)
    return Outcome(link, (replace(change, marks={WITHDRAWN: (mark, "", None)}),))


def kept(link: Link) -> Link:
    """Return the link of an issue that is kept again after a withdrawal, or as it was."""
    if link.state is not LinkState.CANCELLED:
        return link
    base = {name: entry for name, entry in link.base.items() if name != WITHDRAWN}
    return replace(link, state=LinkState.LIVE, base=base)


def _move(action: Action, situation: Situation, issue: Issue, target: Target, digest: Digest, why: Why) -> Change:
    delta = Delta("status", issue.status, target.to, why)
    return Change(action, situation, issue.id, issue.key, (delta,), target, {"status": digest(issue.status)})
