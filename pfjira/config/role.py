"""With which role this process was started."""

from __future__ import annotations

from collections.abc import Mapping

ROLE = "PFJIRA_ROLE"
"""The dashboard hands its own role to what it starts."""


def role_word(environment: Mapping[str, str]) -> str | None:
    """Return the name of the role; None where nobody narrowed anything."""
    return environment.get(ROLE) or None
