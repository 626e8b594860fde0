"""Texts from outside, made safe to show: no name can draw, colour, link, reorder or hide anything. Pure."""

from __future__ import annotations

import unicodedata


def visible(text: object) -> str:
    """Return a text with control, bidi and other invisible characters made visible."""
    shown = str(text)
    if shown.isascii() and shown.isprintable():
        return shown
    return "".join(
        char if char == " " or unicodedata.category(char)[0] not in "CZ" else f"\\u{ord(char):04x}" for char in shown
    )
