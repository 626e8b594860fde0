"""When Python looks for rings of garbage: never while a command is imported, and not when the process ends anyway.

What was imported is no garbage, and an ending process gives back its memory whole. To look over it all the same would
be a fifth of what a run with nothing to do costs. A command that lasts is looked over as ever.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence

ALLOCATIONS = 50_000
"""So many new objects before it looks. With Python's 700, it would look over the same modules a hundred times."""
LASTING = ("webhook-serve", "tui", "sandbox", "demo")
"""Commands that live long, or do many runs in one process."""


def begin(words: Sequence[str]) -> None:
    """Look seldom from now on; not at all before `working`, or, where a short command never comes there, at no time."""
    gc.set_threshold(ALLOCATIONS)
    if words and words[0] not in LASTING:
        gc.disable()


def working() -> None:
    """All is imported: look again, at what is made from now on. Without `begin` there is nothing to be done."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def end() -> None:
    """Let nothing be looked over once more: the process is about to end."""
    gc.freeze()
