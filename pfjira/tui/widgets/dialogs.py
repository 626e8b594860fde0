"""What lies above the screens: a question before an act, help, and the terminal that is too small."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from pfjira.tui import words
from pfjira.tui.commands import Command


class Ask(ModalScreen[str | None]):
    """Ask before a command runs: what it is for, its line, what to compare, what to type."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "leave", "No"),
        Binding("enter,y", "agree", "Yes"),
    ]

    def __init__(self, command: Command) -> None:
        super().__init__()
        self.command = command

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with Vertical(classes="dialog"):
            yield Static(words.plain([self.command.purpose]), markup=False)
            if self.command.beside:
                with Horizontal(classes="beside"):
                    for title, text in self.command.beside:
                        with VerticalScroll(classes="side"):
                            yield Static(Content.assemble((title, "bold")), markup=False)
                            yield Static(words.plain(text.split("\n")), markup=False)
            if self.command.asks or self.command.must_be:
                yield Input(self.command.suggested, placeholder=self.command.asks or "the digest")
            yield Static(markup=False, classes="line")
            yield Static("Enter runs it, Esc leaves everything as it is", markup=False, classes="hint")

    def on_mount(self) -> None:
        """Show the line, and take what is typed."""
        self._typed(self.command.suggested)
        for box in self.query(Input):
            box.focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._typed(event.value)

    def _typed(self, text: str) -> None:
        self.query_one(".line", Static).update(words.plain([f"$ {self.command.line(text.strip())}"]))

    @on(Input.Submitted)
    def action_agree(self) -> None:
        """Let it run, if what was asked for was typed."""
        typed = next((box.value.strip() for box in self.query(Input)), "")
        if self.command.must_be and typed != self.command.must_be:
            self.notify("This is not the digest of the plan.", severity="error", markup=False)
        elif self.command.asks and not typed and not self.command.optional:
            self.notify(f"Type the {self.command.asks} first.", severity="error", markup=False)
        elif typed.startswith("-"):
            self.notify("This cannot begin with a dash.", severity="error", markup=False)
        else:
            self.dismiss(typed)

    def action_leave(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)


class Page(ModalScreen[None]):
    """A page of text."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "dismiss", "Close")]

    def __init__(self, text: Content) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with Vertical(classes="dialog wide"), VerticalScroll(can_focus=True):
            yield Static(self.text, markup=False)


class TooSmall(ModalScreen[None]):
    """The terminal is too small to be read."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit", "Quit")]

    def __init__(self, least: tuple[int, int]) -> None:
        super().__init__()
        self.least = least

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield Static(markup=False)

    def on_resize(self) -> None:
        """Say how large it is, and how large it should be."""
        width, height = self.app.size
        self.query_one(Static).update(
            Content(f"{width} x {height} is too small.\n{self.least[0]} x {self.least[1]} is needed.\nq quits.")
        )
