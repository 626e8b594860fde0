"""The vocabulary of rules.yaml, and the complaints about words outside of it.

A word of the full language that this version cannot carry out is refused by name: a rule that is silently read as less
than it says would be worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches

from pfjira.config.yaml_nodes import Node, Scalar, Sequence, Table, excerpt
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.grammar import suggest
from pfjira.errors import PfjiraError, RulesError

FILE_WORDS = ("version", "timezone", "label", "maps", "people", "guards", "rules")
FILE_LATER = ("tests", "targets", "sources")
RULE_WORDS = (
    "id", "for", "slot", "when", "key", "make", "in", "set", "done_when", "close", "cancel_when", "cancel", "back",
    "fallback",
)  # fmt: skip
RULE_LATER = ("children", "follow_until", "adopt", "shadow", "tests")
KIND_LATER = ("employee", "position", "termination", "leave", "assignment", "candidate", "team", "hook")
MAKE_LATER = ("request", "comment", "worklog", "member", "update", "task", "post")
IN_WORDS = ("project", "type")
VALUE_FORMS = ("value", "html", "person", "option")
VALUE_WORDS = (*VALUE_FORMS, "add", "remove", "own")
VALUE_LATER = ("markdown", "allow_sensitive")
CLOSE_WORDS = ("to", "resolution", "comment", "fields")
CLOSE_LATER = ("children",)
BACK_WORDS = ("when", "do")
BACK_LATER = ("set", "note", "own", "issue", "return")
LIMIT_WORDS = ("max", "percent")
MATCHES = ("email",)
MATCHES_LATER = ("employee_number",)

ISSUE_WORDS = ("in", "set", "done_when", "close", "cancel_when", "cancel", "back", "fallback", "key")
"""What only a rule that makes an issue may say."""

SYSTEM_FIELDS = (
    "summary", "description", "duedate", "assignee", "reporter", "priority", "labels", "components", "fixVersions",
    "environment", "parent", "resolution",
)  # fmt: skip
_BY_NAME = {name.casefold(): name for name in SYSTEM_FIELDS} | {"due date": "duedate", "fix versions": "fixVersions"}
PEOPLE_FIELDS = ("assignee", "reporter")
NAMED_FIELDS = ("priority", "components", "fixVersions", "resolution")

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


class Complaints:
    """Collects what is wrong with one file, each with its place."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.errors: list[RulesError] = []

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
        shown = excerpt(self.text, line, column)
        self.errors.append(RulesError(message, file=self.file, line=line, column=column, hint=hint, excerpt=shown))


class Reader:
    """Takes values of the right form out of nodes, complaining about the others."""

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints

    def table(self, node: Node | None, what: str, words: Collection[str], later: Collection[str] = ()) -> Table | None:
        """Return the node when it is a mapping, after complaining about keys that are no words of it."""
        if not isinstance(node, Table):
            if node is not None:
                self.complaints.add(node, f"{what} must be a mapping (name: value)")
            return None
        for key, _ in node.entries:
            if key.text in later:
                self.complaints.add(key, f"{key.text!r} is not yet supported by this version")
            elif key.text not in words:
                self.complaints.add(key, f"unknown word {key.text!r} in {what}{suggest(key.text, words)}")
        return node

    def parts(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """Return the members of a list."""
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self.complaints.add(node, f"{what} must be a list")
            return ()
        return node.parts

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

    def choice(self, node: Node | None, what: str, known: Collection[str], later: Collection[str] = ()) -> str | None:
        """Return one of the known words."""
        text = self.text(node, what)
        if node is None or text is None or text in known:
            return text
        if text in later or (text.startswith("hook.") and "hook" in later):
            self.complaints.add(node, f"'{what}: {text}' is not yet supported by this version")
        else:
            close = suggest(text, known) or f", use one of: {', '.join(known)}"
            self.complaints.add(node, f"{what}: unknown {text!r}{close}")
        return None

    def name(self, node: Node | None, what: str) -> str | None:
        """Return a name in small letters, digits and hyphens."""
        text = self.text(node, what)
        if node is None or text is None:
            return None
        if _NAME.fullmatch(text) and len(text) <= 64:
            return text
        self.complaints.add(node, f"{what} must be small letters, digits and hyphens, beginning with a letter")
        return None

    def jira_field(self, key: Scalar) -> str | None:
        """Return a Jira field's id where it is known here, else its name for the live check; refuse likely typos."""
        name = key.text.strip()
        if (known := _BY_NAME.get(name.casefold())) is not None:
            return known
        if not name:
            self.complaints.add(key, "a field needs a name")
            return None
        if re.fullmatch(r"customfield_\d+", name):
            return name
        if re.fullmatch(r"[a-z][A-Za-z_]*", name):
            close = get_close_matches(name.replace("_", ""), SYSTEM_FIELDS, n=1, cutoff=0.75)
            if close or name.startswith("customfield"):
                wanted = close[0] if close else "customfield_10051"
                self.complaints.add(key, f"unknown field {name!r}, did you mean {wanted!r}?")
                return None
        return name
