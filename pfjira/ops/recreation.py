"""Issues that people deleted and a person wants once more: `replay --recreate`.

That goes for an issue, too, that was made and deleted before anybody read it back: its creation would stay open for
ever, since nobody but a person can tell deleted from hidden.

The link of such an issue rises by one generation, so that its creation is another operation than the one before. That
is written down in the transaction that writes down the creation itself: whatever dies afterwards, an ordinary sync goes
on from there, and nothing is made twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pfjira.engine.kinds import stream_of
from pfjira.engine.model import Ref
from pfjira.engine.plan import Action, Plan
from pfjira.engine.reconcile import Link, LinkState
from pfjira.errors import ConfigError, SideWentEmpty
from pfjira.ops import issues
from pfjira.ops.recover import is_due
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import audit, links, outbox, snapshots
from pfjira.state.outbox import Entry


def bumped(held: dict[str, list[Link]], scope: Scope) -> dict[str, list[Link]]:
    """Return the links of records, with those that the scope wants made once more a generation further."""
    if not scope.again:
        return held
    return {
        record_id: [_next(link) if (link.rule, link.key) in scope.again else link for link in own]
        for record_id, own in held.items()
    }


def _next(link: Link) -> Link:
    if link.state is not LinkState.GONE or link.again:
        return link
    return replace(link, generation=link.generation + 1, again=True, base={}, completed=None)


def save(workspace: Workspace, plan: Plan, scope: Scope, now: datetime) -> None:
    """Remember which issues are made once more by this plan; inside `write()`."""
    made = [
        change.situation
        for change in plan.changes
        if change.action is Action.CREATE and (change.rule, change.situation.key) in scope.again
    ]
    store = workspace.store
    links.make_again(store, ((one.rule, one.key, one.generation) for one in made))
    # A record that does not move is looked at all the same, until its new issue was seen.
    snapshots.doubt(store, [one.ref for one in made])
    for one in made:
        subject = f"{one.ref.kind}/{one.ref.id} {one.rule} {one.key}: generation {one.generation}"
        audit.append(store, workspace.who, "replay --recreate", subject, now)


def give_up(workspace: Workspace, plan: Plan, scope: Scope, now: datetime) -> None:
    """End the creations that a person gives up, where this plan makes theirs once more; inside `write()`."""
    store, made = workspace.store, [change for change in plan.changes if change.action is Action.CREATE]
    pairs, refs = {(change.rule, change.situation.key) for change in made}, {change.ref for change in made}
    for row in outbox.unfinished(store) if scope.given_up else ():
        renamed = workspace.rules.rule(row.rule) is None and row.ref in refs
        if row.number in scope.given_up and (renamed or (row.rule, row.key) in pairs):
            outbox.settle(store, [row.number], outbox.Stage.DROPPED, now)
            ids = ", ".join(sorted(row.named)[:5])
            subject = f"{row.ref.kind}/{row.ref.id} {row.rule} {row.key}: never read back, among {ids}"
            audit.append(store, workspace.who, "replay --recreate", subject, now)


def never_shown(workspace: Workspace, name: str) -> list[Entry]:
    """Return the creations for a record whose issue an answer named and nobody can read, though all was tried.

    Raise ConfigError where it may be an issue that Jira shows, or shows soon, SideWentEmpty where it shows nothing.
    """
    kind, slash, number = name.rpartition("/")
    ref = Ref(workspace.hr.name, stream_of(kind), number) if slash else None
    rows = [row for row in outbox.unfinished(workspace.store) if row.ref == ref and row.may_exist and row.named]
    if not rows:
        return []
    shown = list(issues.read(workspace, outbox.all_named(rows)))
    _refuse_hidden(workspace, {row.project for row in rows})
    ops, unmarked = {issue.op for issue in shown}, {issue.id: issue.key for issue in shown if issue.op is None}
    left = [row for row in rows if row.op not in ops]
    # Those of one request were named together: which of them is whose, only a mark can tell.
    if doubtful := sorted({unmarked[one] for row in left for one in row.named if one in unmarked}):
        raise ConfigError(
            f"Jira shows {', '.join(doubtful[:5])} without our mark: it may be that for {name}. Nothing is made.",
            hint="Let the login edit issues there, so that it can be marked, or delete it; then `pfjira sync`, and ask "
            "again.",
        )
    if not all(is_due(workspace, row) for row in left):
        raise ConfigError(
            f"What became of the issue for {name} is not certain yet: Jira may show it still.",
            hint="`pfjira sync` looks twice, and for 15 minutes by Jira's clock; then ask again.",
        )
    return left


def deleted(workspace: Workspace, names: Sequence[str]) -> list[Link]:
    """Return the links whose issues are gone for certain and may be made once more: those named, and their children.

    Raise ConfigError where an issue was never kept, or is still there; SideWentEmpty where nobody can tell.
    """
    found: dict[tuple[str, str], Link] = {}
    for name in names:
        named = _named(workspace, name)
        gone = [link for link in named if link.state is LinkState.GONE]
        if not gone:
            raise _is_kept(workspace, name, named)
        found |= {(link.rule, link.key): link for link in gone}
    shown = {issue.id: issue.key for issue in issues.read(workspace, [link.issue_id for link in found.values()])}
    if shown:
        keys = ", ".join(sorted(shown.values()))
        raise ConfigError(
            f"Jira shows {keys} again: nothing is made once more.", hint="`pfjira sync` follows it again."
        )
    _refuse_hidden(workspace, {link.issue_key.rpartition("-")[0] for link in found.values()})
    return list(found.values())


def _refuse_hidden(workspace: Workspace, projects: set[str]) -> None:
    for project in sorted(projects):
        if not workspace.tickets.highest_key(project):
            raise SideWentEmpty(
                f"Jira shows no issue of {project} at all: whether ours were deleted or are hidden, nobody can tell.",
                hint="Check that the login still sees the project (`pfjira doctor`).",
            )


def _named(workspace: Workspace, name: str) -> list[Link]:
    """Return the links that a name means: an issue with its children, or all of a record."""
    store = workspace.store
    kind, slash, number = name.rpartition("/")
    if slash:
        named = links.of_records(store, stream_of(kind), [number]).get(number, [])
    else:
        named = links.of_key(store, name.upper())
        for link in list(named):
            family = links.of_records(store, link.ref.kind, [link.ref.id])[link.ref.id]
            named += [one for one in family if one.rule.startswith(f"{link.rule}/") and one.key == link.key]
    if not named:
        raise ConfigError(
            f"pfjira never kept an issue {'for ' if slash else ''}{name}.",
            hint="It takes the key of a deleted issue, or KIND/ID of the record behind it; `pfjira status` lists them.",
        )
    return named


def _is_kept(workspace: Workspace, name: str, named: Sequence[Link]) -> ConfigError:
    """Return what to say of an issue that is not gone, as far as the state knows."""
    shown = {issue.id for issue in issues.read(workspace, [link.issue_id for link in named])}
    first = next((link for link in named if link.issue_id in shown), named[0])
    if first.issue_id in shown:
        return ConfigError(
            f"Jira still shows {first.issue_key}: nothing is made once more.",
            hint=f"`pfjira explain {name}` tells what it is kept for.",
        )
    return ConfigError(
        f"Jira does not show {first.issue_key} just now, and did when a run last looked: that proves nothing yet.",
        hint=f"Run `pfjira sync --only {name}`, which notes what is missing, and ask again.",
    )
