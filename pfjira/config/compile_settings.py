"""Reads what the rules file says besides rules: version, time zone, label, maps, matching of people, guards."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo, available_timezones

from pfjira.config import rules_schema as schema
from pfjira.config.complaints import Reader, shortened
from pfjira.config.yaml_nodes import Node, Scalar, Sequence, Table
from pfjira.engine.grammar import suggest
from pfjira.engine.model import Json
from pfjira.engine.rules import DEFAULT_LIMITS, Limit

VERSION = 1
"""The version of the language that this program reads."""


def check_version(read: Reader, top: Table) -> None:
    """Complain about a file that is written in another language."""
    node = top.get("version")
    if node is None:
        read.complaints.add(top, "the file needs 'version'", f"begin it with: version: {VERSION}")
    elif not isinstance(node, Scalar) or node.value != VERSION or isinstance(node.value, bool):
        read.complaints.add(node, f"this program reads rules of version {VERSION} only")


def maps(read: Reader, node: Node | None) -> dict[str, Mapping[str, Json]]:
    """Return the maps by name."""
    found: dict[str, Mapping[str, Json]] = {}
    if node is not None and not isinstance(node, Table):
        read.complaints.add(node, "'maps' must be a mapping (name: { key: value })")
    for key, table in node.entries if isinstance(node, Table) else ():
        name = read.name(key, "the name of a map")
        if not isinstance(table, Table):
            read.complaints.add(table, f"the map {shortened(key.text)} must be a mapping (key: value)")
        elif name is not None:
            found[name] = {}  # known even when an entry is wrong, so that only the entry is complained about
            entries: dict[str, Json] = {}
            for entry, value in table.entries:
                if isinstance(value, Scalar):
                    entries[entry.text] = value.value
                else:
                    read.complaints.add(value, "a map holds texts and numbers only")
            found[name] = entries
    return found


def timezone(read: Reader, node: Node | None) -> str | None:
    """Return the name of the time zone."""
    name = read.text(node, "timezone")
    if node is None or name is None:
        return None
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = suggest(name, available_timezones())
        hint = "" if close else "for example: Europe/Kyiv"
        read.complaints.add(node, f"unknown time zone {shortened(name)}{close}", hint)
    return name


def label(read: Reader, node: Node | None) -> str:
    """Return the label of kept issues."""
    name = read.text(node, "label")
    if node is not None and name is not None and (len(name) > 255 or " " in name or not name.isprintable()):
        read.complaints.add(node, "a label is one word of at most 255 characters")
    return name or "pfjira"


def match(read: Reader, node: Node | None) -> tuple[str, ...]:
    """Return how people are found, in order."""
    people = read.table(node, "'people'", schema.PEOPLE_WORDS)
    given = people.get("match") if people else None
    if given is None:
        return ("email",)
    parts = read.one_or_more(given, "'match'")
    found = [read.choice(part, "match", schema.MATCHES) for part in parts]
    if isinstance(given, Sequence) and not parts:
        read.complaints.add(given, "'match' needs at least one of: " + ", ".join(schema.MATCHES))
    return tuple(dict.fromkeys(name for name in found if name is not None))


def limits(read: Reader, node: Node | None) -> Mapping[str, Limit]:
    """Return the limit of each guard."""
    table = read.table(node, "'guards'", tuple(DEFAULT_LIMITS))
    found = dict(DEFAULT_LIMITS)
    for key, value in table.entries if table else ():
        line = read.table(value, f"the guard {shortened(key.text)}", schema.LIMIT_WORDS)
        if line is None or key.text not in found:
            continue
        usual = found[key.text]
        most = read.whole(line.get("max"), "max", 1_000_000)
        percent = read.whole(line.get("percent"), "percent", 100)
        found[key.text] = Limit(usual.max if most is None else most, usual.percent if percent is None else percent)
    return found
