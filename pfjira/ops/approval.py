"""What a person approved or saved, held against today's plan: which part of it moved, where that is known."""

from __future__ import annotations

import json
from dataclasses import asdict

from pfjira.engine.plan import Basis, Plan
from pfjira.ops.workspace import Workspace

OFFERED = "offered plan"
"""Name of the fact that a run was refused and which plan would have been approved."""


def remember(workspace: Workspace, plan: Plan) -> None:
    """Keep what the plan that is offered for approval rests on; no values."""
    with workspace.store.write():
        workspace.store.set_meta(OFFERED, json.dumps(asdict(plan.basis)))


def what_moved(workspace: Workspace, approved: str, plan: Plan) -> str:
    """Say what moved since a plan was offered; nothing where it was not offered by the last run that was refused."""
    offered = workspace.store.meta(OFFERED)
    basis = Basis(**json.loads(offered)) if offered else None
    return told(basis, plan) if basis is not None and basis.digest == approved else ""


def told(basis: Basis, plan: Plan) -> str:
    """Say which part of what a plan rested on is another one now."""
    now = plan.basis
    moved = [
        words
        for words, before, after in (
            ("the rules", basis.rules, now.rules),
            ("what was carried out or decided", basis.generation, now.generation),
            ("the options (--full, --only, --rule)", basis.scope, now.scope),
        )
        if before != after
    ]
    return "Changed since: " + (", ".join(moved) or "what PeopleForce or Jira show") + "."
