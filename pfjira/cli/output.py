"""What is printed passes here: answers on stdout, commentary and complaints on stderr.

Only `--version` and typer's own help do not. On a terminal long lines are broken between words, and never inside
backticks: a command that is broken in two cannot be copied.

Texts from outside pass `visible()` and are never read as markup, so that no name can draw, colour or link anything.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pfjira.cli import interrupts
from pfjira.engine.visible import visible as visible
from pfjira.errors import PfjiraError, RulesError

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 70
_margin = ""


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
    """Return the console for answers, coloured on a terminal only."""
    return _console(sys.stdout)


def stderr() -> Console:
    """Return the console for commentary."""
    return _console(sys.stderr)


def _console(stream: Any) -> Console:
    from rich.console import Console

    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)


@contextmanager
def indented(by: str = "    ") -> Iterator[None]:
    """Move what is said in the block to the right: it is a quotation."""
    global _margin
    before, _margin = _margin, _margin + by
    try:
        yield
    finally:
        _margin = before


def say(line: str = "", style: str = "") -> None:
    """Print one line of the answer."""
    _print(stdout(), _margin + line if line else "", style)


def remark(line: str) -> None:
    """Print one line of commentary."""
    _print(stderr(), line)


def _print(console: Console, line: str, style: str = "") -> None:
    if console.is_terminal and len(line) > console.width:
        whole = re.sub(r"`[^`]*`", lambda command: command[0].replace(" ", "\xa0"), line)
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines = textwrap.wrap(
            whole, console.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
        line = "\n".join(lines).replace("\xa0", " ")
    console.print(line, style=style or None)


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 change`, `2 changes`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def write_json(document: Any) -> None:
    """Print one JSON document and nothing else."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def write_file(text: str) -> None:
    """Print what is to be kept as a file, to the letter."""
    sys.stdout.write(text)


def write_page(text: str) -> None:
    """Print a page of Markdown: laid out on a terminal, as it is written everywhere else."""
    console = stdout()
    if not console.is_terminal:
        sys.stdout.write(text)
        return
    from rich.markdown import Markdown

    console.print(
        Markdown(text, code_theme="ansi_dark", hyperlinks=False), width=min(console.width, 120), soft_wrap=False
    )


def complain(error: BaseException, command: str = "") -> None:
    """Say what went wrong and what to try next; a traceback only for our own bugs."""
    if isinstance(error, KeyboardInterrupt):
        interrupts.tell()
        return
    console = stderr()
    if not isinstance(error, PfjiraError | MemoryError):
        import traceback

        # Only places: a message or a local variable may hold somebody's data.
        for frame in traceback.extract_tb(error.__traceback__)[-6:]:
            console.print(f"  {frame.filename}:{frame.lineno} in {frame.name}")
    _print(console, f"pfjira: {sentence(error)}", "bold")
    if isinstance(error, RulesError) and error.excerpt:
        console.print(error.excerpt)
    if tip := hint(error, command):
        _print(console, f"  → {tip}")


def sentence(error: BaseException) -> str:
    """Return what went wrong, for a person."""
    if isinstance(error, PfjiraError):
        return visible(error)
    if isinstance(error, KeyboardInterrupt):
        return interrupts.SENTENCE.removeprefix("pfjira: ")
    if (message := getattr(error, "format_message", None)) is not None:
        return visible(message())  # a wrong command line
    if isinstance(error, MemoryError):
        return "this machine has no memory left for the run. What was done is kept."
    return f"this is a bug in pfjira ({type(error).__name__}). What was done is kept."


def hint(error: BaseException, command: str = "") -> str:
    """Return what to try next; never to run what is running just now."""
    if isinstance(error, PfjiraError):
        return visible(without(command, error.hint))
    if isinstance(error, MemoryError):
        return "Free some memory, or raise the limit on memory or on tasks, then run it again."
    return "" if isinstance(error, KeyboardInterrupt) else "Please report it with the lines above."


def without(command: str, text: str) -> str:
    """Return a hint without its sentences that lead to `pfjira COMMAND`."""
    name = f"`pfjira {command}`"
    text = text.replace(f" ({name})", "").replace(f" with {name}", "")
    return " ".join(part for part in re.split(r"(?<=[.]) ", text) if not command or name not in part)


def complaint_document(error: BaseException, code: int, command: str = "") -> dict[str, Any]:
    """Return an error as JSON data, for a reader who waits for one document."""
    document: dict[str, Any] = {"error": sentence(error), "hint": hint(error, command), "exit": code}
    if hasattr(error, "format_message"):
        document["hint"] = "See --help."
    if digest := getattr(error, "digest", ""):
        document["digest"] = digest
    return document


def _listed(value: Any) -> str:
    if isinstance(value, Mapping):
        texts = ((name, part if isinstance(part, list | tuple) else [part]) for name, part in value.items() if part)
        return ", ".join(f"{name} {' '.join(map(str, parts))}" for name, parts in texts)
    return ", ".join(map(str, value))
