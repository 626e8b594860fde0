"""What hangs on an issue: comments, worklogs, entity properties, remote links, links between issues.

Remote links are the one upsert of the API (by `globalId`, per issue). Everything else adds again when repeated.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from pfjira.sandbox.jira import adf, site
from pfjira.sandbox.jira.accounts import Accounts, page_of
from pfjira.sandbox.jira.payload import json_object, json_value, mapping
from pfjira.sandbox.jira.refusal import Refusal, no_issue
from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.store import IssueStore, StoredIssue
from pfjira.sandbox.wire import Reply, Request

PROPERTY_LIMIT = 32_768
KEY_LIMIT = 255
COMMENT_LIMIT = 5_000
WORKLOG_LIMIT = 10_000
REMOTE_LINK_LIMIT = 2_000
_SPENT = re.compile(r"(\d+)\s*([wdhm])")
_SECONDS = {"w": 5 * 8 * 3600, "d": 8 * 3600, "h": 3600, "m": 60}


class IssueParts:
    """The sub-resources of an issue."""

    def __init__(self, store: IssueStore, accounts: Accounts, renderer: Renderer) -> None:
        self._store = store
        self._accounts = accounts
        self._renderer = renderer

    def list_comments(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/{key}/comment."""
        issue = self._find(key)
        start, size = page_of(request, 50, 5000)
        found = issue.comments if request.first("orderBy") in {None, "created", "+created"} else issue.comments[::-1]
        shown = [self._shown(part, request) for part in found[start : start + size]]
        return Reply(200, self._renderer.comments(issue, shown, start, size))

    def post_comment(self, request: Request, key: str) -> Reply:
        """Answer POST /issue/{key}/comment; the body must be an ADF document."""
        issue = self._find(key)
        body = json_object(request)
        if not self._store.site.may("ADD_COMMENTS", issue.project.key):
            raise Refusal(400, "You do not have the permission to comment on this issue.")
        if not adf.is_document(body.get("body")):
            raise Refusal(400, errors={"comment": "Comment body is not valid!"})
        comment = self.add_comment(issue, body["body"], read_properties(body.get("properties")))
        self._store.touch(issue)
        return Reply(201, self._shown(comment, request))

    def read_comment_operations(self, operations: Any) -> list[Any]:
        """Return the documents of `update.comment`; Refusal 400 when one is not a document."""
        if operations is None:
            return []
        bodies = [
            mapping(o.get("add")).get("body") if isinstance(o, dict) else None
            for o in (operations if isinstance(operations, list) else [None])
        ]
        if not all(adf.is_document(body) for body in bodies):
            raise Refusal(400, errors={"comment": "Comment body is not valid!"})
        return bodies

    def add_comment(
        self, issue: StoredIssue, body: Any, properties: dict[str, Any], author_id: str | None = None
    ) -> dict[str, Any]:
        """Store a comment and return it as the API shows it."""
        if len(issue.comments) >= COMMENT_LIMIT:
            raise Refusal(413, "The number of comments of this issue has reached its limit.")
        number = str(self._store.part_id())
        author = self._accounts.show(author_id or self._accounts.myself.account_id)
        now = self._renderer.time(self._store.clock.now())
        comment = {
            "self": self._renderer.link(f"issue/{issue.id}/comment/{number}"),
            "id": number,
            "author": author,
            "body": body,
            "updateAuthor": author,
            "created": now,
            "updated": now,
            "jsdPublic": True,
            "properties": [{"key": k, "value": v} for k, v in properties.items()],
        }
        issue.comments.append(comment)
        return comment

    def list_worklogs(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/{key}/worklog."""
        issue = self._find(key)
        start, size = page_of(request, 5000, 5000)
        found = [self._shown(part, request) for part in issue.worklogs[start : start + size]]
        return Reply(200, {"startAt": start, "maxResults": size, "total": len(issue.worklogs), "worklogs": found})

    def post_worklog(self, request: Request, key: str) -> Reply:
        """Answer POST /issue/{key}/worklog: `started` and one of `timeSpent`, `timeSpentSeconds`."""
        issue = self._find(key)
        body = json_object(request)
        if not self._store.site.may("WORK_ON_ISSUES", issue.project.key):
            raise Refusal(400, "You do not have the permission to associate a worklog to this issue.")
        if len(issue.worklogs) >= WORKLOG_LIMIT:
            raise Refusal(413, "The number of worklogs of this issue has reached its limit.")
        if "timeSpent" in body and "timeSpentSeconds" in body:
            raise Refusal(400, errors={"timeLogged": "Give either 'timeSpent' or 'timeSpentSeconds', not both."})
        seconds = body.get("timeSpentSeconds")
        if seconds is None:
            parts = _SPENT.findall(str(body.get("timeSpent", "")))
            seconds = sum(int(n) * _SECONDS[unit] for n, unit in parts)
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 60:
            raise Refusal(400, errors={"timeLogged": "You must indicate the time spent working."})
        started = body.get("started", self._renderer.time(self._store.clock.now()))
        try:
            datetime.strptime(started, "%Y-%m-%dT%H:%M:%S.%f%z")
        except (TypeError, ValueError):
            raise Refusal(
                400, errors={"started": "Date value is not in the format yyyy-MM-dd'T'HH:mm:ss.SSSZ"}
            ) from None
        if body.get("comment") is not None and not adf.is_document(body["comment"]):
            raise Refusal(400, errors={"comment": "Comment body is not valid!"})
        number = str(self._store.part_id())
        author = self._accounts.show(self._accounts.myself.account_id)
        now = self._renderer.time(self._store.clock.now())
        worklog = {
            "self": self._renderer.link(f"issue/{issue.id}/worklog/{number}"),
            "id": number,
            "issueId": issue.id,
            "author": author,
            "updateAuthor": author,
            "created": now,
            "updated": now,
            "started": started,
            "timeSpentSeconds": seconds,
            "timeSpent": _spent(seconds),
            "properties": [{"key": k, "value": v} for k, v in read_properties(body.get("properties")).items()],
        }
        if body.get("comment") is not None:
            worklog["comment"] = body["comment"]
        issue.worklogs.append(worklog)
        self._store.touch(issue)
        return Reply(201, self._shown(worklog, request))

    def list_properties(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/{key}/properties."""
        issue = self._find(key)
        base = self._renderer.link(f"issue/{issue.id}/properties/")
        return Reply(200, {"keys": [{"self": base + name, "key": name} for name in issue.properties]})

    def get_property(self, request: Request, key: str, name: str) -> Reply:
        """Answer GET /issue/{key}/properties/{name}."""
        issue = self._find(key)
        if name not in issue.properties:
            raise _no_property(name)
        return Reply(200, {"key": name, "value": issue.properties[name]})

    def put_property(self, request: Request, key: str, name: str) -> Reply:
        """Answer PUT /issue/{key}/properties/{name}: 201 when new, 200 when replaced as a whole."""
        issue = self._editable(key)
        if not request.body:
            raise Refusal(400, "The property value must not be empty.")
        value = json_value(request)
        check_property(name, value)
        new = name not in issue.properties
        issue.properties[name] = value
        self._store.touch(issue, self._store.options.property_touches)
        return Reply(201 if new else 200)

    def delete_property(self, request: Request, key: str, name: str) -> Reply:
        """Answer DELETE /issue/{key}/properties/{name}."""
        issue = self._editable(key)
        if issue.properties.pop(name, None) is None:
            raise _no_property(name)
        self._store.touch(issue, self._store.options.property_touches)
        return Reply(204)

    def _find(self, key: str) -> StoredIssue:
        issue = self._store.find(key)
        if issue is None:
            raise no_issue()
        return issue

    def _editable(self, key: str) -> StoredIssue:
        issue = self._find(key)
        if not self._store.site.may("EDIT_ISSUES", issue.project.key):
            raise Refusal(403, "You do not have permission to edit this issue.")
        return issue

    @staticmethod
    def _shown(part: dict[str, Any], request: Request) -> dict[str, Any]:
        if "properties" in (request.first("expand") or ""):
            return part
        return {name: value for name, value in part.items() if name != "properties"}


class IssueLinks:
    """Remote links, and links between issues."""

    def __init__(self, store: IssueStore, renderer: Renderer) -> None:
        self._store = store
        self._renderer = renderer

    def get_remote(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/{key}/remotelink: one object with `globalId`, else an array."""
        issue = self._find(key)
        wanted = request.first("globalId")
        if wanted is None:
            return Reply(200, issue.remote_links)
        found = [link for link in issue.remote_links if link.get("globalId") == wanted]
        if not found:
            raise Refusal(404, f"No remote issue link with the global id '{wanted}' exists.")
        return Reply(200, found[0])

    def post_remote(self, request: Request, key: str) -> Reply:
        """Answer POST /issue/{key}/remotelink: 201 when new, 200 and replaced for a known `globalId`."""
        issue = self._find(key)
        if not self._store.site.may("LINK_ISSUES", issue.project.key):
            raise Refusal(403, "You do not have permission to link issues.")
        body = json_object(request)
        target = body.get("object")
        errors = {
            f"object.{n}": f"'{n}' is required."
            for n in ("title", "url")
            if not isinstance(target, dict) or not target.get(n)
        }
        global_id = body.get("globalId")
        if global_id is not None and (not isinstance(global_id, str) or len(global_id) > KEY_LIMIT):
            errors["globalId"] = "The globalId must be at most 255 characters long."
        if errors:
            raise Refusal(400, errors=errors)
        old = next((link for link in issue.remote_links if global_id and link.get("globalId") == global_id), None)
        if old is None and len(issue.remote_links) >= REMOTE_LINK_LIMIT:
            raise Refusal(413, "The number of remote links of this issue has reached its limit.")
        number = old["id"] if old else self._store.part_id()
        address = self._renderer.link(f"issue/{issue.key}/remotelink/{number}")
        link: dict[str, Any] = {"id": number, "self": address}  # members left out are lost: replaced, not merged
        link.update((n, body[n]) for n in ("globalId", "application", "relationship", "object") if n in body)
        if old is None:
            issue.remote_links.append(link)
        else:
            issue.remote_links[issue.remote_links.index(old)] = link
        self._store.touch(issue)
        return Reply(200 if old else 201, {"id": number, "self": address})

    def delete_remote(self, request: Request, key: str, number: str | None = None) -> Reply:
        """Answer DELETE of a remote link by `globalId` or by id."""
        if self._store.options.delete_needs_content_type and not request.headers.get("content-type"):
            raise Refusal(415, "Unsupported media type.")
        issue = self._find(key)
        global_id = request.first("globalId")
        found = [
            link
            for link in issue.remote_links
            if (str(link["id"]) == number if number is not None else link.get("globalId") == global_id)
        ]
        if not found:
            raise Refusal(404, "The remote issue link does not exist.")
        issue.remote_links = [link for link in issue.remote_links if link not in found]
        self._store.touch(issue)
        return Reply(204)

    def link_issues(self, request: Request) -> Reply:
        """Answer POST /issueLink; repeating it makes no second link and still answers 201."""
        body = json_object(request)
        named = mapping(body.get("type"))
        kinds = [i for i, (name, _, _) in site.LINK_TYPES.items() if named.get("id") == i or named.get("name") == name]
        if not kinds:
            raise Refusal(404, f"No issue link type with name '{named.get('name')}' found.")
        inward, outward = (self._named(body.get(side)) for side in ("inwardIssue", "outwardIssue"))
        if (kinds[0], "outwardIssue", outward.id) not in inward.links:
            inward.links.append((kinds[0], "outwardIssue", outward.id))
            outward.links.append((kinds[0], "inwardIssue", inward.id))
            self._store.touch(inward)
            self._store.touch(outward)
        return Reply(201)

    def _named(self, raw: Any) -> StoredIssue:
        named = (raw.get("id") or raw.get("key")) if isinstance(raw, dict) else None
        return self._find(str(named))

    def _find(self, key: str) -> StoredIssue:
        issue = self._store.find(key)
        if issue is None:
            raise no_issue()
        return issue


def read_properties(raw: Any) -> dict[str, Any]:
    """Return the entity properties of a request body by key; Refusal 400 when one is not valid."""
    if raw is None:
        return {}
    if not isinstance(raw, list) or not all(isinstance(p, dict) and isinstance(p.get("key"), str) for p in raw):
        raise Refusal(400, "The properties must be an array of objects with 'key' and 'value'.")
    for entry in raw:
        check_property(entry["key"], entry.get("value"))
    return {entry["key"]: entry["value"] for entry in raw}


def check_property(name: str, value: Any) -> None:
    """Refuse a property key or value that Jira does not store."""
    if not name or len(name) > KEY_LIMIT:
        raise Refusal(400, "The property key must be between 1 and 255 characters long.")
    if value is None or len(json.dumps(value, ensure_ascii=False)) > PROPERTY_LIMIT:
        raise Refusal(400, "The property value must be valid, non-empty JSON of at most 32768 characters.")


def _spent(seconds: int) -> str:
    """Return a time as Jira writes it: weeks of five days of eight hours."""
    words = []
    for unit, size in _SECONDS.items():
        count, seconds = divmod(seconds, size)
        words += [f"{count}{unit}"] if count else []
    return " ".join(words)


def _no_property(name: str) -> Refusal:
    return Refusal(404, f"The property with key '{name}' does not exist.")
