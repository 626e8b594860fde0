"""Colours. Nothing on any screen is told by colour alone, so one of them does without."""

from __future__ import annotations

from textual.theme import Theme

USUAL = "textual-dark"
MONOCHROME = Theme(
    name="monochrome",
    primary="#ffffff",
    secondary="#ffffff",
    warning="#ffffff",
    error="#ffffff",
    success="#ffffff",
    accent="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    dark=True,
    variables={"footer-key-foreground": "#ffffff", "input-selection-background": "#808080"},
)
THEMES = (MONOCHROME,)
