"""The service desk API: requests that customers raise, which are ordinary issues underneath.

Other shapes than the platform's: one error text with a key, pages with `start` and `isLastPage`. A request takes no
entity properties; they are added afterwards through the platform.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pfjira.sandbox.jira import adf, site
from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.fields import FieldJudge
from pfjira.sandbox.jira.payload import closed, json_object, listed
from pfjira.sandbox.jira.refusal import DeskRefusal, Refusal
from pfjira.sandbox.jira.render import Renderer, schema
from pfjira.sandbox.jira.routes import Handler, Routes
from pfjira.sandbox.jira.store import IssueStore, StoredIssue
from pfjira.sandbox.wire import Reply, Request

_MEMBERS: dict[str, type | tuple[type, ...]] = {
    "serviceDeskId": str,
    "requestTypeId": str,
    "requestFieldValues": dict,
    "raiseOnBehalfOf": str,
    "requestParticipants": list,
    "isAdfRequest": bool,
    "form": dict,
    "channel": str,
}
_EXPANDS = ["participant", "status", "sla", "requestType", "serviceDesk", "attachment", "action", "comment"]
_CATEGORIES = {"new": "NEW", "indeterminate": "INDETERMINATE", "done": "DONE"}
_PAGE = 50


def build_desk_routes(store: IssueStore, accounts: Accounts, renderer: Renderer) -> Routes:
    """Return the paths below the root of the service desk API with their handlers by method."""
    desk = ServiceDesks(store, accounts, renderer)
    one = r"servicedesk/([^/]+)"
    table: dict[str, dict[str, Handler]] = {
        r"request": {"POST": desk.create},
        r"request/(?P<key>[^/]+)": {"GET": desk.request},
        r"servicedesk": {"GET": desk.desks},
        one: {"GET": desk.desk},
        one + r"/requesttype": {"GET": desk.types},
        one + r"/requesttype/([^/]+)": {"GET": desk.type},
        one + r"/requesttype/([^/]+)/field": {"GET": desk.fields},
    }
    return [(re.compile(p), {m: _in_desk_words(h) for m, h in methods.items()}) for p, methods in table.items()]


def _in_desk_words(handler: Handler) -> Handler:
    def handle(*args: Any) -> Reply:
        try:
            return handler(*args)
        except DeskRefusal:
            raise
        except Refusal as refused:
            text = (refused.messages or [*refused.errors.values()] or [""])[0]
            raise DeskRefusal(refused.status, text, "sd.validation.error", *refused.errors) from None

    return handle


class ServiceDesks:
    """The service desk endpoints."""

    def __init__(self, store: IssueStore, accounts: Accounts, renderer: Renderer) -> None:
        self._store = store
        self._accounts = accounts
        self._renderer = renderer
        self._judge = FieldJudge(store, accounts)

    def create(self, request: Request) -> Reply:
        """Answer POST /request: an issue whose creator is the caller and whose reporter is who it is raised for."""
        body = closed(json_object(request), _MEMBERS)
        desk = self._store.site.desks.get(body.get("serviceDeskId", ""))
        project = self._store.site.project(desk.project) if desk else None
        if desk is None or project is None:
            raise DeskRefusal(400, "The service desk does not exist.", "sd.request.create.error.servicedesk")
        kind = next((t for t in desk.types if t.id == body.get("requestTypeId")), None)
        if kind is None or kind.type_id not in project.types:
            raise DeskRefusal(400, "The request type does not exist.", "sd.request.create.error.requesttype")
        if not self._store.site.may("CREATE_ISSUES", project.key):
            raise DeskRefusal(
                403, "You do not have permission to create requests.", "sd.request.create.error.forbidden"
            )
        values = self._values(kind, body.get("requestFieldValues", {}), adf_given=body.get("isAdfRequest", False))
        me = self._accounts.myself.account_id
        reporter = self._person(body.get("raiseOnBehalfOf", me))
        participants = [self._person(account_id) for account_id in body.get("requestParticipants", [])]
        stored = {
            "issuetype": kind.type_id,
            "status": project.initial.id,
            "priority": site.DEFAULT_PRIORITY,
            "labels": (),
            **values,
            "reporter": reporter,
        }
        issue = self._store.create(project, stored, me, {})
        issue.request_type, issue.participants = kind.id, participants
        return Reply(201, self._shown(issue, desk, kind, []))

    def request(self, request: Request, key: str) -> Reply:
        """Answer GET /request/{key}; 404 for an issue that was never raised as a request."""
        issue = self._store.find(key)
        found = self._type_of(issue) if issue is not None else None
        if issue is None or found is None:
            raise DeskRefusal(404, "The request does not exist.", "sd.request.error.notfound", key)
        return Reply(200, self._shown(issue, *found, listed(request, "expand")))

    def desks(self, request: Request) -> Reply:
        """Answer GET /servicedesk: those whose project the caller sees."""
        seen = [d for d in self._store.site.desks.values() if self._store.site.project(d.project)]
        return Reply(200, self._page(request, "servicedesk", seen, self._desk))

    def desk(self, request: Request, desk_id: str) -> Reply:
        """Answer GET /servicedesk/{id}."""
        return Reply(200, self._desk(self._find_desk(desk_id)))

    def types(self, request: Request, desk_id: str) -> Reply:
        """Answer GET /servicedesk/{id}/requesttype; `searchQuery` looks into names and descriptions."""
        desk = self._find_desk(desk_id)
        text = (request.first("searchQuery") or "").casefold()
        found = [t for t in desk.types if text in t.name.casefold() or text in t.description.casefold()]
        return Reply(
            200, self._page(request, f"servicedesk/{desk.id}/requesttype", found, lambda t: self._type(desk, t))
        )

    def type(self, request: Request, desk_id: str, type_id: str) -> Reply:
        """Answer GET /servicedesk/{id}/requesttype/{id}."""
        return Reply(200, self._type(*self._find_type(desk_id, type_id)))

    def fields(self, request: Request, desk_id: str, type_id: str) -> Reply:
        """Answer GET /servicedesk/{id}/requesttype/{id}/field: the form, and what the caller may do on it."""
        _, kind = self._find_type(desk_id, type_id)
        shown = []
        for entry in kind.form:
            field = self._store.site.fields[entry.id]
            shown.append(
                {
                    "fieldId": entry.id,
                    "name": entry.label,
                    "description": "",
                    "required": entry.required,
                    "defaultValues": [],
                    "validValues": [{"value": i, "label": text, "children": []} for i, text in field.options],
                    "jiraSchema": schema(field),
                    "visible": True,
                }
            )
        allowed = self._store.options.may_set_reporter
        return Reply(
            200, {"requestTypeFields": shown, "canRaiseOnBehalfOf": allowed, "canAddRequestParticipants": True}
        )

    def _values(self, kind: site.RequestType, given: dict[str, Any], adf_given: bool) -> dict[str, Any]:
        fields = dict(given)
        text = fields.get("description")
        if not adf_given and isinstance(text, str):
            fields["description"] = adf.document(text) if text else None
        elif not adf_given and text is not None:
            raise DeskRefusal(400, "The description must be text.", "sd.validation.error", "description")
        values = self._judge.judge(fields, {}, frozenset(f.id for f in kind.form), None)
        missing = [f.id for f in kind.form if f.required and values.get(f.id) in {None, ()}]
        if missing:
            raise DeskRefusal(
                400,
                f"The following fields are required: {', '.join(missing)}.",
                "sd.request.create.error.required.fields",
                *missing,
            )
        return values

    def _person(self, account_id: Any) -> str:
        me = self._accounts.myself.account_id
        if account_id != me and not self._store.options.may_set_reporter:
            raise DeskRefusal(403, "You cannot act for other customers.", "sd.request.create.error.onbehalf")
        account = self._accounts.get(account_id)
        if account is None or not account.active:
            raise DeskRefusal(400, "The customer does not exist.", "sd.request.create.error.customer")
        return account.account_id

    def _find_desk(self, desk_id: str) -> site.ServiceDesk:
        desk = self._store.site.desks.get(desk_id)
        if desk is None or self._store.site.project(desk.project) is None:
            raise DeskRefusal(404, "The service desk does not exist.", "sd.servicedesk.error.notfound", desk_id)
        return desk

    def _find_type(self, desk_id: str, type_id: str) -> tuple[site.ServiceDesk, site.RequestType]:
        desk = self._find_desk(desk_id)
        kind = next((t for t in desk.types if t.id == type_id), None)
        if kind is None:
            raise DeskRefusal(404, "The request type does not exist.", "sd.requesttype.error.notfound", type_id)
        return desk, kind

    def _type_of(self, issue: StoredIssue) -> tuple[site.ServiceDesk, site.RequestType] | None:
        desk = next((d for d in self._store.site.desks.values() if d.project == issue.project.key), None)
        kind = site.REQUEST_TYPES.get(issue.request_type or "")
        return (desk, kind) if desk is not None and kind is not None else None

    def _shown(
        self, issue: StoredIssue, desk: site.ServiceDesk, kind: site.RequestType, expand: list[str]
    ) -> dict[str, Any]:
        base = self._renderer.base
        moves = [h["created"] for h in issue.changelog if any(i["fieldId"] == "status" for i in h["items"])]
        since = datetime.strptime(moves[-1], "%Y-%m-%dT%H:%M:%S.%f%z") if moves else issue.created
        shown: dict[str, Any] = {
            "_expands": _EXPANDS,
            "issueId": issue.id,
            "issueKey": issue.key,
            "requestTypeId": kind.id,
            "serviceDeskId": desk.id,
            "createdDate": self._date(issue.created),
            "reporter": self._user(issue.fields["reporter"]),
            "requestFieldValues": [
                {"fieldId": f.id, "label": f.label, "value": value}
                for f in kind.form
                if (value := self._value(issue, f.id)) is not None
            ],
            "currentStatus": {
                "status": issue.status.name,
                "statusCategory": _CATEGORIES[issue.status.category.key],
                "statusDate": self._date(since),
            },
            "_links": {
                "self": f"{base}/rest/servicedeskapi/request/{issue.id}",
                "web": f"{base}/servicedesk/customer/portal/{desk.id}/{issue.key}",
                "jiraRest": f"{base}/rest/api/2/issue/{issue.id}",
                "agent": f"{base}/browse/{issue.key}",
            },
        }
        if "participant" in expand:
            people = [self._user(account_id) for account_id in issue.participants]
            shown["participants"] = {
                "size": len(people), "start": 0, "limit": _PAGE, "isLastPage": True, "values": people
            }  # fmt: skip
        if "requestType" in expand:
            shown["requestType"] = self._type(desk, kind)
        if "serviceDesk" in expand:
            shown["serviceDesk"] = self._desk(desk)
        return shown

    def _value(self, issue: StoredIssue, name: str) -> Any:
        shown = self._renderer.issue(issue, [name])["fields"].get(name)
        return adf.plain(shown) if name == "description" and shown is not None else shown

    def _date(self, moment: datetime) -> dict[str, Any]:
        local = moment.astimezone(ZoneInfo(self._accounts.myself.time_zone))
        return {
            "iso8601": f"{local:%Y-%m-%dT%H:%M:%S%z}",
            "jira": self._renderer.time(moment),
            "friendly": f"{local:%d/%b/%y %I:%M %p}",
            "epochMillis": int(moment.timestamp() * 1000),
        }

    def _user(self, account_id: str) -> dict[str, Any]:
        found = self._accounts.show(account_id) or {}
        names = ("accountId", "emailAddress", "displayName", "active", "timeZone")
        link = f"{self._renderer.base}/rest/api/2/user?accountId={account_id}"
        return {**{n: found[n] for n in names if n in found}, "_links": {"jiraRest": link}}

    def _desk(self, desk: site.ServiceDesk) -> dict[str, Any]:
        project = self._store.site.projects[desk.project]
        return {
            "id": desk.id,
            "projectId": project.id,
            "projectKey": project.key,
            "projectName": project.name,
            "projectTypeKey": project.kind,
            "_links": {"self": f"{self._renderer.base}/rest/servicedeskapi/servicedesk/{desk.id}"},
        }

    def _type(self, desk: site.ServiceDesk, kind: site.RequestType) -> dict[str, Any]:
        return {
            "_expands": ["field"],
            "id": kind.id,
            "name": kind.name,
            "description": kind.description,
            "helpText": "",
            "issueTypeId": kind.type_id,
            "serviceDeskId": desk.id,
            "portalId": desk.id,
            "groupIds": [desk.id],
            "canCreateRequest": self._store.site.may("CREATE_ISSUES", desk.project),
            "_links": {
                "self": f"{self._renderer.base}/rest/servicedeskapi/servicedesk/{desk.id}/requesttype/{kind.id}"
            },
        }

    def _page(self, request: Request, path: str, found: list[Any], show: Callable[[Any], Any]) -> dict[str, Any]:
        try:
            start, limit = int(request.first("start") or 0), int(request.first("limit") or _PAGE)
        except ValueError:
            raise DeskRefusal(400, "The start and limit parameters must be numbers.", "sd.paging.error") from None
        if start < 0 or limit < 1:
            raise DeskRefusal(400, "The start and limit parameters must not be negative.", "sd.paging.error")
        limit = min(limit, _PAGE)
        values = [show(one) for one in found[start : start + limit]]
        return {
            "_expands": [],
            "size": len(values),
            "start": start,
            "limit": limit,
            "isLastPage": start + limit >= len(found),
            "_links": {
                "base": self._renderer.base,
                "context": "",
                "self": f"{self._renderer.base}/rest/servicedeskapi/{path}",
            },
            "values": values,
        }
