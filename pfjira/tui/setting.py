"""What the dashboard is handed by whoever starts it; it looks up nothing by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from pfjira.ops.roles import Role


@dataclass(frozen=True, slots=True)
class Setting:
    """Where things are, who looks, and how this program is started once more."""

    state: Path
    logs: Path
    """The folder of the log files of every process."""
    role: Role
    program: tuple[str, ...]
    """Words that start this program as a process of its own."""
    environment: Mapping[str, str]
    """For that process."""
    clock: Callable[[], datetime]
    stale: timedelta
    """Without a good run for so long, somebody should look."""
    token_expires: date | None = None
    """The day on which the Jira token ends, where somebody wrote it down."""
    theme: str = ""

    @property
    def paused(self) -> Path:
        """The file that stops all runs while it is there."""
        return Path(f"{self.state}.paused")
