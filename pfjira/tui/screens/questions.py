"""Lists that wait for a person: who is who, conflicts, and what a system refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from pfjira.engine.people import Doubt
from pfjira.ops.roles import Act
from pfjira.state import listings
from pfjira.state.listings import Listing
from pfjira.tui import words
from pfjira.tui.commands import Command
from pfjira.tui.messages import DocumentRead
from pfjira.tui.screens.view import StateList
from pfjira.tui.widgets.table import Cell, Column
from pfjira.tui.words import Pair

SIDES = {"peopleforce": "PeopleForce", "jira": "Jira"}


class People(StateList):
    """Who is which account."""

    title = "People"
    help = "Which person of PeopleForce is which Atlassian account. Those about whom you are asked come first."
    listing = listings.PEOPLE
    noun = ("person", "people")
    empty = "nobody is known yet"
    columns: ClassVar[Sequence[Column]] = (
        Column("person", 10),
        Column("account", 20),
        Column("state", 8),
        Column("reason, or how it is known"),
        Column("since", 11, wide=True),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "link", "Link"),
        Binding("u", "unlink", "Unlink"),
        Binding("v", "review", "Only review"),
    ]
    only_review = False

    def narrowed(self) -> Listing:
        """Everybody, or only those in review."""
        return listings.REVIEW if self.only_review else self.listing

    def cells(self, row: Any) -> Sequence[Cell]:
        """One person."""
        one = self.named(row)
        return (
            (one["hr_id"], ""),
            (one["account_id"] or "—", "" if one["account_id"] else "dim"),
            self._state(one),
            (self._reason(one) or f"by {one['matched_by']} {one['linked_by']}", ""),
            (words.brief(one["since"] or one["checked_at"]), "dim"),
        )

    def identity(self, row: Any) -> object:
        """Return the HR id."""
        return row[0]

    def detail(self, row: Any) -> list[Pair]:
        """One person, whole."""
        one = self.named(row)
        found = [
            ("person", one["hr_id"]),
            ("account", one["account_id"] or "none"),
            ("state", self._state(one)[0]),
            ("known by", f"{one['matched_by'] or '—'} {one['linked_by']}".strip()),
            ("since", words.moment(one["since"] or one["checked_at"])),
        ]
        if reason := self._reason(one):
            found += [("reason", reason), ("may be meant", one["suggested"] or "nobody is known")]
        return found

    def _state(self, one: dict[str, Any]) -> Cell:
        """Return how a person stands; a doubt for whose sake nothing waits asks nobody."""
        if one["hr_id"] in self._in_review():
            return "review", "warn"
        return ("linked", "good") if one["account_id"] else ("unknown", "dim")

    def _reason(self, one: dict[str, Any]) -> str:
        return self._in_review().get(one["hr_id"]) or _doubt(one)

    def _in_review(self) -> dict[str, str]:
        outlook = self.board.outlook
        return {one["person"]: one["reason"] for one in outlook.health.people_in_review} if outlook else {}

    def summary(self) -> str:
        """How many there are."""
        return super().summary() + (", only those in review (v shows all)" if self.only_review else "")

    def action_review(self) -> None:
        """Show everybody, or only those in review."""
        self.only_review = not self.only_review
        self.table.cursor = 0
        self.read_again()

    def action_link(self) -> None:
        """Say whose account it is."""
        if self.table.row is None:
            return
        one = self.named(self.table.row)
        also = ("--also",) if one["doubt"] == Doubt.HELD.name else ()
        suggested = one["suggested"].split()
        self.board.act(
            Command(
                ("people", "link", one["hr_id"], "{}", *also),
                Act.LINK,
                f"Say which account person {one['hr_id']} is: an account id, or an address that leads to it. "
                "Your word stands above everything else.",
                asks="account",
                suggested=suggested[0] if len(suggested) == 1 else "",
            )
        )

    def action_unlink(self) -> None:
        """Take a link back."""
        if self.table.row is not None:
            hr_id = self.named(self.table.row)["hr_id"]
            purpose = f"Take the link of person {hr_id} back; the person then waits for your word."
            self.board.act(Command(("people", "unlink", hr_id), Act.LINK, purpose))


class Conflicts(StateList):
    """Fields that both sides moved."""

    title = "Conflicts"
    help = "Fields that both sides moved. v reads both values; < takes PeopleForce's, > Jira's, once you saw them."
    listing = listings.CONFLICTS
    noun = ("conflict", "conflicts")
    empty = "nothing is asked; both sides agree on every field that both may change"
    columns: ClassVar[Sequence[Column]] = (
        Column("issue", 12),
        Column("field", 20),
        Column("record", 18),
        Column("rule"),
        Column("since", 11),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "values", "Values"),
        Binding("less_than_sign", "take('peopleforce')", "PeopleForce", key_display="<"),
        Binding("greater_than_sign", "take('jira')", "Jira", key_display=">"),
        Binding("e", "explain", "Explain"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[object, tuple[str, str]] = {}
        self._wanted_side: tuple[object, str] | None = None

    def cells(self, row: Any) -> Sequence[Cell]:
        """One conflict."""
        one = self.named(row)
        record = f"{one['kind']}/{one['id']}"
        since = words.brief(one["first_seen"])
        return (one["issue_key"], ""), (one["field"], "warn"), (record, ""), (one["rule"], "dim"), (since, "dim")

    def identity(self, row: Any) -> object:
        """Issue and field."""
        return row[:2]

    def detail(self, row: Any) -> list[Pair]:
        """One conflict, with both values once they were read."""
        one = self.named(row)
        found = [("issue", one["issue_key"]), ("field", one["field"]), ("rule", one["rule"])]
        values = self._values.get(self.identity(row))
        if values is None:
            return [*found, ("values", "v reads what both sides show")]
        return [*found, *zip(SIDES.values(), values, strict=True)]

    def action_values(self) -> None:
        """Read what both sides show."""
        self._wanted_side = None
        self._ask()

    def _ask(self) -> None:
        if self.board.allowed(Act.VALUES):
            self.board.remark("asking both systems: pfjira conflicts list --values")
            self._read_values()

    def action_take(self, side: str) -> None:
        """Let one side win, when both values were seen."""
        row = self.table.row
        if row is None or not self.board.ready(Act.RESOLVE):
            return
        if self.identity(row) not in self._values:
            self._wanted_side = (self.identity(row), side)
            self._ask()
            return
        one, values = self.named(row), self._values[self.identity(row)]
        self.board.act(
            Command(
                ("conflicts", "resolve", one["issue_key"], one["field"], "--take", side),
                Act.RESOLVE,
                f"Let {SIDES[side]} win in {one['issue_key']}, field {one['field']}; it is carried out at once.",
                beside=tuple(zip(SIDES.values(), values, strict=True)),
            )
        )

    def action_explain(self) -> None:
        """Show what the rules make of the issue."""
        if self.table.row is not None:
            self.board.act(explained(self.named(self.table.row)["issue_key"]))

    @work(thread=True, exclusive=True, group="values")
    def _read_values(self) -> None:
        document, error = self.board.ask("conflicts", "list", "--values", "--json")
        self.post_message(DocumentRead("values", document, error))

    @on(DocumentRead)
    def _values_read(self, event: DocumentRead) -> None:
        if event.error:
            self.board.complain(event.error)
            return
        self._values = {
            (one["issue"], one["field"]): (words.value(one["ours"]), words.value(one["theirs"]))
            for one in event.document["conflicts"]
        }
        self._told()
        row, wanted, self._wanted_side = self.table.row, self._wanted_side, None
        if row is not None and wanted is not None and wanted[0] == self.identity(row):
            if wanted[0] in self._values:
                self.action_take(wanted[1])
            else:
                self.board.complain("Both sides do not show this conflict any more; the next run clears it.")


class Letters(StateList):
    """What a system refused for good."""

    title = "Dead letters"
    help = "Writes that a system refused. p shows what would be done today, t tries it again, e explains the record."
    listing = listings.LETTERS
    noun = ("dead letter", "dead letters")
    empty = "no dead letters: nothing was refused"
    columns: ClassVar[Sequence[Column]] = (
        Column("last seen", 11),
        Column("record", 16),
        Column("action", 9),
        Column("code", 4, wide=True),
        Column("tries", 5, wide=True),
        Column("reason"),
        Column("rule", 20, wide=True),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "preview", "Preview"),
        Binding("t", "replay", "Try again"),
        Binding("e", "explain", "Explain"),
    ]

    def cells(self, row: Any) -> Sequence[Cell]:
        """One dead letter."""
        one = self.named(row)
        return (
            (words.brief(one["last_seen"]), ""),
            (f"{one['kind']}/{one['id']}", ""),
            (one["action"], ""),
            (str(one["status"]), "bad"),
            (str(one["attempts"]), "dim"),
            (one["reason"], ""),
            (one["rule"], "dim"),
        )

    def identity(self, row: Any) -> object:
        """Rule, record and action."""
        return row[1:5]

    def detail(self, row: Any) -> list[Pair]:
        """One dead letter, whole."""
        one = self.named(row)
        return [
            ("record", f"{one['kind']}/{one['id']}"),
            ("rule", one["rule"]),
            ("action", one["action"]),
            ("reason", f"{one['status']}: {one['reason']}"),
            ("seen", f"{words.moment(one['first_seen'])} to {words.moment(one['last_seen'])}"),
            ("tried", words.counted(one["attempts"], "time")),
            ("again", "when the record or the rules change, by a full sweep, or by t"),
        ]

    def _letter(self) -> str:
        """Return what the command line calls the letter under the cursor."""
        one = self.named(self.table.row)
        return str(one["number"] if "number" in one else f"{one['kind']}/{one['id']}")

    def action_preview(self) -> None:
        """Show what would be done today."""
        if self.table.row is not None:
            purpose = "Show what would be done today, under today's rules."
            self.board.act(Command(("replay", "--diff", self._letter()), Act.VALUES, purpose, writes=False))

    def action_replay(self) -> None:
        """Try it again."""
        if self.table.row is not None:
            purpose = f"Plan {self._letter()} anew, under today's rules, and carry it out."
            self.board.act(Command(("replay", self._letter()), Act.REPLAY, purpose))

    def action_explain(self) -> None:
        """Show what the rules make of the record."""
        if self.table.row is not None:
            one = self.named(self.table.row)
            self.board.act(explained(f"{one['kind']}/{one['id']}"))


def explained(subject: str) -> Command:
    """Return the command that explains a record or an issue."""
    return Command(("explain", subject), Act.VALUES, "Show what each rule makes of it.", writes=False)


def _doubt(one: dict[str, Any]) -> str:
    return Doubt[one["doubt"]].says(tuple(one["others"].split())) if one["doubt"] else ""
