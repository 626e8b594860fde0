"""The hash of compiled rules: over what changes behaviour, and nothing else.

What the language learned later is left out while it is not used, so that a new version of this program does not take
every old file for a changed one.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

import orjson

from pfjira.config.compile_settings import VERSION
from pfjira.engine.expressions import Expression, Template
from pfjira.engine.model import Json
from pfjira.engine.rules import Back, FieldRule, Move, Rule, RuleSet

_ALWAYS = object()
_LATER: Mapping[type, frozenset[str]] = {
    Rule: frozenset({"parent", "children", "follow_until", "adopt", "shadow", "deed"}),
    FieldRule: frozenset({"sensitive"}),
    Move: frozenset({"children"}),
    Back: frozenset({"values", "text", "own"}),
}


def hash_of(rules: RuleSet) -> str:
    """Return 16 hex digits over what changes behaviour: not comments, layout, tests, or the order of keys."""
    essence = [VERSION, rules.rules, rules.timezone, rules.label, rules.match, rules.limits, rules.maps]
    if rules.targets or rules.sources:
        essence += [rules.targets, rules.sources]
    return hashlib.sha256(orjson.dumps(_essence(essence), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


@cache
def _members(kind: type[Any]) -> tuple[tuple[str, object], ...]:
    """Return the fields of a dataclass that count, and the value that each is left out with."""
    later, counted = _LATER.get(kind, ()), [field for field in dataclasses.fields(kind) if field.name != "line"]
    return tuple((field.name, field.default if field.name in later else _ALWAYS) for field in counted)


def _essence(value: Any) -> Json:
    if isinstance(value, Expression | Template):
        return value.source.strip() if isinstance(value, Expression) else value.source
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _essence(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_essence(member) for member in value]
    if hasattr(value, "__dataclass_fields__"):
        kind: Any = type(value)
        members = ((name, getattr(value, name), usual) for name, usual in _members(kind))
        return {name: _essence(member) for name, member, usual in members if member is not usual and member != usual}
    return value
