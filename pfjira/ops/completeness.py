"""Whether a listing was read wholly: only then may anything be concluded from what it does not show.

Every page came, in order, none twice; no row twice; as many rows as the listing says there are, the same number on each
page. Where that does not hold, rows moved while they were read: the listing is read again, from its beginning. What any
reading showed is true; what none showed is not known, unless the last one was whole. A listing that does not tell how
many rows it has proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from pfjira.connectors.base import Page
from pfjira.engine.model import Record
from pfjira.ops.progress import Progress
from pfjira.state import snapshots
from pfjira.state.store import Store

if TYPE_CHECKING:
    from pfjira.ops.sweep import Sweep

READINGS = 3
"""How often a listing is read before it counts as one that cannot be read wholly."""
FEW, FEW_PERCENT = 5, 5
"""A complete sweep that shows less than the last one by more than both of these cancels nothing without a person."""


class Reading:
    """One reading of one listing, and whether it proves to be whole. It holds ids only, never rows."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._counts: set[int] = set()
        self._last: list[str] = []
        self._numbers = 0
        self._pages: int | None = None
        self._in_order = True
        self.rows = 0

    def take(self, page: Page) -> None:
        """Look at the next page."""
        ids = [record.ref.id for record in page.records]
        self._numbers += 1
        repeated = bool(ids) and ids == self._last
        self._in_order = self._in_order and page.number == self._numbers and not repeated
        self._last = ids
        self._pages = page.pages if page.pages is not None else self._pages
        if page.count is not None:
            self._counts.add(page.count)
        self.rows += len(ids)
        self._ids.update(ids)

    @property
    def is_counted(self) -> bool:
        """Say whether the listing tells how many rows it has."""
        return bool(self._counts)

    @property
    def is_whole(self) -> bool:
        """Say whether every row was seen."""
        # A total that moves while it is read means that rows moved between the pages, perhaps past the reader. Where
        # none is told, nobody can say whether a page that came again was the end, or the same one all the time.
        counted = self._counts == {self.rows}
        ended = self._pages is None or self._numbers >= self._pages
        return self._in_order and counted and ended and len(self._ids) == self.rows


def read(scan: Callable[[], Iterator[Page]], progress: Progress, told: Callable[[Reading], None]) -> Iterator[Record]:
    """Yield the rows of a listing, and again from its beginning while rows move; then tell what the last reading was.

    A row may come more than once.
    """
    for attempt in range(1, READINGS + 1):
        reading = Reading()
        for page in scan():
            reading.take(page)
            progress.step(len(page.records))
            yield from page.records
        if reading.is_whole or not reading.is_counted or attempt == READINGS:
            told(reading)
            return


def shrunk(store: Store, sweeps: Mapping[str, Sweep]) -> dict[str, tuple[int, int]]:
    """Return kind to rows now and before, where a complete sweep shows much less than the last one."""
    found = {}
    for kind, sweep in sweeps.items():
        before = _before(store, kind, sweep.listings) if sweep.complete else None
        if before is not None and before - sweep.rows > max(FEW, before * FEW_PERCENT // 100):
            found[kind] = sweep.rows, before
    return found


def note(store: Store, sweeps: Mapping[str, Sweep], *, approved: bool) -> None:
    """Remember how long complete sweeps were; inside `write()`, when what they showed is remembered.

    Where one had shrunk, the length to compare with stays until a person approved what follows, or nothing can follow:
    what the sweep lacks was seen again, or was let go without a cancellation.
    """
    pending = {} if approved else shrunk(store, sweeps)
    for kind, sweep in sweeps.items():
        known = sweep.complete and sweep.listings
        if known and not (kind in pending and snapshots.any_awaited(store, kind, sweep.seen)):
            store.set_meta(f"rows {kind}", f"{sweep.rows} {sweep.listings}")


def _before(store: Store, kind: str, listings: str) -> int | None:
    """Return the length of the last complete sweep of the same listings: others have other lengths."""
    count, _, read = (store.meta(f"rows {kind}") or "").partition(" ")
    return int(count) if count and read == listings else None
