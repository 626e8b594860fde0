"""What stands above and below every screen: the verdict, a pause, who works now, trouble with the state, the role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from pfjira.tui import words
from pfjira.tui.reader import NoState

if TYPE_CHECKING:
    from pfjira.tui.app import Dashboard


def say(board: Dashboard) -> None:
    """Say all of it again."""
    base = board.screen_stack[0]
    base.query_one("#top", Static).update(_top(board))
    base.query_one("#top").set_classes(_verdict(board).lower())
    found = board.surroundings
    line = f"{found.progress} · {found.holder}" if found.progress else found.holder
    progress = base.query_one("#progress", Static)
    progress.update(words.plain([f"running {line}"]))
    progress.display = bool(line)
    error, trouble = board.trouble, base.query_one("#trouble", Static)
    trouble.display = error is not None
    if error is not None:
        trouble.update(words.plain([str(error), f"→ {error.hint}" if error.hint else ""]))
    # Before the first run there is something to plan and to start; of a state that cannot be read nothing old is shown.
    base.query_one(ContentSwitcher).set_class(error is not None and not isinstance(error, NoState), "hidden")
    armed = base.query_one("#armed", Static)
    armed.update(Content("ARMED" if board.armed else f"{board.setting.role} · read-only"))
    armed.set_class(board.armed, "armed")


def _verdict(board: Dashboard) -> str:
    if board.trouble is not None:
        return "critical"
    return board.outlook.health.verdict if board.outlook is not None else "looking"


def _top(board: Dashboard) -> Content:
    because = "the state cannot be read" if board.trouble else board.outlook.health.because if board.outlook else ""
    paused = [("PAUSED ", "bold reverse")] if board.surroundings.paused else []
    return Content.assemble(*paused, (f" {_verdict(board).upper()} ", "bold reverse"), words.plain([f" {because}"]))
