"""Read the Jira side: which kept issues may have moved, and which carry our mark though the state does not know them.

A search result is a hint only: it may lag, miss, or show the past. Values always come from a read by id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from pfjira.connectors.base import Hint
from pfjira.engine.fingerprint import creation
from pfjira.engine.marks import REPEATED
from pfjira.engine.model import Issue, Ref
from pfjira.engine.reconcile import Link, LinkState
from pfjira.ops import issues
from pfjira.ops.workspace import Workspace
from pfjira.state import links, outbox, runs, witness

OVERLAP_MINUTES = 10
"""Search again over what the last run searched already, for the index that lagged then."""
LOST_TRACK = timedelta(days=30)
CURSOR = "jira"


@dataclass(slots=True)
class Hints:
    """What to look at again, from Jira's side."""

    records: set[Ref] = field(default_factory=set)
    """HR records whose issue may have moved."""
    strangers: dict[str, str] = field(default_factory=dict)
    """Operation id to issue id, of issues that carry our mark and that nothing here knows."""
    doubles: dict[str, str] = field(default_factory=dict)
    """Issue id to operation id, of further issues that carry the mark of a known one."""
    issues: dict[str, Issue] = field(default_factory=dict)
    """Read by id already (full sweeps)."""
    newest_run: int = 0
    """The newest run that a kept issue tells of, and that there can have been."""
    furthest_run: int = 0
    """No run can have had a higher number."""
    forged: set[str] = field(default_factory=set)
    """Keys of issues that tell of a run that there cannot have been."""

    def believe_run(self, issue_key: str, run: int) -> None:
        """Take the word of an issue for the run that wrote to it last, where that can be."""
        if run > self.furthest_run:
            self.forged.add(issue_key)
        else:
            self.newest_run = max(self.newest_run, run)


def touched(workspace: Workspace, *, full: bool) -> Hints:
    """Search for issues with our label that changed since the last run; with `full`, for all of them."""
    workspace.progress.stage("Asking Jira what moved")
    hints = Hints()
    minutes = None if full else _minutes(workspace)
    marked = _marked(workspace, minutes)
    if minutes is not None:
        # Only its answer tells what time it is there: a machine whose clock is behind has asked for too little.
        needed = _minutes(workspace)
        if needed is None or needed > minutes + 1:
            marked = _marked(workspace, needed)
    hints.furthest_run = witness.furthest(workspace.store, workspace.run, workspace.now)
    known = links.by_issue(workspace.store, marked)
    unknown = {issue_id: op for issue_id, (_, op, _, _) in marked.items() if op and issue_id not in known}
    linked = links.ops(workspace.store, set(unknown.values())) | overtaken(workspace).keys() if unknown else set()
    # An intent that was never sent explains no issue: a backup taken during a run is full of them.
    sent = {entry.op for entry in outbox.unfinished(workspace.store) if entry.stage is not outbox.Stage.INTENT}
    for issue_id, op in sorted(unknown.items(), key=lambda pair: int(pair[0])):
        if op in linked or op in hints.strangers:
            hints.doubles[issue_id] = op
        elif op not in sent:
            hints.strangers[op] = issue_id
    if hints.strangers:
        hints.records |= _made_again(workspace, hints.strangers)
    for issue_id, entry in known.items():
        if issue_id not in workspace.marked:
            hints.believe_run(entry.key, marked[issue_id].run)
        if entry.is_news(marked[issue_id].updated):
            hints.records.add(entry.ref)
    return hints


def _made_again(workspace: Workspace, strangers: Collection[str]) -> set[Ref]:
    """Return the records of deleted issues that were made once more, though this state does not know: it is older."""
    return {
        link.ref
        for link in links.gone(workspace.store)
        for more in range(1, REPEATED + 1)
        if creation(workspace.installation, link.ref, link.rule, link.key, link.generation + more) in strangers
    }


def overtaken(workspace: Workspace, more: Iterable[Link] = ()) -> dict[str, Link]:
    """Return the marks of issues that were deleted and made once more, each with the link of the newest one.

    Should such an issue be back, it is a duplicate. `more` are links that the state does not hold yet.
    """
    return {
        creation(workspace.installation, link.ref, link.rule, link.key, generation): link
        for link in (*links.made_again(workspace.store), *more)
        for generation in range(link.generation)
    }


def read_known(workspace: Workspace, hints: Hints) -> None:
    """Read every kept issue by id, and keep those that moved. Raise SideWentEmpty when none is left."""
    kept = links.followed(workspace.store)
    if not kept:
        return
    visible = 0
    for issue in issues.read(workspace, list(kept), stage="Reading the kept issues from Jira"):
        entry = kept.pop(issue.id, None)
        visible += 1
        if entry is not None and (entry.state is LinkState.GONE or entry.is_news(issue.updated)):
            hints.issues[issue.id] = issue
            hints.records.add(entry.ref)
    missing = {issue_id: entry for issue_id, entry in kept.items() if entry.state is not LinkState.GONE}
    if not visible:
        issues.refuse_emptiness(workspace, [entry.key for entry in missing.values()])
    hints.records.update(entry.ref for entry in missing.values())


def _marked(workspace: Workspace, minutes: int | None) -> dict[str, Hint]:
    """Return issue id to what is shown of the issues with our label that changed in these minutes."""
    marked = {}
    for hint in workspace.tickets.changed_since(minutes, workspace.rules.label):
        marked[hint.id] = hint
        workspace.progress.step()
    return marked


def _minutes(workspace: Workspace) -> int | None:
    """How far back to search; None, which is everything, when there is no trustworthy watermark."""
    since = runs.cursor(workspace.store, CURSOR)
    elapsed = workspace.now - since if since else None
    if elapsed is None or elapsed < -timedelta(minutes=OVERLAP_MINUTES) or elapsed > LOST_TRACK:
        return None
    return minutes_back(elapsed)


def minutes_back(elapsed: timedelta) -> int:
    """Return how many minutes a search must reach back to cover a time, with the overlap."""
    return max(0, int(elapsed.total_seconds() // 60)) + 1 + OVERLAP_MINUTES
