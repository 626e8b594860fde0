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

    def changelogs(self, request: Request) -> Reply:
        """Answer POST /changelog/bulkfetch: issue by issue, oldest first, in one page."""
        body = request.json()
        keys, wanted = body.get("issueIdsOrKeys"), set(body.get("fieldIds") or ())
        if not isinstance(keys, list) or not 1 <= len(keys) <= 1000 or len(wanted) > 10:
            return Reply(400, {"errorMessages": ["1 to 1000 issues and at most 10 fields"], "errors": {}})
        logs = []
        for issue in (found for key in keys if (found := self._store.find(str(key))) is not None):
            entries = [
                {**entry, "items": items}
                for entry in issue.changelog
                if (items := [item for item in entry["items"] if not wanted or item["fieldId"] in wanted])
            ]
            if entries:
                logs.append({"issueId": issue.id, "changeHistories": entries})
        return Reply(200, {"issueChangeLogs": logs, "nextPageToken": None})

    def _find(self, key: str) -> StoredIssue:
        issue = self._store.find(key)
        if issue is None:
            raise no_issue()
        return issue
