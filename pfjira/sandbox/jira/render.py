"""Show stored issues in the shapes of the v3 API.

Which fields, which properties, which expansions: decided by the request, put together here. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pfjira.sandbox.jira import site
from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.configuration import Site
from pfjira.sandbox.jira.store import IssueStore, StoredIssue

EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"


class Renderer:
    """Turn stored things into the JSON that the API answers."""

    def __init__(self, store: IssueStore, accounts: Accounts) -> None:
        self._store = store
        self._accounts = accounts
        self.base = store.options.base_url

    def time(self, moment: datetime) -> str:
        """Return a time as Jira writes it: in the caller's zone, milliseconds, offset without a colon."""
        local = moment.astimezone(ZoneInfo(self._accounts.myself.time_zone))
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def link(self, path: str) -> str:
        """Return a `self` address."""
        return f"{self.base}/rest/api/3/{path}"

    def issue(
        self,
        issue: StoredIssue,
        fields: Iterable[str],
        properties: Iterable[str] = (),
        expand: Iterable[str] = (),
        stored: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the issue object with the chosen fields; `stored` replaces the field values of now."""
        chosen = choose(fields, self._store.site)
        shown: dict[str, Any] = {
            "expand": EXPAND,
            "id": issue.id,
            "self": self.link(f"issue/{issue.id}"),
            "key": issue.key,
        }
        values = issue.fields if stored is None else stored
        shown["fields"] = {
            name: self._field(issue, name, values) for name in chosen if name != "parent" or values.get("parent")
        }  # left out, not null, without one
        wanted = list(properties)
        if wanted:
            hidden = issue.hidden_until is not None and self._store.clock.now() < issue.hidden_until
            have = {} if hidden else issue.properties
            shown["properties"] = dict(have) if "*all" in wanted else {k: have[k] for k in wanted if k in have}
        if "names" in expand:
            shown["names"] = {name: self._store.site.fields[name].name for name in chosen}
        if "schema" in expand:
            shown["schema"] = {name: schema(self._store.site.fields[name]) for name in chosen}
        if "changelog" in expand:
            history = issue.changelog[::-1]
            shown["changelog"] = {"startAt": 0, "maxResults": len(history), "total": len(history), "histories": history}
        if "transitions" in expand:
            shown["transitions"] = [
                self.transition(t, False) for t in self._store.site.transitions(issue.project, issue.status)
            ]
        return shown

    def _field(self, issue: StoredIssue, name: str, values: dict[str, Any]) -> Any:
        match name:
            case "project":
                return self.project(issue.project)
            case "created" | "updated":
                return self.time(issue.created if name == "created" else issue.updated)
            case "creator":
                return self._accounts.show(issue.creator)
            case "status":
                return self.status(self._store.site.statuses[values["status"]])
            case "statusCategory":
                return self.category(self._store.site.statuses[values["status"]].category)
            case "issuetype":
                return self.issue_type(self._store.site.types[values["issuetype"]])
            case "comment":
                return self.comments(issue, issue.comments, 0, 5000)
            case "subtasks":
                return [self.brief(c) for c in map(self._store.issues.get, issue.children) if c and c.type.subtask]
            case "issuelinks":
                return self._links(issue)
            case "parent":
                parent = self._store.issues.get(values.get("parent") or "")
                return self.brief(parent) if parent else None
            case "labels":
                return list(values.get("labels") or ())
        return self._plain(self._store.site.fields[name], values.get(name))

    def _plain(self, field: site.Field, value: Any) -> Any:
        if value is None:
            return None
        match field.type:
            case "user":
                return self._accounts.show(value)
            case "priority":
                return self.priority(value)
            case "resolution":
                return self.resolution(value)
            case "option" if value not in dict(field.options):  # an older state: the option was taken away since
                return None
            case "option":
                return {
                    "self": self.link(f"customFieldOption/{value}"),
                    "value": dict(field.options)[value],
                    "id": value,
                }
            case "datetime":
                return self.time(value)
        return value

    def brief(self, issue: StoredIssue) -> dict[str, Any]:
        """Return an issue as it stands inside another one."""
        return {
            "id": issue.id,
            "key": issue.key,
            "self": self.link(f"issue/{issue.id}"),
            "fields": {
                "summary": issue.fields["summary"],
                "status": self.status(issue.status),
                "priority": self.priority(issue.fields["priority"]),
                "issuetype": self.issue_type(issue.type),
            },
        }

    def _links(self, issue: StoredIssue) -> list[dict[str, Any]]:
        shown = []
        for number, (kind, side, other_id) in enumerate(issue.links):
            other = self._store.issues.get(other_id)
            if other is not None:
                name, inward, outward = site.LINK_TYPES[kind]
                shown.append(
                    {
                        "id": f"{issue.id}{number:02d}",
                        side: self.brief(other),
                        "type": {
                            "id": kind,
                            "name": name,
                            "inward": inward,
                            "outward": outward,
                            "self": self.link(f"issueLinkType/{kind}"),
                        },
                    }
                )
        return shown

    def comments(self, issue: StoredIssue, page: list[dict[str, Any]], start: int, size: int) -> dict[str, Any]:
        """Return a page of comments."""
        return {
            "comments": page,
            "self": self.link(f"issue/{issue.id}/comment"),
            "maxResults": size,
            "total": len(issue.comments),
            "startAt": start,
        }

    def project(self, of: site.Project) -> dict[str, Any]:
        """Return a project as it stands inside issues."""
        return {
            "self": self.link(f"project/{of.id}"),
            "id": of.id,
            "key": of.key,
            "name": of.name,
            "projectTypeKey": of.kind,
            "simplified": False,
            "avatarUrls": self._avatars(f"project/{of.id}"),
        }

    def category(self, of: site.Category) -> dict[str, Any]:
        """Return a status category."""
        return {
            "self": self.link(f"statuscategory/{of.id}"),
            "id": of.id,
            "key": of.key,
            "colorName": of.colour,
            "name": of.name,
        }

    def status(self, of: site.Status) -> dict[str, Any]:
        """Return a status."""
        return {
            "self": self.link(f"status/{of.id}"),
            "description": "",
            "iconUrl": f"{self.base}/images/icons/statuses/generic.png",
            "name": of.name,
            "id": of.id,
            "statusCategory": self.category(of.category),
        }

    def issue_type(self, of: site.IssueType) -> dict[str, Any]:
        """Return an issue type."""
        return {
            "self": self.link(f"issuetype/{of.id}"),
            "id": of.id,
            "description": "",
            "name": of.name,
            "iconUrl": f"{self.base}/icons/{of.id}.svg",
            "subtask": of.subtask,
            "hierarchyLevel": of.level,
        }

    def priority(self, of: str) -> dict[str, Any]:
        """Return a priority."""
        return {
            "self": self.link(f"priority/{of}"),
            "iconUrl": f"{self.base}/images/icons/priorities/{of}.svg",
            "name": site.PRIORITIES[of],
            "id": of,
        }

    def resolution(self, of: str) -> dict[str, Any]:
        """Return a resolution."""
        return {"self": self.link(f"resolution/{of}"), "id": of, "description": "", "name": site.RESOLUTIONS[of]}

    def transition(self, step: site.Transition, with_fields: bool) -> dict[str, Any]:
        """Return a transition, with the fields of its screen when they were asked for."""
        shown = {
            "id": step.id,
            "name": step.name,
            "to": self.status(step.to),
            "hasScreen": step.screen is not None,
            "isGlobal": not step.sources,
            "isInitial": False,
            "isConditional": False,
            "isAvailable": True,
            "looped": False,
        }
        if with_fields:
            shown["fields"] = {
                name: self.field_meta(self._store.site.fields[name], required) for name, required in step.screen or ()
            }
        return shown

    def field_meta(
        self, field: site.Field, required: bool, default: bool = False, project: site.Project | None = None
    ) -> dict[str, Any]:
        """Return what a screen says about a field (create metadata, transition fields)."""
        shown: dict[str, Any] = {
            "required": required,
            "schema": schema(field),
            "name": field.name,
            "key": field.id,
            "hasDefaultValue": default,
            "operations": list(field.operations),
        }
        match field.type:
            case "resolution":
                shown["allowedValues"] = [self.resolution(r) for r in site.RESOLUTIONS]
            case "priority":
                shown["allowedValues"] = [self.priority(p) for p in site.PRIORITIES]
            case "option":
                shown["allowedValues"] = [
                    {"self": self.link(f"customFieldOption/{i}"), "value": v, "id": i} for i, v in field.options
                ]
            case "project" if project:
                shown["allowedValues"] = [self.project(project)]
            case "user":
                shown["autoCompleteUrl"] = self.link("user/search?query=")
        return shown

    def _avatars(self, of: str) -> dict[str, str]:
        return {f"{n}x{n}": f"{self.base}/avatar/{of}/{n}.png" for n in (16, 24, 32, 48)}


def schema(field: site.Field) -> dict[str, Any]:
    """Return the schema of a field as the API names it."""
    shown: dict[str, Any] = {"type": field.type}
    if field.items:
        shown["items"] = field.items
    if field.custom:
        shown["custom"] = field.custom
        shown["customId"] = int(field.id.removeprefix("customfield_"))
    else:
        shown["system"] = field.id
    return shown


def choose(wanted: Iterable[str], configuration: Site) -> list[str]:
    """Return the field ids that a `fields` parameter names: `*all`, `*navigable`, names, `-name`."""
    names = [part.strip() for text in wanted for part in text.split(",") if part.strip()]
    chosen: dict[str, None] = {}
    if any(name.startswith("-") for name in names) and all(name.startswith("-") for name in names):
        names.insert(0, "*all")
    for name in names:
        if name in {"*all", "*navigable"}:
            hidden = {"comment"} if name == "*navigable" else set()
            chosen.update((f, None) for f in configuration.fields if f not in hidden)
        elif name.startswith("-"):
            chosen.pop(name[1:], None)
        elif name in configuration.fields:
            chosen[name] = None
    return list(chosen)
