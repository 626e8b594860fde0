"""The only place that prints: answers on stdout, commentary and complaints on stderr.

Texts from outside pass `visible()` and are never read as markup, so that no name can draw, colour or link anything.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pfjira.cli import interrupts
from pfjira.errors import PfjiraError, RulesError

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 70


def visible(text: object) -> str:
    """Return a text with control, bidi and other invisible characters made visible."""
    return "".join(
        char if char == " " or unicodedata.category(char)[0] not in "CZ" else f"\\u{ord(char):04x}"
        for char in str(text)
    )


def short(value: Any) -> str:
    """Return a value as one short line."""
    if value is None:
        return "(empty)"
    if isinstance(value, dict | list):
        from pfjira.engine.adf import plain_text

        value = plain_text(value) if isinstance(value, dict) and value.get("type") == "doc" else _listed(value)
    line = visible(" ".join(str(value).split()))
    return line if len(line) <= WIDEST else line[: WIDEST - 1] + "…"


def stdout() -> Console:
    """Return the console for answers. Without a terminal nothing is wrapped or coloured."""
    return _console(sys.stdout)


def stderr() -> Console:
    """Return the console for commentary."""
    return _console(sys.stderr)


def _console(stream: Any) -> Console:
    from rich.console import Console

    terminal = stream.isatty()
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=not terminal)


def say(line: str = "", style: str = "") -> None:
    """Print one line of the answer."""
    stdout().print(line, style=style or None)


def remark(line: str) -> None:
    """Print one line of commentary."""
    stderr().print(line)


def write_json(document: Any) -> None:
    """Print one JSON document and nothing else."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def complain(error: BaseException) -> None:
    """Say what went wrong and what to try next; a traceback only for our own bugs."""
    console = stderr()
    if isinstance(error, KeyboardInterrupt):
        interrupts.tell()
    elif isinstance(error, PfjiraError):
        console.print(f"pfjira: {visible(error)}", style="bold")
        if isinstance(error, RulesError) and error.excerpt:
            console.print(error.excerpt)
        if error.hint:
            console.print(f"  → {visible(error.hint)}")
    else:
        import traceback

        frames = traceback.extract_tb(error.__traceback__)
        # Only places: a message or a local variable may hold somebody's data.
        for frame in frames[-6:]:
            console.print(f"  {frame.filename}:{frame.lineno} in {frame.name}")
        console.print(f"pfjira: this is a bug in pfjira ({type(error).__name__}). What was done is kept.", style="bold")
        console.print("  → Please report it with the lines above.")


def _listed(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {' '.join(map(str, part))}" for name, part in value.items() if part)
    return ", ".join(map(str, value))
