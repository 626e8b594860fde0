"""What is known of the whole file while each of its rules is compiled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pfjira.config import compile_scope
from pfjira.config import rules_schema as schema
from pfjira.config.compile_names import Names
from pfjira.config.compile_scope import Scope
from pfjira.config.complaints import Complaints, Reader, shortened
from pfjira.config.yaml_nodes import Node, Scalar, Sequence, Table
from pfjira.engine.doors import Source
from pfjira.engine.expressions import Maps
from pfjira.engine.grammar import suggest
from pfjira.engine.model import Json

_MOST_SEARCHES = 20
"""How often a near name is looked for among all rules, which takes its time."""


@dataclass
class Facts:
    """The file's own names, and the tools to read it with."""

    complaints: Complaints
    maps: Maps
    targets: Collection[str] = ()
    sources: Mapping[str, Source | None] = field(default_factory=dict)
    """None for one that is declared wrongly, so that only the declaration is complained about."""
    rules: Mapping[str, int] = field(default_factory=dict)
    """Ids of all rules, and of their children, with their lines."""
    keepers: Collection[str] = ()
    """Ids of those that keep an issue."""
    deeds: Collection[str] = ()
    """Ids of those that do something once."""

    def __post_init__(self) -> None:
        self.read = Reader(self.complaints)
        self.names = Names(self.complaints, self.maps)
        self._searches = _MOST_SEARCHES
        self._hooks: dict[str, Scope] = {}

    def kind(self, node: Node | None) -> Scope | None:
        """Return what a rule for a kind may look at, None after a complaint."""
        text = self.read.text(node, "for")
        if node is None or text is None:
            return None
        if not text.startswith("hook."):
            kind = self.read.choice(node, "for", schema.KINDS)
            return None if kind is None else compile_scope.of_kind(kind)
        name = text.removeprefix("hook.")
        if name not in self.sources:
            close = suggest(name, self.sources) or "; declare it under 'sources'"
            self.complaints.add(node, f"there is no source {shortened(name)}{close}")
            return None
        if (source := self.sources[name]) is None:
            return None
        return self._hooks.setdefault(name, compile_scope.of_hook(name, source.fields))

    def keeper(self, node: Node | None, what: str, offset: int = 0, name: str | None = None) -> str | None:
        """Return the id of a rule, or child, that keeps an issue; the id stands in a scalar, or is given."""
        text = name or self.read.text(node, what)
        if not isinstance(node, Scalar) or text is None or text in self.keepers:
            return text
        if text in self.rules:
            self.complaints.at(node, offset, f"{what}: the rule {shortened(text)} keeps no issue")
        else:
            self._searches -= 1
            close = suggest(text, self.keepers) if self._searches >= 0 else ""
            self.complaints.at(node, offset, f"{what}: there is no rule {shortened(text)}{close}")
        return None

    def need(self, table: Table, words: Collection[str], what: str) -> bool:
        """Complain about words that a table lacks; say whether all are there."""
        missing = [word for word in words if table.get(word) is None]
        for word in missing:
            example = schema.EXAMPLES.get(word, "")
            self.complaints.add(table, f"{what} needs {word!r}", f"for example: {example}" if example else "")
        return not missing


def plain(node: Node) -> Json:
    """Return a node as plain data."""
    if isinstance(node, Table):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(part) for part in node.parts]
    return node.value if isinstance(node, Scalar) else None
