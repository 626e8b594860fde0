"""What may be set and done: create and edit screens, and the caller's permissions.

Read only. What these say must be what `writes.py` enforces; both read the same project.
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.jira import site
from pfjira.sandbox.jira.accounts import page_of
from pfjira.sandbox.jira.configuration import Site
from pfjira.sandbox.jira.payload import listed
from pfjira.sandbox.jira.refusal import Refusal, no_issue
from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.store import IssueStore
from pfjira.sandbox.wire import Reply, Request

_PERMISSIONS = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "ASSIGN_ISSUES",
    "ASSIGNABLE_USER",
    "TRANSITION_ISSUES",
    "RESOLVE_ISSUES",
    "ADD_COMMENTS",
    "WORK_ON_ISSUES",
    "LINK_ISSUES",
    "MODIFY_REPORTER",
    "DELETE_ISSUES",
    "SCHEDULE_ISSUES",
    "USER_PICKER",
    "ADMINISTER",
    "BULK_CHANGE",
)
_GLOBAL_PERMISSIONS = frozenset({"USER_PICKER", "ADMINISTER", "BULK_CHANGE"})
_DENIED = frozenset({"ADMINISTER", "DELETE_ISSUES"})


class Screens:
    """The endpoints about fields on screens, and permissions."""

    def __init__(self, store: IssueStore, renderer: Renderer) -> None:
        self._store = store
        self._renderer = renderer

    def create_types(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/createmeta/{project}/issuetypes."""
        project = named_project(self._store.site, key)
        start, size = page_of(request, 50, 200)
        allowed = project.types if self._store.site.may("CREATE_ISSUES", project.key) else ()
        types = [self._renderer.issue_type(self._store.site.types[t]) for t in allowed]
        return Reply(
            200, {"startAt": start, "maxResults": size, "total": len(types), "issueTypes": types[start : start + size]}
        )

    def create_fields(self, request: Request, key: str, type_id: str) -> Reply:
        """Answer GET /issue/createmeta/{project}/issuetypes/{type}: the create screen."""
        project = named_project(self._store.site, key)
        if type_id not in project.types or not self._store.site.may("CREATE_ISSUES", project.key):
            raise Refusal(404, "The issue type selected is invalid.")
        required = {"project", "issuetype", "summary"} | project.required
        if self._store.site.types[type_id].subtask:
            required.add("parent")
        start, size = page_of(request, 50, 200)
        shown = [
            {
                **self._renderer.field_meta(
                    f, f.id in required, default=f.id in {"priority", "reporter"}, project=project
                ),
                "fieldId": f.id,
            }
            for f in self._store.site.fields.values()
            if f.id in project.fields
        ]
        for entry in shown:
            if entry["fieldId"] == "issuetype":
                entry["allowedValues"] = [self._renderer.issue_type(self._store.site.types[type_id])]
        return Reply(
            200,
            {
                "startAt": start,
                "maxResults": size,
                "total": len(shown),
                self._store.options.createmeta_member: shown[start : start + size],
            },
        )

    def edit_fields(self, request: Request, key: str) -> Reply:
        """Answer GET /issue/{key}/editmeta."""
        issue = self._store.find(key)
        if issue is None:
            raise no_issue()
        site = self._store.site
        screen = site.edit_screen(issue.project) if self._store.options.edit_checks_screen else frozenset(site.fields)
        fields = {
            f.id: self._renderer.field_meta(f, f.id in {"summary", "issuetype"} | issue.project.required)
            for f in self._store.site.fields.values()
            if f.id in screen
        }
        return Reply(200, {"fields": fields})

    def permissions(self, request: Request) -> Reply:
        """Answer GET /mypermissions; `permissions` names those that are asked for."""
        wanted = listed(request, "permissions")
        if not wanted:
            raise Refusal(400, "The 'permissions' query parameter is required.")
        if unknown := [p for p in wanted if p not in _PERMISSIONS]:
            raise Refusal(400, f"Unrecognized permission: {unknown[0]}")
        named = request.first("projectKey") or request.first("projectId")
        issue_named = request.first("issueKey") or request.first("issueId")
        if named:
            projects = [named_project(self._store.site, named)]
        elif issue_named:
            issue = self._store.find(issue_named)
            if issue is None:
                raise no_issue()
            projects = [issue.project]
        else:  # in the global context a right that is held in any project is held
            projects = self._store.site.shown_projects()
        return Reply(200, {"permissions": {p: self._permission(p, [one.key for one in projects]) for p in wanted}})

    def _permission(self, key: str, projects: list[str]) -> dict[str, Any]:
        options = self._store.options
        denied = set(_DENIED)
        if not options.may_edit:
            denied |= {"EDIT_ISSUES", "ASSIGN_ISSUES", "TRANSITION_ISSUES"}
        if not options.may_browse_users:
            denied.add("USER_PICKER")
        if not options.may_set_reporter:
            denied.add("MODIFY_REPORTER")
        if key not in _GLOBAL_PERMISSIONS and not any(self._store.site.may(key, project) for project in projects):
            denied.add(key)
        return {
            "id": str(_PERMISSIONS.index(key) + 1),
            "key": key,
            "name": key.replace("_", " ").capitalize(),
            "description": "",
            "type": "GLOBAL" if key in _GLOBAL_PERMISSIONS else "PROJECT",
            "havePermission": key not in denied,
        }


def named_project(configuration: Site, key: object) -> site.Project:
    """Return a project by key or id; Refusal 404 when there is none."""
    project = configuration.project(key)
    if project is None:
        raise Refusal(404, f"No project could be found with key '{key}'.")
    return project
