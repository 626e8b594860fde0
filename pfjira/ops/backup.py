"""Back up the state, and put a backup back. Both are written down; neither asks a system anything.

What is put back is older than the world: the next sync adopts, and writes nothing before a person approved.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pfjira.errors import ConfigError, PlanRefused, StateError, StateUnwritable
from pfjira.state import alerts, audit, backup, copies, runs
from pfjira.state.backup import Copy
from pfjira.state.locks import sole_writer
from pfjira.state.store import Store


@dataclass(frozen=True, slots=True)
class Made:
    """A backup."""

    path: Path
    run: int
    """The newest run that it knows."""
    bytes: int
    removed: list[Path] = field(default_factory=list)
    """Older ones that were removed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was put back."""

    copy: Copy
    aside: Path | None
    """Where the former state is kept."""


def back_up(state: Path, *, file: Path | None, folder: Path | None, keep: int, who: str, now: datetime) -> Made:
    """Copy the state to a file, or under a name of its own into a folder, of whose copies the newest are kept.

    Raise StateError; it may run while a sync does.
    """
    with Store.open(state, read_only=True) as store:
        last = runs.last(store)
        run = last.number if last is not None else 0
        path = file or _new_name(state, folder or copies.folder_of(state), run, now)
        if path.exists() or path.is_symlink():
            raise StateUnwritable(f"There is something at {path} already; it is left as it is.", hint="Choose another.")
        backup.write(store, path)
        removed = [] if file is not None else backup.prune(store, state, path.parent, keep)
    with Store.open(state) as store:
        with store.write():
            audit.append(store, who, "backup", f"run {run}", now)
        alerts.unit_did_well(store, "backup", now=now)
    return Made(path, run, path.stat().st_size, removed)


def checked(state: Path, file: Path, *, sites: str) -> Copy:
    """Look a copy over, and whether it is one of this pair of systems. `sites`: those that are configured, or none.

    Raise StateError, ConfigError.
    """
    copy = Copy(file)
    try:
        present = Copy(state)
    except StateError:  # it may be gone or damaged: that is what a copy is for
        foreign = bool(sites and copy.sites and copy.sites != sites)
    else:
        foreign = bool(present.installation and copy.installation and present.installation != copy.installation)
    if foreign:
        raise ConfigError(
            f"{file} belongs to another pair of systems ({copy.sites}).",
            hint="Name a copy of this state, or set PFJIRA_STATE.",
        )
    return copy


def restore(state: Path, file: Path, *, sites: str, sure: bool, who: str, now: datetime) -> Restored:
    """Put a copy in the place of the state, which is kept aside; only look at it unless `sure`, and raise PlanRefused.

    Raise StateError, LockHeld, ConfigError.
    """
    try:
        state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateUnwritable(f"The folder {state.parent} cannot be made: {error.strerror}.") from error
    with sole_writer(state, "restore"):
        copy = checked(state, file, sites=sites)
        if not sure:
            raise PlanRefused(
                f"{file} is intact and holds the state as of run {copy.run} ({copy.at[:16] or 'no run yet'}). "
                "Nothing was put back yet.",
                hint="Say --yes to put it back. The present state is kept beside it.",
            )
        aside = backup.put_in_place(
            state, copy, now=now, note=lambda store: audit.append(store, who, "restore", f"run {copy.run}", now)
        )
    return Restored(copy, aside)


def _new_name(state: Path, folder: Path, run: int, now: datetime) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = set(os.listdir(folder))
    except OSError as error:
        raise StateUnwritable(
            f"The folder {folder} cannot be used: {error.strerror}.", hint="Choose another one with --to."
        ) from error
    again = 0
    while (name := copies.name_for(state, now, run, again=again)) in taken:
        again += 1
    return folder / name
