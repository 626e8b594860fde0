"""A dashboard without a terminal, driven by keys, over the state of a tool or over one that a test wrote."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.pilot import Pilot
from textual.widgets import Static

from pfjira.ops.roles import Role
from pfjira.tui import app
from pfjira.tui.app import Dashboard
from pfjira.tui.setting import Setting
from pfjira.tui.widgets.output import Output
from pfjira.tui.widgets.table import Table

SILENT = ("true",)
"""A program that says nothing: for a dashboard whose commands are not what is tried."""
PFJIRA = (sys.executable, "-m", "pfjira")
"""The program itself; `forking.forking` lends one that starts at a tenth of the cost."""
Script = Callable[["Driven"], Awaitable[None]]
LOOK_S = 0.1
PATIENCE_S = 60.0
"""Commands are processes of their own, and the machine may be busy."""


class Driven:
    """A running dashboard and what a person can do with it."""

    def __init__(self, board: Dashboard, pilot: Pilot[None]) -> None:
        self.board, self.pilot = board, pilot

    @property
    def table(self) -> Table:
        """The first table of the screen that is shown."""
        assert self.board.view is not None
        return self.board.view.query(Table).first()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await self.pilot.press(key)

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.pilot.press(*text)

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait until something holds."""
        end, pause_s = time.monotonic() + PATIENCE_S, 0.01
        while True:
            with suppress(LookupError, AttributeError):
                if holds():
                    return
            assert time.monotonic() < end, f"in vain: {self.screen()}"
            await asyncio.sleep(pause_s)
            pause_s = min(0.2, 1.5 * pause_s)

    async def opened(self, key: str) -> Any:
        """Open a screen by its key, wait until its table is filled, and return it."""
        await self.press(key)
        await self.pilot.pause()
        return self.board.view

    async def ran(self, *keys: str) -> int:
        """Press keys that start a command, wait for its end, close its output and return its exit code."""
        before = self.board.running
        await self.press(*keys)
        await self.until(lambda: self.board.running is not before and self.board.running is not None)
        running = self.board.running
        assert running is not None
        await self.until(lambda: running.code is not None)
        await self.until(lambda: isinstance(self.board.screen, Output))
        await self.press("escape")
        await self.until(lambda: not isinstance(self.board.screen, Output))
        assert running.code is not None
        return running.code

    def said(self, selector: str) -> str:
        """Return what stands in a part of the first screen."""
        return str(self.board.screen_stack[0].query_one(selector, Static).content)

    def screen(self) -> str:
        """Return everything that is drawn just now, line by line, as it goes to the terminal but for colours."""
        strips = self.board.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)


def drive(board: Dashboard, script: Script, *, size: tuple[int, int] = (80, 24), drawn: bool = False) -> None:
    """Start a dashboard, let the script drive it, end it. What goes wrong in it goes wrong in the test.

    Unless every frame is to be `drawn`, only those are that the script looks at, since the others are a third of the
    cost, and the state is looked at more often, so that nobody waits.
    """

    async def run() -> None:
        async with board.run_test(size=size) as pilot:
            await script(Driven(board, pilot))

    with pytest.MonkeyPatch.context() as patch:
        if not drawn:
            patch.setattr(Compositor, "render_update", _unseen)
            patch.setattr(app, "LOOK_S", LOOK_S)
        asyncio.run(run())


def _unseen(compositor: Compositor, **_: object) -> None:
    """Draw nothing, and owe nothing."""
    compositor._dirty_regions.clear()


def board_over(
    state: Path,
    *,
    role: Role = Role.ADMIN,
    environment: dict[str, str] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    program: tuple[str, ...] = SILENT,
) -> Dashboard:
    """Return a dashboard over a state file; what it starts is silent but for a `program`."""
    return Dashboard(
        Setting(
            state=state,
            logs=state.parent / "logs",
            role=role,
            program=program,
            environment={**(environment or dict(os.environ)), "PFJIRA_ROLE": role.value},
            clock=clock,
            stale=timedelta(hours=2),
        )
    )
