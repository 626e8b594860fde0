"""Reads `tests`: what the file itself says that its rules must do with invented records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pfjira.config import compile_scope
from pfjira.config import rules_schema as schema
from pfjira.config.compile_facts import Facts, plain
from pfjira.config.compile_scope import Scope
from pfjira.config.complaints import shortened
from pfjira.config.yaml_nodes import Node, Scalar, Table
from pfjira.engine import kinds
from pfjira.engine.doors import RulesTest
from pfjira.engine.grammar import suggest
from pfjira.engine.model import Json


def tests(facts: Facts, node: Node | None) -> tuple[RulesTest, ...]:
    """Return the tests of the file, in file order."""
    found = (_test(facts, part) for part in facts.read.parts(node, "'tests'"))
    return tuple(test for test in found if test is not None)


def _test(facts: Facts, node: Node) -> RulesTest | None:
    table = facts.read.table(node, "a test", schema.TEST_WORDS)
    if table is None or not facts.need(table, schema.TEST_NEEDS, "a test"):
        return None
    given = facts.read.mapping(table.get("given"), "'given'")
    record = _record(facts, given)
    before_node = table.get("before")
    before = facts.read.mapping(before_node, "'before'")
    if before is not None and table.get("existing") is None:
        facts.complaints.add(
            before, "'before' needs 'existing' beside it", "for example: existing: { onboarding: open }"
        )
    if before is not None and given is not None and record is not None:
        for key, value in before.entries:
            if key.text not in given.names:
                message = f"'before' is about {shortened(key.text)}, 'given' is not"
                facts.complaints.add(key, message)
            else:
                _fields(facts, value, _root(key.text), record)
    return RulesTest(
        facts.read.text(table.get("name"), "name") or "",
        _day(facts, table.get("today")),
        plain(given) if given is not None else {},
        plain(before) if before is not None else None,
        _existing(facts, table.get("existing")),
        _expect(facts, table.get("expect")),
        table.line,
    )


def _day(facts: Facts, node: Node | None) -> str:
    text = node.text if isinstance(node, Scalar) else ""
    try:
        return date.fromisoformat(text if len(text) == 10 else "").isoformat()
    except ValueError:
        if node is not None:
            facts.complaints.add(node, "today must be a date", f"for example: {schema.EXAMPLES['today']}")
        return ""


def _record(facts: Facts, given: Table | None) -> Scope | None:
    """Return what a record of the kind under `given` may hold, after checking that it holds nothing else."""
    if given is None:
        return None
    named = [key for key, _ in given.entries]
    beside = [key for key in named if key.text == "employee"] if len(named) == 2 else []
    about = [key for key in named if key not in beside]
    if len(about) != 1 or (beside and about[0].text not in kinds.ABOUT_A_PERSON):
        facts.complaints.add(given, "'given' needs exactly one record", f"for example: {schema.EXAMPLES['given']}")
        return None
    scope = _scope(facts, about[0])
    if scope is not None:
        for key, value in given.entries:
            _fields(facts, value, _root(key.text), scope)
    return scope


def _scope(facts: Facts, key: Scalar) -> Scope | None:
    if key.text in schema.KINDS:
        return compile_scope.of_kind(key.text)
    hooks = {f"hook.{name}": source for name, source in facts.sources.items()}
    if key.text in hooks:
        source = hooks[key.text]
        return None if source is None else compile_scope.of_hook(source.name, source.fields)
    close = suggest(key.text, (*schema.KINDS, *hooks)) or f", use one of: {', '.join((*schema.KINDS, *hooks))}"
    facts.complaints.add(key, f"unknown kind {shortened(key.text)}{close}")
    return None


def _root(kind: str) -> str:
    return kind.partition(".")[0]


def _fields(facts: Facts, node: Node, prefix: str, scope: Scope) -> None:
    """Complain about names below a record that the kind does not have."""
    table = facts.read.mapping(node, f"{prefix!r}")
    for key, value in table.entries if table else ():
        path = f"{prefix}.{key.text}"
        if path in scope.objects:
            if not isinstance(value, Scalar) or value.value is not None:
                _fields(facts, value, path, scope)
        elif not scope.knows(path):
            known = {p for p in (*scope.paths, *scope.objects) if p.startswith(f"{prefix}.")}
            facts.complaints.add(key, f"unknown name {shortened(path)}{suggest(path, known)}")
        elif isinstance(value, Table):
            facts.complaints.add(value, f"{path} is a value, not a mapping")


def _existing(facts: Facts, node: Node | None) -> Mapping[str, str]:
    table = facts.read.mapping(node, "'existing'")
    found: dict[str, Json] = {}
    for key, value in table.entries if table else ():
        deed = key.text in facts.deeds
        rule = key.text if deed else facts.keeper(key, "existing")
        state = facts.read.choice(value, "existing", (schema.DONE,) if deed else schema.STATES)
        if rule is not None and state is not None:
            found[rule] = state
    return found


def _expect(facts: Facts, node: Node | None) -> tuple[str, ...]:
    found = []
    for part in facts.read.parts(node, "'expect'"):
        text = facts.read.text(part, "expect")
        if text is None:
            continue
        rule, colon, words = text.partition(":")
        if not colon or not words.strip():
            example = f"for example: {schema.EXAMPLES['expect']}"
            facts.complaints.add(part, "expect must be of the form RULE: WORDS", example)
        elif rule.strip() not in facts.rules:
            close = suggest(rule.strip(), facts.rules) if len(facts.rules) < 100 else ""
            facts.complaints.add(part, f"expect: there is no rule {shortened(rule.strip())}{close}")
        found.append(text.strip())
    return tuple(found)
