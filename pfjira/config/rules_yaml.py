"""Loads rules.yaml: text in, a compiled RuleSet or RulesErrors with file, line and column out.

The same text gives the same RuleSet on every machine. It never asks Jira: what only the site knows is checked later.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import orjson

from pfjira.config import rules_schema as schema
from pfjira.config.rules_compile import RuleCompiler
from pfjira.config.rules_schema import Complaints, Reader
from pfjira.config.yaml_nodes import LARGEST, Node, Scalar, Sequence, Table, read_yaml
from pfjira.engine.expressions import Expression, Template
from pfjira.engine.grammar import suggest
from pfjira.engine.model import Json
from pfjira.engine.rules import DEFAULT_LIMITS, Limit, Rule, RuleSet
from pfjira.errors import RulesError

VERSION = 1
"""The version of the language that this program reads."""


def load_rules(path: Path) -> RuleSet:
    """Read and compile a rules file. Raise RulesError for the first thing that is wrong with it."""
    return parse_rules(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Return the text of a rules file, one byte too many where it is too large. Raise RulesError."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
        return raw.decode("utf-8")
    except FileNotFoundError:
        raise RulesError(
            "there is no such file",
            file=str(path),
            hint="Name another with --rules or PFJIRA_RULES; the project's own rules.yaml is a commented example.",
        ) from None
    except OSError as error:
        raise RulesError(
            f"cannot be read: {error.strerror}",
            file=str(path),
            hint="name a readable file with --rules or PFJIRA_RULES",
        ) from None
    except UnicodeDecodeError:
        raise RulesError("the file is not UTF-8 text", file=str(path)) from None


def parse_rules(text: str, file: str = "rules.yaml") -> RuleSet:
    """Compile the text of a rules file. Raise RulesError for the first thing that is wrong with it."""
    complaints = Complaints(text.removeprefix("\ufeff"), file)
    rules = _compile(complaints)
    if complaints.errors:
        raise min(complaints.errors, key=_place)
    return rules


def check_rules(text: str, file: str = "rules.yaml") -> list[RulesError]:
    """Return everything that is wrong with the text of a rules file, in file order; nothing when it can be used."""
    complaints = Complaints(text.removeprefix("\ufeff"), file)
    try:
        _compile(complaints)
    except RulesError as error:
        return [error]
    return sorted(complaints.errors, key=_place)


def _place(error: RulesError) -> tuple[int, int]:
    return error.line, error.column


def _compile(complaints: Complaints) -> RuleSet:
    """Return what could be compiled; it may be used only when there are no complaints."""
    read = Reader(complaints)
    document = read_yaml(complaints.text, complaints.file)
    top = read.table(document, "the file", schema.FILE_WORDS, schema.FILE_LATER) or Table(1, 1, 0, 0)
    _check_version(read, top)
    maps = _maps(read, top.get("maps"))
    rules = _rules(read, top, RuleCompiler(complaints, maps))
    people = read.table(top.get("people"), "'people'", ("match",))
    found = RuleSet(
        rules=rules,
        hash="",
        timezone=_timezone(read, top.get("timezone")),
        label=_label(read, top.get("label")),
        match=_match(read, people.get("match") if people else None),
        limits=_limits(read, top.get("guards")),
        maps=maps,
        file=complaints.file,
    )
    return dataclasses.replace(found, hash=_hash(found))


def _check_version(read: Reader, top: Table) -> None:
    node = top.get("version")
    if node is None:
        read.complaints.add(top, "the file needs 'version'", f"begin it with: version: {VERSION}")
    elif not isinstance(node, Scalar) or node.value != VERSION or isinstance(node.value, bool):
        read.complaints.add(node, f"this program reads rules of version {VERSION} only")


def _rules(read: Reader, top: Table, compiler: RuleCompiler) -> tuple[Rule, ...]:
    node = top.get("rules")
    if node is None:
        read.complaints.add(top, "the file needs 'rules'")
        return ()
    seen: dict[str, int] = {}
    found = []
    for part in read.parts(node, "'rules'"):
        name = part.get("id") if isinstance(part, Table) else None
        if isinstance(name, Scalar) and name.text:
            if name.text in seen:
                read.complaints.add(name, f"the rule {name.text!r} exists already in line {seen[name.text]}")
            seen.setdefault(name.text, name.line)
        rule = compiler.rule(part)
        if rule is not None:
            found.append(rule)
    return tuple(found)


def _maps(read: Reader, node: Node | None) -> dict[str, Mapping[str, Json]]:
    found: dict[str, Mapping[str, Json]] = {}
    if node is not None and not isinstance(node, Table):
        read.complaints.add(node, "'maps' must be a mapping (name: { key: value })")
    for key, table in node.entries if isinstance(node, Table) else ():
        name = read.name(key, "the name of a map")
        if not isinstance(table, Table):
            read.complaints.add(table, f"the map {key.text!r} must be a mapping (key: value)")
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


def _timezone(read: Reader, node: Node | None) -> str | None:
    name = read.text(node, "timezone")
    if node is None or name is None:
        return None
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = suggest(name, available_timezones())
        read.complaints.add(node, f"unknown time zone {name!r}{close}", "" if close else "for example: Europe/Kyiv")
    return name


def _label(read: Reader, node: Node | None) -> str:
    name = read.text(node, "label")
    if node is not None and name is not None and (len(name) > 255 or " " in name or not name.isprintable()):
        read.complaints.add(node, "a label is one word of at most 255 characters")
    return name or "pfjira"


def _match(read: Reader, node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ("email",)
    parts = (node,) if isinstance(node, Scalar) else read.parts(node, "'match'")
    found = [read.choice(part, "match", schema.MATCHES, schema.MATCHES_LATER) for part in parts]
    if isinstance(node, Sequence) and not parts:
        read.complaints.add(node, "'match' needs at least one of: " + ", ".join(schema.MATCHES))
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _limits(read: Reader, node: Node | None) -> Mapping[str, Limit]:
    table = read.table(node, "'guards'", tuple(DEFAULT_LIMITS))
    limits = dict(DEFAULT_LIMITS)
    for key, value in table.entries if table else ():
        line = read.table(value, f"the guard {key.text!r}", schema.LIMIT_WORDS)
        if line is None or key.text not in limits:
            continue
        usual = limits[key.text]
        most = read.whole(line.get("max"), "max", 1_000_000)
        percent = read.whole(line.get("percent"), "percent", 100)
        limits[key.text] = Limit(usual.max if most is None else most, usual.percent if percent is None else percent)
    return limits


def _hash(rules: RuleSet) -> str:
    """Return 16 hex digits over what changes behaviour: not comments, not layout, not the order of keys."""
    essence = [VERSION, rules.rules, rules.timezone, rules.label, rules.match, rules.limits, rules.maps]
    return hashlib.sha256(orjson.dumps(_essence(essence), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _essence(value: object) -> Json:
    if isinstance(value, Expression | Template):
        return value.source.strip() if isinstance(value, Expression) else value.source
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _essence(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_essence(member) for member in value]
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.name != "line"]
        return {name: _essence(getattr(value, name)) for name in names}
    return value
