"""The line of tabs: every screen with its key, short where the terminal is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

ROOMY = 112
SHORT = {"Overview": "Over", "Conflicts": "Confl", "Dead letters": "Dead", "Deliveries": "Deliv"}


class Tabs(Widget):
    """One line."""

    current: reactive[str] = reactive("")

    @dataclass
    class Chosen(Message):
        """Somebody pointed at a tab."""

        name: str

    def __init__(self, tabs: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._tabs = tabs

    def _pieces(self) -> list[tuple[str, str, str]]:
        """Return key, word and name of each, as they are shown."""
        narrow = self.app.size.width < ROOMY
        return [
            ("-" if key == "minus" else key, SHORT.get(title, title) if narrow else f" {title}", name)
            for key, title, name in self._tabs
        ]

    def render(self) -> Content:
        """Draw all of them, the one that is shown reversed."""
        parts = [
            Content.assemble((f"{key}{word}", "reverse bold"), " ")
            if name == self.current
            else Content.assemble((key, "bold"), (word, "dim"), " ")
            for key, word, name in self._pieces()
        ]
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        place = 0
        for key, word, name in self._pieces():
            place += len(key + word) + 1
            if event.x < place:
                self.post_message(self.Chosen(name))
                return
