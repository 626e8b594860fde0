"""The rules in force, which of them are off and why, and the versions there were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from pfjira.errors import StateError
from pfjira.ops.roles import Act
from pfjira.state import listings, rule_versions
from pfjira.state.store import Store
from pfjira.tui import words
from pfjira.tui.commands import Command
from pfjira.tui.messages import DetailRead, DocumentRead
from pfjira.tui.screens.view import HeldList
from pfjira.tui.widgets.table import Cell, Column, Table
from pfjira.tui.words import Pair

TONES = {"active": "good", "disabled": "warn", "shadow": "dim", "contradicted": "bad"}
VERSIONS = 200
"""So many versions are shown."""


class Rules(HeldList):
    """The rules."""

    title = "Rules"
    help = (
        "The rules in force. x switches one off, e on again, t runs the file's own tests. Tab leads to the versions, "
        "b goes back to the one under the cursor, u lets the file count again."
    )
    noun = ("rule", "rules")
    empty = "asking: pfjira rules list"
    columns: ClassVar[Sequence[Column]] = (
        Column("rule", 24),
        Column("for", 12),
        Column("makes", 8),
        Column("state", 12),
        Column("reason"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "disable", "Off"),
        Binding("e", "enable", "On"),
        Binding("t", "tests", "Tests"),
        Binding("b", "back", "Go back"),
        Binding("u", "undo", "Undo"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.document: dict[str, Any] | None = None
        self._said = ""
        self._mark: object = None

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield from super().compose()
        yield Table(
            (
                Column("version", 12),
                Column("activated", 11),
                Column("by", 14),
                Column("state", 10),
                Column("file"),
            ),
            self._version,
            lambda row: row[0],
            empty="no version was in force yet",
        )

    @property
    def versions(self) -> Table:
        """The table of versions."""
        return self.query(Table).last()

    @property
    def table(self) -> Table:
        """The table of rules."""
        return self.query(Table).first()

    def cells(self, row: Any) -> Sequence[Cell]:
        """One rule."""
        state = row["state"]
        return (row["id"], ""), (row["for"], ""), (row["make"], ""), (state, TONES.get(state, "")), (row["reason"], "")

    def identity(self, row: Any) -> object:
        """Its id."""
        return row["id"]

    def detail(self, row: Any) -> list[Pair]:
        """One rule, as far as the list tells."""
        place = row["in"] or {}
        return [
            ("rule", row["id"]),
            ("state", f"{row['state']} {row['reason']}".strip()),
            ("makes", f"{row['make']} of each {row['for']}"),
            ("in", f"{place.get('project') or '—'} {place.get('type') or ''}".strip()),
            ("slot", row["slot"] or "its own"),
            ("line", str(row["line"])),
        ]

    def summary(self) -> str:
        """Which rules these are."""
        if self.document is None:
            return self._said or "asking: pfjira rules list"
        found = f"{super().summary()}, version {self.document['version'][: rule_versions.SHORT]}"
        notes = self.document["rules_file"]["notes"]
        return f"{found}. {notes[0]}" if notes else f"{found}, {self.document['file']}"

    def read_again(self) -> None:
        """Ask the state which rules there were, and the program which are in force, where that may have changed."""
        super().read_again()
        self._ask()

    @work(thread=True, exclusive=True, group="rules")
    def _ask(self) -> None:
        try:
            rows, switches = self.board.reader.read(lambda store: (_versions(store), rule_versions.overrides(store)))
        except StateError:
            rows, switches = [], []  # the app says so
        self.post_message(DetailRead("versions", rows))
        mark = (rows, switches, _age_of(self.document["file"]) if self.document else 0)
        if mark != self._mark:  # a running sync moves the state each second, and the rules hardly ever
            document, error = self.board.ask("rules", "list", "--json")
            self._mark = (rows, switches, _age_of(document["file"]) if document else 0)
            self.post_message(DocumentRead("rules", document, error))

    @on(DetailRead)
    def _versions_read(self, event: DetailRead) -> None:
        self.versions.fill(len(event.lines), 0, event.lines, fresh=True)

    @on(DocumentRead)
    def _listed(self, event: DocumentRead) -> None:
        self._said, self.document = event.error, event.document
        self.held = event.document["rules"] if event.document else []
        super().read_again()
        self.tell()

    def _version(self, row: Any) -> Sequence[Cell]:
        digest, file, at, who, state = row
        return (
            (digest[: rule_versions.SHORT], ""),
            (words.brief(at), ""),
            (who, ""),
            (state, "good" if state == "in force" else "warn"),
            (file, "dim"),
        )

    def _chosen(self) -> str | None:
        return str(self.table.row["id"]) if self.table.row is not None else None

    def action_disable(self) -> None:
        """Switch the rule off."""
        if rule := self._chosen():
            purpose = f"Switch {rule} off: nothing is planned for it, its issues stay. Say why, for the others."
            self.board.act(Command(("rules", "disable", rule, "--why", "{}"), Act.SWITCH, purpose, asks="why"))

    def action_enable(self) -> None:
        """Switch the rule on again."""
        if rule := self._chosen():
            self.board.act(Command(("rules", "enable", rule), Act.SWITCH, f"Switch {rule} on again."))

    def action_tests(self) -> None:
        """Run the file's own tests."""
        self.board.act(Command(("rules", "test"), Act.TEST, "Run the tests of the rules file.", writes=False))

    def action_back(self) -> None:
        """Put the version under the cursor in force."""
        row = self.versions.row
        if row is None or row[4] == "in force":
            self.board.complain("Choose another version than the one in force: Tab leads to the versions.")
            return
        short = row[0][: rule_versions.SHORT]
        purpose = f"Put version {short} in force. The present file is set aside until it changes."
        self.board.act(Command(("rules", "rollback", short), Act.ROLLBACK, purpose))

    def action_undo(self) -> None:
        """Let the file count again."""
        purpose = "Let the rules file count again."
        self.board.act(Command(("rules", "rollback", "--undo"), Act.ROLLBACK, purpose))


def _age_of(file: str) -> int:
    """Return when the file was written last; 0 where that cannot be told."""
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0


def _versions(store: Store) -> list[Any]:
    held = rule_versions.in_force(store)
    rows = listings.window(store, listings.VERSIONS, "", 0, VERSIONS, VERSIONS)
    return [
        (
            digest,
            file,
            at,
            who,
            "" if held is None else "in force" if held.hash == digest else "set aside" if held.aside == digest else "",
        )
        for digest, file, _, _, _, at, who in rows
    ]
