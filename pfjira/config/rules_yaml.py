"""Loads rules.yaml: text in, a compiled RuleSet or RulesErrors with file, line and column out.

The same text gives the same RuleSet on every machine. It never asks Jira: what only the site knows is checked later.
"""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from pathlib import Path

from pfjira.config import compile_settings as settings
from pfjira.config import rules_schema as schema
from pfjira.config.compile_children import child_keys
from pfjira.config.compile_doors import sources, targets
from pfjira.config.compile_facts import Facts
from pfjira.config.compile_tests import tests
from pfjira.config.complaints import Complaints, Enough, shortened
from pfjira.config.rules_compile import compile_rule
from pfjira.config.rules_hash import hash_of
from pfjira.config.yaml_nodes import LARGEST, Node, Scalar, Table, read_yaml
from pfjira.engine.rules import Make, Rule, RuleSet
from pfjira.errors import RulesError

_DEEDS = frozenset(make.value for make in Make if not make.keeps_issue)
MOST_RULES = 1_000
"""Rules of one file."""


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
    with suppress(Enough):
        rules = _compile(complaints)
    if complaints.errors:
        raise min(complaints.errors, key=_place)
    return rules


def check_rules(text: str, file: str = "rules.yaml") -> list[RulesError]:
    """Return what is wrong with the text of a rules file, in file order; nothing when it can be used.

    Everything, up to a number that nobody reads (`complaints.MOST`).
    """
    complaints = Complaints(text.removeprefix("\ufeff"), file)
    try:
        with suppress(Enough):
            _compile(complaints)
    except RulesError as error:
        return [error]
    return sorted(complaints.errors, key=_place)


def _place(error: RulesError) -> tuple[int, int]:
    return error.line, error.column


def _compile(complaints: Complaints) -> RuleSet:
    """Return what could be compiled; it may be used only when there are no complaints."""
    document = read_yaml(complaints.text, complaints.file)
    facts = Facts(complaints, {})
    read = facts.read
    top = read.table(document, "the file", schema.FILE_WORDS) or Table(1, 1, 0, 0)
    settings.check_version(read, top)
    facts = Facts(complaints, settings.maps(read, top.get("maps")))
    declared_targets, declared_sources = targets(facts, top.get("targets")), sources(facts, top.get("sources"))
    facts.targets = _names(top.get("targets"))
    facts.sources = dict.fromkeys(_names(top.get("sources"))) | {source.name: source for source in declared_sources}
    found = RuleSet(
        rules=_rules(facts, top),
        hash="",
        timezone=settings.timezone(read, top.get("timezone")),
        label=settings.label(read, top.get("label")),
        match=settings.match(read, top.get("people")),
        limits=settings.limits(read, top.get("guards")),
        maps=facts.maps,
        file=complaints.file,
        targets=declared_targets,
        sources=declared_sources,
        tests=tests(facts, top.get("tests")),
    )
    return dataclasses.replace(found, hash="" if complaints.errors else hash_of(found))


def _names(node: Node | None) -> tuple[str, ...]:
    return tuple(node.names) if isinstance(node, Table) else ()


def _rules(facts: Facts, top: Table) -> tuple[Rule, ...]:
    node = top.get("rules")
    if node is None:
        facts.complaints.add(top, "the file needs 'rules'")
        return ()
    parts = facts.read.parts(node, "'rules'")
    if len(parts) > MOST_RULES:
        facts.complaints.add(node, f"a file has {MOST_RULES} rules at most")
        return ()
    _learn_names(facts, parts)
    return tuple(rule for rule in (compile_rule(facts, part) for part in parts) if rule is not None)


def _learn_names(facts: Facts, parts: tuple[Node, ...]) -> None:
    """Note the ids of all rules and children before any is compiled, as each may name every other."""
    lines: dict[str, int] = {}
    keepers, deeds = [], []
    for part in parts:
        name, make = (part.get("id"), part.get("make")) if isinstance(part, Table) else (None, None)
        if not isinstance(part, Table) or not isinstance(name, Scalar) or not name.text:
            continue
        if name.text in lines:
            facts.complaints.add(name, f"the rule {shortened(name.text)} exists already in line {lines[name.text]}")
        lines.setdefault(name.text, name.line)
        if not isinstance(make, Scalar) or make.text not in _DEEDS:  # a misspelt one is complained about once
            ids = [name.text, *(f"{name.text}/{key}" for key in child_keys(part.get("children")))]
            lines |= dict.fromkeys(ids[1:], name.line)
            keepers += ids
        elif make.text != Make.NOTHING:
            deeds.append(name.text)
    facts.rules, facts.keepers, facts.deeds = lines, dict.fromkeys(keepers), dict.fromkeys(deeds)
