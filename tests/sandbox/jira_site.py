"""A simulated Jira without sockets, for tests: each call is checked against Atlassian's document on the way."""

from __future__ import annotations

import base64
import json
from typing import Any

from openapi_check import check_exchange

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Account, Company
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.system import JiraSystem
from pfjira.sandbox.wire import Reply, Request

ANNA = "5b10a2844c20165700ede21g"
JAN = "712020:99999999-8888-7777-6666-555555555555"
GONE = "5b10ac8d82e05b22cc7d4ef5"
ROBOT = "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077"


def document(*paragraphs: str) -> dict[str, Any]:
    """Return an ADF document with these paragraphs."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in paragraphs]
    return {"type": "doc", "version": 1, "content": content}


def draft(summary: str = "Order a laptop", project: str = "HR", op: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return the body of a create request."""
    named = {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": summary}
    properties = [{"key": "pfjira", "value": {"op": op, "v": 1}}] if op else []
    return {"fields": {**named, **fields}, "properties": properties}


def texts(query: dict[str, Any]) -> dict[str, list[str]]:
    """Return query parameters as they arrive."""
    return {n: [str(v) for v in vs] if isinstance(vs, list) else [str(vs)] for n, vs in query.items()}


def whole(path: str) -> str:
    """Return a path below the platform's root, or as it is when it names its own root."""
    return path if path.startswith("/") else f"/rest/api/3/{path}"


class Site:
    """One simulated site with four accounts, asked without sockets."""

    def __init__(self, **options: Any) -> None:
        self.clock = SandboxClock()
        self.company = Company(
            accounts=[
                Account(ANNA, "Anna Kowalska", "anna.kowalska@example.com"),
                Account(JAN, "Jan Nowak", "jan.nowak@example.com", email_hidden=True),
                Account(GONE, "Piotr Gone", "piotr@example.com", active=False),
                Account(ROBOT, "Automation for Jira", "robot@example.com", account_type="app"),
            ]
        )
        self.system = JiraSystem(self.company, self.clock, JiraOptions(**options))
        self.login: str | None = "sync@example.com:sandbox-token"
        self.content_type: str | None = "application/json"

    def authorization(self) -> str:
        """Return the value of the header that logs in."""
        return "Basic " + base64.b64encode((self.login or "").encode()).decode()

    def unchecked(self, method: str, path: str, body: Any = None, stop_after: int | None = None, **query: Any) -> Reply:
        """Send one request and return the raw answer, judged by nobody."""
        headers = {} if self.content_type is None else {"content-type": self.content_type}
        if self.login is not None:
            headers["authorization"] = self.authorization()
        sent = b"" if body is None else json.dumps(body).encode()
        return self.system.answer(Request(method, whole(path), texts(query), headers, sent, stop_after))

    def reply(self, method: str, path: str, body: Any = None, stop_after: int | None = None, **query: Any) -> Reply:
        """Send one request and return the raw answer, checked against the document."""
        reply = self.unchecked(method, path, body, stop_after, **query)
        shown = json.loads(json.dumps(reply.body)) if not isinstance(reply.body, bytes) else reply.body.decode()
        assert [] == check_exchange(method, whole(path), texts(query), body, reply.status, shown)
        return reply

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """Send one request; return status and body."""
        reply = self.reply(method, path, body, **query)
        return reply.status, reply.body

    def make(self, *args: Any, **kwargs: Any) -> str:
        """Create an issue through the API and return its key; arguments as for `draft`."""
        status, body = self.call("POST", "issue", draft(*args, **kwargs))
        assert status == 201, body
        key: str = body["key"]
        return key

    def fields(self, key: str, *names: str) -> dict[str, Any]:
        """Return fields of an issue as the API shows them now."""
        shown: dict[str, Any] = self.call("GET", f"issue/{key}", fields=",".join(names) or "*all")[1]["fields"]
        return shown

    def search(self, jql: str, **body: Any) -> list[str]:
        """Return the keys that a search finds, all pages."""
        keys: list[str] = []
        token: dict[str, Any] = {}
        while True:
            status, page = self.call("POST", "search/jql", {"jql": jql, "fields": ["key"], **body, **token})
            assert status == 200, page
            keys += [issue["key"] for issue in page["issues"]]
            if page["isLast"]:
                return keys
            token = {"nextPageToken": page["nextPageToken"]}
