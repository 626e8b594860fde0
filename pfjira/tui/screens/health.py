"""Health: everything that `pfjira status` says, live."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pfjira.ops.health import Health
from pfjira.ops.roles import Act
from pfjira.tui import words
from pfjira.tui.commands import Command
from pfjira.tui.screens.view import View

MOST = 200
"""Of each list; the screens of their own show all."""


class HealthPage(View):
    """How things stand, in words."""

    title = "Health"
    help = (
        "What `pfjira status` says, live. c runs the preflight: logins, permissions, fields, clock, state. "
        "m makes an issue once more that is gone from Jira."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("c", "check", "Doctor"), Binding("m", "make", "Make again")]

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with VerticalScroll(can_focus=True, classes="page"):
            yield Static(markup=False)

    def aim(self) -> None:
        """Take the keys."""
        self.query_one(VerticalScroll).focus()

    def read_again(self) -> None:
        """Show what the app read last."""
        if self.board.outlook is not None:
            self.query_one(Static).update(said(self.board.outlook.health))

    def action_check(self) -> None:
        """Run the preflight."""
        self.board.act(Command(("doctor",), Act.LOOK, "Look whether everything is well.", writes=False))

    def action_make(self) -> None:
        """Make an issue once more that was deleted in Jira."""
        outlook = self.board.outlook
        if outlook is None or not outlook.gone:
            self.board.complain("No issue that is kept is gone from Jira.")
            return
        # Nobody can be asked by a process that has no terminal: the question was asked here.
        line = ("replay", "{}", "--recreate", "--yes")
        purpose = "Make an issue once more that was deleted by hand; a guard may still stand against it."
        self.board.act(
            Command(line, Act.ADMINISTER, purpose, asks="key of the issue that is gone", suggested=outlook.gone[0])
        )


def said(health: Health) -> Content:
    """Return all of it in words."""
    parts = [Content(f"{health.verdict.upper()}: "), words.plain([health.because]), Content("\n\n")]
    parts.append(words.pairs([(name, str(fact)) for name, fact in health.facts.items()]))
    for title, found in (
        ("dead letters", [f"{one['ref']} {one['action']}: {one['reason']}" for one in health.dead_letters]),
        ("people in review", [f"{one['person']}: {one['reason']}" for one in health.people_in_review]),
        ("conflicts", [f"{one['issue']} {one['field']}  [{one['rule']}]" for one in health.conflicts]),
        ("alerts", [f"{one['cause']}, since {words.moment(one['since'])}: {one['sentence']}" for one in health.alerts]),
        ("rules off", [f"{one['rule']}, by {one['by']} {one['who']}: {one['why']}" for one in health.rules_off]),
    ):
        if found:
            more = [f"  … and {len(found) - MOST} more"] if len(found) > MOST else []
            lines = [f"  {line}" for line in found[:MOST]] + more
            parts += [Content.assemble(("\n" + title + "\n", "bold")), words.plain(lines), Content("\n")]
    return Content("").join(parts)
