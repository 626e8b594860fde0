"""The JSON Schema of a rules file, for editors that complete and check while one writes.

Made from the tables that the loader itself reads by, so that it cannot promise other words. It knows words, forms and
choices; names in expressions, and what must stand beside what, only the loader knows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pfjira.config import compile_children
from pfjira.config import rules_schema as schema
from pfjira.config.compile_settings import VERSION
from pfjira.engine.rules import DEFAULT_LIMITS, Make

Shape = dict[str, Any]

_TEXT: Shape = {"type": ["string", "number"]}
_TEMPLATE: Shape = {"type": ["string", "number", "boolean"]}
_CONDITION: Shape = {"type": ["string", "boolean"], "minLength": 1}
_TRUTH: Shape = {"type": "boolean"}
_ANY_OBJECT: Shape = {"type": "object"}
_NAME: Shape = {"type": "string", "pattern": "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", "maxLength": 64}


def rules_schema_document() -> Shape:
    """Return the schema, draft 2020-12, as plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of pfjira",
        "description": "What to keep true between PeopleForce and Jira.",
        **_table(schema.FILE_WORDS, _file_shapes(), ("version", "rules")),
        "$defs": {
            "condition": {**_CONDITION, "examples": ["task.completed", 'employee.status == "hired"']},
            "template": {**_TEMPLATE, "examples": ["{{ task.title }}"]},
            "labels": _one_or_more(_ref("template")),
            "value": {"anyOf": [_ref("template"), _value()]},
            "fields": {"type": "object", "properties": _known_fields(), "additionalProperties": _ref("value")},
            "back": {"type": "array", "items": _back()},
            "child": _child(),
            "rule": _rule(),
        },
    }


def _table(words: Mapping[str, str], shapes: Mapping[str, Shape], needed: Collection[str] = ()) -> Shape:
    """Return the shape of a mapping with exactly these words."""
    found: Shape = {
        "type": "object",
        "properties": {word: _described(word, meaning, shapes[word]) for word, meaning in words.items()},
        "additionalProperties": False,
    }
    return {**found, "required": list(needed)} if needed else found


def _described(word: str, meaning: str, shape: Shape) -> Shape:
    example = schema.EXAMPLES.get(word, "").partition(": ")[2]
    plain = example and example[0] not in "{[\"'"
    return {"description": meaning, **({"examples": [example]} if plain and "type" in shape else {}), **shape}


def _ref(name: str) -> Shape:
    return {"$ref": f"#/$defs/{name}"}


def _enum(words: Collection[str]) -> Shape:
    return {"enum": list(words)}


def _one_or_more(shape: Shape, least: int = 0) -> Shape:
    return {"anyOf": [shape, {"type": "array", "items": shape, "minItems": least}]}


def _named(shape: Shape) -> Shape:
    return {"type": "object", "propertyNames": _NAME, "additionalProperties": shape}


def _file_shapes() -> dict[str, Shape]:
    scalar: Shape = {"type": ["string", "number", "boolean", "null"]}
    limit = _table(
        schema.LIMIT_WORDS,
        {
            "max": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
            "percent": {"type": "integer", "minimum": 0, "maximum": 100},
        },
    )
    path: Shape = {"type": "string", "pattern": r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$"}
    source = {"id": path, "fields": _one_or_more(path, 1), "scheme": _enum(schema.SCHEMES), "header": _TEXT}
    return {
        "version": {"const": VERSION},
        "timezone": {**_TEXT, "examples": ["Europe/Kyiv"]},
        "label": {**_TEXT, "maxLength": 255},
        "maps": _named({"type": "object", "additionalProperties": scalar}),
        "people": _table(schema.PEOPLE_WORDS, {"match": _one_or_more(_enum(schema.MATCHES), 1)}),
        "guards": _table(
            dict.fromkeys(DEFAULT_LIMITS, "The limit for this action."), dict.fromkeys(DEFAULT_LIMITS, limit)
        ),
        "targets": _named(_table(schema.TARGET_WORDS, {"url": _TEXT, "secret": _NAME}, ("url",))),
        "sources": _named(_table(schema.SOURCE_WORDS, source, ("id", "fields"))),
        "rules": {"type": "array", "items": _ref("rule")},
        "tests": {"type": "array", "items": _test()},
    }


def _rule() -> Shape:
    shapes = _shapes_of_kept() | {
        "id": _NAME,
        "for": {"anyOf": [_enum(schema.KINDS), {"type": "string", "pattern": "^hook[.]."}]},
        "slot": _NAME,
        "shadow": _TRUTH,
        "key": _ref("template"),
        "adopt": _ref("template"),
        "make": _enum([make.value for make in schema.MAKES]),
        "raise_for": _ref("template"),
        "on": _one_or_more(_TEXT, 1),
        "text": _ref("template"),
        "spent": {"type": "string", "pattern": "^(?=[0-9])([0-9]{1,2}h)?([0-9]{1,3}m)?$"},
        "group": _ref("template"),
        "person": _ref("template"),
        "to": _TEXT,
        "body": _ANY_OBJECT,
        "set": _ANY_OBJECT,
        "in": _ANY_OBJECT,
        "children": {"type": "array", "items": _ref("child"), "maxItems": compile_children.MOST},
        "follow_until": _ref("condition"),
    }
    table = _table(schema.RULE_WORDS, shapes, ("id", "for", "make"))
    return {**table, "allOf": [_of_make(make) for make in schema.MAKES]}


def _of_make(make: Make) -> Shape:
    """Return what follows from what a rule makes: the words it needs, and those that it cannot have."""
    needed, may = schema.WORDS_OF_MAKE[make]
    common = [w for w in schema.COMMON_WORDS if make is not Make.NOTHING or w not in schema.NOT_WITH_NOTHING]
    words: Shape = {word: False for word in schema.RULE_WORDS if word not in (*common, *needed, *may)}
    if make.keeps_issue:
        pair = schema.IN_OF_MAKE[make]
        words["in"] = _table({word: schema.IN_WORDS[word] for word in pair}, dict.fromkeys(pair, _TEXT), pair)
    if make is Make.TASK:
        shapes = dict.fromkeys(schema.TASK_WORDS, _ref("template"))
        words["set"] = _table(schema.TASK_WORDS, shapes, schema.TASK_NEEDS)
    elif "set" in needed:
        words["set"] = _ref("fields")
    condition = {"properties": {"make": {"const": make.value}}, "required": ["make"]}
    return {"if": condition, "then": {"properties": words, "required": list(needed)}}


def _shapes_of_kept() -> dict[str, Shape]:
    """Return the shapes of words that a rule shares with its children."""
    ending: dict[str, Shape] = {
        "to": _TEXT, "resolution": _TEXT, "comment": _ref("template"), "fields": _ANY_OBJECT,
        "children": _enum(schema.CANCEL_CHILDREN),
    }  # fmt: skip
    return {
        "when": {"anyOf": [_ref("condition"), {"type": "array", "items": _ref("condition")}]},
        "fallback": _TEXT,
        "done_when": _ref("condition"),
        "close": _table(schema.CLOSE_WORDS, ending, ("to",)),
        "cancel_when": _ref("condition"),
        "cancel": _table(schema.CANCEL_WORDS, ending, ("to",)),
        "back": _ref("back"),
    }


def _child() -> Shape:
    pair = schema.IN_OF_MAKE[Make.ISSUE]
    place = _table({word: schema.IN_WORDS[word] for word in pair}, dict.fromkeys(pair, _TEXT))
    shapes = _shapes_of_kept() | {"key": _NAME, "in": place, "set": _ref("fields")}
    shapes["cancel"] = shapes["close"]
    return _table({word: schema.RULE_WORDS[word] for word in schema.CHILD_WORDS}, shapes, ("key", "set"))


def _value() -> Shape:
    shapes: dict[str, Shape] = {
        **dict.fromkeys(schema.VALUE_FORMS, _ref("template")),
        **dict.fromkeys(schema.LIST_WORDS, _ref("labels")),
        "own": _enum([owner.value for owner in schema.OWNERS]),
        "allow_sensitive": _TRUTH,
    }
    return _table(schema.VALUE_WORDS, shapes)


def _known_fields() -> Shape:
    return {name: {"description": f"Jira's field {name}.", **_ref("value")} for name in schema.SYSTEM_FIELDS}


def _back() -> Shape:
    handed = dict.fromkeys(schema.HANDED_WORDS, _ref("template"))
    shapes: dict[str, Shape] = {
        "when": _ref("condition"),
        "do": _enum(schema.BACK_DO),
        "set": {"type": "object", "minProperties": 1, "additionalProperties": _ref("template")},
        "note": _ref("template"),
        "issue": _table(schema.HANDED_WORDS, handed, ("asset",)),
        "return": _ref("template"),
        "own": _enum(schema.BACK_OWNERS),
    }
    exactly_one = [{"required": [action]} for action in schema.BACK_ACTIONS]
    return {**_table(schema.BACK_WORDS, shapes, ("when",)), "oneOf": exactly_one}


def _test() -> Shape:
    kinds: Shape = {"anyOf": [_enum(schema.KINDS), {"pattern": "^hook[.]."}]}
    record: Shape = {"type": "object", "propertyNames": kinds, "additionalProperties": _ANY_OBJECT}
    shapes: dict[str, Shape] = {
        "name": _TEXT,
        "today": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "given": {**record, "minProperties": 1, "maxProperties": 2},
        "before": record,
        "existing": {"type": "object", "additionalProperties": _enum(schema.STATES)},
        "expect": {"type": "array", "items": {"type": "string"}},
    }
    return _table(schema.TEST_WORDS, shapes, schema.TEST_NEEDS)
