"""What every screen has: it knows when it is old. Lists have a table, details and a search as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from pfjira.errors import StateError
from pfjira.state import listings
from pfjira.state.listings import Listing
from pfjira.state.store import Store
from pfjira.tui import words
from pfjira.tui.messages import DetailRead, RowsRead, StateTrouble
from pfjira.tui.widgets.table import PAGE, Cell, Column, Table
from pfjira.tui.words import Pair

if TYPE_CHECKING:
    from pfjira.tui.app import Dashboard

PATIENCE_S = 0.15
"""How long a person may pause between two letters of a search."""


class View(Vertical):
    """What stands below a tab."""

    title: ClassVar[str] = ""
    help: ClassVar[str] = ""
    """What one sees here, for `?`."""

    def __init__(self) -> None:
        super().__init__(id=type(self).__name__.lower())
        self.old = True

    @property
    def board(self) -> Dashboard:
        """The app."""
        return cast("Dashboard", self.app)

    def show(self) -> None:
        """Come into sight."""
        self.aim()
        if self.old:
            self.old = False
            self.read_again()

    def moved(self, *, seen: bool) -> None:
        """Learn that the state moved."""
        self.old = not seen
        if seen:
            self.read_again()

    def read_again(self) -> None:
        """Read what is shown."""

    def aim(self) -> None:
        """Take the keys."""
        for table in self.query(Table):
            table.focus()
            return

    def search(self) -> None:
        """Begin to search, where there is something to search."""


class ListView(View):
    """A list: how many there are, the table, and everything about the row under the cursor."""

    columns: ClassVar[Sequence[Column]] = ()
    noun: ClassVar[tuple[str, str]] = ("row", "rows")
    empty: ClassVar[str] = "nothing here"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", show=False),
        Binding("escape", "all", "Show all", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield Static(markup=False, classes="line")
        with Container(classes="split"):
            yield Table(self.columns, self.cells, self.identity, empty=self.empty)
            with VerticalScroll(classes="detail", can_focus=True):
                yield Static(markup=False)
        yield Input(placeholder="search: words that must all be there; Enter keeps, Esc ends", classes="search")

    @property
    def table(self) -> Table:
        """The table."""
        return self.query_one(Table)

    def cells(self, row: Any) -> Sequence[Cell]:
        """Return the cells of a row, as many as there are columns."""
        raise AssertionError

    def identity(self, row: Any) -> object:
        """Return what names a row, whatever else about it changes."""
        return row

    def detail(self, row: Any) -> list[Pair]:
        """Return all that is known of a row, each with its title."""
        raise AssertionError

    def summary(self) -> str:
        """Return the line above the table."""
        found = words.counted(self.table.total, *self.noun)
        return f"{found} with {self.text!r}  (Esc shows all)" if self.text else found

    def tell(self) -> None:
        """Say again what the table holds."""
        self.query_one(".line", Static).update(words.plain([self.summary()]))

    @on(Table.Moved)
    def _told(self) -> None:
        self.tell()
        row = self.table.row
        shown = words.pairs(self.detail(row)) if row is not None else words.plain([""])
        self.query_one(".detail Static", Static).update(shown)

    def search(self) -> None:
        """Begin to search."""
        box = self.query_one(".search", Input)
        box.add_class("open")
        box.focus()

    @on(Input.Changed, ".search")
    def _typed(self, event: Input.Changed) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PATIENCE_S, lambda: self._narrow(event.value))

    @on(Input.Submitted, ".search")
    def _kept(self, event: Input.Submitted) -> None:
        self._narrow(event.value)
        self.query_one(".search", Input).remove_class("open")
        self.table.focus()

    def _narrow(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.table.cursor = 0
            self.read_again()

    def action_all(self) -> None:
        """End the search."""
        box = self.query_one(".search", Input)
        box.value = ""
        box.remove_class("open")
        self.table.focus()
        self._narrow("")

    def action_copy(self) -> None:
        """Hand what is known of the row to the terminal's clipboard (OSC 52)."""
        row = self.table.row
        if row is not None:
            lines = [f"{title}: {text}" for title, text in self.detail(row)]
            self.board.copy(str(words.plain(lines)))


class StateList(ListView):
    """A list of the state, read page by page."""

    listing: ClassVar[Listing]

    def __init__(self) -> None:
        super().__init__()
        self._asked = 0

    def narrowed(self) -> Listing:
        """Return the list as it is to be read now."""
        return self.listing

    def named(self, row: Any) -> dict[str, Any]:
        """Return the columns of a row by their names."""
        return dict(zip(self.listing.columns, row, strict=True))

    def more(self, store: Store, row: Any) -> list[str]:
        """Return what else the state knows of a row; asked once the cursor rests."""
        return []

    def read_again(self) -> None:
        """Read how many rows there are and those in sight."""
        self._asked += 1
        first, many = self.table.window()
        self._read(self._asked, self.narrowed(), self.text, first, many)

    @on(Table.Wanted)
    def _wanted(self, event: Table.Wanted) -> None:
        self._read(self._asked, self.narrowed(), self.text, event.first, event.many, total=self.table.total)

    @work(thread=True, group="rows")
    def _read(self, asked: int, listing: Listing, text: str, first: int, many: int, *, total: int = -1) -> None:
        def ask(store: Store) -> RowsRead:
            fresh = total < 0
            known = listings.count(store, listing, text) if fresh else total
            begin = min(first, max(0, known - 1) // PAGE * PAGE)
            return RowsRead(asked, known, begin, listings.window(store, listing, text, begin, many, known), fresh)

        try:
            self.post_message(self.board.reader.read(ask))
        except StateError as error:
            self.board.post_message(StateTrouble(error))

    @on(RowsRead)
    def _arrived(self, event: RowsRead) -> None:
        if event.asked == self._asked:
            self.table.fill(event.total, event.first, event.rows, fresh=event.fresh)

    @on(Table.Moved)
    def _look_closer(self) -> None:
        if type(self).more is not StateList.more and self.table.row is not None:
            self._read_more(self.table.row)

    @work(thread=True, exclusive=True, group="more")
    def _read_more(self, row: Any) -> None:
        try:
            lines = self.board.reader.read(lambda store: self.more(store, row))
        except StateError:
            return  # the next question of the list says so
        self.post_message(DetailRead(self.identity(row), lines))

    @on(DetailRead)
    def _closer(self, event: DetailRead) -> None:
        row = self.table.row
        if row is not None and self.identity(row) == event.key:
            shown = words.pairs(self.detail(row)) + Content("\n\n") + words.plain(event.lines)
            self.query_one(".detail Static", Static).update(shown)


class HeldList(ListView):
    """A list that is held whole: what a command answered, or the last lines of the logs."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Any] = []

    def haystack(self, row: Any) -> str:
        """Return the text of a row that a search looks into."""
        return " ".join(text for text, _ in self.cells(row))

    def wanted(self, row: Any) -> bool:
        """Say whether a row passes what is looked for."""
        text = self.haystack(row).casefold()
        return all(word in text for word in self.text.casefold().split())

    def read_again(self) -> None:
        """Show what is held."""
        rows = [row for row in self.held if self.wanted(row)] if self.text else self.held
        self.table.fill(len(rows), 0, rows, fresh=True)
