"""Turns one rule of the file into a compiled Rule, checking all that can be known without asking Jira.

Nothing is compiled half: a complaint means no rule.
"""

from __future__ import annotations

import dataclasses

from pfjira.config import rules_schema as schema
from pfjira.config.compile_back import backs
from pfjira.config.compile_children import child_keys, children, conditions, pairs
from pfjira.config.compile_deeds import deed
from pfjira.config.compile_facts import Facts
from pfjira.config.compile_moves import moves, place
from pfjira.config.compile_scope import Scope
from pfjira.config.compile_values import fields
from pfjira.config.yaml_nodes import Node, Scalar, Table
from pfjira.engine.expressions import Template
from pfjira.engine.rules import Make, Rule, expressions


def compile_rule(facts: Facts, node: Node) -> Rule | None:
    """Return the compiled rule, or None after at least one complaint."""
    before = len(facts.complaints.errors)
    read = facts.read
    table = read.table(node, "a rule", schema.RULE_WORDS)
    if table is None:
        return None
    facts.need(table, ("id", "for", "make"), "the rule")
    rule_id = read.name(table.get("id"), "id")
    scope = facts.kind(table.get("for"))
    made = read.choice(table.get("make"), "make", schema.MAKES)
    slot = read.name(table.get("slot"), "slot")
    if scope is None or made is None:
        return None  # without the kind no name in an expression can be judged
    make = Make(made)
    _belonging(facts, table, make)
    project, issue_type = "", ""
    if make.keeps_issue:
        words = schema.IN_OF_MAKE[make]
        project, issue_type = place(facts, table.get("in"), words, words)
    keys = child_keys(table.get("children")) if make is Make.ISSUE else ()
    looking = scope.with_issue(keys) if table.get("back") or table.get("follow_until") else scope
    rule = Rule(
        id=rule_id or "",
        kind=scope.kind,
        slot=slot or rule_id or "",
        when=conditions(facts, table.get("when"), scope) if table.get("when") else (),
        key=_key(facts, table, scope),
        make=make,
        project=project,
        issue_type=issue_type,
        fields=() if make is Make.TASK else fields(facts, table.get("set"), scope, whole=make.keeps_issue),
        fallback=read.text(table.get("fallback"), "fallback"),
        line=table.line,
        shadow=read.truth(table.get("shadow"), "shadow"),
    )
    ends = moves(facts, table, scope, parent=bool(keys))
    below = children(facts, table, rule, scope)
    rule = dataclasses.replace(
        rule,
        children=below,
        back=backs(facts, table, looking, ends.done_when),
        follow_until=facts.names.condition(table.get("follow_until"), "follow_until", looking, timeless=True),
        adopt=_adopt(facts, table.get("adopt"), scope),
        deed=deed(facts, make, table, scope),
        **ends._asdict(),
    )
    if len(facts.complaints.errors) > before:
        return None
    return _per_member(rule) if scope.kind == "team" and table.get("key") is None else rule


def _per_member(rule: Rule) -> Rule:
    """Return the rule with a key of its own for each member, when it looks at the members of the team."""
    read = {path for one in (rule, *rule.children) for part in expressions(one) for path in part.reads}
    if not any(path.startswith("team.member.") for path in read):
        return rule
    key = Template("{{ team.id }}/{{ team.member.id }}")
    return dataclasses.replace(
        rule, key=key, children=tuple(dataclasses.replace(child, key=key) for child in rule.children)
    )


def _belonging(facts: Facts, table: Table, make: Make) -> None:
    """Complain about words that the make needs, and those that do not belong to it."""
    needed, may = schema.WORDS_OF_MAKE[make]
    facts.need(table, needed, "the rule")
    unfit = schema.NOT_WITH_NOTHING if make is Make.NOTHING else ()
    for key, _ in table.entries:
        word = key.text
        if word in schema.RULE_WORDS and (word in unfit or word not in (*schema.COMMON_WORDS, *needed, *may)):
            facts.complaints.add(key, f"a rule that makes {schema.MADE[make]} cannot have {word!r}")
    if make.keeps_issue:
        pairs(facts, table)


def _key(facts: Facts, table: Table, scope: Scope) -> Template:
    """Return the template of the key: what the file says, else what names the record."""
    node = table.get("key")
    root = scope.kind.partition(".")[0]
    if node is None:
        if root == "hook":
            source = facts.sources[scope.kind.removeprefix("hook.")]
            assert source is not None
            return Template("{{ hook." + source.id + " }}")
        return Template("{{ " + root + ".id }}")
    template = facts.names.template(node, "key", scope)
    if template is not None and not template.reads:
        example = f"leave it out, or use {{{{ {root}.id }}}}"
        facts.complaints.add(node, "the key is the same for every record", example)
    return template or Template("")


def _adopt(facts: Facts, node: Node | None, scope: Scope) -> Template | None:
    template = facts.names.template(node, "adopt", scope)
    if template is None or not isinstance(node, Scalar):
        return None
    name, slash, _ = node.text.partition("/")
    if not slash or not name.strip() or "{{" in name:
        example = 'for example: "preboarding/{{ employee.candidate_id }}"'
        facts.complaints.add(node, "adopt must begin with the id of a rule and a slash", example)
        return None
    facts.keeper(node, "adopt", name=name)
    return template
