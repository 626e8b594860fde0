"""Rules that are switched off: by an operator, or because the live site contradicts them (bar.md E5).

A rule that names a project, type, field, option or status which Jira does not have is switched off alone, with the
reason, and comes back by itself. The site is asked when the rules changed, on full sweeps, after a refusal, and about
rules that it switched off; otherwise the stored answer holds and no request is made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from pfjira.connectors.base import Demand
from pfjira.engine.expressions import Template
from pfjira.engine.model import ValueKind
from pfjira.engine.rules import FieldRule, Make, Move, Rule, RuleSet
from pfjira.errors import ConnectorError
from pfjira.ops.ruleset import Off
from pfjira.ops.workspace import Workspace
from pfjira.state import rule_versions
from pfjira.state.store import Store


def demands(rules: RuleSet) -> list[Demand]:
    """Return what the rules need of the live site."""
    found = []
    for rule in rules.every:
        if rule.make.keeps_issue:
            found.append(_demand(rule, rules))
        elif rule.deed is not None:
            found += _demands_of_deed(rule, rules)
    return found


def disabled(store: Store, rules: RuleSet) -> dict[str, Off]:
    """Return every rule that is off, by id, as the state knows it; an operator's word is told first."""
    found: dict[str, Off] = {}
    for held in rule_versions.overrides(store):
        found.setdefault(held.rule, Off(held.rule, held.source, held.who, held.why, held.at))
    return _with_children(found, rules)


def refresh(workspace: Workspace, *, full: bool) -> dict[str, Off]:
    """Ask the site about the rules where that is due, remember the answer, and return every rule that is off.

    The workspace holds the same afterwards (`off`). A system that cannot be asked changes nothing.
    """
    store, rules = workspace.store, workspace.rules
    held = rule_versions.in_force(store)
    known = {one.rule: one.why for one in rule_versions.overrides(store) if one.source == "site"}
    due = full or held is None or held.asked != rules.hash
    answer = _asked(workspace, rules, None if due else known.keys())
    about = {rule.id for rule in rules.every} if due else set(known)
    if answer is None:
        answer, about, due = {}, set(), False
    # Names of fields are looked up when the workspace is opened: what they tell is never old.
    answer |= workspace.unnamed
    site = {rule: why for rule, why in known.items() if rule not in about} | answer
    if held is not None and not store.read_only and (site != known or (due and held.asked != rules.hash)):
        whole = rules.hash if due else ""
        with store.write():
            rule_versions.note_answer(
                store, answer, about, whole=whole, system=workspace.tickets.name, now=workspace.now
            )
    found = {rule: Off(rule, "site", workspace.tickets.name, why) for rule, why in site.items()}
    found |= {rule: off for rule, off in disabled(store, rules).items() if off.source == "operator" or rule in site}
    workspace.off = _with_children(found, rules)
    return dict(workspace.off)


def _asked(workspace: Workspace, rules: RuleSet, about: Collection[str] | None) -> dict[str, str] | None:
    """Return what the site says of these rules (None: of all), or None when it cannot be asked."""
    wanted = [
        demand
        for demand in demands(rules)
        if (about is None or demand.rule in about) and demand.rule not in workspace.unnamed
    ]
    try:
        said = workspace.tickets.contradictions(wanted) if wanted else {}
    except ConnectorError:
        return None
    return {rule: "; ".join(reasons) for rule, reasons in said.items() if reasons}


def contradicted(off: Mapping[str, Off]) -> bool:
    """Say whether the site keeps a rule off: runs exit 1 until somebody mends the site or the rule."""
    return any(one.source == "site" for one in off.values())


def _with_children(found: dict[str, Off], rules: RuleSet) -> dict[str, Off]:
    """Return what is off, in the order of the file, children of a parent that is off included."""
    known: dict[str, Off] = {}
    for rule in rules.every:
        if rule.id in found:
            known[rule.id] = found[rule.id]
        elif rule.parent is not None and rule.parent in found:
            known[rule.id] = Off(rule.id, "parent", rule.parent, "", found[rule.parent].since)
    return known


def _demand(rule: Rule, rules: RuleSet) -> Demand:
    parent = rules.rule(rule.parent) if rule.parent else None
    moves = [move for move in (rule.close, rule.cancel) if move is not None]
    needed = ["CREATE_ISSUES", "EDIT_ISSUES"]
    if moves or rule.done_when is not None or rule.cancel_when is not None:
        needed.append("TRANSITION_ISSUES")
    if any(line.field == "assignee" for line in rule.fields):
        needed.append("ASSIGN_ISSUES")
    if any(move.comment is not None for move in moves):
        needed.append("ADD_COMMENTS")
    return Demand(
        rule=rule.id,
        project=rule.project,
        issue_type=rule.issue_type,
        request=rule.make is Make.REQUEST,
        parent=(parent.project, parent.issue_type) if parent else None,
        fields=_fields(rule.fields),
        moves=_moves(rule),
        permissions=tuple(needed),
    )


def _demands_of_deed(rule: Rule, rules: RuleSet) -> list[Demand]:
    """Return what a deed needs in each place where it is done, or of the group that it fills."""
    assert rule.deed is not None
    if rule.make is Make.MEMBER:
        group = _literal(rule.deed.group)
        return [Demand(rule.id, "", "", False, None, {}, (), groups=(group,))] if group else []
    needed = {Make.COMMENT: ("ADD_COMMENTS",), Make.WORKLOG: ("WORK_ON_ISSUES",), Make.UPDATE: ("EDIT_ISSUES",)}
    if rule.make not in needed:
        return []
    places = [one for name in rule.deed.on if (one := rules.rule(name)) is not None and one.make.keeps_issue]
    fields = _fields(rule.fields)
    return [
        replace(_demand(place, rules), rule=rule.id, fields=fields, moves=(), permissions=needed[rule.make])
        for place in places
    ]


def _fields(lines: tuple[FieldRule, ...]) -> dict[str, tuple[str, ...]]:
    """Return each field with the option texts that are written out in the rules."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        text = _literal(line.template) if line.kind is ValueKind.OPTION else None
        found[line.field] = (text,) if text else ()
    return found


def _literal(template: Template | None) -> str | None:
    """Return the text of a template without expressions."""
    if template is None or any(not isinstance(part, str) for part in template.parts):
        return None
    return "".join(str(part) for part in template.parts).strip() or None


def _moves(rule: Rule) -> tuple[tuple[str, str | None], ...]:
    """Return where a rule moves its issues; without a word of its own to whatever is done."""
    found: list[Move] = [
        move or Move("done")
        for condition, move in ((rule.done_when, rule.close), (rule.cancel_when, rule.cancel))
        if condition is not None or move is not None
    ]
    return tuple(dict.fromkeys((move.to, move.resolution) for move in found))
