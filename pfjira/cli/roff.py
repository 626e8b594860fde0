"""Write a manual page as man(1) reads it. Whatever a text holds is shown as it is: none of it becomes a request.

Only macros of man(7) and ASCII are written, so that groff, mandoc and older readers show the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ESCAPES = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
"""What would be drawn as another character, so that a command could not be copied, or would begin an escape."""
_ESCAPED = str.maketrans(_ESCAPES)


class Page:
    """Collects the lines of one page."""

    def __init__(self, name: str, section: int, version: str) -> None:
        """Begin; the page has no date of its own, so that the same program makes the same page."""
        self._lines = [f'.TH {escaped(name.upper())} {section} "" "{escaped(f"{name} {version}")}"']

    def section(self, title: str) -> None:
        """Begin a section."""
        self._lines.append(f".SH {escaped(title)}")

    def part(self, title: str) -> None:
        """Begin a part of a section."""
        self._lines.append(f".SS {escaped(title)}")

    def say(self, text: str) -> None:
        """Write paragraphs, which empty lines part; what stands between backticks is bold."""
        for paragraph in re.split(r"\n\s*\n", text.strip()):
            self._begin()
            self._lines.append(_line(_quoted(paragraph)))

    def synopsis(self, command: str, rest: Iterable[str]) -> None:
        """Write how a command is called."""
        self._begin()
        self._lines.append(_line(" ".join([bold(command), *map(escaped, rest)])))

    def _begin(self) -> None:
        """Begin a paragraph; what comes first under a title begins by itself, and apropos wants it so."""
        if not self._lines[-1].startswith((".SH", ".SS")):
            self._lines.append(".PP")

    def entry(self, name: str, text: str) -> None:
        """Write one line of a list: an option with what it takes, or a name, and what it means."""
        words = re.split(r"( |, )", name)
        drawn = [bold(word) if word.startswith(("-", "PFJIRA_", "$", "/")) else _variable(word) for word in words]
        self._lines += [".TP", _line("".join(drawn)), _line(_quoted(text))]

    def text(self) -> str:
        """Return the page."""
        return "\n".join(self._lines) + "\n"


def escaped(text: str) -> str:
    """Return a text in which nothing is an escape, and everything is ASCII."""
    return "".join(
        letter if letter.isascii() else f"\\[u{ord(letter):04X}]"
        for letter in " ".join(text.split()).translate(_ESCAPED)
    )


def bold(text: str) -> str:
    """Return a text in bold."""
    return f"\\fB{escaped(text)}\\fR"


def _variable(word: str) -> str:
    """Return what stands for a value in italics, and what only parts words as it is."""
    return f"\\fI{escaped(word)}\\fR" if word.strip(" ,") else word


def _quoted(text: str) -> str:
    """Return a text in which commands between backticks are bold."""
    pieces = re.split(r"`([^`]*)`", " ".join(text.split()))
    return "".join(bold(piece) if number % 2 else _spaced(piece) for number, piece in enumerate(pieces) if piece)


def _spaced(piece: str) -> str:
    """Return an escaped piece that keeps the blanks at both of its ends."""
    before, after = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
    return f"{before}{escaped(piece)}{after}" if piece.strip() else piece


def _line(text: str) -> str:
    """Return a line of text that no reader takes for a request."""
    return f"\\&{text}" if text.startswith((".", "'")) else text
