"""Raise an alert where a run does not do what it should, and end it once a run comes to its end without the cause.

A tripped fuse stops writes and nothing else; that it did is told once a day, however many runs it refuses. Whoever
tells people reads `state.alerts.untold`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pfjira.engine.plan import Contested
from pfjira.errors import (
    ConfigError,
    ConnectorError,
    DigestMismatch,
    Paused,
    PfjiraError,
    PlanRefused,
    SideWentEmpty,
    StateError,
    Unauthorized,
)
from pfjira.ops.reminders import LAST_DAYS, SOON_DAYS, WARN_DAYS, WHERE, TokenEnd
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import alerts, letters
from pfjira.state.alerts import Cause
from pfjira.state.letters import DeadLetter
from pfjira.state.pause import Pause
from pfjira.state.store import Store


def raise_alert(workspace: Workspace, cause: Cause, subject: str, sentence: str, *, full: bool = False) -> None:
    """Note a cause in a sentence without values. `full`: only a whole sweep can tell that it is over."""
    now = workspace.now
    with workspace.store.write():
        new = alerts.put(workspace.store, cause, subject, sentence, day=workspace.day, now=now, full=full)
    if new:
        workspace.journal.note("alert.raised", cause=cause.value, subject=subject, sentence=sentence)


def stopped(workspace: Workspace, stop: BaseException, scope: Scope) -> None:
    """Raise the alert of a run that did not come to its end; none for what the person at the keyboard sees anyway."""
    # Somebody's own digest or --only, or an interruption: he is told by the command itself.
    if isinstance(stop, DigestMismatch | Paused) or not isinstance(stop, Exception):
        return
    if isinstance(stop, ConfigError) and scope.is_part:
        return
    if isinstance(stop, StateError):
        return  # the file that would hold the alert is what cannot be written
    whole = scope.full and not scope.is_part
    if isinstance(stop, SideWentEmpty):
        raise_alert(workspace, Cause.EMPTY, stop.fuse, str(stop), full=whole)
    elif isinstance(stop, PlanRefused):
        shows = "`pfjira diff --full`" if whole else "`pfjira diff`"
        raise_alert(workspace, Cause.GUARD, stop.fuse, f"{stop} {shows} shows the plan.", full=whole)
    elif isinstance(stop, Unauthorized):
        raise_alert(workspace, Cause.LOGIN, stop.system, str(stop))
    elif isinstance(stop, PfjiraError):
        system = stop.system if isinstance(stop, ConnectorError) else ""
        raise_alert(workspace, Cause.STOPPED, f"{type(stop).__name__} {system}".rstrip(), str(stop))
    elif isinstance(stop, MemoryError):
        raise_alert(workspace, Cause.STOPPED, "memory", "The machine had no memory left for the run.")
    else:
        name = type(stop).__name__
        raise_alert(workspace, Cause.STOPPED, name, f"The run stopped on a bug in pfjira ({name}).")


def refused(workspace: Workspace, buried: Collection[DeadLetter]) -> None:
    """Raise an alert per rule for what a system refused for good."""
    for rule in sorted({letter.rule for letter in buried}):
        count = sum(letter.rule == rule for letter in buried)
        said = f"{count} change{'s' if count > 1 else ''} of rule {rule} became dead letters: `pfjira status` says why."
        raise_alert(workspace, Cause.DEAD_LETTERS, rule, said)


def ended(
    workspace: Workspace,
    scope: Scope,
    contested: Collection[Contested],
    overwritten: Collection[tuple[str, str]],
    forged: Collection[str],
) -> None:
    """Take back what a run that came to its end did not meet again; raise what it met and went on in spite of."""
    for rule in sorted({one.rule for one in contested}):
        mine = [one for one in contested if one.rule == rule]
        more = f", and {len(mine) - 1} more records" if len(mine) > 1 else ""
        raise_alert(workspace, Cause.PING_PONG, rule, f"Rule {rule}: {mine[0].subject} is {mine[0].reason}{more}.")
    standing = _standing(workspace)
    for subject, said in standing.items():
        raise_alert(workspace, Cause.RULES, subject, said)
    edited = {f"{key} {name}": (key, name) for key, name in overwritten}
    for subject, (key, name) in edited.items():
        said = f"Somebody edited {name} of {key} in the moment of our write, which came after: see the issue's history."
        raise_alert(workspace, Cause.OVERWRITTEN, subject, said)
    for issue_key in forged:
        said = f"{issue_key} names a run that there cannot have been: somebody wrote into our mark. It does not count."
        raise_alert(workspace, Cause.FORGED, issue_key, said, full=True)
    store, now = workspace.store, workspace.now
    if not alerts.open_now(store):
        return
    with store.write():
        alerts.end(store, Cause.DEAD_LETTERS, now=now, but={letter.rule for letter in letters.every(store)})
        if not scope.is_part:
            alerts.end(store, Cause.RULES, now=now, but=standing)
            alerts.end(store, Cause.FORGED, now=now, but=forged, full=scope.full)
            alerts.end(store, Cause.OVERWRITTEN, now=now, but=edited)
            alerts.end(store, Cause.PING_PONG, now=now, but={one.rule for one in contested})
            for cause in (Cause.GUARD, Cause.EMPTY, Cause.LOGIN, Cause.STOPPED):
                alerts.end(store, cause, now=now, full=scope.full)


def unit_did_well(workspace: Workspace, asked: Scope) -> None:
    """Call over the failure of the unit that this run is the work of; a run by hand proves nothing of a unit."""
    if workspace.by_unit:
        alerts.unit_did_well(workspace.store, *_units(asked), now=workspace.now)


def _units(scope: Scope) -> list[str]:
    """Return the units of the service manager whose work a run did."""
    if scope.is_part:
        return ["worker"] if scope.pending else []
    return ["sync", "sweep"] if scope.full else ["sync"]


def _standing(workspace: Workspace) -> dict[str, str]:
    """Return what is not in force though a person wants it to be: subject to sentence."""
    found = {}
    if workspace.choice is not None and workspace.choice.broken:
        found["file"] = "The rules file cannot be used, the last good version runs on: `pfjira rules lint` says why."
    for one in workspace.off.values():
        if one.source == "site":
            found[one.rule] = f"Jira contradicts rule {one.rule}, which is off until they agree: {one.why}"
    return found


def pause_lasts(store: Store, held: Pause | None, now: datetime) -> None:
    """Raise the alert of a pause that may have been forgotten, once a day; end it where there is none."""
    with store.write():
        if held is None or not held.is_long(now):
            alerts.end(store, Cause.PAUSED, now=now)
            return
        said = "Nothing is written, for more than a day: somebody paused it. `pfjira resume` lets it go on."
        alerts.put(store, Cause.PAUSED, "switch", said, day=now.date().isoformat(), now=now, full=False)


def token_ends(store: Store, end: TokenEnd | None, now: datetime) -> None:
    """Raise the alert of a login that ends in 30, 7 or 1 days, each once; end it where it does not."""
    day = now.date().isoformat()
    with store.write():
        steps = (LAST_DAYS, SOON_DAYS, WARN_DAYS)
        step = "" if end is None else str(next((days for days in steps if end.days_left <= days), ""))
        known = {(one.subject, one.over_at is None) for one in alerts.every(store) if one.cause is Cause.LOGIN_ENDS}
        alerts.end(store, Cause.LOGIN_ENDS, now=now, but=[step] if step else [])
        if end is not None and step and (step, True) not in known:
            alerts.put(store, Cause.LOGIN_ENDS, step, f"{end.sentence()}: {WHERE}.", day=day, now=now, full=False)
