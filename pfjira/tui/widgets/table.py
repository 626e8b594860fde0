"""A table of any length that holds and draws only what is seen. Textual's own draws 100,000 rows for twelve seconds.

It asks for rows by posting `Wanted` and shows them when they are handed in; it never reads anything itself. A cell is a
text and a tone. Texts are made visible here, at the border to the screen, and never read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pfjira.engine.visible import visible

PAGE = 200
PAGES = 30
"""So many pages are kept; what was seen longest ago goes first."""

Cell = tuple[str, str]
"""Text and tone: good, warn, bad, dim, or nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; a width of 0 shares what is left, `least` columns at least."""

    title: str
    width: int = 0
    least: int = 8
    wide: bool = False
    """Shown where there is room only."""


class Table(ScrollView, can_focus=True):
    """A table with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"table--{part}" for part in ("head", "cursor", "good", "warn", "bad", "dim", "empty")
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home,g", "jump(False)", "First", show=False),
        Binding("end,G", "jump(True)", "Last", show=False),
    ]

    cursor: reactive[int] = reactive(0)
    total: reactive[int] = reactive(0)

    @dataclass
    class Wanted(Message):
        """The table needs the rows of a page."""

        table: Table
        first: int
        many: int

    @dataclass
    class Moved(Message):
        """The cursor stands on another row, or the row under it changed."""

        table: Table

    def __init__(
        self,
        columns: Sequence[Column],
        draw: Callable[[Any], Sequence[Cell]],
        identity: Callable[[Any], object],
        *,
        empty: str = "",
    ) -> None:
        super().__init__()
        self.columns, self.draw, self.identity, self.empty = columns, draw, identity, empty
        self._pages: dict[int, Sequence[Any]] = {}
        self._asked: set[int] = set()
        self._strips: dict[tuple[int, int, bool], Strip] = {}

    @property
    def row(self) -> Any:
        """The row under the cursor; None where there is none, or it is not there yet."""
        return self._row(self.cursor)

    def known(self) -> list[Any]:
        """Return the rows that are held just now."""
        return [row for number in sorted(self._pages) for row in self._pages[number]]

    def fill(self, total: int, first: int, rows: Sequence[Any], *, fresh: bool, stay: bool = True) -> None:
        """Take in rows that begin at a page's first; `fresh` forgets all others; `stay` keeps the cursor on its row."""
        before = self.row if fresh and stay else None
        if fresh:
            self._pages.clear()
            self._asked.clear()
        for start in range(0, len(rows), PAGE):
            page = (first + start) // PAGE
            self._pages.pop(page, None)
            self._pages[page] = rows[start : start + PAGE]
            self._asked.discard(page)
        while len(self._pages) > PAGES and len(rows) <= PAGE:
            self._pages.pop(next(iter(self._pages)))
        self._strips.clear()
        self.total = total
        self.virtual_size = Size(self.size.width, total + 1)
        self.cursor = self._place_of(before) if before is not None else min(self.cursor, max(0, total - 1))
        self.refresh()
        self.post_message(self.Moved(self))

    def _place_of(self, row: Any) -> int:
        """Return where a row is now, so that the cursor stays on it when others come before it."""
        named = self.identity(row)
        for page, rows in self._pages.items():
            for place, other in enumerate(rows):
                if self.identity(other) == named:
                    return page * PAGE + place
        return min(self.cursor, max(0, self.total - 1))

    def window(self) -> tuple[int, int]:
        """Return first and count of the rows to read again when everything is old: those in sight, by whole pages."""
        top = max(0, min(int(self.scroll_offset.y), self.total - 1)) // PAGE * PAGE
        return top, PAGE * 2

    def on_resize(self, event: events.Resize) -> None:
        """Lay the columns out anew."""
        self._strips.clear()
        self.virtual_size = Size(self.size.width, self.total + 1)
        self._show_cursor()

    def notify_style_update(self) -> None:
        """Draw again in other colours."""
        super().notify_style_update()
        self._strips.clear()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor in the table."""
        return max(0, min(cursor, self.total - 1))

    def watch_cursor(self, before: int, after: int) -> None:
        """Keep the cursor in sight."""
        if before != after:
            self._show_cursor()
            self._look_ahead()
            self.refresh()
            self.post_message(self.Moved(self))

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        """Let a bar that appears begin where the list is: the list may have moved before there was one."""
        if shown:
            self.vertical_scrollbar.position = self.scroll_y

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.cursor += by * max(1, self.size.height - 2)

    def action_jump(self, end: bool) -> None:
        """Go to the first row or to the last."""
        self.cursor = self.total - 1 if end else 0

    def on_click(self, event: events.Click) -> None:
        """Set the cursor where the mouse points."""
        if event.y > 0 and (row := int(self.scroll_offset.y) + event.y - 1) < self.total:
            self.cursor = row

    def _show_cursor(self) -> None:
        # The head covers the first line of the view: a row has its place one line below the table's beginning.
        self.scroll_to_region(Region(0, self.cursor, 1, 2), animate=False, force=True, x_axis=False)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        width = self.scrollable_content_region.width
        if y == 0:
            titles = [(column.title, "") for column in self.columns]
            return self._strip(titles, width, self.get_component_rich_style("table--head"))
        place = int(self.scroll_offset.y) + y - 1
        if place >= self.total:
            words = f"  {self.empty}" if self.total == 0 and y == 2 else ""
            return Strip([Segment(set_cell_size(words, width), self.get_component_rich_style("table--empty"))], width)
        row = self._row(place)
        if row is None:
            self._ask(place // PAGE)
            return Strip([Segment(set_cell_size("  …", width), self.get_component_rich_style("table--dim"))], width)
        under = place == self.cursor
        known = self._strips.get((place, width, under))
        if known is None:
            if len(self._strips) > 2000:
                self._strips.clear()
            style = self.get_component_rich_style("table--cursor") if under and self.has_focus else self.rich_style
            if under and not self.has_focus:
                style += Style(bold=True, underline=True)
            known = self._strips[place, width, under] = self._strip(self.draw(row), width, style, plain=under)
        return known

    def watch_has_focus(self, focused: bool) -> None:
        """Show by the cursor where keys go."""
        super().watch_has_focus(focused)
        self._strips.clear()

    def _row(self, place: int) -> Any:
        page = self._pages.get(place // PAGE, ())
        return page[place % PAGE] if place % PAGE < len(page) else None

    def _look_ahead(self) -> None:
        """Ask for what comes into sight next, before it does."""
        for place in (self.cursor - PAGE // 2, self.cursor, self.cursor + PAGE // 2):
            if 0 <= place < self.total and place // PAGE not in self._pages:
                self._ask(place // PAGE)

    def _ask(self, page: int) -> None:
        if page not in self._asked:
            self._asked.add(page)
            self.post_message(self.Wanted(self, page * PAGE, PAGE))

    def _strip(self, cells: Sequence[Cell], width: int, style: Style, *, plain: bool = False) -> Strip:
        segments = [Segment(" ", style)]
        for (text, tone), room in zip(cells, self._widths(width - 1), strict=True):
            if not room:
                continue
            toned = (
                style if plain or not tone else style + self.get_component_rich_style(f"table--{tone}", partial=True)
            )
            segments.append(Segment(fitted(text, room - 1) + " ", toned))
        return Strip(segments).adjust_cell_length(width, style)

    def _widths(self, width: int) -> list[int]:
        """Return the width of each column with the space behind it; 0 where it has no room."""
        shown = [not column.wide or width > 110 for column in self.columns]
        fixed = sum(column.width + 1 for column, show in zip(self.columns, shown, strict=True) if show and column.width)
        free = [column for column, show in zip(self.columns, shown, strict=True) if show and not column.width]
        share = max(0, width - fixed) // max(1, len(free))
        return [
            0 if not show else column.width + 1 if column.width else max(column.least, share)
            for column, show in zip(self.columns, shown, strict=True)
        ]


def fitted(text: str, width: int) -> str:
    """Return a text from anywhere as exactly so many cells."""
    shown = visible(text[: 4 * width])
    if cell_len(shown) <= width and len(text) <= 4 * width:
        return set_cell_size(shown, width)
    return set_cell_size(shown, max(0, width - 1)) + "…"[:width]
