"""Deliveries as reasons to look: which records, issues and accounts they name, and what must be read wholly instead.

Nothing that a delivery says is believed. It is settled when a run that took it came to its end: one that arrived
meanwhile, or one whose run stopped, is there for the next.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from pfjira.engine.model import Ref
from pfjira.ops import issues
from pfjira.ops.hints import Hints
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import deliveries, inbox, links, outbox
from pfjira.state.store import Store

ISSUES, ACCOUNTS = "issue", "account"


@dataclass(slots=True)
class Notices:
    """What waited when a run began to plan."""

    taken: list[tuple[int, str]] = field(default_factory=list)
    """Number of each, and when it came for the last time."""
    records: set[Ref] = field(default_factory=set)
    issue_ids: list[str] = field(default_factory=list)
    sweeps: set[str] = field(default_factory=set)
    """Streams of the HR side to be read wholly."""
    every_issue: bool = False
    """Whether all kept issues are to be read, because a delivery did not say which."""
    accounts: bool = False
    """Whether accounts came, went or changed: people in review may be clear now."""


def waiting(store: Store, hr: str) -> Notices:
    """Return what waits; `hr` is the name of the HR side."""
    found = Notices()
    for one in inbox.pending(store):
        found.taken.append((one.number, one.received_at))
        system, sweep = one.sweep or ("", "")
        for ref in one.refs:
            if ref.system == hr:
                found.records.add(ref)
            elif ref.kind == ISSUES:
                found.issue_ids.append(ref.id)
            else:
                found.accounts = True
        if system == hr:
            found.sweeps.add(sweep)
        else:
            found.every_issue |= sweep == ISSUES
            found.accounts |= sweep == ACCOUNTS
    found.issue_ids = list(dict.fromkeys(found.issue_ids))
    return found


def follow(workspace: Workspace, hints: Hints, notices: Notices) -> None:
    """Read the issues that were named, by id, and add what they tell to the hints."""
    store = workspace.store
    wanted = [issue_id for issue_id in notices.issue_ids if issue_id not in hints.issues]
    known = links.by_issue(store, wanted)
    shown = {issue.id: issue for issue in issues.read(workspace, wanted)}
    strangers = {
        issue.id: issue.op
        for issue in shown.values()
        if issue.op and issue.id not in known and workspace.rules.label in issue.labels
    }
    linked = links.ops(store, set(strangers.values()))
    sent = {entry.op for entry in outbox.unfinished(store) if entry.stage is not outbox.Stage.INTENT}
    for issue_id, op in sorted(strangers.items(), key=lambda pair: int(pair[0])):
        if op in linked or hints.strangers.get(op, issue_id) != issue_id:
            hints.doubles[op] = issue_id
        elif op not in sent:
            hints.strangers[op] = issue_id
    for issue_id, entry in known.items():
        issue = shown.get(issue_id)
        if issue is None or entry.is_news(issue.updated):
            hints.records.add(entry.ref)
        if issue is not None:
            hints.issues[issue_id] = issue


def begin(workspace: Workspace, scope: Scope) -> None:
    """Take back the word that something waits: this run takes all of it, and what comes later leaves it again."""
    if workspace.store.path is not None and _takes_all(scope):
        inbox.lower_flag(workspace.store.path)


def settle(workspace: Workspace, notices: Notices, scope: Scope) -> None:
    """Note that a run came to its end; one that looked at one record only, or at one rule, has not taken the others.

    What no rule in force reads is noted, too: it waits for a rule, visibly and not for ever.
    """
    store = workspace.store
    read = {stream.removeprefix("hook.") for stream in workspace.rules.streams if stream.startswith("hook.")}
    for source, count in deliveries.note_readers(store, read, workspace.now).items():
        workspace.journal.note("deliveries.erased", source=source, deliveries=count, why="no rule reads them")
    if notices.taken and _takes_all(scope):
        with store.write():
            inbox.settle(store, notices.taken, workspace.clock())
        if store.path is not None and inbox.tally(store)["pending"]:
            with suppress(OSError):  # the run by the timer finds it all the same
                inbox.raise_flag(store.path)


def shown(store: Store, now: datetime) -> dict[str, str]:
    """Return what is to be said of deliveries in a report of health; nothing where there never was one."""
    newest, counts = inbox.newest(store), inbox.tally(store)
    if newest is None:
        return {}
    topics = ", ".join(f"{topic} {count}" for topic, count in inbox.ignored(store).items())
    minutes = max(0, int((now - newest).total_seconds() // 60))
    return {
        "last webhook": f"{minutes} min ago",
        "webhooks waiting": str(counts["pending"]),
        "webhooks ignored": topics or "none",
    }


def _takes_all(scope: Scope) -> bool:
    return not scope.is_named and scope.rule is None
