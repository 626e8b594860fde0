"""Settle creations whose outcome is open, before anything new is planned.

Four witnesses are asked, strongest first: issues that answers named or webhooks told of, the keys that follow the
newest one known before the request (a read by key does not lag), a search for what was created since, and time. Each
candidate is proven by the mark it carries. A creation is released to be planned again only when Jira's own clock is
past the waiting time, two look-ups at least a minute apart found nothing, and the keys were read to their end; and
never when an answer named an issue that may be it, though this login cannot read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pfjira.engine.model import Issue, Owner
from pfjira.engine.reconcile import AWAITED, Link
from pfjira.errors import Forbidden, Missing, Paused, Rejected
from pfjira.ops import issues
from pfjira.ops.hints import minutes_back
from pfjira.ops.notices import waiting
from pfjira.ops.workspace import Workspace
from pfjira.state import letters, links, outbox
from pfjira.state.links import Saved
from pfjira.state.outbox import Entry, Stage

BETWEEN = timedelta(seconds=60)
BELOW = 100
"""Keys below the newest that are read as well, since search may show a newer issue before an older one."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of the open creations."""

    found: int = 0
    released: int = 0
    parked: int = 0
    """How many are open still, after the last look."""

    def __add__(self, later: Recovered) -> Recovered:
        """Return what both looks found; what is parked is what the later one left."""
        return Recovered(self.found + later.found, self.released + later.released, later.parked)


def recover(workspace: Workspace) -> Recovered:
    """Look up every creation of unknown outcome; link what exists, release what certainly does not."""
    rows = [row for row in outbox.unfinished(workspace.store) if row.may_exist]
    if not rows:
        return Recovered()
    workspace.progress.stage("Looking up creations whose answer was lost", len(rows))
    ends: dict[str, bool] = {}
    found: dict[str, Issue] = {}
    unmarked: list[Issue] = []
    # What a webhook told of, and what an answer named: witnesses that no lag can silence. The mark says whose each is.
    told = waiting(workspace.store, workspace.hr.name).issue_ids
    witnesses = list(issues.read(workspace, list(dict.fromkeys([*told, *outbox.all_named(rows)]))))
    _collect(found, witnesses)
    proven = {issue.id for issue in witnesses if issue.op}
    left = [row for row in rows if row.op not in found]
    for project in sorted({row.project for row in left}):
        after = min(row.highest_key or 0 for row in left if row.project == project)
        followers, reached, ends[project] = workspace.tickets.probe(project, after)
        _collect(found, followers)
        unmarked += [issue for issue in followers if issue.op is None]
        # Fifty deleted or hidden keys in a row look like the end: search may know better.
        if (newest := workspace.tickets.highest_key(project)) > reached:
            followers, _, ends[project] = workspace.tickets.probe(project, max(reached, newest - BELOW))
            _collect(found, followers)
            unmarked += [issue for issue in followers if issue.op is None]
    if missing := [row for row in rows if row.op not in found]:
        _collect(found, _search(workspace, missing))
    unmarked_rows = [row for row in rows if row.trace and row.op not in found]
    marked, ambiguous = _requests(workspace, unmarked_rows, unmarked)
    _collect(found, marked)
    for row in rows:
        if row.trace and (issue := found.get(row.op)) is not None and workspace.rules.label not in issue.labels:
            _mark(workspace, issue.id, row.op)  # the property got through, the label did not
    now = workspace.now
    tally = {"found": 0, "released": 0, "parked": 0}
    with workspace.store.write():
        for row in rows:
            # What an answer named and nobody has shown to be another's may be this one's.
            ended = ends.get(row.project, False) and row.op not in ambiguous and row.named <= proven
            tally[_judge(workspace, row, found.get(row.op), now, to_the_end=ended)] += 1
    workspace.progress.step(len(rows))
    workspace.journal.note("lookup.done", **tally)
    return Recovered(**tally)


def is_due(workspace: Workspace, row: Entry) -> bool:
    """Say whether a creation was waited for long enough, and looked for twice, by Jira's clock."""
    waited = row.sent_at is None or workspace.now - row.sent_at >= workspace.park
    return waited and row.searched_at is not None and workspace.now - row.searched_at >= BETWEEN


def _judge(workspace: Workspace, row: Entry, issue: Issue | None, now: datetime, *, to_the_end: bool) -> str:
    """Decide about one row; inside `write()`."""
    store = workspace.store
    if issue is not None:
        # Created open, by us: that much both sides agreed on. Everything else is compared afresh.
        rule = workspace.rules.rule(row.rule)
        awaited = {line.field: AWAITED for line in (rule.fields if rule else ()) if line.own is Owner.JIRA}
        link = Link(row.rule, row.key, row.ref, issue.id, issue.key, base=awaited, completed=False)
        links.save(store, [Saved(link, row.op)])
        letters.clear(store, [row.ref], rule=row.rule, action=row.action, why=letters.DONE, now=now)
        outbox.settle(store, [row.number], Stage.DONE, workspace.now)
        return "found"
    if to_the_end and is_due(workspace, row):
        outbox.settle(store, [row.number], Stage.DROPPED, workspace.now)
        return "released"
    outbox.park(store, row.number, now)
    return "parked"


def _requests(workspace: Workspace, rows: list[Entry], unmarked: list[Issue]) -> tuple[list[Issue], set[str]]:
    """Find service requests that carry no mark yet, mark them, and return them as they are now.

    What an answer named is ours. Otherwise it is the only issue after the request that this login made, with the same
    summary and without a mark. Where several could be meant a person must tell: the ops of such are returned too, and
    they are not released, for one of the issues may be theirs.
    """
    if not rows:
        return [], set()
    own = workspace.tickets.check_login()
    mine = [issue.id for issue in unmarked if issue.creator == own]
    summaries = {
        issue.id: workspace.fingerprints.of(issue.fields.get("summary"))
        for issue in (workspace.tickets.fetch_many(mine, ("summary",)) if mine else ())
    }
    marked = []
    # What an answer named is taken first: it is nobody else's.
    for row in sorted(rows, key=lambda row: not row.named):
        traced = [issue_id for issue_id, summary in summaries.items() if summary == row.trace]
        alike = [other for other in rows if other.trace == row.trace and not other.named]
        named = sorted(row.named) if row.named else traced if len(alike) == 1 else []
        if len(named) == 1:
            _mark(workspace, named[0], row.op)
            summaries.pop(named[0], None)
            marked.append(named[0])
    ambiguous = {row.op for row in rows if row.trace in summaries.values()}
    return list(issues.read(workspace, marked)), ambiguous


def _mark(workspace: Workspace, issue_id: str, op: str) -> None:
    """Mark a request; where Jira refuses it, whatever mark is missing stays missing, and nothing else waits for it.

    While all writing is paused the mark waits for another run.
    """
    with suppress(Rejected, Forbidden, Missing, Paused):
        workspace.before_effect()
        workspace.marked.add(issue_id)
        workspace.tickets.mark(issue_id, workspace.stamp(op), workspace.rules.label)


def _search(workspace: Workspace, rows: list[Entry]) -> list[Issue]:
    """Search for issues made since the oldest of these requests, and read the candidates by id."""
    now = workspace.now
    oldest = min((row.sent_at for row in rows if row.sent_at), default=now)
    wanted = {row.op for row in rows}
    candidates = [
        issue_id
        for issue_id, _, op in workspace.tickets.created_since(minutes_back(now - oldest), workspace.rules.label)
        if op is None or op in wanted
    ]
    return [issue for issue in issues.read(workspace, candidates) if issue.op in wanted]


def _collect(found: dict[str, Issue], candidates: Iterable[Issue]) -> None:
    """Keep the oldest issue of each mark."""
    for issue in candidates:
        if issue.op and (issue.op not in found or int(issue.id) < int(found[issue.op].id)):
            found[issue.op] = issue
