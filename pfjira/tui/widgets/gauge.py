"""One line of a name, a number and its history in bars, as many as there is room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from pfjira.tui.words import bars

KEPT = 240
LABEL = 26
"""Letters before the bars."""


class Gauge(Widget):
    """A small graph from zero to its top."""

    def __init__(self, title: str, *, name: str = "", top: float = 0) -> None:
        super().__init__(id=f"gauge-{name or title}")
        self.title, self.top, self.text = title, top, ""
        self.values: deque[float] = deque(maxlen=KEPT)

    def add(self, value: float, text: str) -> None:
        """Take one more value."""
        self.values.append(value)
        self.text = text
        self.refresh()

    def replace(self, values: Sequence[float], text: str) -> None:
        """Show these values, the largest of which is the top."""
        self.values = deque(values, maxlen=KEPT)
        self.top, self.text = max(values, default=0), text
        self.refresh()

    def render(self) -> Content:
        """Draw the line."""
        drawn = bars(list(self.values), self.top, max(1, self.size.width - LABEL - 1))
        return Content(f"{f'{self.title:8}{self.text}':{LABEL}} {drawn}")
