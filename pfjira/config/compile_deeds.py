"""Reads what a rule does that keeps no issue of its own: comments, worklogs, updates, members, tasks, posts."""

from __future__ import annotations

import re

from pfjira.config import rules_schema as schema
from pfjira.config.compile_facts import Facts
from pfjira.config.compile_scope import Scope
from pfjira.config.complaints import shortened
from pfjira.config.yaml_nodes import Node, Scalar, Sequence, Table
from pfjira.engine.expressions import Template
from pfjira.engine.grammar import suggest
from pfjira.engine.model import Json
from pfjira.engine.rules import Deed, Make

_SPENT = re.compile(r"(?=\d)(?:(\d{1,2})h)?(?:(\d{1,3})m)?")


def deed(facts: Facts, make: Make, table: Table, scope: Scope) -> Deed | None:
    """Return what the rule does; None for one that keeps an issue, unless somebody raises it."""
    if make in (Make.ISSUE, Make.NOTHING):
        return None
    names = facts.names
    if make is Make.REQUEST:
        raised = names.template(table.get("raise_for"), "raise_for", scope)
        return None if raised is None else Deed(person=raised)
    if make is Make.MEMBER:
        group = names.template(table.get("group"), "group", scope)
        return Deed(group=group, person=names.template(table.get("person"), "person", scope))
    if make is Make.TASK:
        return _task(facts, table.get("set"), scope)
    if make is Make.POST:
        return _post(facts, table, scope)
    text = names.template(table.get("text"), "text", scope, public=True)
    spent = _spent(facts, table.get("spent")) if make is Make.WORKLOG else 0
    return Deed(on=_on(facts, table.get("on")), text=text, spent_s=spent)


def _on(facts: Facts, node: Node | None) -> tuple[str, ...]:
    parts = facts.read.one_or_more(node, "'on'")
    if isinstance(node, Sequence) and not parts:
        facts.complaints.add(node, "'on' needs at least one rule", f"for example: {schema.EXAMPLES['on']}")
    found = (facts.keeper(part, "on") for part in parts)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _spent(facts: Facts, node: Node | None) -> int:
    """Return seconds of `15m`, `2h`, `1h30m`."""
    if node is None:
        return 0
    match = _SPENT.fullmatch(node.text) if isinstance(node, Scalar) else None
    hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0)
    if not hours and not minutes:
        facts.complaints.add(node, "spent must be hours and minutes, such as 15m, 2h or 1h30m")
    return hours * 3600 + minutes * 60


def _task(facts: Facts, node: Node | None, scope: Scope) -> Deed:
    table = facts.read.table(node, "'set' of a task", schema.TASK_WORDS)
    if table is None:
        return Deed()
    facts.need(table, schema.TASK_NEEDS, "'set' of a task")
    found = {}
    for word in schema.TASK_WORDS:
        value = facts.names.template(table.get(word), word, scope, public=True)
        if value is not None:
            found[word] = value
    person = found.pop("person", None)
    return Deed(person=person, values=tuple(found.items()))


def _post(facts: Facts, table: Table, scope: Scope) -> Deed:
    node = table.get("to")
    target = facts.read.text(node, "to")
    if node is not None and target is not None and target not in facts.targets:
        close = suggest(target, facts.targets) or "; declare it under 'targets'"
        facts.complaints.add(node, f"there is no target {shortened(target)}{close}")
    body = facts.read.mapping(table.get("body"), "'body'")
    return Deed(target=target or "", body=None if body is None else _body(facts, body, scope))


def _body(facts: Facts, node: Node, scope: Scope) -> Json:
    """Return the document with its texts as templates."""
    if isinstance(node, Table):
        return {key.text: _body(facts, value, scope) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [_body(facts, part, scope) for part in node.parts]
    assert isinstance(node, Scalar)
    if not isinstance(node.value, str):
        return node.value
    return facts.names.template(node, "a text in 'body'", scope, public=True) or Template("")
