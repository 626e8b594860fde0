"""Progress as the reader needs it: a bar on a terminal, one plain line per finished stage in cron and the journal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pfjira.cli.output import remark, stderr
from pfjira.ops.progress import Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


class Lines:
    """One line on stderr for each stage, when it ends."""

    def __init__(self) -> None:
        self._name, self._count = "", 0

    def stage(self, name: str, total: int | None = None) -> None:
        """End the stage before, begin the next."""
        self.end()
        self._name = name

    def step(self, count: int = 1) -> None:
        """Count."""
        self._count += count

    def end(self) -> None:
        """Print the line of the stage that was going on."""
        if self._name:
            remark(f"{self._name}: {self._count}")
        self._name, self._count = "", 0


class Bar:
    """A rich progress bar, one line per stage."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._task: int | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """End the stage before, begin the next."""
        self.end()
        self._task = self._bars.add_task(name, total=total)

    def step(self, count: int = 1) -> None:
        """Move on."""
        if self._task is not None:
            self._bars.advance(self._bars.task_ids[self._task], count)

    def end(self) -> None:
        """Show the stage as done."""
        if self._task is not None:
            task = self._bars.tasks[self._task]
            self._bars.update(task.id, total=task.completed, visible=task.completed > 0)


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Progress]:
    """Show progress for the block, on stderr."""
    if quiet:
        yield Silent()
    elif sys.stderr.isatty():
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=stderr(), transient=True) as bars:
            yield Bar(bars)
    else:
        lines = Lines()
        try:
            yield lines
        finally:
            lines.end()
