"""Give every Jira field that the rules call by its display name its id, as the live site knows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from pfjira.connectors.base import TicketSystem
from pfjira.engine.rules import FieldRule, Rule, RuleSet

_AN_ID = re.compile(r"[a-z][A-Za-z]*|customfield_\d+")
"""System fields and custom fields by id need no look-up."""


def with_field_ids(rules: RuleSet, tickets: TicketSystem) -> tuple[RuleSet, dict[str, str]]:
    """Return the rules with field ids, and per rule what is wrong with a name that Jira does not know.

    Jira is asked only when needed. A rule with such a name cannot be carried out; the others can.
    """
    if all(_AN_ID.fullmatch(name) for name in rules.issue_fields):
        return rules, {}
    names = _Names(tickets.field_ids())
    resolved = tuple(names.in_rule(rule) for rule in rules.rules)
    return replace(rules, rules=resolved), names.unknown


class _Names:
    """The names of the site's fields, going through the rules."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self.unknown: dict[str, str] = {}

    def in_rule(self, rule: Rule) -> Rule:
        """Return a rule, and its children, with ids; a name that nobody knows stays."""
        lines = tuple(replace(line, field=self._id(rule, line)) for line in rule.fields)
        return replace(rule, fields=lines, children=tuple(self.in_rule(child) for child in rule.children))

    def _id(self, rule: Rule, line: FieldRule) -> str:
        name = line.field
        found = name if _AN_ID.fullmatch(name) else self._known.get(name.casefold())
        if found is None:
            near = get_close_matches(name.casefold(), self._known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            place = f" (line {line.line})" if line.line else ""
            self.unknown.setdefault(rule.id, f"the site has no field {name!r}, or more than one{place}{hint}")
        return found or name
