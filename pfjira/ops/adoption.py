"""Whether the state is up to date with what it once wrote: the issues carry the number of the run that wrote last.

A state that was lost, or put back with everything that lies beside it, knows no such run. Then nothing is written
before a person looked, and runs are counted on from the newest number that was seen.
"""

from __future__ import annotations

from pfjira.ops.diff import Prepared
from pfjira.ops.workspace import Workspace
from pfjira.state import witness


def note(workspace: Workspace, prepared: Prepared) -> int:
    """Remember where the issues tell of a later run than the state knows of; return the number of this run."""
    if prepared.newest_run > witness.newest_before(workspace.store, workspace.run):
        workspace.run = witness.jump(workspace.store, workspace.run, prepared.newest_run)
    return workspace.run
