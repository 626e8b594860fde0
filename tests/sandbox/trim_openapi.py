"""Make `jira_openapi.json` from Atlassian's document: only the operations that the sandbox answers, without prose.

Run by hand when the vendor's document changes: `python tests/sandbox/trim_openapi.py SOURCE TARGET`. It must never
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


def trim(document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the document that the sandbox is checked against."""
    paths = {
        ROOT + path: {method: operation(document["paths"][ROOT + path][method]) for method in methods.split()}
        for path, methods in OPERATIONS.items()
    }
    schemas: dict[str, Any] = {}
    wanted = referenced(paths)
    while missing := wanted - set(schemas):
        schemas.update((name, bare(document["components"]["schemas"][name])) for name in missing)
        wanted |= referenced([schemas[name] for name in missing])
    return {"paths": paths, "components": {"schemas": dict(sorted(schemas.items()))}}


if __name__ == "__main__":
    trimmed = trim(json.loads(Path(sys.argv[1]).read_text()))
    Path(sys.argv[2]).write_text(json.dumps(trimmed, separators=(",", ":"), sort_keys=True) + "\n")
