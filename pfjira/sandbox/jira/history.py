"""Keep the changelog of an issue: what changed, by whom, when.

Written by the same call that changes the fields, so that it can never be forgotten.
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.jira import adf, site
from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.store import IssueStore, StoredIssue


def change(
    store: IssueStore, renderer: Renderer, issue: StoredIssue, values: dict[str, Any], author: dict[str, Any] | None
) -> bool:
    """Set fields of an issue, write its changelog, and say whether anything changed."""
    items = []
    for name, new in values.items():
        old = issue.fields.get(name)
        if old == new:
            continue
        before, after = _words(store, name, old), _words(store, name, new)
        field = store.site.fields[name]
        items.append(
            {
                "field": field.name if field.custom else name,
                "fieldtype": "custom" if field.custom else "jira",
                "fieldId": name,
                "from": before[0],
                "fromString": before[1],
                "to": after[0],
                "toString": after[1],
            }
        )
        if name == "parent":
            store.set_parent(issue, new)
        else:
            issue.fields[name] = new
    if items:
        issue.changelog.append(
            {"id": str(store.part_id()), "author": author, "created": renderer.time(store.clock.now()), "items": items}
        )
    return bool(items)


def _words(store: IssueStore, name: str, value: Any) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    field = store.site.fields[name]
    match field.type:
        case "status":
            return value, store.site.statuses[value].name
        case "resolution":
            return value, site.RESOLUTIONS[value]
        case "priority":
            return value, site.PRIORITIES[value]
        case "issuetype":
            return value, store.site.types[value].name
        case "option":
            return value, dict(field.options).get(value)
        case "user":
            return value, value
        case "issuelink":
            parent = store.issues.get(value)
            return value, parent.key if parent else value
        case "array":
            return None, " ".join(value)
    return None, adf.plain(value) if isinstance(value, dict) else str(value)
