"""The pending plan: what the next sync would do, made by `pfjira diff` and carried out exactly as it was read.

A plan holds values. It is kept in memory and, for `sync --plan`, in a private file that goes when the dashboard goes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from pfjira.ops.roles import Act
from pfjira.ops.wording import intended
from pfjira.tui import words
from pfjira.tui.commands import Command
from pfjira.tui.messages import DocumentRead
from pfjira.tui.screens.questions import explained
from pfjira.tui.screens.view import HeldList
from pfjira.tui.widgets.table import Cell, Column
from pfjira.tui.words import Pair

TONES = {
    "create": "good",
    "cancel": "bad",
    "conflict": "warn",
    "dead": "bad",
    "parked": "warn",
    "review": "warn",
    "duplicate": "bad",
    "kept": "dim",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the plan: a change, or something that is left to a person."""

    action: str
    subject: str
    ref: str
    rule: str
    about: str
    fields: tuple[Pair, ...] = ()


class Plan(HeldList):
    """What the next sync would do."""

    title = "Plan"
    help = (
        "What a sync would do now. d makes the plan anew, c carries out exactly this one. Where a guard stands against "
        "it, an admin lets it pass by typing its digest."
    )
    noun = ("line", "lines")
    empty = "d makes the plan: what would a sync do now?"
    columns: ClassVar[Sequence[Column]] = (
        Column("does", 10),
        Column("issue or record", 18),
        Column("what"),
        Column("rule", 16),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "plan", "Plan anew"),
        Binding("c", "carry_out", "Carry out"),
        Binding("e", "explain", "Explain"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.document: dict[str, Any] | None = None
        self.running = False
        self._said = ""
        self._stale = False
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def on_unmount(self) -> None:
        """Let the file with the values go."""
        if self._folder is not None:
            self._folder.cleanup()

    def moved(self, *, seen: bool) -> None:
        """Say that the plan may be stale; it stays as it was read, and a sync refuses it if it is."""
        self._stale = self.document is not None
        if seen:
            self.tell()

    def show(self) -> None:
        """Make the plan at the first look."""
        self.aim()
        if self.old and self.board.allowed(Act.VALUES, quiet=True):
            self.old = False
            self.action_plan()
        self.tell()

    def cells(self, row: Any) -> Sequence[Cell]:
        """One line of the plan."""
        step: Step = row
        return (step.action, TONES.get(step.action, "")), (step.subject, ""), (step.about, ""), (step.rule, "dim")

    def detail(self, row: Any) -> list[Pair]:
        """One line, field by field."""
        step: Step = row
        found = [("does", step.action), ("record", step.ref), ("rule", step.rule)]
        return [*found, *(step.fields or (("about", step.about),))]

    def summary(self) -> str:
        """Say what the plan comes to."""
        if self.running:
            return "asking both systems: pfjira diff …"
        if self._said:
            return self._said
        if self.document is None:
            if not self.board.allowed(Act.VALUES, quiet=True):
                return f"the role {self.board.setting.role} sees no values, and a plan is made of them"
            return "no plan was made yet: d makes one"
        counts = ", ".join(intended(name, count) for name, count in self.document["counts"].items() if count)
        found = f"plan {self.document['digest']}: {counts or 'nothing to write'}"
        found += " (something ran since: d makes it anew)" if self._stale else ""
        guard = self.document["guard"]
        return f"{found}. REFUSED: {guard['reason']}" if guard else found

    def action_plan(self) -> None:
        """Make the plan anew."""
        if not self.running and self.board.allowed(Act.VALUES):
            self.running, self._said, self._stale = True, "", False
            self.tell()
            self._plan()

    def action_explain(self) -> None:
        """Show what the rules make of the record."""
        if self.table.row is not None and self.table.row.ref:
            self.board.act(explained(_short(self.table.row.ref)))

    def action_carry_out(self) -> None:
        """Carry out exactly what was read."""
        if self.document is None or not self.document["changes"]:
            self.board.complain("There is nothing to carry out; d makes the plan anew.")
            return
        digest, guard = self.document["digest"], self.document["guard"]
        words_ = ("sync", "--plan", str(self._file))
        many = words.counted(len(self.document["changes"]), "change")
        if not guard:
            self.board.act(Command(words_, Act.SYNC, f"Carry out exactly plan {digest}: {many}."))
        elif not guard["digest"]:
            self.board.complain(f"No approval helps: {guard['reason']}")
        else:
            self.board.act(
                Command(
                    (*words_, "--approve", digest),
                    Act.APPROVE,
                    f"A guard refused it. {guard['reason']} Type the digest {digest} to let these {many} pass.",
                    must_be=digest,
                )
            )

    @property
    def _file(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="pfjira-plan-")  # mode 0700
        return Path(self._folder.name) / "plan.json"

    @work(thread=True, exclusive=True, group="plan")
    def _plan(self) -> None:
        document, error = self.board.ask("diff", "--json", "-o", str(self._file))
        self.post_message(DocumentRead("plan", document, error))

    @on(DocumentRead)
    def _planned(self, event: DocumentRead) -> None:
        self.running = False
        self._said = event.error
        self.document = event.document
        self.held = list(steps(event.document)) if event.document else []
        self.read_again()
        self.tell()


def steps(document: dict[str, Any]) -> list[Step]:
    """Return the lines of a plan: what is written first, then what is left."""
    found = [_change(one, one["action"]) for one in document["changes"]]
    found += [
        Step(
            "conflict",
            one["issue"],
            one["ref"],
            one["rule"],
            f"{one['field']}: both sides moved",
            (("PeopleForce", words.value(one["ours"])), ("Jira", words.value(one["theirs"]))),
        )
        for one in document["conflicts"]
    ]
    found += [
        Step("failure", _short(one["ref"]), one["ref"], one["rule"], f"{one['field']}: {one['reason']}")
        for one in document["failures"]
    ]
    found += [
        Step("parked", _short(one["ref"]), one["ref"], one["rule"], f"outcome open since {one['since']}")
        for one in document["parked"]
    ]
    found += [
        Step("review", f"person {one['person']}", f"peopleforce/employee/{one['person']}", "", one["reason"])
        for one in document["reviews"]
    ]
    found += [
        Step("missing", one["issue"], one["ref"], "", "Jira does not show the issue") for one in document["missing"]
    ]
    found += [
        Step("duplicate", f"issue {one['issue_id']}", "", "", "bears the mark of another issue of ours")
        for one in document["doubles"]
    ]
    found += [
        Step("withheld", _short(one["ref"]), one["ref"], one["rule"], f"{one['action']} waits: the rule is off")
        for one in document["withheld"]
    ]
    found += [_change(one, "shadow") for one in document["shadows"]]
    found += [
        Step(
            "kept",
            one["issue"],
            one["ref"],
            one["rule"],
            f"{one['field']}: the edit in Jira stays",
            (("PeopleForce", words.value(one["ours"])), ("Jira", words.value(one["theirs"]))),
        )
        for one in document["kept"]
    ]
    return found


def _change(one: dict[str, Any], action: str) -> Step:
    fields = tuple(
        (delta["field"], f"{words.value(delta['before'])} → {words.value(delta['after'])}  ({delta['why']})")
        for delta in one["fields"]
    )
    named = ", ".join(f"{name}: {text.partition(' → ')[2].rpartition('  (')[0]}" for name, text in fields)
    return Step(
        action, one["issue"] or f"{one['project']}: {_short(one['ref'])}", one["ref"], one["rule"], named, fields
    )


def _short(ref: str) -> str:
    return ref.partition("/")[2] or ref
