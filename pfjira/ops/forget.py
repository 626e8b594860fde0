"""Forget a person: erase every trace in the state, and say where traces may be left for a while. Asks no system.

Somebody who is still shown by PeopleForce comes back with the next sync, which then finds the issues by their marks and
has a person look before it writes: nothing is made twice.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pfjira.errors import PlanRefused, StateError
from pfjira.state import audit, copies, forgetting, runs
from pfjira.state.closed import checked_copy
from pfjira.state.store import Store

_DAY = re.compile(r"pfjira-(\d{4}-\d{2}-\d{2})\.jsonl")
COPY_GOES = "when newer copies take its place (`pfjira backup --keep N`)"
ASIDE_GOES = "not by itself"


@dataclass(frozen=True, slots=True)
class Left:
    """A file beside the state that names the person, or may."""

    path: Path
    goes: str
    """When it goes by itself."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased, and what is left elsewhere."""

    rows: dict[str, int]
    """Table to rows erased or changed."""
    issues: list[str]
    """Keys of the issues that were kept for the person: they stay in Jira."""
    whole: bool
    """Whether the file was rewritten, so that no byte is left; another process may have been reading it."""
    left: list[Left]
    removed: list[Path] = field(default_factory=list)
    in_rules: bool = False


def forget(
    store: Store, kind: str, number: str, *, logs: Path, keep_logs: timedelta, backups: bool, who: str, now: datetime
) -> Forgotten:
    """Erase a person (`kind`: employee or candidate) from an open state; `backups`: with the copies that name him.

    Raise PlanRefused while a write about the person is unfinished, StateError.
    """
    assert store.path is not None
    traces = forgetting.trace(store, kind, number)
    if count := forgetting.unfinished(store, traces):
        raise PlanRefused(
            f"{count} write{'s' if count > 1 else ''} about {kind} {number} did not come to an end yet; "
            "to forget that could make an issue twice.",
            hint="Run `pfjira sync` first, then forget; `pfjira explain` says what a write waits for.",
        )
    with store.write():
        rows = forgetting.erase(store, traces)
        if rows:
            runs.move_on(store)
        if traces.issues:
            # The next sync reads Jira's side from its beginning: should the person come back, so do the issues.
            store.run("DELETE FROM cursors WHERE name = 'jira'")
        audit.append(store, who, "forget", "", now)
    whole = store.rewrite()
    found = _copies(store.path, kind, number)
    removed = []
    if backups:
        for one in found:
            one.path.unlink(missing_ok=True)
            removed.append(one.path)
        found = []
    found += _logs(logs, traces, keep_logs)
    return Forgotten(
        dict(rows), [key for _, key in traces.issues], whole, found, removed, forgetting.named_in_rules(store, traces)
    )


def _copies(state: Path, kind: str, number: str) -> list[Left]:
    """Return the copies of the state that know the person, or that nobody can look into."""
    folder = copies.folder_of(state)
    names = copies.named_like_ours(state, os.listdir(folder)) if folder.is_dir() else []
    found = [Left(folder / name, COPY_GOES) for name in names]
    aside = sorted(path for path in state.parent.glob(f"{state.name}.before-*") if path.is_file())
    found += [Left(path, ASIDE_GOES) for path in aside]
    return [one for one in found if _knows(one.path, kind, number)]


def _knows(path: Path, kind: str, number: str) -> bool:
    try:
        with checked_copy(path) as ask:
            return forgetting.is_held(ask, kind, number)
    except StateError:
        return True  # damaged, or of long ago: it may


def _logs(folder: Path, traces: forgetting.Traces, keep: timedelta) -> list[Left]:
    """Return the log files that name a record, an account or an issue of the person."""
    found = []
    for path in sorted(folder.glob("pfjira-*.jsonl")) if folder.is_dir() else []:
        day = _DAY.fullmatch(path.name)
        if day and traces.pattern.search(path.read_text(encoding="utf-8", errors="replace")):
            gone = datetime.combine(date.fromisoformat(day[1]) + keep, datetime.min.time(), UTC)
            found.append(Left(path, f"after {gone:%Y-%m-%d}"))
    return found
