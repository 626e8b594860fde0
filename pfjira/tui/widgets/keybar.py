"""The line of keys at the bottom: those of the screen, then those that go everywhere, as many as have room whole."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widget import Widget

RANKS = ("help", "", "arm", "sync", "pause", "search", "quit")
"""Which go last where there is little room; the empty one stands for the screen's own."""
Piece = tuple[str, str, str]


class KeyBar(Widget):
    """One line; where it is too narrow for all keys, `?` tells of the others."""

    def on_mount(self) -> None:
        """Draw again whenever other keys can be pressed."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def _pieces(self) -> list[Piece]:
        """Return key, how it is shown, and what it does, of all that fit."""
        shown = {
            one.binding.action: (one.binding.key, self.app.get_key_display(one.binding), one.binding.description)
            for one in self.screen.active_bindings.values()
            if one.binding.show
        }
        room, kept = self.size.width, set[str]()
        for action in sorted(shown, key=_rank):
            room -= _width(shown[action])
            if room < 0:
                break
            kept.add(action)
        return [piece for action, piece in shown.items() if action in kept]

    def render(self) -> Content:
        """Draw them."""
        return Content("").join(
            Content.assemble((key, "bold"), f" {description} ") for _, key, description in self._pieces()
        )

    def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        place = 0
        for piece in self._pieces():
            place += _width(piece)
            if event.x < place:
                self.app.simulate_key(piece[0])
                return


def _rank(action: str) -> int:
    return RANKS.index(action) if action in RANKS else RANKS.index("")


def _width(piece: Piece) -> int:
    return len(piece[1]) + len(piece[2]) + 2
