"""Reads YAML into nodes that know their place, under the 1.2 core schema: `NO` and `12:30` stay text.

PyYAML's own loader would turn them into False and 750, keep the last of two equal keys, and expand aliases without
bound. Here a document is plain data with line and column, or a RulesError; nothing is ever constructed from a tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from pfjira.engine.model import Json
from pfjira.errors import RulesError

LARGEST = 1_048_576
"""Bytes of a rules file."""
DEEPEST = 20
MOST_NODES = 50_000
"""Values of a rules file, keys included."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = (
    (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}\.[0-9]{0,18})(?:[eE][-+]?[0-9]{1,2})?"), float),
    (re.compile(r"[-+]?[0-9]{1,18}[eE][-+]?[0-9]{1,2}"), float),
)
_FIRST = frozenset("~nNtTfF+-.0123456789") | {""}
"""What a value begins with that is no text."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something in the file, with where it stands: line and column from 1, character span from 0."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """One value."""

    value: Json = None
    """Resolved: None, bool, int, float or text."""
    text: str = ""
    """As written, without quotes."""


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A list."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Table(Node):
    """A mapping with text keys, in file order."""

    entries: tuple[tuple[Scalar, Node], ...] = ()
    names: dict[str, int] = field(default_factory=dict, repr=False)

    def get(self, name: str) -> Node | None:
        """Return the value under a key, None when the key is absent."""
        place = self.names.get(name)
        return None if place is None else self.entries[place][1]

    def key(self, name: str) -> Scalar | None:
        """Return the key itself, for its place."""
        place = self.names.get(name)
        return None if place is None else self.entries[place][0]


def excerpt(lines: list[str], line: int, column: int) -> str:
    """Return the line concerned and a caret under the place."""
    if not 1 <= line <= len(lines):
        return ""
    shown, column = lines[line - 1], max(column, 1)
    first = max(column - 60, 0)  # a very long line is shown around the place only
    shown = shown[first : first + 120].replace("\t", " ")
    return f"{shown}\n{' ' * (column - 1 - first)}^"


def read_yaml(text: str, file: str) -> Node:
    """Return the only document of a text. Raise RulesError for what is not YAML, or YAML beyond plain data."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise RulesError(f"the file is larger than {LARGEST} bytes", file=file)
    try:
        return _Reader(text, file).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = error.problem or "this is not YAML"
        shown = excerpt(text.splitlines(), line, column)
        raise RulesError(
            f"not valid YAML: {message}", file=file, line=line, column=column, excerpt=shown,
            hint="a text that begins with {, [, @, %, & or * needs quotes" if "{{" in text else "",
        ) from None  # fmt: skip
    except (yaml.YAMLError, UnicodeError):
        raise RulesError("the file holds characters that YAML does not allow", file=file) from None


class _Reader:
    """Builds nodes from the parser's events, refusing on the way."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file, self._left = text, file, MOST_NODES
        self._next: Callable[[], Any] = _LOADER(text).get_event

    def document(self) -> Node:
        found: Node | None = None
        while (event := self._next()) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                if found is not None:
                    raise self._refuse(event, "a second document begins here; a rules file is one document")
                found = self._node(self._next(), 1)
        return found or Scalar(1, 1, 0, 0)

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refuse(event, "anchors and aliases are not supported", "write the value out")
        if event.tag is not None and event.tag != "!":
            raise self._refuse(event, "tags are not supported", "leave the !word out")
        self._left -= 1
        if self._left < 0:
            raise self._refuse(event, f"the file holds more than {MOST_NODES} values")
        if depth > DEEPEST:
            raise self._refuse(event, f"nested more than {DEEPEST} levels deep")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            parts = []
            while not isinstance(inner := self._next(), yaml.SequenceEndEvent):
                parts.append(self._node(inner, depth + 1))
            return Sequence(*_place(event, inner), tuple(parts))
        return self._table(event, depth)

    def _scalar(self, event: Any) -> Scalar:
        value: Json = event.value
        if event.style in (None, "") and event.implicit[0] and event.value[:1] in _FIRST:
            for pattern, convert in _CORE:
                if pattern.fullmatch(event.value):
                    value = convert(event.value)
                    break
        return Scalar(*_place(event, event), value, event.value)

    def _table(self, event: Any, depth: int) -> Table:
        entries: list[tuple[Scalar, Node]] = []
        names: dict[str, int] = {}
        while not isinstance(inner := self._next(), yaml.MappingEndEvent):
            key = self._node(inner, depth + 1)
            if not isinstance(key, Scalar):
                raise self._refuse(inner, "a key must be a plain word", "does a text with {{ }} lack its quotes?")
            if key.text in names:
                raise self._refuse(inner, f"duplicate key '{key.text[:60]}'")
            names[key.text] = len(entries)
            entries.append((key, self._node(self._next(), depth + 1)))
        return Table(*_place(event, inner), tuple(entries), names)

    def _refuse(self, event: Any, message: str, hint: str = "") -> RulesError:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        shown = excerpt(self._text.splitlines(), line, column)
        return RulesError(message, file=self._file, line=line, column=column, hint=hint, excerpt=shown)


def _place(first: Any, last: Any) -> tuple[int, int, int, int]:
    mark = first.start_mark
    return mark.line + 1, mark.column + 1, mark.index, last.end_mark.index
