"""What the site says about itself: server, caller, fields, types, statuses, projects.

Read only. Built from the configuration of the site, in the shapes of the API.
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.jira import site
from pfjira.sandbox.jira.accounts import Accounts, page_of
from pfjira.sandbox.jira.payload import listed
from pfjira.sandbox.jira.render import Renderer, schema
from pfjira.sandbox.jira.screens import named_project
from pfjira.sandbox.jira.store import IssueStore
from pfjira.sandbox.wire import Reply, Request


class Metadata:
    """The describing endpoints."""

    def __init__(self, store: IssueStore, accounts: Accounts, renderer: Renderer) -> None:
        self._store = store
        self._accounts = accounts
        self._renderer = renderer

    def server_info(self, request: Request) -> Reply:
        """Answer GET /serverInfo."""
        return Reply(
            200,
            {
                "baseUrl": self._renderer.base,
                "displayUrl": self._renderer.base,
                "version": "1001.0.0-SNAPSHOT",
                "versionNumbers": [1001, 0, 0],
                "deploymentType": "Cloud",
                "buildNumber": 100300,
                "buildDate": "2026-11-20T00:00:00.000+0000",
                "serverTime": self._renderer.time(self._store.clock.now()),
                "serverTimeZone": self._accounts.myself.time_zone,
                "scmInfo": "0" * 40,
                "serverTitle": "Jira",
            },
        )

    def myself(self, request: Request) -> Reply:
        """Answer GET /myself: the calling account, whose own address always shows."""
        return Reply(200, self._accounts.user(self._accounts.myself, locale=True))

    def fields(self, request: Request) -> Reply:
        """Answer GET /field: all fields, as a plain array."""
        return Reply(200, [self._field(f) for f in self._store.site.fields.values()])

    def fields_page(self, request: Request) -> Reply:
        """Answer GET /field/search."""
        text = (request.first("query") or "").casefold()
        kinds = listed(request, "type")
        found = [
            f
            for f in self._store.site.fields.values()
            if text in f.name.casefold() and (not kinds or ("custom" if f.custom else "system") in kinds)
        ]
        start, size = page_of(request, 50, 100)
        values = [{"id": f.id, "name": f.name, "schema": schema(f)} for f in found[start : start + size]]
        return Reply(200, self._page("field/search", values, start, size, len(found)))

    def issue_types(self, request: Request) -> Reply:
        """Answer GET /issuetype."""
        return Reply(200, [self._renderer.issue_type(t) for t in self._store.site.types.values()])

    def priorities(self, request: Request) -> Reply:
        """Answer GET /priority (deprecated, still served)."""
        return Reply(200, [self._renderer.priority(p) for p in site.PRIORITIES])

    def resolutions(self, request: Request) -> Reply:
        """Answer GET /resolution (deprecated, still served)."""
        return Reply(200, [self._renderer.resolution(r) for r in site.RESOLUTIONS])

    def resolutions_page(self, request: Request) -> Reply:
        """Answer GET /resolution/search."""
        start, size = page_of(request, 50, 50)
        found = [{"id": i, "name": name, "description": ""} for i, name in site.RESOLUTIONS.items()]
        return Reply(200, self._page("resolution/search", found[start : start + size], start, size, len(found)))

    def link_types(self, request: Request) -> Reply:
        """Answer GET /issueLinkType."""
        shown = [
            {
                "id": i,
                "name": n,
                "inward": inward,
                "outward": outward,
                "self": self._renderer.link(f"issueLinkType/{i}"),
            }
            for i, (n, inward, outward) in site.LINK_TYPES.items()
        ]
        return Reply(200, {"issueLinkTypes": shown})

    def statuses(self, request: Request) -> Reply:
        """Answer GET /status."""
        return Reply(200, [self._renderer.status(s) for s in self._store.site.statuses.values()])

    def status_categories(self, request: Request) -> Reply:
        """Answer GET /statuscategory."""
        return Reply(200, [self._renderer.category(c) for c in site.CATEGORIES])

    def statuses_page(self, request: Request) -> Reply:
        """Answer GET /statuses/search; here the category is TODO, IN_PROGRESS or DONE."""
        category, text = request.first("statusCategory"), (request.first("searchString") or "").casefold()
        project = named_project(self._store.site, request.first("projectId")) if request.first("projectId") else None
        used = {t.to.id for t in project.workflow} if project else set(self._store.site.statuses)
        found = [
            {
                "id": s.id,
                "name": s.name,
                "statusCategory": s.category.enum,
                "scope": {"type": "GLOBAL"},
                "description": "",
            }
            for s in self._store.site.statuses.values()
            if s.id in used and text in s.name.casefold() and category in {None, s.category.enum}
        ]
        start, size = page_of(request, 200, 200)
        return Reply(200, self._page("statuses/search", found[start : start + size], start, size, len(found)))

    def projects_page(self, request: Request) -> Reply:
        """Answer GET /project/search."""
        keys, text = {k.upper() for k in listed(request, "keys")}, (request.first("query") or "").casefold()
        found = [
            self._renderer.project(p)
            for p in self._store.site.shown_projects()
            if (not keys or p.key in keys) and (text in p.key.casefold() or text in p.name.casefold())
        ]
        start, size = page_of(request, 50, 100)
        return Reply(200, self._page("project/search", found[start : start + size], start, size, len(found)))

    def project(self, request: Request, key: str) -> Reply:
        """Answer GET /project/{key}."""
        project = named_project(self._store.site, key)
        types = [self._renderer.issue_type(self._store.site.types[t]) for t in project.types]
        return Reply(
            200,
            {
                **self._renderer.project(project),
                "description": "",
                "issueTypes": types,
                "components": [],
                "versions": [],
                "roles": {},
                "assigneeType": "UNASSIGNED",
                "properties": {},
                "style": "classic",
            },
        )

    def project_statuses(self, request: Request, key: str) -> Reply:
        """Answer GET /project/{key}/statuses: the statuses of each issue type."""
        project = named_project(self._store.site, key)
        used = dict.fromkeys([project.initial.id, *(t.to.id for t in project.workflow)])
        shown = [self._renderer.status(self._store.site.statuses[i]) for i in used]
        return Reply(
            200,
            [
                {
                    "self": self._renderer.link(f"issuetype/{t.id}"),
                    "id": t.id,
                    "name": t.name,
                    "subtask": t.subtask,
                    "statuses": shown,
                }
                for t in (self._store.site.types[i] for i in project.types)
            ],
        )

    def _field(self, field: site.Field) -> dict[str, Any]:
        names = list(field.jql)
        if field.custom:
            names = [f"cf[{field.id.removeprefix('customfield_')}]", field.name]
        return {
            "id": field.id,
            "key": field.id,
            "name": field.name,
            "custom": bool(field.custom),
            "orderable": field.orderable,
            "navigable": field.id != "comment",
            "searchable": True,
            "clauseNames": names,
            "schema": schema(field),
        }

    def _page(self, path: str, values: list[Any], start: int, size: int, total: int) -> dict[str, Any]:
        return {
            "self": self._renderer.link(f"{path}?startAt={start}&maxResults={size}"),
            "maxResults": size,
            "startAt": start,
            "total": total,
            "isLast": start + size >= total,
            "values": values,
        }
