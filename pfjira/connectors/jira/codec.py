"""Jira's JSON to comparable issues, and desired values to Jira's JSON: pure.

A field has one comparable form in both directions, so that "is it as wished" is a plain comparison: people are
accountIds, options and named things are their text, documents stay documents. Nothing here may guess a field's type
from a person's value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pfjira.connectors.base import Draft, Stamp
from pfjira.engine.model import Account, Desired, Issue, Json, ValueKind

PROPERTY = "pfjira"
"""Key of the entity property that proves an issue is ours: `{"op": …, "v": 1, "run": …}`, once without `run`."""
MOST_RUNS = 1_000_000_000
"""A run number from here on is nobody's: who may edit an issue may write its properties, too."""
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")
BASE_FIELDS = ("project", "status", "labels", "created", "updated", "creator", "parent")
"""What comes along with every issue, whichever fields are asked for."""

_LISTS = frozenset({"components", "fixVersions", "versions"})
"""System fields that hold several named things."""


class Misshapen(Exception):
    """An answer whose shape is none of the known ones; the text holds no value."""


def issue(row: Json, fields: Collection[str]) -> Issue:
    """Read one issue; every asked field is present, None when Jira shows nothing."""
    # Plain subscripts under one try: a full sweep reads every issue through here.
    try:
        shown = row["fields"]
        number, key, status = row["id"], row["key"], shown["status"]
        name, category = status["name"], status.get("statusCategory")
        project, creator, parent = shown.get("project"), shown.get("creator"), shown.get("parent")
        read = Issue(
            number if number.__class__ is str else str(int(number)),
            key,
            project["key"] if project else key.rpartition("-")[0],
            name,
            category["key"] if category else "",
            frozenset(shown.get("labels") or ()),
            {field: comparable(shown.get(field)) for field in fields if field != "labels"},
            op_of(row),
            moment(shown.get("updated")),
            moment(shown.get("created")),
            creator["accountId"] if creator else None,
            str(parent["id"]) if parent else None,
            run_of(row),
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Misshapen("an issue without id, key or status") from None
    if not isinstance(key, str) or not isinstance(name, str):
        raise Misshapen("an issue without id, key or status")
    return read


def op_of(row: Mapping[str, Any]) -> str | None:
    """Return the op in our property of a returned issue or comment, None when it carries none."""
    properties = row.get("properties")
    if isinstance(properties, list):  # comments return them as a list of {key, value}
        properties = {str(entry.get("key")): entry.get("value") for entry in objects(properties)}
    op = member(properties, PROPERTY, "op")
    return op if isinstance(op, str) else None


def run_of(row: Mapping[str, Any]) -> int:
    """Return the run in our property of a returned issue, 0 when it names none."""
    number = whole(member(row.get("properties"), PROPERTY, "run"))
    return number if 0 < number < MOST_RUNS else 0


def comparable(value: Json) -> Json:
    """Return a field's value in the form in which it is compared."""
    if isinstance(value, dict):
        if value.get("type") == "doc":
            return value
        for member in ("accountId", "value", "name", "key"):
            if member in value:
                return value[member]
        return value
    if isinstance(value, list):
        return [comparable(element) for element in value]
    return value


def moment(text: Json) -> datetime | None:
    """Read Jira's time (`2026-11-23T09:00:00.000+0000`), aware UTC."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (TypeError, ValueError):
        return None


def create_body(draft: Draft) -> dict[str, Json]:
    """Build one element of a create request: fields, the label, and the property that carries the op."""
    fields: dict[str, Json] = {
        "project": {"key": draft.project},
        "issuetype": {"id": draft.issue_type} if draft.issue_type.isdecimal() else {"name": draft.issue_type},
    }
    labels = [draft.label] if draft.label else []
    for desired in draft.values:
        if desired.kind is ValueKind.LABELS:
            labels.extend(label for label in desired.value.get("add", ()) if label not in labels)
        elif desired.value is not None:
            fields[desired.field] = written(desired)
    if labels:
        fields["labels"] = labels
    if draft.parent:
        fields["parent"] = {"id": draft.parent}
    return {"fields": fields, "properties": marked(Stamp(draft.op, draft.run))}


def request_body(draft: Draft, desk: str, request: str) -> dict[str, Json]:
    """Build a service request: fields as those of an issue, without label and property, which this API does not take.

    Documents are sent as they are, with the flag that says so: as plain text they would lose their form, and the next
    comparison would find another description than the wished one.
    """
    fields: dict[str, Json] = {}
    for desired in draft.values:
        if desired.kind is ValueKind.LABELS:
            if added := desired.value.get("add"):
                fields["labels"] = list(added)
        elif desired.value is not None:
            fields[desired.field] = written(desired)
    body: dict[str, Json] = {"serviceDeskId": desk, "requestTypeId": request, "requestFieldValues": fields}
    if any(member(value, "type") == "doc" for value in fields.values()):
        body["isAdfRequest"] = True
    if draft.raise_for:
        body["raiseOnBehalfOf"] = draft.raise_for
    return body


def marked(stamp: Stamp) -> list[dict[str, Json]]:
    """Return our property, as it travels inside what is made or edited."""
    return [{"key": PROPERTY, "value": mark(stamp)}]


def mark(stamp: Stamp) -> dict[str, Json]:
    """Return the value of our property."""
    return {"op": stamp.op, "v": 1} | ({"run": stamp.run} if stamp.run else {})


def edit_body(values: Iterable[Desired], stamp: Stamp | None = None) -> dict[str, Json]:
    """Build an edit request: `fields` to set, labels by `update`, so that other labels are never touched.

    The stamp alone is no reason to write.
    """
    fields: dict[str, Json] = {}
    operations: list[dict[str, str]] = []
    for desired in values:
        if desired.kind is ValueKind.LABELS:
            operations.extend({"add": label} for label in desired.value.get("add", ()))
            operations.extend({"remove": label} for label in desired.value.get("remove", ()))
        else:
            fields[desired.field] = written(desired)
    body: dict[str, Json] = {}
    if fields:
        body["fields"] = fields
    if operations:
        body["update"] = {"labels": operations}
    if body and stamp is not None:
        body["properties"] = marked(stamp)
    return body


def may_be_number(desired: Desired) -> bool:
    """Say whether a value could be meant as a number: digits for a custom field."""
    text = desired.value
    return (
        desired.kind is ValueKind.TEXT
        and desired.field.startswith("customfield_")
        and isinstance(text, str)
        and bool(_NUMBER.fullmatch(text))
    )


def written(desired: Desired) -> Json:
    """Return a desired value as Jira takes it."""
    value = desired.value
    if value is None:
        return [] if desired.field in _LISTS else None
    match desired.kind:
        case ValueKind.PERSON:
            return _each(value, "accountId", several=False)
        case ValueKind.OPTION:
            member = "value" if desired.field.startswith("customfield_") else "name"
            return _each(value, member, several=desired.field in _LISTS)
        case _:
            return value


def shaped(value: Json, schema: Json) -> Json:
    """Return a plain value as a screen field of this schema takes it; an object passes as it is."""
    if isinstance(value, dict) or value is None or not isinstance(schema, dict):
        return value
    if isinstance(value, list) or schema.get("type") == "array":
        element = {"type": schema.get("items")}
        return [shaped(part, element) for part in (value if isinstance(value, list) else [value])]
    match schema.get("type"):
        case "user":
            return {"accountId": value}
        case "option":
            return {"value": value}
        case "resolution" | "priority" | "version" | "component" | "group" | "securitylevel":
            return {"name": value}
        case _:
            return value


def paragraph(text: str) -> dict[str, Json]:
    """Return plain text as an Atlassian document, one paragraph a line; an empty text node is not allowed."""
    lines = text.splitlines() or [""]
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []} for line in lines
        ],
    }


def stamp(when: datetime) -> str:
    """Return a moment as Jira takes it: milliseconds, no colon in the offset (reference 4.4)."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def account(row: Json) -> Account:
    """Read one account of a user search; the address is None when the person hides it."""
    account_id = _text(member(row, "accountId"))
    if not account_id:
        raise Misshapen("an account without accountId")
    return Account(
        account_id=account_id,
        active=row.get("active") in (True, "true"),
        kind=_text(row.get("accountType")) or "atlassian",
        email=_text(row.get("emailAddress")) or None,
    )


def objects(value: Json) -> list[dict[str, Any]]:
    """Return the objects in what should be a list of them; anything else is left out."""
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


def member(value: Json, *names: str) -> Any:
    """Return what lies under these names, None where any level is missing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def whole(value: Json) -> int:
    """Return a counter, 0 when it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def quoted(text: str) -> str:
    """Return text as one JQL string literal; the only way a text enters a query."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(character if character.isprintable() else " " for character in escaped) + '"'


def batches(values: Sequence[str], size: int) -> list[Sequence[str]]:
    """Cut a sequence into pieces of at most so many."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _each(value: Json, member: str, *, several: bool) -> Json:
    if isinstance(value, list):
        return [{member: element} for element in value]
    return [{member: value}] if several else {member: value}
