"""What the names and values of a JQL query mean on this site: fields, options, people, moments.

Jira's words for what it does not know are here; whether an issue matches is decided in `matching.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pfjira.sandbox.jira import site
from pfjira.sandbox.jira.configuration import Site
from pfjira.sandbox.jira.index import Doc, SearchIndex
from pfjira.sandbox.jira.jql import Call, Value
from pfjira.sandbox.jira.refusal import Refusal

NOTHING = "\0"
"""A stored value that no issue has."""
_RELATIVE = re.compile(r"^([+-]?[0-9]+)([wdhm])$")
_UNITS = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60}
_FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query means here and now: the time, the caller, how names resolve."""

    index: SearchIndex
    site: Site
    now: datetime
    zone: ZoneInfo
    caller: str
    find_id: Callable[[str], int | None]
    """Issue key or id to numeric id."""
    lenient: bool = False
    """Unknown values match nothing instead of being refused."""
    property_error: bool = True


def field_named(name: str, configuration: Site) -> site.Field:
    """Return a field by a name that JQL knows; Refusal 400 for any other."""
    text = name.casefold()
    if found := re.fullmatch(r"cf\[(\d+)\]", text):
        text = f"customfield_{found[1]}"
    for field in configuration.fields.values():
        if text in {n.casefold() for n in field.jql} or (field.custom and text in {field.id, field.name.casefold()}):
            return field
    raise unknown_field(name)


def unknown_field(name: str) -> Refusal:
    """Return the refusal of a field name."""
    return Refusal(400, f"Field '{name}' does not exist or you do not have permission to view it.")


def moment_of(value: Value, which: str, scope: Scope) -> datetime:
    """Return the time that a value means: relative, a date, a function, or milliseconds."""
    try:
        return _moment(value, which, scope)
    except OverflowError:
        raise Refusal(400, f"Date value '{value}' for field '{which}' is out of range.") from None


def _moment(value: Value, which: str, scope: Scope) -> datetime:
    here = scope.now.astimezone(scope.zone)
    if isinstance(value, Call):
        starts = {"startofday": here.replace(hour=0, minute=0, second=0, microsecond=0), "now": scope.now}
        if value.name not in starts:
            raise Refusal(400, f"Unable to find JQL function '{value.name}({', '.join(value.arguments)})'.")
        shift = _RELATIVE.match(value.arguments[0]) if value.arguments else None
        return starts[value.name] + (timedelta(seconds=int(shift[1]) * _UNITS[shift[2]]) if shift else timedelta())
    text = str(value).strip()
    if found := _RELATIVE.match(text):
        return scope.now + timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    if re.fullmatch(r"[0-9]{11,14}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    for pattern in _FORMATS:  # minute precision, in the zone of the calling account
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=scope.zone)
        except ValueError:
            continue
    raise Refusal(
        400,
        f"Date value '{text}' for field '{which}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
    )


def stored_value(field: site.Field, value: Value, scope: Scope) -> Any:
    """Return a JQL value as the index keeps it; None for EMPTY."""
    if value is None:
        return None
    if isinstance(value, Call):
        if value.name == "currentuser" and field.type == "user":
            return scope.caller
        if field.type in {"date", "datetime"}:
            return f"{moment_of(value, field.id, scope).astimezone(scope.zone):%Y-%m-%d}"
        raise Refusal(400, f"Unable to find JQL function '{value.name}({', '.join(value.arguments)})'.")
    if field.id == "resolution" and value.casefold() == "unresolved":
        return None
    choices = _choices(field, scope.site)
    if choices is not None:
        known = choices.get(value.casefold())
        if known is None and not scope.lenient:
            raise Refusal(400, f"The value '{value}' does not exist for the field '{field.id}'.")
        return known if known is not None else NOTHING
    if field.type == "number":
        try:
            return float(value)
        except ValueError:
            raise Refusal(400, f"Value '{value}' is not a number for field '{field.name}'.") from None
    if field.type in {"date", "datetime"}:
        return f"{moment_of(value, field.id, scope).astimezone(scope.zone):%Y-%m-%d}"
    if field.id == "parent":
        number = scope.find_id(value)
        return str(number) if number is not None else NOTHING
    return value


def _choices(field: site.Field, configuration: Site) -> dict[str, str] | None:
    match field.id:
        case "project":
            return {n.casefold(): p.key for p in configuration.shown_projects() for n in (p.key, p.id, p.name)}
        case "status":
            return {n.casefold(): s.id for s in configuration.statuses.values() for n in (s.id, s.name)}
        case "statusCategory":
            return {n.casefold(): c.key for c in site.CATEGORIES for n in (c.key, c.name, str(c.id))}
        case "issuetype":
            return {n.casefold(): t.id for t in configuration.types.values() for n in (t.id, t.name)}
        case "priority":
            return {n.casefold(): i for i, name in site.PRIORITIES.items() for n in (i, name)}
        case "resolution":
            return {n.casefold(): i for i, name in site.RESOLUTIONS.items() for n in (i, name)}
    return {n.casefold(): i for i, text in field.options for n in (i, text)} if field.options else None


def reader_of(field: site.Field, configuration: Site) -> Callable[[Doc], tuple[Any, ...]]:
    """Return what reads the values of a field from a document; an empty field is one None."""
    match field.id:
        case "project":
            return lambda doc: (doc.project,)
        case "creator":
            return lambda doc: (doc.creator,)
        case "statusCategory":
            category = {s.id: (s.category.key,) for s in configuration.statuses.values()}
            return lambda doc: category[doc.fields["status"]]
        case "labels":
            return lambda doc: doc.fields.get("labels") or (None,)
        case "resolutiondate":
            return lambda doc: (f"{d:%Y-%m-%d}" if (d := doc.fields.get("resolutiondate")) else None,)
    name = field.id
    return lambda doc: (doc.fields.get(name),)
