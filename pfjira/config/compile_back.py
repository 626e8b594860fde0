"""Reads `back`: what a settled state of the issue writes to PeopleForce."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pfjira.config import rules_schema as schema
from pfjira.config.compile_facts import Facts
from pfjira.config.compile_scope import Scope
from pfjira.config.complaints import shortened
from pfjira.config.yaml_nodes import Node, Table
from pfjira.engine.expressions import Expression, Template
from pfjira.engine.model import Owner
from pfjira.engine.rules import Back, BackAction

COMPLETED = "task.completed"
_PROFILE_FIELD = re.compile(r"[A-Za-z]\w{0,99}")
_ONLY_FOR = {
    "do": ("task",),
    "set": tuple(sorted(schema.ABOUT_A_PERSON)),
    "note": tuple(sorted(schema.ABOUT_A_PERSON)),
    "return": ("assignment",),
}


def backs(facts: Facts, table: Table, scope: Scope, done_when: Expression | None) -> tuple[Back, ...]:
    """Return the lines under `back` of a rule or child; the scope holds the issue and its children."""
    if table.get("back") is None:
        return ()
    parts = facts.read.parts(table.get("back"), "'back'")
    found = [back for part in parts if (back := _back(facts, part, scope)) is not None]
    if any(back.do in (BackAction.COMPLETE, BackAction.REOPEN) for back in found):
        _completion(facts, table, done_when)
    return tuple(found)


def _completion(facts: Facts, table: Table, done_when: Expression | None) -> None:
    """Complain unless done in PeopleForce is what `do` writes there: else both would be followed in circles."""
    node, key = table.get("done_when"), table.key("back")
    if node is None and key is not None:
        hint = f"for example: done_when: {COMPLETED}"
        facts.complaints.add(key, "'back' with 'do' needs 'done_when' beside it", hint)
    elif node is not None and done_when is not None and done_when.source.strip() != COMPLETED:
        facts.complaints.add(node, f"with 'do' under 'back', done_when is {COMPLETED} and nothing else")


def _back(facts: Facts, node: Node, scope: Scope) -> Back | None:
    before = len(facts.complaints.errors)
    table = facts.read.table(node, "a line of 'back'", schema.BACK_WORDS)
    if table is None:
        return None
    if table.get("when") is None:
        example = f"for example: {schema.EXAMPLES['back']}"
        facts.complaints.add(table, "a line of 'back' needs 'when'", example)
    when = facts.names.condition(table.get("when"), "when", scope, timeless=True)
    actions = [word for word in schema.BACK_ACTIONS if table.get(word) is not None]
    if len(actions) != 1:
        one_of = ", ".join(schema.BACK_ACTIONS)
        facts.complaints.add(table, f"a line of 'back' needs exactly one of: {one_of}")
        return None
    action = actions[0]
    kinds = _ONLY_FOR.get(action)
    if kinds is not None and scope.kind not in kinds and (key := table.key(action)) is not None:
        facts.complaints.add(key, f"{action!r} is for rules about {' or '.join(kinds)} only")
    if action != "set" and (key := table.key("own")) is not None:
        facts.complaints.add(key, "'own' is for 'set' only")
    own = Owner(facts.read.choice(table.get("own"), "own", schema.BACK_OWNERS) or Owner.JIRA)
    do, values, text = _action(facts, action, table, scope)
    if when is None or do is None or len(facts.complaints.errors) > before:
        return None
    return Back(when, do, values, text, own, table.line)


def _action(
    facts: Facts, action: str, table: Table, scope: Scope
) -> tuple[BackAction | None, tuple[tuple[str, Template], ...], Template | None]:
    """Return what one line does, with its values and its text."""
    node = table.get(action)
    if action == "do":
        do = facts.read.choice(node, "do", schema.BACK_DO)
        return None if do is None else BackAction(do), (), None
    if action == "note":
        return BackAction.NOTE, (), facts.names.template(node, "note", scope, public=True)
    if action == "return":
        day = facts.names.template(node, "return", scope)
        return BackAction.RETURN, (("on", day),) if day is not None else (), None
    if action == "set":
        return BackAction.SET, _profile(facts, node, scope), None
    return BackAction.ISSUE, _handed(facts, node, scope), None


def _profile(facts: Facts, node: Node | None, scope: Scope) -> tuple[tuple[str, Template], ...]:
    table = facts.read.mapping(node, "'set'")
    if table is not None and not table.entries:
        facts.complaints.add(table, "'set' needs at least one field", 'for example: laptop_ticket: "{{ issue.key }}"')
    found = {}
    for key, value in table.entries if table else ():
        if not _PROFILE_FIELD.fullmatch(key.text):
            facts.complaints.add(key, f"{shortened(key.text)} is no name of a field of the employee")
        elif (template := facts.names.template(value, key.text, scope, public=True)) is not None:
            found[key.text] = template
    return tuple(found.items())


def _handed(facts: Facts, node: Node | None, scope: Scope) -> tuple[tuple[str, Template], ...]:
    table = facts.read.table(node, "'issue'", schema.HANDED_WORDS)
    if table is None:
        return ()
    usual: Mapping[str, str] = {"on": "{{ today }}"}
    if scope.kind in schema.ABOUT_A_PERSON:
        usual = {**usual, "person": "{{ employee.id }}"}
    facts.need(table, [word for word in schema.HANDED_WORDS if word not in usual], "'issue'")
    found = {}
    for word in schema.HANDED_WORDS:
        template = facts.names.template(table.get(word), word, scope) if table.get(word) else None
        if template is None and word in usual:
            template = Template(usual[word])
        if template is not None:
            found[word] = template
    return tuple(found.items())
