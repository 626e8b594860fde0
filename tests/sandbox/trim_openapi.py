"""Make `jira_openapi.json` from Atlassian's documents: only the operations that the sandbox answers, without prose.

Run by hand when a document changes: `python tests/sandbox/trim_openapi.py PLATFORM SERVICE_DESK TARGET`. It must never
change what a schema allows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = "/rest/api/3/"
OPERATIONS = {
    "field": "get", "field/search": "get", "group/bulk": "get", "group/member": "get",
    "group/user": "post delete", "issue": "post", "issue/bulk": "post", "issue/bulkfetch": "post",
    "issue/createmeta/{projectIdOrKey}/issuetypes": "get",
    "issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}": "get",
    "issue/{issueIdOrKey}": "get put delete", "issue/{issueIdOrKey}/assignee": "put",
    "issue/{issueIdOrKey}/changelog": "get", "issue/{issueIdOrKey}/comment": "get post",
    "issue/{issueIdOrKey}/editmeta": "get", "issue/{issueIdOrKey}/properties": "get",
    "issue/{issueIdOrKey}/properties/{propertyKey}": "get put delete",
    "issue/{issueIdOrKey}/remotelink": "get post delete", "issue/{issueIdOrKey}/remotelink/{linkId}": "delete",
    "issue/{issueIdOrKey}/transitions": "get post", "issue/{issueIdOrKey}/worklog": "get post",
    "issueLink": "post", "issueLinkType": "get", "issuetype": "get", "jql/match": "post", "mypermissions": "get",
    "myself": "get", "priority": "get", "project/search": "get", "project/{projectIdOrKey}": "get",
    "project/{projectIdOrKey}/statuses": "get", "resolution": "get", "resolution/search": "get",
    "search/approximate-count": "post", "search/jql": "get post", "serverInfo": "get", "status": "get",
    "statuscategory": "get", "statuses/search": "get", "user": "get", "user/assignable/multiProjectSearch": "get",
    "user/assignable/search": "get", "user/bulk": "get", "user/search": "get", "users/search": "get",
}  # fmt: skip
DESK_ROOT = "/rest/servicedeskapi/"
DESK_OPERATIONS = {
    "request": "post", "request/{issueIdOrKey}": "get", "servicedesk": "get", "servicedesk/{serviceDeskId}": "get",
    "servicedesk/{serviceDeskId}/requesttype": "get", "servicedesk/{serviceDeskId}/requesttype/{requestTypeId}": "get",
    "servicedesk/{serviceDeskId}/requesttype/{requestTypeId}/field": "get",
}  # fmt: skip
_PROSE = frozenset({"description", "example", "examples", "title", "summary", "externalDocs", "default", "xml",
                    "readOnly", "writeOnly", "deprecated", "format"})  # fmt: skip


def bare(schema: Any, names: bool = False) -> Any:
    """Return a schema without prose; `names` says that the keys are property names, which all stay."""
    if isinstance(schema, list):
        return [bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: v for k, v in schema.items() if names or not (k in _PROSE or k.startswith("x-"))}
    return {k: v if k in {"enum", "required"} else bare(v, k == "properties" and not names) for k, v in kept.items()}


def operation(source: dict[str, Any]) -> dict[str, Any]:
    """Return the structure of one operation."""
    kept: dict[str, Any] = {"parameters": [
        {"name": p["name"], "in": p["in"], "required": p.get("required", False), "schema": bare(p["schema"])}
        for p in source.get("parameters", []) if p["in"] in {"path", "query"}
    ]}  # fmt: skip
    body = source.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "requestBody" in source:
        kept["requestBody"] = {"schema": bare(body.get("schema", {}))}
    kept["responses"] = {
        status: bare(answer.get("content", {}).get("application/json", {}).get("schema"))
        for status, answer in source["responses"].items()
    }
    return kept


def referenced(part: Any) -> set[str]:
    """Return the names of the schemas that a structure refers to directly."""
    if isinstance(part, list):
        return set().union(*map(referenced, part))
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
    return own.union(*map(referenced, part.values()))


def trim(document: dict[str, Any], root: str, operations: dict[str, str]) -> dict[str, Any]:
    """Return the part of a document that the sandbox is checked against."""
    paths = {
        root + path: {method: operation(document["paths"][root + path][method]) for method in methods.split()}
        for path, methods in operations.items()
    }
    schemas: dict[str, Any] = {}
    wanted = referenced(paths)
    while missing := wanted - set(schemas):
        schemas.update((name, bare(document["components"]["schemas"][name])) for name in missing)
        wanted |= referenced([schemas[name] for name in missing])
    return {"paths": paths, "components": {"schemas": dict(sorted(schemas.items()))}}


def joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return two documents as one; ValueError when they mean different things by one schema name."""
    schemas, others = first["components"]["schemas"], second["components"]["schemas"]
    if differing := sorted(name for name in schemas.keys() & others if schemas[name] != others[name]):
        raise ValueError(f"the documents differ in {differing}")
    return {"paths": first["paths"] | second["paths"], "components": {"schemas": schemas | others}}


if __name__ == "__main__":
    platform, desk = (json.loads(Path(name).read_text()) for name in sys.argv[1:3])
    trimmed = joined(trim(platform, ROOT, OPERATIONS), trim(desk, DESK_ROOT, DESK_OPERATIONS))
    Path(sys.argv[3]).write_text(json.dumps(trimmed, separators=(",", ":"), sort_keys=True) + "\n")
