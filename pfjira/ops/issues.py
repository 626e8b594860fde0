"""Read issues by id, in bulk; and tell issues that are gone from a login that sees nothing any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pfjira.engine.model import Issue
from pfjira.errors import ConnectorError, SideWentEmpty
from pfjira.ops.workspace import Workspace

A_FEW = 2
"""So many issues may be hidden or deleted at once without a second thought: that is a person's doing."""


def read(workspace: Workspace, ids: Sequence[str], *, stage: str = "Reading issues from Jira") -> Iterator[Issue]:
    """Yield those of the issues that are visible."""
    size = workspace.tickets.bulk_fetch
    if ids:
        workspace.progress.stage(stage, len(ids))
    for start in range(0, len(ids), size):
        piece = ids[start : start + size]
        yield from workspace.tickets.fetch_many(piece, workspace.rules.issue_fields)
        workspace.progress.step(len(piece))


def refuse_emptiness(workspace: Workspace, keys: Collection[str]) -> None:
    """Raise SideWentEmpty when every one of these kept issues is invisible, and their projects with them.

    A project that still shows any issue shows that the login sees it: then ours were deleted, however many they are.
    """
    if len(keys) <= A_FEW:
        return
    for project in sorted({key.rpartition("-")[0] for key in keys}):
        try:
            if workspace.tickets.highest_key(project):
                return
        except ConnectorError:
            continue
    raise SideWentEmpty(
        f"Jira shows none of the {len(keys)} issues that pfjira keeps there. Nothing was written.",
        hint="Check that the login still sees the projects (`pfjira doctor`).",
    )
