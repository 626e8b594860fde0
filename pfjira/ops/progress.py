"""How long work tells where it is. The cli brings the bar, cron gets plain lines, tests get silence."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Somebody who may be told."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage; `total` steps when that is known."""
        ...

    def step(self, count: int = 1) -> None:
        """Say that so many steps of the stage are done."""
        ...


class Silent:
    """Nobody listens."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Ignore it."""

    def step(self, count: int = 1) -> None:
        """Ignore it."""
