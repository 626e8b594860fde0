"""Reads `set` of an issue: Jira fields, their values and owners."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches

from pfjira.config import rules_schema as schema
from pfjira.config.compile_facts import Facts
from pfjira.config.compile_names import reads_sensitive
from pfjira.config.compile_scope import Scope
from pfjira.config.complaints import shortened
from pfjira.config.yaml_nodes import Node, Scalar, Table
from pfjira.engine.expressions import Template
from pfjira.engine.model import Owner, ValueKind
from pfjira.engine.rules import FieldRule

_KINDS_OF_FORMS = {
    "html": ValueKind.HTML, "markdown": ValueKind.MARKDOWN, "person": ValueKind.PERSON, "option": ValueKind.OPTION,
}  # fmt: skip


def fields(facts: Facts, node: Node | None, scope: Scope, *, whole: bool) -> tuple[FieldRule, ...]:
    """Return the lines under `set`; a whole issue needs a summary."""
    table = facts.read.mapping(node, "'set'")
    if table is None:
        return ()
    if not whole and not table.entries:
        facts.complaints.add(table, "'set' needs at least one field", 'for example: duedate: "{{ today }}"')
    found: dict[str, FieldRule] = {}
    named = set()
    for key, value in table.entries:
        name = jira_field(facts, key)
        if name is None:
            continue
        if name in named:
            facts.complaints.add(key, f"the field {shortened(name)} is set twice")
        named.add(name)
        line = _field(facts, name, key, value, scope)
        if line is not None:
            found[name] = line
    if whole and "summary" not in named:
        example = f'for example: summary: "{{{{ {scope.example} }}}}"'
        facts.complaints.add(table, "'set' needs 'summary'", example)
    return tuple(found.values())


def jira_field(facts: Facts, key: Scalar) -> str | None:
    """Return a Jira field's id where it is known here, else its name for the live check; refuse likely typos."""
    name = key.text.strip()
    if (known := schema.FIELDS_BY_NAME.get(name.casefold())) is not None:
        return known
    if not name or len(name) > 255:
        facts.complaints.add(key, "a field needs a name of at most 255 characters")
        return None
    if re.fullmatch(r"customfield_\d+", name):
        return name
    if len(name) <= 40 and re.fullmatch(r"[a-z][A-Za-z_]*", name):
        close = get_close_matches(name.replace("_", ""), schema.SYSTEM_FIELDS, n=1, cutoff=0.75)
        if close or name.startswith("customfield"):
            wanted = close[0] if close else "customfield_10051"
            facts.complaints.add(key, f"unknown field {name!r}, did you mean {wanted!r}?")
            return None
    return name


def _field(facts: Facts, name: str, key: Scalar, node: Node, scope: Scope) -> FieldRule | None:
    kind = ValueKind.OPTION if name in schema.NAMED_FIELDS else ValueKind.TEXT
    if isinstance(node, Table):
        return _table(facts, name, key, node, scope, kind)
    if name in schema.PEOPLE_FIELDS:
        example = f'{name}: {{ person: "{{{{ task.assigned_to.id }}}}" }}'
        facts.complaints.add(node, f"{name} is a person", example)
        return None
    if name == "labels":
        _no_labels(facts, node)
        return None
    template = facts.names.template(node, key.text, scope, public=True)
    _constant_date(facts, name, node, template)
    return None if template is None else FieldRule(name, kind, template, Owner.HR, line=key.line)


def _table(facts: Facts, name: str, key: Scalar, node: Table, scope: Scope, kind: ValueKind) -> FieldRule | None:
    what = f"the value of {shortened(key.text)}"
    table = facts.read.table(node, what, schema.VALUE_WORDS)
    assert table is not None
    own = Owner(facts.read.choice(table.get("own"), "own", schema.OWNERS) or Owner.HR)
    allowed = facts.read.truth(table.get("allow_sensitive"), "allow_sensitive")
    forms = [word for word in schema.VALUE_FORMS if table.get(word) is not None]
    lists = [word for word in schema.LIST_WORDS if table.get(word) is not None]
    if lists and not forms:
        if name != "labels":
            facts.complaints.add(node, "'add' and 'remove' are for labels only")
            return None
        if (owner := table.key("own")) is not None:
            facts.complaints.add(owner, "labels have no owner: what a rule adds is put back, others are never touched")
        add, remove = (facts.names.templates(table.get(w), w, scope, allowed=allowed) for w in schema.LIST_WORDS)
        sensitive = allowed and any(map(reads_sensitive, add + remove))
        return FieldRule(name, ValueKind.LABELS, None, own, add, remove, key.line, sensitive)
    if len(forms) != 1 or lists:
        facts.complaints.add(node, f"{what} needs exactly one of: {', '.join(schema.VALUE_FORMS)}")
        return None
    form = forms[0]
    if name in schema.PEOPLE_FIELDS and form != "person":
        facts.complaints.add(node, f"{name} is a person", "write person instead of " + form)
    if name == "labels":
        _no_labels(facts, node)
    template = facts.names.template(table.get(form), key.text, scope, public=True, allowed=allowed)
    _constant_date(facts, name, table.get(form), template)
    if template is None:
        return None
    sensitive = allowed and reads_sensitive(template)
    return FieldRule(name, _KINDS_OF_FORMS.get(form, kind), template, own, line=key.line, sensitive=sensitive)


def _no_labels(facts: Facts, node: Node) -> None:
    facts.complaints.add(node, "labels are added and removed, never set", "labels: { add: [onboarding] }")


def _constant_date(facts: Facts, name: str, node: Node | None, template: Template | None) -> None:
    """Complain about a due date that is the same for all and no date."""
    if name == "duedate" and isinstance(node, Scalar) and template is not None and "{{" not in node.text:
        try:
            date.fromisoformat(node.text)
        except ValueError:
            facts.complaints.add(node, "duedate is no date", 'for example: 2026-03-31, or "{{ task.ends_on }}"')
