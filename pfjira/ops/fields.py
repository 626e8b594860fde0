"""Give every Jira field that the rules call by its display name its id, as the live site knows it."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches

from pfjira.connectors.base import TicketSystem
from pfjira.engine.rules import RuleSet
from pfjira.errors import RulesError

_AN_ID = re.compile(r"[a-z][A-Za-z]*|customfield_\d+")
"""System fields and custom fields by id need no look-up."""


def with_field_ids(rules: RuleSet, tickets: TicketSystem) -> RuleSet:
    """Return the rules with field ids. Raise RulesError for a name that Jira does not know; asks only when needed."""
    if all(_AN_ID.fullmatch(name) for name in rules.issue_fields):
        return rules
    known = tickets.field_ids()
    resolved = []
    for rule in rules.rules:
        lines = []
        for line in rule.fields:
            found = line.field if _AN_ID.fullmatch(line.field) else known.get(line.field.casefold())
            if found is None:
                near = get_close_matches(line.field.casefold(), known, 1)
                hint = f"Did you mean {near[0]!r}?" if near else "`pfjira doctor` looks at the fields of the site."
                raise RulesError(
                    f"Jira has no field {line.field!r}, or more than one (rule {rule.id})",
                    file=rules.file,
                    line=line.line,
                    column=1,
                    hint=hint,
                )
            lines.append(replace(line, field=found))
        resolved.append(replace(rule, fields=tuple(lines)))
    return replace(rules, rules=tuple(resolved))
