"""The dashboard itself: tabs, the state of the state, and the one place where a key becomes a command.

It looks; it never writes. What it lets happen is a process of the same program, shown as a command line, confirmed,
and only after the dashboard was armed. Slow work is done by workers, which post messages; handlers own the screen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Static

from pfjira.errors import PfjiraError, StateError
from pfjira.ops.outlook import Outlook, outlook
from pfjira.ops.roles import Act
from pfjira.state import figures
from pfjira.state.locks import held_by
from pfjira.tui import keys, machine, standing, themes, words
from pfjira.tui.acting import Acting
from pfjira.tui.commands import Command
from pfjira.tui.messages import (
    OutlookRead,
    Sampled,
    StateBack,
    StateMoved,
    StateTrouble,
    Surroundings,
    TimersRead,
)
from pfjira.tui.reader import Reader
from pfjira.tui.screens.health import HealthPage
from pfjira.tui.screens.logs import Logs
from pfjira.tui.screens.overview import Overview
from pfjira.tui.screens.plan import Plan
from pfjira.tui.screens.questions import Conflicts, Letters, People
from pfjira.tui.screens.records import Audit, Deliveries, Runs
from pfjira.tui.screens.rules import Rules
from pfjira.tui.screens.view import View
from pfjira.tui.setting import Setting
from pfjira.tui.widgets.dialogs import Page, TooSmall
from pfjira.tui.widgets.keybar import KeyBar
from pfjira.tui.widgets.tabs import Tabs

LEAST_SIZE = (80, 24)
LOOK_S = 1.0
SAMPLE_S = 2.0
TIMERS_S = 60.0
OUTLOOK_S = 5.0
"""Even if nothing moves the ages do. A state that takes long to be summed up is summed up more rarely."""
VIEWS: tuple[tuple[str, type[View]], ...] = (
    ("1", Overview),
    ("2", Plan),
    ("3", Runs),
    ("4", People),
    ("5", Conflicts),
    ("6", Letters),
    ("7", Deliveries),
    ("8", Rules),
    ("9", Logs),
    ("0", HealthPage),
    ("minus", Audit),
)


class Dashboard(Acting):
    """The admin page, in a terminal."""

    TITLE = "pfjira"
    CSS_PATH = "pfjira.tcss"
    ENABLE_COMMAND_PALETTE = True
    kinds: ClassVar[dict[str, type[View]]] = {kind.__name__.lower(): kind for _, kind in VIEWS}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"open('{view.__name__.lower()}')", view.title, show=False) for key, view in VIEWS),
        Binding("S", "sync", "Sync"),
        Binding("P", "pause", "Pause"),
        Binding("A", "arm", "Arm"),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("r", "again", "Read again", show=False),
        Binding("o", "output", "Last output", show=False),
        Binding("right_square_bracket", "turn(1)", "Next screen", show=False),
        Binding("left_square_bracket", "turn(-1)", "Screen before", show=False),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        self.reader = Reader(setting.state)
        self.outlook: Outlook | None = None
        self.surroundings = Surroundings("", "", False)
        self.trouble: PfjiraError | None = None
        self._looker = Reader(setting.state)
        """A connection of its own: a large state takes a while to be summed up, and no list waits for that."""
        self._mark: tuple[object, ...] = ()
        self._owed, self._rested_at, self._next_outlook = True, 0.0, 0.0
        self._looking = threading.Lock()

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield Static(id="top", markup=False)
        yield Tabs([(key, view.title, view.__name__.lower()) for key, view in VIEWS])
        yield Static(id="progress", markup=False)
        yield Static(id="trouble", markup=False)
        yield ContentSwitcher(id="views")
        with Horizontal(id="bottom"):
            yield KeyBar()
            yield Static(id="armed", markup=False)

    async def on_mount(self) -> None:
        """Show the first screen and begin to look."""
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = self.setting.theme if self.setting.theme in self.available_themes else themes.USUAL
        self._look()
        self._sample()
        self._ask_timers()
        self.set_interval(LOOK_S, self._look)
        self.set_interval(SAMPLE_S, self._sample)
        self.set_interval(TIMERS_S, self._ask_timers)
        await self.action_open("overview")
        self._say_standing()

    def on_unmount(self) -> None:
        """Let the state go, and whoever was only asked; a command that was started goes on."""
        self.leave()
        self.reader.close()
        self._looker.close()

    def on_resize(self, event: events.Resize) -> None:
        """Say so where nothing could be read."""
        small = event.size.width < LEAST_SIZE[0] or event.size.height < LEAST_SIZE[1]
        shown = isinstance(self.screen, TooSmall)
        if small and not shown:
            self.push_screen(TooSmall(LEAST_SIZE))
        elif shown and not small:
            self.pop_screen()

    @property
    def failure(self) -> Exception | None:
        """What ended the dashboard, where that was a mistake of its own."""
        return self._exception

    def _fatal_error(self) -> None:
        """Leave without Textual's report: it shows local variables, and they may hold somebody's data."""
        self._close_messages_no_wait()

    # What is seen

    @property
    def views(self) -> list[View]:
        """All screens that were visited; none before the first is there, and after the last is gone."""
        return list(self.screen_stack[0].query(View)) if self.screen_stack else []

    @property
    def view(self) -> View | None:
        """The screen that is shown."""
        return next((view for view in self.views if view.has_class("shown")), None)

    async def action_open(self, name: str) -> None:
        """Show a screen; it is made at its first visit."""
        switcher = self.screen_stack[0].query_one(ContentSwitcher)
        if not switcher.query(f"#{name}"):
            await switcher.mount(self.kinds[name]())
        switcher.current = name
        for view in switcher.query(View):
            view.set_class(view.id == name, "shown")
        self.screen_stack[0].query_one(Tabs).current = name
        if (shown := self.view) is not None:
            shown.show()

    async def action_turn(self, by: int) -> None:
        """Go to the screen beside."""
        names = list(self.kinds)
        here = names.index(str(self.view.id)) if self.view else 0
        await self.action_open(names[(here + by) % len(names)])

    @on(Tabs.Chosen)
    async def _chosen(self, event: Tabs.Chosen) -> None:
        await self.action_open(event.name)

    def action_search(self) -> None:
        """Begin to search."""
        if self.view is not None:
            self.view.search()

    def action_again(self) -> None:
        """Read everything anew."""
        self._mark, self._rested_at = (), 0.0
        self._look()
        if self.view is not None:
            self.view.read_again()

    def action_help(self) -> None:
        """Say what is seen and which keys do what."""
        self.push_screen(Page(keys.help_page(self)))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every screen and every act by name."""
        return keys.offered(self)

    def action_pause(self) -> None:
        """Stop all runs, or let them go on."""
        if self.surroundings.paused:
            self.act(Command(("resume",), Act.PAUSE, "Let the runs go on."))
        else:
            purpose = "Stop all writing at once, also by a running sync, until somebody resumes."
            self.act(Command(("pause", "--because", "{}"), Act.PAUSE, purpose, asks="why, for those who ask"))

    def action_arm(self) -> None:
        """Allow acts in this session, or not any more."""
        self.armed = not self.armed
        self._say_standing()

    # What is read

    @work(thread=True, group="look")
    def _look(self) -> None:
        """Ask whether anything moved, and read how things stand when it did; one look at a time."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            mark = self.reader.moved()
            moved = mark != self._mark
            paused = self.setting.paused.exists()
            holder = held_by(self.setting.state)
            underway = self.reader.read(figures.underway) if holder else None
            self._owed = self._owed or moved or paused != self.surroundings.paused
            if time.monotonic() > (self._rested_at if self._owed else self._next_outlook):
                self._read_outlook()
        except StateError as error:
            self._mark = ()
            self.post_message(StateTrouble(error))
            return
        finally:
            self._looking.release()
        if self.trouble is not None:
            self.post_message(StateBack())
        progress = words.progress(underway) if underway is not None else ""
        self.post_message(Surroundings(holder, progress, paused))
        if moved:
            self._mark = mark
            self.post_message(StateMoved())

    def _read_outlook(self) -> None:
        begun = time.monotonic()
        setting = self.setting
        found = self._looker.read(
            lambda store: outlook(store, setting.clock(), stale=setting.stale, token_expires=setting.token_expires)
        )
        ended = time.monotonic()
        self._owed, self._rested_at = False, ended + 5 * (ended - begun)
        self._next_outlook = ended + max(OUTLOOK_S, 50 * (ended - begun))
        self.post_message(OutlookRead(found))

    @work(thread=True, exclusive=True, group="sample")
    def _sample(self) -> None:
        self.post_message(machine.sample(self.setting.state.parent))

    @work(thread=True, exclusive=True, group="timers")
    def _ask_timers(self) -> None:
        self.post_message(TimersRead(machine.timers(self.setting.clock())))

    @on(StateMoved)
    def _moved(self) -> None:
        for view in self.views:
            view.moved(seen=view.has_class("shown"))

    @on(OutlookRead)
    def _outlook_read(self, event: OutlookRead) -> None:
        self.outlook = event.outlook
        for view in self.views:
            if isinstance(view, Overview | HealthPage):
                view.read_again()
        self._say_standing()

    @on(Sampled)
    @on(TimersRead)
    def _for_overview(self, event: Sampled | TimersRead) -> None:
        for view in self.views:
            if isinstance(view, Overview):
                view.take(event)

    @on(Surroundings)
    def _surroundings_read(self, event: Surroundings) -> None:
        if event != self.surroundings:
            self.surroundings = event
            self._say_standing()

    @on(StateTrouble)
    def _in_trouble(self, event: StateTrouble) -> None:
        if str(event.error) != str(self.trouble):
            self.trouble = event.error
            self._say_standing()

    @on(StateBack)
    def _recovered(self) -> None:
        if self.trouble is not None:
            self.trouble = None
            self._say_standing()
            self.action_again()

    def _say_standing(self) -> None:
        if self.views:
            standing.say(self)
