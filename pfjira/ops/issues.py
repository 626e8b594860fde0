"""Read issues by id, in bulk; and tell issues that are gone from a login that sees nothing any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pfjira.engine.model import Issue
from pfjira.errors import ConnectorError, Forbidden, Missing, Rejected, SideWentEmpty
from pfjira.ops.workspace import Workspace
from pfjira.state import links

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
    """Raise Forbidden when these kept issues are invisible because their projects are, SideWentEmpty when all is gone.

    A project that still shows any issue shows that the login sees it: then ours were deleted, however many they are.
    """
    unseen: ConnectorError | None = None
    emptied = False
    projects = sorted({key.rpartition("-")[0] for key in keys})
    for project in projects:
        try:
            if workspace.tickets.highest_key(project) or len(keys) <= A_FEW:
                return
            emptied = True
        except (Rejected, Missing, Forbidden) as error:  # what Jira says of a project that is hidden
            unseen = error
    system = workspace.tickets.name
    if unseen is not None and not emptied:
        raise Forbidden(
            f"Jira does not show {', '.join(projects)} any more, nor any of the {len(keys)} issues that pfjira keeps "
            "there. None of them was taken for gone.",
            hint="Give the login the right to browse the projects again (`pfjira doctor`).",
            system=system,
        ) from unseen
    if emptied:
        raise SideWentEmpty(
            f"Jira shows none of the {len(keys)} issues that pfjira keeps there. Nothing was written.",
            hint="Check that the login still sees the projects (`pfjira doctor`).",
            fuse=system,
        )


def hidden(workspace: Workspace, lost: Missing) -> ConnectorError:
    """Return what to say of a listing or a search that answers 404: where it was read before, a right was lost."""
    if not links.count(workspace.store):
        return lost
    return Forbidden(f"{lost}; it could be read before. Nothing was taken for gone.", system=lost.system)
