"""Reads where an issue lives and where it goes: `in`, `done_when`, `close`, `cancel_when`, `cancel`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from pfjira.config import rules_schema as schema
from pfjira.config.compile_facts import Facts, plain
from pfjira.config.compile_scope import Scope
from pfjira.config.compile_values import jira_field
from pfjira.config.yaml_nodes import Node, Table
from pfjira.engine.expressions import Expression
from pfjira.engine.model import Json
from pfjira.engine.rules import Move


class Moves(NamedTuple):
    """How an issue ends."""

    done_when: Expression | None
    close: Move | None
    cancel_when: Expression | None
    cancel: Move | None


def place(facts: Facts, node: Node | None, words: tuple[str, str], needed: Collection[str]) -> tuple[str, str]:
    """Return project and type, empty where the file names none."""
    table = facts.read.table(node, "'in'", words)
    if table is None:
        return "", ""
    for word in needed:
        if table.get(word) is None:
            example = schema.EXAMPLES["request" if "request" in words else "in"]
            facts.complaints.add(table, f"'in' needs {word!r}", f"for example: {example}")
    project_node = table.get("project")
    project = facts.read.text(project_node, "project") or ""
    if project_node and project and not (len(project) <= 255 and re.fullmatch(r"[A-Z][A-Z0-9_]*", project)):
        facts.complaints.add(project_node, "project must be a project key in capitals", "for example: ITOPS")
    return project, facts.read.text(table.get(words[1]), words[1]) or ""


def moves(facts: Facts, table: Table, scope: Scope, *, parent: bool) -> Moves:
    """Return how the issue of a rule, or child, ends. A parent may say what happens to its children."""
    done_when = facts.names.condition(table.get("done_when"), "done_when", scope)
    close = _move(facts, table.get("close"), "close", scope, schema.CLOSE_WORDS)
    cancel_when = facts.names.condition(table.get("cancel_when"), "cancel_when", scope)
    words = schema.CANCEL_WORDS if parent else schema.CLOSE_WORDS
    cancel = _move(facts, table.get("cancel"), "cancel", scope, words)
    if done_when is not None and close is None:
        close = Move("done")
    return Moves(done_when, close, cancel_when, cancel)


def _move(facts: Facts, node: Node | None, what: str, scope: Scope, words: Collection[str]) -> Move | None:
    if isinstance(node, Table) and "children" not in words and (key := node.key("children")) is not None:
        facts.complaints.add(key, f"there are no children that {what!r} could take along")
        words = schema.CANCEL_WORDS
    table = facts.read.table(node, repr(what), words)
    if table is None:
        return None
    to = facts.read.text(table.get("to"), "to")
    if table.get("to") is None:
        hint = "a status such as Done, or a category: new, indeterminate, done"
        facts.complaints.add(table, f"{what!r} needs 'to'", hint)
    fields: dict[str, Json] = {}
    given = facts.read.mapping(table.get("fields"), "'fields'")
    for key, value in given.entries if given else ():
        if (name := jira_field(facts, key)) is not None:
            fields[name] = plain(value)
    return Move(
        to or "",
        facts.read.text(table.get("resolution"), "resolution"),
        facts.names.template(table.get("comment"), "comment", scope, public=True),
        fields,
        facts.read.choice(table.get("children"), "children", schema.CANCEL_CHILDREN) or "open",
    )
