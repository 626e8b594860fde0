"""Issues that were made twice: the one that is followed stays, the others get a label, and nothing else is touched.

Where none is followed yet, the one with the lowest id is. Nothing is deleted, closed or moved: which of two issues
people worked on, only they know. A label that somebody took away is not put back, and where the followed issue is gone
nothing is labelled, for the other one may be meant to stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from pfjira.engine.model import Desired, Issue, Situation, ValueKind
from pfjira.engine.plan import Action, Change, Delta, Why
from pfjira.engine.reconcile import Link, LinkState
from pfjira.engine.sight import DONE
from pfjira.errors import ConnectorError, Forbidden, Missing, Paused, Rejected, Stale, Unauthorized, Unavailable
from pfjira.ops import issues
from pfjira.ops.decide import Settled
from pfjira.ops.hints import Hints, overtaken
from pfjira.ops.workspace import Workspace
from pfjira.state import doubles, links, outbox
from pfjira.state.doubles import Double, Stage

LABEL = "pfjira-duplicate"


@dataclass(slots=True)
class Found:
    """What a look at the duplicates came to."""

    doubles: list[Double] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    """Labels to put on."""
    gone: list[str] = field(default_factory=list)
    """Issue ids that are no duplicates any more."""

    @property
    def asking(self) -> tuple[Double, ...]:
        """What a person is asked about: what should be labelled and is not going to be."""
        planned = {change.issue_id for change in self.changes}
        return tuple(one for one in self.doubles if one.stage in doubles.ASKING and one.issue_id not in planned)


def first_of_each(read: Iterable[Issue], hints: Hints) -> dict[str, Issue]:
    """Return the issue to follow for each mark, and note the others as duplicates: a labelled one comes last."""
    chosen: dict[str, Issue] = {}
    for issue in sorted(read, key=lambda issue: (LABEL in issue.labels, int(issue.id))):
        if issue.op is None:
            continue
        if chosen.setdefault(issue.op, issue) is issue:
            hints.doubles.pop(issue.id, None)
        else:
            hints.doubles[issue.id] = issue.op
    return chosen


def look(workspace: Workspace, hints: Hints, settled: Collection[Settled], *, full: bool) -> Found:
    """Judge the duplicates that a search found, those that are not dealt with, and with `full` all that are known."""
    known, found = doubles.every(workspace.store), Found()
    wanted = {*hints.doubles, *(one.issue_id for one in known.values() if full or one.stage in doubles.ASKING)}
    if not wanted:
        return found
    marks = {one: hints.doubles[one] if one in hints.doubles else known[one].op for one in wanted}
    ops = set(marks.values())
    kept = overtaken(workspace, (entry.link for entry in settled))
    kept |= links.of_ops(workspace.store, ops) | {entry.situation.op: entry.link for entry in settled}
    followed = [kept[op].issue_id for op in sorted(ops & kept.keys())]
    shown = {issue.id: issue for issue in issues.read(workspace, sorted({*wanted, *followed}, key=int))}
    for issue_id in sorted(wanted, key=int):
        issue = shown.get(issue_id)
        link = kept.get(marks[issue_id])
        # A search may show a mark that the issue does not bear any more.
        if issue is None or issue.op != marks[issue_id] or link is None or link.issue_id == issue_id:
            found.gone.append(issue_id)
            continue
        stage, reason = _judged(workspace, issue, link, shown, known.get(issue_id), full=full)
        found.doubles.append(Double(issue_id, issue.key, issue.op or "", link.issue_key, stage, reason))
        if stage is Stage.OPEN and not reason:
            found.changes.append(_labelling(workspace, issue, link))
    return found


def _judged(
    workspace: Workspace, issue: Issue, link: Link, shown: Collection[str], before: Double | None, *, full: bool
) -> tuple[Stage, str]:
    """Return where a duplicate stands, and why it is not to be labelled, where it should be."""
    labelled, rule = LABEL in issue.labels, workspace.rules.rule(link.rule.partition("/")[0])
    if issue.category == DONE and (labelled or link.state is LinkState.GONE):
        return Stage.CLOSED, ""
    if before is not None and not labelled and before.stage in (Stage.LABELLED, Stage.CLOSED, Stage.RELEASED):
        return Stage.RELEASED, ""
    if link.issue_id not in shown:
        return Stage.ORPHAN, f"it carries the mark of {link.issue_key}, which is not in Jira any more"
    if labelled:
        return Stage.LABELLED, ""
    if link.rule in workspace.off or (rule is not None and rule.shadow):
        return Stage.OPEN, f"it carries the mark of {link.issue_key}, and the rule {link.rule} is off"
    if before is not None and before.stage is Stage.REFUSED and not full:
        return Stage.REFUSED, before.reason
    return Stage.OPEN, ""


def _labelling(workspace: Workspace, issue: Issue, link: Link) -> Change:
    wish = Desired("labels", ValueKind.LABELS, {"add": [LABEL]})
    situation = Situation(
        link.rule, link.key, link.ref, issue.op or "", issue.project, "", (wish,), done=False, cancelled=False,
        label=workspace.rules.label,
    )  # fmt: skip
    deltas = (
        Delta("labels", sorted(issue.labels), wish.value, Why.DIFFERS),
        Delta("duplicate of", None, link.issue_key),
    )
    return Change(Action.LABEL_DOUBLE, situation, issue.id, issue.key, deltas)


def label(workspace: Workspace, pairs: Sequence[tuple[int, Change]], done: Counter[str]) -> None:
    """Put the labels on, each after one more look, and count them. Raise what concerns more than one issue."""
    if not pairs:
        return
    store, tickets = workspace.store, workspace.tickets
    workspace.progress.stage("Labelling duplicates in Jira", len(pairs))
    before = _read(workspace, pairs)
    labelled: list[tuple[int, Change]] = []
    try:
        for number, change in pairs:
            issue = before.get(change.issue_id or "")
            if issue is None or issue.op != change.op or LABEL in issue.labels:
                with store.write():
                    outbox.settle(store, [number], outbox.Stage.DROPPED, workspace.now)  # the next look judges it anew
                continue
            with store.write():
                outbox.lease(store, [number], sent_at=tickets.server_time)
            try:
                workspace.before_effect()
                tickets.edit(issue.id, change.situation.desired)
                labelled.append((number, change))
            except (ConnectorError, Paused) as error:
                _failed(workspace, number, issue, error)
            workspace.progress.step()
        after = _read(workspace, labelled)
        shown = {issue_id for issue_id, issue in after.items() if LABEL in issue.labels}
        labelled = [pair for pair in labelled if pair[1].issue_id in shown]
    finally:  # what was answered before a break-off is done, though nobody could look again
        with store.write():
            for number, change in labelled:
                outbox.settle(store, [number], outbox.Stage.DONE, workspace.now)
                doubles.settle(store, change.issue_id or "", Stage.LABELLED)
                done[change.action.value] += 1


def _failed(workspace: Workspace, number: int, issue: Issue, error: ConnectorError | Paused) -> None:
    """Keep the outcome of a label that was not put on. Raise the error unless it is about this issue alone."""
    store = workspace.store
    match error:
        case Rejected() | Forbidden():
            stage = outbox.Stage.DEAD
        case Stale() | Missing():
            stage = outbox.Stage.DROPPED
        case Unavailable() | Unauthorized() | Paused():
            stage = outbox.Stage.INTENT
        case _:
            stage = outbox.Stage.UNKNOWN
    with store.write():
        outbox.settle(store, [number], stage, workspace.now)
        if stage is outbox.Stage.DEAD:
            doubles.settle(store, issue.id, Stage.REFUSED, str(error))
    if stage in (outbox.Stage.INTENT, outbox.Stage.UNKNOWN):
        raise error


def _read(workspace: Workspace, pairs: Sequence[tuple[int, Change]]) -> dict[str, Issue]:
    ids = [change.issue_id for _, change in pairs if change.issue_id]
    return {issue.id: issue for issue in workspace.tickets.fetch_many(ids, ())}
