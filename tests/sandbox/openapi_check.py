"""Check one exchange with the simulated Jira against Atlassian's own documents (`jira_openapi.json`).

Both directions: what was sent must be allowed, what was answered must be promised. The document has mistakes of its
own; the few that matter are named in `_KNOWN_GAPS` and `_NULL_GAPS`, and nothing else is forgiven.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parent / "jira_openapi.json").read_text())

_KNOWN_GAPS: dict[tuple[str, str], str] = {
    ("/rest/api/3/serverInfo", "serverTimeZone"): "sent by every site, missing in the closed schema",
    ("/rest/api/3/serverInfo", "deploymentType"): "clients know Cloud by it, missing in the closed schema",
}
_NULL_GAPS = {
    r"\$\.accountId": "assign: null means nobody, says the operation's own text",
    r".*\.items\[\d+\]\.(from|fromString|to|toString)": "changelog: a side that was or is empty",
}
"""Places where null is sent though the schema says string."""
_UNDECLARED = frozenset({401, 404, 405, 410, 413, 415, 429})
"""Refusals that the document leaves out at many operations; their bodies are judged as error collections."""


def check_exchange(
    method: str,
    path: str,
    query: Mapping[str, list[str]],
    request_body: Any,
    status: int,
    response_body: Any,
) -> list[str]:
    """Return what is wrong with an exchange; bodies are decoded JSON or None, an empty list means nothing."""
    template = _template(path)
    operation = DOCUMENT["paths"].get(template, {}).get(method.lower()) if template else None
    if template is None or operation is None:
        return [f"{method} {path}: no such operation"]
    wrong = _check_query(operation, query)
    if "requestBody" in operation and 200 <= status < 300:
        wrong += _complaints(template, method, "request", request_body)
    elif request_body is not None and "requestBody" not in operation:
        wrong.append("a body was sent to an operation without one")
    if str(status) not in operation["responses"] and status not in _UNDECLARED:
        wrong.append(f"status {status} is not declared")
    elif status >= 400:
        wrong += _check_refusal(operation["responses"].get(str(status)), template, method, status, response_body)
    elif operation["responses"][str(status)] is not None and operation["responses"][str(status)] != {}:
        wrong += _complaints(template, method, str(status), response_body)
    return [f"{method} {path} {status}: {text}" for text in wrong]


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    # Templates with fewer placeholders first: /issue/bulk is not an issue named bulk.
    paths = sorted(DOCUMENT["paths"], key=lambda p: (p.count("{"), p))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in paths]


def _template(path: str) -> str | None:
    return next((template for pattern, template in _patterns() if pattern.fullmatch(path)), None)


@cache
def _validator(template: str, method: str, part: str) -> Draft202012Validator:
    operation = DOCUMENT["paths"][template][method.lower()]
    schema = operation["requestBody"]["schema"] if part == "request" else operation["responses"][part]
    return Draft202012Validator({**schema, "components": _json_schemas()})


@cache
def _json_schemas() -> dict[str, Any]:
    return {"schemas": _nullable(DOCUMENT["components"]["schemas"])}


def _nullable(schema: Any) -> Any:
    """Turn OpenAPI 3.0's `nullable` into JSON Schema's null type."""
    if isinstance(schema, list):
        return [_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _nullable(value) for key, value in schema.items() if key != "nullable" or not isinstance(value, bool)}
    if schema.get("nullable") is True and isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
    return kept


def _complaints(template: str, method: str, part: str, body: Any) -> list[str]:
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if (template, name) not in _KNOWN_GAPS}
    found = [error for error in _validator(template, method, part).iter_errors(body) if not _forgiven(error)]
    return [f"{part} at {error.json_path}: {error.message[:200]}" for error in found]


def _forgiven(error: ValidationError) -> bool:
    return error.instance is None and any(re.fullmatch(gap, error.json_path) for gap in _NULL_GAPS)


def _check_refusal(declared: Any, template: str, method: str, status: int, body: Any) -> list[str]:
    if path_of_desk(template):
        if status == 401 and isinstance(body, str):
            return []
        return _complaints(template, method, str(status), body) if declared else []
    if declared and not (isinstance(body, dict) and "errorMessages" in body):  # any operation may refuse the payload
        return _complaints(template, method, str(status), body)
    if status == 401 and (isinstance(body, str) or (isinstance(body, dict) and body.get("status-code") == 401)):
        return []
    if not isinstance(body, dict) or not isinstance(body.get("errorMessages"), list):
        return ["a refusal without `errorMessages`"]
    if not all(isinstance(text, str) for text in [*body["errorMessages"], *body.get("errors", {}).values()]):
        return ["a refusal whose texts are not texts"]
    return []


def path_of_desk(template: str) -> bool:
    """Say whether an operation is of the service desk API, whose errors look different."""
    return template.startswith("/rest/servicedeskapi/")


def _check_query(operation: dict[str, Any], query: Mapping[str, list[str]]) -> list[str]:
    known = {p["name"]: p for p in operation["parameters"] if p["in"] == "query"}
    wrong = [f"unknown query parameter '{name}'" for name in query if name not in known]
    wrong += [f"missing query parameter '{n}'" for n, p in known.items() if p["required"] and n not in query]
    for name, values in query.items():
        schema = known.get(name, {}).get("schema", {})
        if schema.get("type") != "array" and len(values) > 1:
            wrong.append(f"query parameter '{name}' given {len(values)} times")
        texts = [part for value in values for part in value.split(",")] if schema.get("type") == "array" else values
        kind = schema.get("items", {}) if schema.get("type") == "array" else schema
        wrong += [f"query parameter '{name}' is not of its type: '{text}'" for text in texts if not _fits(text, kind)]
    return wrong


def _fits(text: str, schema: Mapping[str, Any]) -> bool:
    if "enum" in schema:
        return text in schema["enum"]
    match schema.get("type"):
        case "integer":
            return text.lstrip("-").isdigit()
        case "boolean":
            return text in {"true", "false"}
    return True
