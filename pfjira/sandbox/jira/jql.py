"""Read JQL: text to a small tree, refusing what Jira would refuse.

Only the grammar lives here; what names mean and which issues match is `matching.py`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pfjira.sandbox.jira.refusal import Refusal

ORDER_LIMIT = 7
_TOKEN = re.compile(
    r"""
    \s*(?:
      (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<op>!=|!~|>=|<=|=|~|>|<|&&|\|\||!)
    | (?P<punct>[(),])
    | (?P<word>[^\s"'=!<>~(),&|]+)
    )""",
    re.X,
)
_OPERATORS = frozenset({"=", "!=", "~", "!~", ">", ">=", "<", "<="})
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")


@dataclass(frozen=True, slots=True)
class Call:
    """A function in the place of a value, as `currentUser()`."""

    name: str
    arguments: tuple[str, ...]


Value = str | Call | None
"""None stands for EMPTY."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison; `values` has one element except for `in` and `not in`."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """All of these hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    part: Node


Node = Clause | Both | Either | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `order` holds field names and whether they descend."""

    where: Node | None
    order: tuple[tuple[str, bool], ...]


def parse(text: str) -> Query:
    """Return the tree of a query; Refusal 400 when it is not JQL."""
    return _Reader(text).query()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise _error(f"Error in the JQL Query: The character '{text[position]}' is not expected here.")
            self._tokens.append((found.lastgroup, found.group(found.lastgroup)))
            position = found.end()
        self._at = 0

    def query(self) -> Query:
        where = None
        if self._tokens and not self._is_word("order"):
            where = self._either()
        order: list[tuple[str, bool]] = []
        if self._take_word("order"):
            if not self._take_word("by"):
                raise self._unexpected("'by'")
            order.append(self._order())
            while self._take("punct", ","):
                order.append(self._order())
        if self._at < len(self._tokens):
            raise self._unexpected("'AND' or 'OR' or the end of the query")
        if len(order) > ORDER_LIMIT:
            raise _error(f"The number of ORDER BY fields exceeds the limit of {ORDER_LIMIT}.")
        return Query(where, tuple(order))

    def _either(self) -> Node:
        parts = [self._both()]
        while self._take_word("or") or self._take("op", "||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Node:
        parts = [self._one()]
        while self._take_word("and") or self._take("op", "&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self) -> Node:
        if self._take_word("not") or self._take("op", "!"):
            return Not(self._one())
        if self._take("punct", "("):
            inside = self._either()
            if not self._take("punct", ")"):
                raise self._unexpected("')'")
            return inside
        return self._clause()

    def _clause(self) -> Node:
        field = self._name("a field name")
        kind, text = self._next("an operator")
        if kind == "op" and text in _OPERATORS:
            return Clause(field, text, (self._value(),))
        word = text.casefold() if kind == "word" else ""
        if word == "in":
            return Clause(field, "in", self._values())
        if word == "not" and self._take_word("in"):
            return Clause(field, "not in", self._values())
        if word == "is":
            operator = "!=" if self._take_word("not") else "="
            if not (self._take_word("empty") or self._take_word("null")):
                raise self._unexpected("'EMPTY' or 'NULL'")
            return Clause(field, operator, (None,))
        if word in {"was", "changed"}:
            raise _error(f"The operator '{word}' is not simulated by this sandbox.")
        self._at -= 1
        raise self._unexpected("an operator")

    def _values(self) -> tuple[Value, ...]:
        if not self._take("punct", "("):
            return (self._value(),)
        found = [self._value()]
        while self._take("punct", ","):
            found.append(self._value())
        if not self._take("punct", ")"):
            raise self._unexpected("')' or ','")
        return tuple(found)

    def _value(self) -> Value:
        kind, text = self._next("a value")
        if kind == "text":
            return _unquote(text)
        if kind != "word":
            self._at -= 1
            raise self._unexpected("a value")
        if self._take("punct", "("):
            arguments = []
            while not self._take("punct", ")"):
                arguments.append(self._name("an argument"))
                self._take("punct", ",")
            return Call(text.casefold(), tuple(arguments))
        return None if text.casefold() in {"empty", "null"} else text

    def _order(self) -> tuple[str, bool]:
        field = self._name("a field name")
        if self._take_word("desc"):
            return field, True
        self._take_word("asc")
        return field, False

    def _name(self, what: str) -> str:
        kind, text = self._next(what)
        if kind not in {"word", "text"}:
            self._at -= 1
            raise self._unexpected(what)
        return _unquote(text) if kind == "text" else text

    def _next(self, what: str) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._unexpected(what)
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, kind: str, text: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at] == (kind, text)
        self._at += taken
        return taken

    def _is_word(self, word: str) -> bool:
        return (
            self._at < len(self._tokens)
            and self._tokens[self._at][0] == "word"
            and self._tokens[self._at][1].casefold() == word
        )

    def _take_word(self, word: str) -> bool:
        taken = self._is_word(word)
        self._at += taken
        return taken

    def _unexpected(self, expected: str) -> Refusal:
        if self._at >= len(self._tokens):
            return _error(f"Error in the JQL Query: Expecting {expected} but the query ended.")
        return _error(f"Error in the JQL Query: Expecting {expected} but got '{self._tokens[self._at][1]}'.")


def _unquote(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        code = found.group(1)
        return chr(int(code[1:], 16)) if len(code) == 5 else {"n": "\n", "t": "\t", "r": "\r"}.get(code, code)

    return _ESCAPE.sub(plain, text[1:-1])


def _error(message: str) -> Refusal:
    return Refusal(400, message)
