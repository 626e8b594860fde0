"""How the dashboard lets something happen: whether it may, the question before, the process, what it says."""

from __future__ import annotations

import threading
from subprocess import Popen
from typing import Any

from textual import on, work
from textual.app import App

from pfjira.ops.roles import LEAST, Act, may
from pfjira.tui import commands, words
from pfjira.tui.commands import Command, Running
from pfjira.tui.messages import Ended, Said
from pfjira.tui.setting import Setting
from pfjira.tui.widgets.dialogs import Ask
from pfjira.tui.widgets.output import Output


class Acting(App[None]):
    """An app that starts commands. It is read-only until it is armed, and runs one of them at a time."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self.animation_level = "none"  # over a slow line each frame is waited for
        self.armed = False
        self.running: Running | None = None
        self._gone = threading.Event()
        self._asking: set[Popen[bytes]] = set()

    def action_again(self) -> None:
        """Read everything anew."""

    def leave(self) -> None:
        """Let go of whoever was only asked; a command that was started goes on."""
        self._gone.set()
        for process in [*self._asking]:
            process.terminate()

    def allowed(self, act: Act, *, quiet: bool = False) -> bool:
        """Say whether the role reaches so far; tell the person where it does not."""
        able = may(self.setting.role, act)
        if not able and not quiet:
            self.complain(f"The role {self.setting.role} may not {act}: that takes {LEAST[act]}.")
        return able

    def ready(self, act: Act) -> bool:
        """Say whether something may be written now; tell the person what is missing."""
        if not self.allowed(act):
            return False
        if not self.armed:
            self.complain("Read-only: A arms the dashboard.")
        return self.armed

    def act(self, command: Command) -> None:
        """Let a command run: what writes once it was armed and confirmed, what only shows something at once."""

        def answered(text: str | None) -> None:
            if text is not None:
                self._run(command, text)

        if self.ready(command.act) if command.writes else self.allowed(command.act):
            if command.writes or command.asks:
                self.push_screen(Ask(command), answered)
            else:
                self._run(command, "")

    def _run(self, command: Command, text: str) -> None:
        if self.running is not None and self.running.code is None:
            self.complain("A command runs already; o shows it.")
            return
        self.running = Running(command.line(text), commands.start(self.setting, command.answered(text)))
        self._follow(self.running)
        self.push_screen(Output(self.running))

    @work(thread=True)
    def _follow(self, running: Running) -> None:
        def say(lines: list[str]) -> None:
            self.post_message(Said(lines))

        code = commands.follow(running.process, say, self._gone.is_set)
        if code is not None:
            self.post_message(Ended(code))

    def ask(self, *words_: str) -> tuple[Any, str]:
        """Let a command answer with a document, in a worker's thread; it ends with the dashboard."""
        process = commands.start(self.setting, words_, apart=True)
        self._asking.add(process)
        try:
            return (None, "") if self._gone.is_set() else commands.asked(process)
        finally:
            self._asking.discard(process)

    def action_output(self) -> None:
        """Show the last command again."""
        if self.running is None:
            self.complain("No command was started yet.")
        elif not isinstance(self.screen, Output):
            self.push_screen(Output(self.running))

    @on(Said)
    def _said(self, event: Said) -> None:
        if self.running is not None:
            self.running.said += event.lines
            if isinstance(self.screen, Output):
                self.screen.take(event.lines)

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        if self.running is not None:
            self.running.code = event.code
            if isinstance(self.screen, Output):
                self.screen.tell()
            else:
                self.remark(f"{self.running.line}: exit {event.code} (o shows it)")
        self.action_again()

    def action_sync(self) -> None:
        """Start a sync."""
        self.act(Command(("sync",), Act.SYNC, "Bring both sides into agreement now."))

    def copy(self, text: str) -> None:
        """Hand a text to the terminal's clipboard."""
        self.copy_to_clipboard(text)
        self.remark("copied, as far as the terminal takes it (OSC 52)")

    def complain(self, text: str) -> None:
        """Say what does not go."""
        self.notify(str(words.plain([text])), severity="warning", markup=False)

    def remark(self, text: str) -> None:
        """Say something in passing."""
        self.notify(str(words.plain([text])), markup=False, timeout=3)
