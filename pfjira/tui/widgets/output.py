"""The output of a command, live. The command is the app's: this may be closed and shown again while it goes on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Log, Static

from pfjira.tui import words
from pfjira.tui.commands import LINES, Running

OUTCOMES = {
    0: "done",
    1: "done, but something is left",
    2: "the command line was not understood",
    65: "refused by a guard; nothing was written",
    74: "the state file cannot be used",
    75: "another run works, or a system asked to slow down: later",
    77: "not allowed",
    78: "configuration, or no such thing",
    130: "interrupted; nothing is lost",
}


class Output(ModalScreen[None]):
    """A command that runs, or has run, and what it says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close"),
        Binding("ctrl+c", "interrupt", "Interrupt"),
        Binding("y", "copy", "Copy"),
    ]

    def __init__(self, running: Running) -> None:
        super().__init__()
        self.running = running

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with Vertical(classes="dialog wide"):
            yield Static(words.plain([f"$ {self.running.line}"]), markup=False, classes="line")
            yield Log(max_lines=LINES)
            yield Static(markup=False, classes="hint", id="outcome")

    def on_mount(self) -> None:
        """Show what it has said so far."""
        self.query_one(Log).write_lines(list(self.running.said))
        self.query_one(Log).focus()
        self.tell()

    def take(self, lines: list[str]) -> None:
        """Show more lines."""
        self.query_one(Log).write_lines(lines)

    def tell(self) -> None:
        """Say how it stands."""
        code = self.running.code
        if code is None:
            text = "runs … Esc closes this and lets it go on (o shows it again), Ctrl-C interrupts it"
        else:
            text = f"exit {code}: {OUTCOMES.get(code, 'failed')}. Esc closes, y copies"
        self.query_one("#outcome", Static).update(words.plain([text]))

    def action_interrupt(self) -> None:
        """Ask the command to end."""
        self.running.interrupt()

    def action_copy(self) -> None:
        """Hand all that was said to the terminal's clipboard."""
        self.app.copy_to_clipboard("\n".join(self.running.said))
