"""Plan named records once more and carry it out: those of dead letters, any record, a delivery, or a deleted issue.

Nothing that was stored is sent: what is done is what both systems and today's rules ask for. A record that cannot be
found takes its letter along only where it is gone for certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pfjira.engine.kinds import stream_of
from pfjira.engine.model import Ref
from pfjira.engine.reconcile import Link
from pfjira.errors import ConfigError, Missing, PlanRefused
from pfjira.ops.diff import Prepared
from pfjira.ops.recreation import deleted, never_shown
from pfjira.ops.run import Report
from pfjira.ops.sync import planned, sync
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import audit, deliveries, letters, links, snapshots
from pfjira.state.letters import DeadLetter
from pfjira.state.store import Store

TAKES = (
    "`pfjira replay` takes the number of a dead letter, KIND/ID (employee/9001, hook.NAME/ID), or the key of an issue."
)
LIST_HINT = "`pfjira replay --list` shows the dead letters."
ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]*-\d+")
MOST_SAID = 20
"""So many names of what was replayed stand in the audit; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person wants to be replayed."""

    scope: Scope
    letters: tuple[DeadLetter, ...] = ()
    said: str = ""
    """The same in short, for the audit."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it."""

    report: Report
    gone: tuple[Ref, ...] = ()
    """Records that are gone for certain; their letters were cleared."""
    lost: tuple[Ref, ...] = ()
    """Records that were not found, and about which nothing was concluded from that."""
    remade: tuple[tuple[str, str], ...] = ()
    """Key of the deleted issue and of the one in its place, '' while there is none."""

    @property
    def differs(self) -> bool:
        """Whether anything is left to a person or to a later run."""
        return self.report.differs or bool(self.lost) or any(not now for _, now in self.remade)


def pick(store: Store, *, rule: str | None = None, since: datetime | None = None) -> list[DeadLetter]:
    """Return the open letters of a rule, or its children, that came up since a moment."""
    return [
        letter
        for letter in letters.every(store)
        if rule in (None, letter.rule, letter.rule.partition("/")[0])
        and (since is None or datetime.fromisoformat(letter.first_seen) >= since)
    ]


def choose(workspace: Workspace, names: Sequence[str], found: Sequence[DeadLetter], rule: str | None) -> Chosen:
    """Return what is meant by names, or by letters that were picked. Raise ConfigError where a name means nothing."""
    own = list(found)
    refs = {letter.ref for letter in found}
    for name in names:
        if name.isdecimal():
            letter = numbered(workspace.store, int(name))
            own.append(letter)
            refs.add(letter.ref)
        else:
            refs.add(_meant(workspace, name))
    subjects = list(names) or [str(letter.number) for letter in found]
    more = len(subjects) - MOST_SAID
    said = " ".join(subjects[:MOST_SAID]) + (f" and {more} more" if more > 0 else "")
    return Chosen(Scope(refs=frozenset(refs), rule=rule), tuple(own), said)


def numbered(store: Store, number: int) -> DeadLetter:
    """Return the open letter of a number. Raise ConfigError where there is none."""
    for letter in letters.every(store):
        if letter.number == number:
            return letter
    for letter in letters.cleared(store):
        if letter.number == number:
            raise ConfigError(
                f"Dead letter {number} was cleared on {letter.cleared_at[:10]}: {letter.why}.", hint=LIST_HINT
            )
    raise ConfigError(f"There is no dead letter {number}.", hint=f"{LIST_HINT} {TAKES}")


def chosen_again(workspace: Workspace, names: Sequence[str]) -> Chosen:
    """Return the deleted issues that are meant, also those that were never read back.

    Raise ConfigError where one is not gone, SideWentEmpty where nobody can tell.
    """
    lost = {name: rows for name in names if (rows := never_shown(workspace, name))}
    found = deleted(workspace, [name for name in names if name not in lost])
    rows = [row for rows in lost.values() for row in rows]
    scope = Scope(
        refs=frozenset([*(link.ref for link in found), *(row.ref for row in rows)]),
        again=frozenset((link.rule, link.key) for link in found),
        given_up=frozenset(row.number for row in rows),
    )
    said = " ".join([*sorted(link.issue_key for link in found), *sorted(lost)])
    return Chosen(scope, said=f"--recreate {said}")


def preview(workspace: Workspace, chosen: Chosen) -> tuple[Prepared, list[Ref]]:
    """Return the plan for what was chosen, and the records that were not found; nothing is written."""
    prepared = planned(workspace, chosen.scope)
    return prepared, sorted((chosen.scope.refs or frozenset()).difference(prepared.sightings))


def replay(workspace: Workspace, chosen: Chosen, *, approve: str | None = None) -> Replayed:
    """Plan what was chosen and carry it out. Raise ConfigError, PlanRefused, ConnectorError, StateError."""
    store = workspace.store
    before = links.by_key(store, chosen.scope.again)
    try:
        report = sync(workspace, chosen.scope, approve=approve, act=("replay", chosen.said))
    except PlanRefused as error:
        error.hint = error.hint.replace("`pfjira diff`", "`--diff`")
        with store.write():
            audit.append(store, workspace.who, "replay refused", chosen.said, workspace.clock())
        raise
    refused = letters.records(store)
    gone = [ref for ref in sorted(report.unseen) if (ref.kind, ref.id) in refused and _is_gone(workspace, ref)]
    with store.write():
        letters.clear(store, gone, why=letters.GONE, now=workspace.now)
    report.letters = len(letters.every(store))
    # The letter of a rule that there is no more was cleared by the run itself.
    over = {letter.ref for letter in chosen.letters}.difference(letter.ref for letter in letters.every(store))
    lost = sorted(report.unseen.difference(gone, over))
    remade = [(link.issue_key, _successor(store, link)) for _, link in sorted(before.items())]
    return Replayed(report, tuple(gone), tuple(lost), tuple(remade))


def _successor(store: Store, link: Link) -> str:
    """Return the key of the issue that is in the place of a deleted one, '' while there is none."""
    now = links.by_key(store, {(link.rule, link.key)}).get((link.rule, link.key))
    return now.issue_key if now is not None and now.issue_id != link.issue_id else ""


def _meant(workspace: Workspace, name: str) -> Ref:
    """Return the record that a name means."""
    store, streams = workspace.store, workspace.rules.streams
    kind, slash, number = name.rpartition("/")
    if not slash:
        ref = links.record_of(store, name.upper())
        if ref is None:
            raise ConfigError(f"pfjira keeps no issue {name}.", hint=TAKES)
        return ref
    stream = stream_of(kind)
    if stream not in streams:
        raise ConfigError(
            f"No rule looks at records of the kind {kind}.", hint=f"`pfjira rules list` shows the kinds. {TAKES}"
        )
    ref = Ref(workspace.hr.name, stream, number)
    if not stream.startswith("hook."):
        return ref
    source = stream.partition(".")[2]
    found = deliveries.state_of(store, source, number)
    if found is None:
        raise ConfigError(f"No delivery {number} came from {source}.", hint=TAKES)
    state, at = found
    if at:
        how = "was worked off" if state == "done" else "waited in vain for a rule until it was given up"
        raise ConfigError(
            f"Delivery {number} of {source} {how} on {at[:10]}, and what it held is erased.",
            hint="Let its sender deliver it anew under another id.",
        )
    return ref


def _is_gone(workspace: Workspace, ref: Ref) -> bool:
    """Look by id for a record that was not found; say whether it is gone for certain: somebody known is still there."""
    if ref.kind.startswith("hook.") or ref.kind not in workspace.rules.streams:
        return False
    if _is_there(workspace, ref):
        return False
    some = snapshots.some(workspace.store, ref.kind, but=ref.id)
    return any(_is_there(workspace, Ref(ref.system, ref.kind, known)) for known in some)


def _is_there(workspace: Workspace, ref: Ref) -> bool:
    try:
        workspace.hr.fetch(ref)
    except Missing:
        return False
    return True
