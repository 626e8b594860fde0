"""Read one issue by id or key: always the state of now, never the index's."""

from __future__ import annotations

from pfjira.sandbox.jira.accounts import page_of
from pfjira.sandbox.jira.payload import listed
from pfjira.sandbox.jira.refusal import no_issue
from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.store import IssueStore, StoredIssue
from pfjira.sandbox.wire import Reply, Request


class IssueReads:
    """The reading half of the issue resource."""

    def __init__(self, store: IssueStore, renderer: Renderer) -> None:
        self._store = store
        self._renderer = renderer

    def issue(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/{key}: all fields unless some are named."""
        fields = listed(request, "fields") or ["*all"]
        return Reply(
            200, self._renderer.issue(self._find(key), fields, listed(request, "properties"), listed(request, "expand"))
        )

    def transitions(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/{key}/transitions: the steps from where the issue is."""
        issue = self._find(key)
        with_fields = "transitions.fields" in listed(request, "expand")
        wanted = request.first("transitionId")
        allowed = self._store.site.may("TRANSITION_ISSUES", issue.project.key)
        steps = [
            t for t in self._store.site.transitions(issue.project, issue.status) if allowed and wanted in {None, t.id}
        ]
        return Reply(
            200, {"expand": "transitions", "transitions": [self._renderer.transition(t, with_fields) for t in steps]}
        )

    def changelog(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/{key}/changelog: oldest first."""
        issue = self._find(key)
        start, size = page_of(request, 100, 100)
        total = len(issue.changelog)
        return Reply(
            200,
            {
                "self": self._renderer.link(f"issue/{issue.id}/changelog?maxResults={size}&startAt={start}"),
                "maxResults": size,
                "startAt": start,
                "total": total,
                "isLast": start + size >= total,
                "values": issue.changelog[start : start + size],
            },
        )

    def _find(self, key: str) -> StoredIssue:
        issue = self._store.find(key)
        if issue is None:
            raise no_issue()
        return issue
