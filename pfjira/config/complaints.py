"""Collects what is wrong with a rules file, each with its place, and takes well-formed values out of nodes."""

from __future__ import annotations

import re
from collections.abc import Collection

from pfjira.config.yaml_nodes import Node, Scalar, Sequence, Table, excerpt
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.grammar import suggest
from pfjira.errors import PfjiraError, RulesError

MOST = 200
"""Complaints about one file; whoever has more wants to see the first ones, and not to wait for the others."""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


class Enough(Exception):
    """So much is wrong that nothing more is looked at. Never leaves this package."""


class Complaints:
    """Collects what is wrong with one file, each with its place. Raise Enough when that is too much to tell."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.errors: list[RulesError] = []
        self._lines: list[str] | None = None

    def add(self, node: Node, message: str, hint: str = "") -> None:
        """Note one complaint about a node."""
        self._note(node.line, node.column, message, hint)

    def expression(self, node: Scalar, error: ExpressionError) -> None:
        """Note that the expression in a scalar cannot be used, at the place inside of the scalar."""
        line, column = self.place(node, error.offset)
        self._note(line, column, str(error), "" if error.hint == PfjiraError.usual_hint else error.hint)

    def at(self, node: Scalar, offset: int, message: str, hint: str = "") -> None:
        """Note one complaint about a place inside of a scalar; the offset counts characters of its text from 0."""
        line, column = self.place(node, offset)
        self._note(line, column, message, hint)

    def place(self, node: Scalar, offset: int) -> tuple[int, int]:
        """Return line and column, from 1, of a character of a scalar's text.

        A folded or escaped scalar is not written as its text; then the word at the offset is looked for, and where that
        fails, the start is told.
        """
        written = self.text[node.start : node.end]
        found = written.find(node.text)
        index = found + offset if found >= 0 and node.text else -1
        if index < 0 and (word := re.compile(r"[\w.]+").match(node.text, offset)):
            match = re.search(rf"(?<![\w.]){re.escape(word.group())}(?![\w.])", written)
            index = match.start() if match else -1
        if index < 0:
            return node.line, node.column
        before = written[:index].split("\n")
        return (node.line + len(before) - 1, len(before[-1]) + (node.column if len(before) == 1 else 1))

    def _note(self, line: int, column: int, message: str, hint: str) -> None:
        if self._lines is None:
            self._lines = self.text.splitlines()
        shown = excerpt(self._lines, line, column)
        self.errors.append(RulesError(message, file=self.file, line=line, column=column, hint=hint, excerpt=shown))
        if len(self.errors) >= MOST:
            raise Enough


class Reader:
    """Takes values of the right form out of nodes, complaining about the others."""

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints

    def table(self, node: Node | None, what: str, words: Collection[str]) -> Table | None:
        """Return the node when it is a mapping, after complaining about keys that are no words of it."""
        table = self.mapping(node, what)
        for key, _ in table.entries if table else ():
            if key.text not in words:
                close = suggest(key.text, words)
                self.complaints.add(key, f"unknown word {shortened(key.text)} in {what}{close}")
        return table

    def mapping(self, node: Node | None, what: str) -> Table | None:
        """Return the node when it is a mapping, whatever its keys."""
        if isinstance(node, Table):
            return node
        if node is not None:
            self.complaints.add(node, f"{what} must be a mapping (name: value)")
        return None

    def parts(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """Return the members of a list."""
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self.complaints.add(node, f"{what} must be a list")
            return ()
        return node.parts

    def one_or_more(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """Return the members of a list, or a single value as one."""
        return (node,) if isinstance(node, Scalar) else self.parts(node, what)

    def text(self, node: Node | None, what: str) -> str | None:
        """Return a text that is not empty; numbers count as their digits."""
        if node is None:
            return None
        if isinstance(node, Scalar) and not isinstance(node.value, bool | None) and node.text.strip():
            return node.text
        self.complaints.add(node, f"{what} must be a text")
        return None

    def whole(self, node: Node | None, what: str, largest: int) -> int | None:
        """Return a whole number from 0 on."""
        if node is None:
            return None
        if isinstance(node, Scalar) and type(node.value) is int and 0 <= node.value <= largest:
            return node.value
        self.complaints.add(node, f"{what} must be a whole number from 0 to {largest}")
        return None

    def truth(self, node: Node | None, what: str) -> bool:
        """Return true or false; false when nothing is said."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        if node is not None:
            self.complaints.add(node, f"{what} must be true or false")
        return False

    def choice(self, node: Node | None, what: str, known: Collection[str]) -> str | None:
        """Return one of the known words."""
        text = self.text(node, what)
        if node is None or text is None or text in known:
            return text
        close = suggest(text, known) or f", use one of: {', '.join(known)}"
        self.complaints.add(node, f"{what}: unknown {shortened(text)}{close}")
        return None

    def name(self, node: Node | None, what: str) -> str | None:
        """Return a name in small letters, digits and hyphens."""
        text = self.text(node, what)
        if node is None or text is None:
            return None
        if len(text) <= 64 and _NAME.fullmatch(text):
            return text
        self.complaints.add(node, f"{what} must be small letters, digits and hyphens, beginning with a letter")
        return None


def shortened(text: str) -> str:
    """Return a word of the file in quotes, cut where it is no word but a page."""
    return repr(text if len(text) <= 60 else text[:59] + "…")
