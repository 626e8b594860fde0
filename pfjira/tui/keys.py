"""Which keys there are: for the help page and for the palette, which offers every one of them by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode

from pfjira.tui import words

if TYPE_CHECKING:
    from pfjira.tui.app import Dashboard

MOVES = (
    ("arrows, j k", "move"),
    ("Tab", "the next part of a screen"),
    ("[ ]", "the screens beside"),
    ("ctrl+p", "every command by its name"),
)


def declared(owner: DOMNode) -> list[Binding]:
    """Return the keys that a screen or the app declares, or inherits from another of ours."""
    found: dict[str, Binding] = {}
    for kind in type(owner).__mro__:
        if kind.__module__.startswith("pfjira."):
            for one in kind.__dict__.get("BINDINGS", ()):
                found.setdefault(one.action, one)
    return [one for one in found.values() if not one.action.startswith(("open(", "turn("))]


def shown(one: Binding) -> str:
    """Return a key as a person reads it."""
    return one.key_display or one.key


def help_page(board: Dashboard) -> Content:
    """Return what is seen, and what each key does."""
    parts: list[Content | tuple[str, str]] = []
    if board.view is not None:
        own = [(shown(one), one.description) for one in declared(board.view)]
        parts += [
            (f"{board.view.title}\n", "bold"),
            Content(f"{board.view.help}\n\n"),
            words.pairs(own),
            Content("\n\n"),
        ]
    everywhere = [("1 to 0, -", "the screens"), *((shown(one), one.description) for one in declared(board)), *MOVES]
    parts += [("Everywhere\n", "bold"), words.pairs(everywhere)]
    parts += [Content("\n\nWhat writes is shown as its command line, asked about, and done only once A armed the ")]
    parts += [Content(f"dashboard. Your role is {board.setting.role}.\n")]
    return Content.assemble(*parts)


def offered(board: Dashboard) -> Iterator[SystemCommand]:
    """Yield everything that can be shown or done now, for the palette."""
    for name, kind in board.kinds.items():
        yield SystemCommand(f"Show {kind.title}", kind.help, partial(board.action_open, name))
    for owner in [board] if board.view is None else [board.view, board]:
        for one in declared(owner):
            yield SystemCommand(
                one.description,
                f"{_about(owner, one.action)} Key: {shown(one)}",
                _carried_out(board, one.action, owner),
            )
    yield SystemCommand("Theme", "other colours, or none", board.action_change_theme)


def _about(owner: DOMNode, action: str) -> str:
    method = getattr(owner, f"action_{action.partition('(')[0]}", None)
    return (method.__doc__ or "").partition("\n")[0]


def _carried_out(board: Dashboard, action: str, owner: DOMNode) -> Callable[[], Awaitable[object]]:
    return lambda: board.run_action(action, owner)
