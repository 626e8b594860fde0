"""The issues of the simulated site and everything that hangs on them.

The only place that changes an issue: each change passes `touch`, which keeps the search index and the `updated`
time honest. It must never judge a value; that is done before (`fields.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.jira.configuration import Site
from pfjira.sandbox.jira.index import Doc, SearchIndex
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.site import IssueType, Project, Status


@dataclass(slots=True)
class StoredIssue:
    """One issue; `fields` holds ids (account, option, status, parent), not the objects the API shows."""

    id: str
    key: str
    site: Site
    """The configuration that the ids in `fields` are about."""
    fields: dict[str, Any]
    creator: str
    created: datetime
    updated: datetime
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    worklogs: list[dict[str, Any]] = field(default_factory=list)
    remote_links: list[dict[str, Any]] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    """Link type id, `inward` or `outward`, id of the other issue."""
    children: list[str] = field(default_factory=list)
    changelog: list[dict[str, Any]] = field(default_factory=list)
    request_type: str | None = None
    """Id of the request type, for an issue that was raised at a service desk."""
    participants: list[str] = field(default_factory=list)
    """Account ids of those who follow a request besides its reporter."""
    hidden_until: datetime | None = None
    """Before this moment the entity properties given at creation do not show (`property_lag_s`)."""

    @property
    def project(self) -> Project:
        """Return the project, as it is configured now."""
        return self.site.projects[self.key.rpartition("-")[0]]

    @property
    def status(self) -> Status:
        """Return the workflow status."""
        return self.site.statuses[self.fields["status"]]

    @property
    def type(self) -> IssueType:
        """Return the issue type."""
        return self.site.types[self.fields["issuetype"]]

    def doc(self) -> Doc:
        """Return the copy that the search index keeps."""
        return Doc(
            int(self.id),
            self.key,
            int(self.key.rpartition("-")[2]),
            self.project.key,
            dict(self.fields),
            self.created.timestamp(),
            self.updated.timestamp(),
            self.creator,
            frozenset(link["globalId"] for link in self.remote_links if link.get("globalId")),
        )


class IssueStore:
    """All issues by id and key, with their counters and the search index."""

    def __init__(self, clock: SandboxClock, options: JiraOptions) -> None:
        self.clock = clock
        self.options = options
        self.site = Site()
        self.index = SearchIndex()
        self.issues: dict[str, StoredIssue] = {}
        self._keys: dict[str, str] = {}
        self._next_id = 10_000
        self._counters: dict[str, int] = {}
        self._next_part = 20_000

    def find(self, key_or_id: str) -> StoredIssue | None:
        """Return an issue by id or key (any case, also a key it had before a move), if the caller may see it."""
        issue = self.stored(key_or_id)
        return None if issue is None or issue.project.key in self.site.hidden else issue

    def stored(self, key_or_id: str) -> StoredIssue | None:
        """Return an issue by id or key, whoever may see it."""
        return self.issues.get(self._keys.get(key_or_id.upper(), key_or_id))

    def part_id(self) -> int:
        """Return a fresh id for a comment, worklog, remote link or history entry."""
        self._next_part += 1
        return self._next_part

    def create(self, project: Project, fields: dict[str, Any], creator: str, properties: dict[str, Any]) -> StoredIssue:
        """Store a new issue and return it."""
        now = self.clock.now()
        self._next_id += 1
        issue = StoredIssue(
            str(self._next_id), self._next_key(project), self.site, fields, creator, now, now, properties
        )
        if self.options.property_lag_s:
            issue.hidden_until = datetime.fromtimestamp(now.timestamp() + self.options.property_lag_s, now.tzinfo)
        self.issues[issue.id] = issue
        self._keys[issue.key] = issue.id
        parent = self.issues.get(fields.get("parent") or "")
        if parent is not None:
            parent.children.append(issue.id)
        self._index(issue, issue.doc(), created=True)
        return issue

    def touch(self, issue: StoredIssue, moves_updated: bool = True) -> None:
        """Record that an issue changed."""
        if moves_updated:
            issue.updated = self.clock.now()
        self._index(issue, issue.doc(), created=False)

    def delete(self, issue: StoredIssue) -> None:
        """Remove an issue; search goes on showing it for the length of the lag."""
        del self.issues[issue.id]
        parent = self.issues.get(issue.fields.get("parent") or "")
        if parent is not None and issue.id in parent.children:
            parent.children.remove(issue.id)
        self._index(issue, None, created=False)

    def move(self, issue: StoredIssue, project: Project) -> None:
        """Move an issue to another project: a new key, the old one still resolves."""
        issue.key = self._next_key(project)
        self._keys[issue.key] = issue.id
        self.touch(issue)

    def set_parent(self, issue: StoredIssue, parent_id: str | None) -> None:
        """Hang an issue below another one, or below none."""
        before = self.issues.get(issue.fields.get("parent") or "")
        if before is not None and issue.id in before.children:
            before.children.remove(issue.id)
        issue.fields["parent"] = parent_id
        after = self.issues.get(parent_id or "")
        if after is not None:
            after.children.append(issue.id)

    def _next_key(self, project: Project) -> str:
        number = self._counters.get(project.key, 0) + 1
        if self.options.key_gap_every and number % self.options.key_gap_every == 0:
            number += 1
        self._counters[project.key] = number
        return f"{project.key}-{number}"

    def _index(self, issue: StoredIssue, doc: Doc | None, created: bool) -> None:
        lag = self.options.index_lag_s
        if not created and self.options.edit_lag_s is not None:
            lag = self.options.edit_lag_s
        if self.options.index_jitter_s:
            lag += self.options.index_jitter_s * (crc32(issue.id.encode()) % 1000) / 1000
        now = self.clock.now().timestamp()
        self.index.note(int(issue.id), doc, now + lag, now)
