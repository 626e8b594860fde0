"""The logs of every process, live: follow, hold still, filter, search, copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from pfjira.tui import words
from pfjira.tui.logs import LEVELS, Follower, Line
from pfjira.tui.messages import LinesRead
from pfjira.tui.screens.view import HeldList
from pfjira.tui.widgets.table import Cell, Column
from pfjira.tui.words import Pair

KEEP = 50_000
"""So many lines are held; the oldest go first."""
TONES = {0: "dim", 1: "", 2: "warn", 3: "bad"}


class Logs(HeldList):
    """What every process says."""

    title = "Logs"
    help = (
        "The log files of timer runs, receiver and everything else, in one stream. f follows or holds still, l hides "
        "what is less grave, / searches, y copies the line."
    )
    noun = ("line", "lines")
    empty = "no log lines yet"
    columns: ClassVar[Sequence[Column]] = (
        Column("time", 14),
        Column("level", 8),
        Column("event", 22),
        Column("message"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow"),
        Binding("l", "level", "Level"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.follows = True
        self.least = 0
        self._error = ""
        self._files: Follower | None = None

    def on_mount(self) -> None:
        """Begin to follow."""
        self._files = Follower(self.board.setting.logs)
        self.set_interval(1.0, self._poll)
        self._poll()

    def on_unmount(self) -> None:
        """Let the files go."""
        if self._files is not None:
            self._files.close()

    def moved(self, *, seen: bool) -> None:
        """Do nothing: the state is not what is shown here."""

    def cells(self, row: Any) -> Sequence[Cell]:
        """One line."""
        line: Line = row
        tone = TONES[line.rank]
        return (
            (words.moment(line.at, seconds=True)[5:] if line.at else "", "dim"),
            (line.level, tone),
            (line.event, ""),
            (line.text, tone),
        )

    def identity(self, row: Any) -> object:
        """Return what names the line itself: two may say the same."""
        return id(row)

    def detail(self, row: Any) -> list[Pair]:
        """Everything that the line says."""
        line: Line = row
        return list(line.parts)

    def wanted(self, row: Any) -> bool:
        """Whether it is grave enough and holds what is looked for."""
        return row.rank >= self.least and (not self.text or super().wanted(row))

    def read_again(self) -> None:
        """Show what passes; a table that follows stands on the newest line."""
        rows = [row for row in self.held if self.wanted(row)] if self.text or self.least else self.held
        self.table.fill(len(rows), 0, rows, fresh=True, stay=not self.follows)
        if self.follows:
            self.table.cursor = len(rows) - 1

    def summary(self) -> str:
        """How many lines, and which."""
        if self._error:
            return self._error
        held = "following" if self.follows else "held still (f follows)"
        level = f", {LEVELS[self.least]} and graver" if self.least else ""
        empty = f": {self.board.setting.logs} holds no log files yet" if not self.held else ""
        return f"{super().summary()}{level}, {held}{empty}"

    def action_follow(self) -> None:
        """Follow, or hold still."""
        self.follows = not self.follows
        self.read_again()
        self.tell()

    def action_level(self) -> None:
        """Hide what is less grave, step by step."""
        self.least = (self.least + 1) % len(LEVELS)
        self.read_again()
        self.tell()

    @work(thread=True, exclusive=True, group="logs")
    def _poll(self) -> None:
        if self._files is None:
            return
        try:
            lines, error = self._files.poll(), ""
        except OSError as trouble:
            lines, error = [], f"The logs cannot be read: {trouble.strerror} ({trouble.filename})."
        if lines or error != self._error:
            self.post_message(LinesRead(lines, error))

    @on(LinesRead)
    def _grown(self, event: LinesRead) -> None:
        self._error = event.error
        self.held = [*self.held, *event.lines][-KEEP:]
        self.read_again()
        self.tell()
