"""What a run says and does while all writing is stopped."""

from __future__ import annotations

from pfjira.engine.plan import Plan
from pfjira.ops.workspace import Workspace
from pfjira.state import pause


def stop_if_paused(workspace: Workspace, plan: Plan) -> None:
    """Raise Paused, with what waits, before anything of a plan is written down or carried out."""
    count = len(plan.changes)
    waiting = f"{count} change{'' if count == 1 else 's'} wait{'s' if count == 1 else ''}" if count else "nothing waits"
    pause.honour(workspace.store.path, waiting=f"{waiting}, and nothing was written")
