"""The simulated Jira Cloud site: one object that answers the v3 API and the service desk API.

It joins the resources, checks the login, applies the rate limits and turns refusals into answers. It knows nothing
of sockets, and nothing of pfjira outside the sandbox.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
from typing import Any
from urllib.parse import quote

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import Company
from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.admins import Admins
from pfjira.sandbox.jira.groups import Groups
from pfjira.sandbox.jira.limits import RateLimits
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.parts import IssueParts
from pfjira.sandbox.jira.people import Hands
from pfjira.sandbox.jira.refusal import Refusal, problem
from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.routes import Handler, Routes, build_routes
from pfjira.sandbox.jira.servicedesk import build_desk_routes
from pfjira.sandbox.jira.store import IssueStore, StoredIssue
from pfjira.sandbox.wire import Reply, Request

ROOT = "/rest/api/3/"
DESK_ROOT = "/rest/servicedeskapi/"
_GATEWAY = re.compile(r"^/ex/jira/[0-9a-fA-F-]{8,}(?=/)")
_ANONYMOUS_EMPTY = frozenset(
    {"user/search", "users/search", "user/assignable/search", "user/assignable/multiProjectSearch"}
)


class JiraSystem:
    """One simulated site, with its stored issues open to tests (`issues`, `issue`, `act`)."""

    name = "jira"

    def __init__(self, company: Company, clock: SandboxClock, options: JiraOptions) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.options = options
        self.accounts = Accounts(company, options)
        self.store = IssueStore(clock, options)
        self.groups = Groups(self.accounts, options)
        self.requests = 0
        """How many requests were answered."""
        self._limits = RateLimits(options)
        renderer = Renderer(self.store, self.accounts)
        parts = IssueParts(self.store, self.accounts, renderer)
        admins = Admins(self.store, company, self.accounts, self.groups)
        self._hands = Hands(self.store, self.accounts, renderer, parts, admins)
        self._routes = build_routes(self.store, self.accounts, self.groups, renderer, parts)
        self._desk_routes = build_desk_routes(self.store, self.accounts, renderer)

    @property
    def issues(self) -> dict[str, StoredIssue]:
        """All stored issues by id."""
        return self.store.issues

    def issue(self, key_or_id: str) -> StoredIssue:
        """Return a stored issue; KeyError when there is none."""
        found = self.store.stored(key_or_id)
        if found is None:
            raise KeyError(key_or_id)
        return found

    def issues_by_op(self) -> dict[str, list[str]]:
        """Return the ids of the issues made for each operation (entity property `pfjira`, member `op`)."""
        found: dict[str, list[str]] = {}
        with self.lock:
            for issue in self.store.issues.values():
                mark = issue.properties.get("pfjira")
                if isinstance(mark, dict) and "op" in mark:
                    found.setdefault(str(mark["op"]), []).append(issue.id)
        return found

    def act(self, verb: str, **args: Any) -> Any:
        """Let a person do something in Jira's own pages; the verbs are in `Hands` (issues) and `Admins` (the rest)."""
        with self.lock:
            return self._hands.act(verb, **args)

    def owns(self, path: str) -> bool:
        """Say whether a path is of this API, on the site address or behind the gateway."""
        return _GATEWAY.sub("", path).startswith((ROOT, DESK_ROOT))

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        self.requests += 1
        path = _GATEWAY.sub("", request.path).rstrip("/")
        desk = path.startswith(DESK_ROOT)
        path = path[len(DESK_ROOT if desk else ROOT) :]
        routes = self._desk_routes if desk else self._routes
        try:
            reply = self._login(request, f"servicedesk:{path}" if desk else path) or self._dispatch(
                request, path, routes
            )
        except Refusal as refused:
            reply = refused.reply()
        reply.headers.setdefault("Atl-Traceid", f"{self.requests:032x}")
        return reply

    def _dispatch(self, request: Request, path: str, routes: Routes) -> Reply:
        allowed = False
        for pattern, methods in routes:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            allowed = True
            handler = methods.get(request.method)
            if handler is None:
                continue
            return self._handle(request, handler, found, pattern.pattern)
        return problem(request.method, request.path, 405 if allowed else 404)

    def _handle(self, request: Request, handler: Handler, found: re.Match[str], endpoint: str) -> Reply:
        now = self.clock.now()
        limit = self._limits.take(request.method, endpoint, now)
        issue = self.store.find(found["key"]) if "key" in found.re.groupindex else None
        refused = limit if isinstance(limit, Reply) else None
        if refused is None and request.method != "GET" and issue is not None:
            refused = self._limits.write(issue.id, now)
        if refused is not None and not self.options.limited_is_done:
            return refused
        try:
            reply = handler(request, *found.groups())
        except Refusal as no:
            reply = no.reply()
        if not isinstance(limit, Reply):
            reply.headers.update(limit)
        return refused or reply

    def _login(self, request: Request, path: str) -> Reply | None:
        """Return the answer for a request without a good login; None when it may go on."""
        given = request.headers.get("authorization")
        right_address = not self.options.scoped_token or request.path.startswith("/ex/jira/")
        if given is not None and right_address and self._good(given):
            return None
        if given is not None and self.options.bad_login != "anonymous":
            return self._unauthorized()
        if self.options.anonymous == "refuse" and self.options.bad_login != "anonymous":
            return self._unauthorized()
        if path == "serverInfo":
            return None
        if path in _ANONYMOUS_EMPTY:
            return Reply(200, [])
        if path == "search/jql":
            return Reply(200, {"issues": [], "isLast": True})
        if path == "issue" and request.method == "POST":
            return Refusal(400, errors={"project": "Specify a valid project ID or key"}).reply()
        if path.startswith("issue/"):
            return Refusal(404, "Issue does not exist or you do not have permission to see it.").reply()
        return self._unauthorized()

    def _good(self, header: str) -> bool:
        scheme, _, credentials = header.partition(" ")
        if self.options.token_expired or scheme.casefold() != "basic":
            return False
        try:
            email, _, token = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return (email.casefold(), token) == (self.options.login.casefold(), self.options.token)

    def _unauthorized(self) -> Reply:
        text = "Client must be authenticated to access this resource."
        headers = {
            "WWW-Authenticate": f'OAuth realm="{quote(self.options.base_url, safe="")}"',
            "X-Seraph-LoginReason": "AUTHENTICATED_FAILED",
        }
        if self.options.bad_login == "json":
            return Reply(401, {"message": text, "status-code": 401}, headers, content_type="application/json")
        return Reply(401, text.encode(), headers, content_type="text/plain;charset=UTF-8")
