"""Who sits in front of it: the user who logged in, though sudo may have made him another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

LOGIN = Path("/proc/self/loginuid")
"""What the kernel keeps from the login on, through every change of the user; nobody can talk it into anything else."""
_NOBODY = 2**32 - 1


def login_user(environment: Mapping[str, str], login: Path = LOGIN) -> int | None:
    """Return the number of the user who logged in, as the kernel or else sudo knows it; None without a login."""
    try:
        number = int(login.read_text())
    except (OSError, ValueError):
        number = _NOBODY
    if number != _NOBODY:
        return number
    said = environment.get("SUDO_UID", "")
    return int(said) if said.isascii() and said.isdigit() else None
