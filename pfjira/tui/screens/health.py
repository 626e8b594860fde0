"""Health: everything that `pfjira status` says, live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pfjira.ops.health import Health
from pfjira.ops.roles import Act
from pfjira.tui import words
from pfjira.tui.commands import Command
from pfjira.tui.messages import DocumentRead
from pfjira.tui.screens.plan import steps
from pfjira.tui.screens.view import View
from pfjira.tui.widgets.dialogs import Ask

MOST = 200
"""Of each list; the screens of their own show all."""


class HealthPage(View):
    """How things stand, in words."""

    title = "Health"
    help = (
        "What `pfjira status` says, live. c runs the preflight: logins, permissions, fields, clock, state. "
        "m makes an issue once more that is gone from Jira, p shows what would be made."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "check", "Doctor"),
        Binding("p", "preview", "Preview"),
        Binding("m", "make", "Make again"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._wanted = ""
        """Key of the issue whose preview is awaited; an answer about another one is late."""

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

    def action_preview(self) -> None:
        """Show what would be made in the place of an issue that is gone."""
        if gone := self._gone():
            self.board.act(_preview(gone))

    def action_make(self) -> None:
        """Make an issue once more that was deleted in Jira; what would be made is read first and shown."""
        if not (gone := self._gone()) or not self.board.ready(Act.ADMINISTER):
            return

        def chosen(key: str | None) -> None:
            if key is not None:
                self._look_up(key)

        if len(gone) == 1:
            self._look_up(gone[0])
        else:
            self.board.push_screen(Ask(_preview(gone)), chosen)

    def _gone(self) -> Sequence[str]:
        """Return the keys of issues that are gone from Jira; tell the person where there is none."""
        gone = self.board.outlook.gone if self.board.outlook is not None else ()
        if not gone:
            self.board.complain("No issue that is kept is gone from Jira.")
        return gone

    def _look_up(self, key: str) -> None:
        self._wanted = key
        self.board.remark(f"asking both systems: {_preview([key]).line()}")
        self._read(key)

    @work(thread=True, exclusive=True, group="preview")
    def _read(self, key: str) -> None:
        document, error = self.board.ask(*_preview([key]).words, "--json")
        self.post_message(DocumentRead(key, document, error))

    @on(DocumentRead)
    def _looked_up(self, event: DocumentRead) -> None:
        """Ask, with what would be made before the person's eyes."""
        key, found = event.topic, event.document
        if key != self._wanted:
            return
        self._wanted = ""
        if event.error or not found["changes"]:
            why = (
                event.error or "; ".join(f"{one.action}: {one.about}" for one in steps(found)) or "the rules want none"
            )
            self.board.complain(f"Nothing is made in the place of {key}: {why}")
            return
        # Nobody can be asked by a process that has no terminal: the question was asked here.
        line = ("replay", key, "--recreate", "--yes")
        purpose = f"Make in the place of {key}, which stays deleted, what is shown here."
        shown, guard = (("It makes", _made(found)),), found["guard"]
        if not guard:
            self.board.act(Command(line, Act.ADMINISTER, purpose, beside=shown))
        elif not guard["digest"]:
            self.board.complain(f"No approval helps: {guard['reason']}")
        else:
            purpose += f" A guard refused it. {guard['reason']} Type the digest {guard['digest']} to let it pass."
            approved = (*line, "--approve", guard["digest"])
            self.board.act(Command(approved, Act.APPROVE, purpose, must_be=guard["digest"], beside=shown))


def _preview(gone: Sequence[str]) -> Command:
    """Return the command that shows what would be made; where several are gone, it asks for which."""
    several = len(gone) > 1
    return Command(
        ("replay", "--diff", "--recreate", "{}" if several else gone[0]),
        Act.ADMINISTER,
        "Show what would be made in the place of an issue that was deleted by hand; nothing is written.",
        writes=False,
        asks="key of the issue that is gone" if several else "",
        suggested=gone[0] if several else "",
    )


def _made(plan: dict[str, Any]) -> str:
    """Return what a plan makes, field by field, and what it leaves."""
    lines: list[str] = []
    for step in steps(plan):
        said, rule = "" if step.fields else f": {step.about}", f"  [{step.rule}]" if step.rule else ""
        lines.append(f"{step.action} {step.subject}{said}{rule}")
        lines += [f"  {name}: {text}" for name, text in step.fields]
    return "\n".join(lines)


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
