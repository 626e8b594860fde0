"""Reads `children`: issues that belong to the issue of a rule."""

from __future__ import annotations

from dataclasses import replace

from pfjira.config import rules_schema as schema
from pfjira.config.compile_back import backs
from pfjira.config.compile_facts import Facts
from pfjira.config.compile_moves import moves, place
from pfjira.config.compile_scope import Scope
from pfjira.config.compile_values import fields
from pfjira.config.yaml_nodes import Node, Scalar, Sequence, Table
from pfjira.engine.expressions import Expression
from pfjira.engine.rules import Make, Rule

MOST = 50
"""Children of one rule."""


def child_keys(node: Node | None) -> tuple[str, ...]:
    """Return the keys of the children that the file names, right or wrong, for expressions that look at them."""
    parts = node.parts if isinstance(node, Sequence) else ()
    keys = (part.get("key") for part in parts[:MOST] if isinstance(part, Table))
    return tuple(dict.fromkeys(key.text for key in keys if isinstance(key, Scalar) and key.text))


def children(facts: Facts, table: Table, parent: Rule, scope: Scope) -> tuple[Rule, ...]:
    """Return the children of a rule; what they do not say is their parent's."""
    node = table.get("children")
    parts = facts.read.parts(node, "'children'")
    if node is not None and len(parts) > MOST:
        facts.complaints.add(node, f"a rule has {MOST} children at most")
    seen: dict[str, int] = {}
    found = []
    for part in parts[:MOST]:
        child = _child(facts, part, parent, scope, seen)
        if child is not None:
            found.append(child)
    return tuple(found)


def _child(facts: Facts, node: Node, parent: Rule, scope: Scope, seen: dict[str, int]) -> Rule | None:
    table = facts.read.table(node, "a child", schema.CHILD_WORDS)
    if table is None:
        return None
    facts.need(table, ("key", "set"), "a child")
    pairs(facts, table)
    key_node = table.get("key")
    key = facts.read.name(key_node, "key")
    if key_node is not None and key is not None:
        if key in seen:
            facts.complaints.add(key_node, f"the child {key!r} exists already in line {seen[key]}")
        seen.setdefault(key, key_node.line)
    project, issue_type = place(facts, table.get("in"), schema.IN_OF_MAKE[Make.ISSUE], ())
    if project not in ("", parent.project) and not issue_type:
        hint = "for example: in: { project: ITOPS, type: Task }"
        facts.complaints.add(
            table.get("in") or table, "a child in another project needs a type: it can be no sub-task", hint
        )
    when = conditions(facts, table.get("when"), scope)
    ends = moves(facts, table, scope, parent=False)
    return replace(
        parent,
        id=f"{parent.id}/{key}",
        parent=parent.id,
        when=when,
        project=project or parent.project,
        issue_type=issue_type,
        fields=fields(facts, table.get("set"), scope, whole=True),
        back=backs(facts, table, scope.with_issue() if table.get("back") else scope, ends.done_when),
        fallback=facts.read.text(table.get("fallback"), "fallback") or parent.fallback,
        line=table.line,
        children=(),
        follow_until=None,
        adopt=None,
        **ends._asdict(),
    )


def conditions(facts: Facts, node: Node | None, scope: Scope) -> tuple[Expression, ...]:
    """Return the expressions of `when`: one, or a list."""
    parts = node.parts if isinstance(node, Sequence) else (node,)
    found = (facts.names.condition(part, "when", scope) for part in parts)
    return tuple(condition for condition in found if condition is not None)


def pairs(facts: Facts, table: Table) -> None:
    """Complain about words that need another beside them."""
    for word, needed, hint in schema.PAIRS:
        if (key := table.key(word)) is not None and table.get(needed) is None:
            facts.complaints.add(key, f"{word!r} needs {needed!r} beside it", f"for example: {hint}")
