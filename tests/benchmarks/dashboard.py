"""What the dashboard costs, without a terminal: its first picture, a list of 100,000 rows, and doing nothing.

    python tests/benchmarks/dashboard.py

Against bare Textual in the same run, by turns: a program that shows one table of Textual's own, of 24 rows for the
first picture and of 1,000 rows for the large list. Processor time of this process; what a terminal would draw is drawn.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tui"))

from boards import Driven, board_over, drive
from furnished import NOW, furnished
from measuring import Figure, ratio
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from pfjira.state.store import Store

MANY = 100_000
NAIVE = 1000
"""Rows that a page of Textual's own table should not exceed: it lays out each of them."""
VISIBLE = 24
PAGES = 8
ROUNDS = 5
IDLE_S = {"small": 5.0, "full": 30.0}
SIZE = (80, 24)
Spent = dict[str, float]


class Bare(App[None]):
    """The least that shows a list: a table of Textual's own."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        """Show the table."""
        yield DataTable()

    def on_mount(self) -> None:
        """Fill it."""
        table = self.query_one(DataTable)
        table.add_columns("person", "account", "state", "since")
        table.add_rows((str(n), f"712020:{n}", "linked", "2030-01-07") for n in range(self._rows))
        table.focus()


def figures(size: str) -> Iterator[Figure]:
    """Yield the rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        state = furnished(Path(folder))
        rounds = [(first_picture(state), bare(VISIBLE)) for _ in range(ROUNDS)]
        yield compared("dashboard: first picture", rounds, "first", f"Textual with a table of {VISIBLE} rows")
        share = idle(state, IDLE_S[size])
    with tempfile.TemporaryDirectory() as folder:
        state = large(Path(folder) / "state.db")
        rounds = [(listed(state), bare(NAIVE)) for _ in range(ROUNDS)]
    naive = f"Textual's own table with {NAIVE:,} rows"
    yield compared(f"dashboard: {MANY:,} people appear", rounds, "list", naive)
    yield compared(f"dashboard: a page further in {MANY:,} people", rounds, "page", naive)
    yield Figure("dashboard at rest", f"{100 * share:.2f} % of a core", "<= 2 %", f"{IDLE_S[size]:.0f} s, first screen")


def compared(what: str, rounds: list[tuple[Spent, Spent]], part: str, against: str) -> Figure:
    """Return one row: ours against bare Textual."""
    mine, theirs = [ours[part] for ours, _ in rounds], [other[part] for _, other in rounds]
    middle, other = 1000 * statistics.median(mine), 1000 * statistics.median(theirs)
    return Figure(what, f"{ratio(mine, theirs):.2f} x", "", f"{against}, CPU; {middle:.0f} ms against {other:.0f} ms")


def first_picture(state: Path) -> Spent:
    """Return what it costs from nothing to the first screen with all that is known on it."""
    begun = started()
    found: Spent = {}
    board = board_over(state, clock=lambda: NOW)

    async def script(at: Driven) -> None:
        await at.until(lambda: board.outlook)
        await at.pilot.pause()
        found["first"] = time.process_time() - begun

    drive(board, script, size=SIZE)
    return found


def listed(state: Path) -> Spent:
    """Return what it costs to show a list, and to go a page further in it."""
    board = board_over(state, clock=lambda: NOW)
    found: Spent = {}

    async def script(at: Driven) -> None:
        await at.until(lambda: board.outlook)
        await at.pilot.pause(0.5)
        begun = started()
        await at.press("4")
        await at.until(lambda: at.table.row is not None)
        found["list"] = time.process_time() - begun
        found["page"] = await paged(at.pilot.press, lambda: at.until(lambda: at.table.row is not None))

    drive(board, script, size=SIZE)
    return found


def bare(rows: int) -> Spent:
    """Return what the same costs bare Textual: its list is there with the first picture."""
    found: Spent = {}

    async def run() -> None:
        begun = started()
        async with Bare(rows).run_test(size=SIZE) as pilot:
            await pilot.pause()
            found["first"] = found["list"] = time.process_time() - begun
            found["page"] = await paged(pilot.press, pilot.pause)

    asyncio.run(run())
    return found


async def paged(press: Callable[[str], Awaitable[object]], settled: Callable[[], Awaitable[object]]) -> float:
    """Return what one page further costs, on average over some."""
    begun = time.process_time()
    for _ in range(PAGES):
        await press("pagedown")
        await settled()
    return (time.process_time() - begun) / PAGES


def idle(state: Path, seconds: float) -> float:
    """Return the share of a core that the first screen takes while nothing happens."""
    board = board_over(state, clock=lambda: NOW)
    shares: list[float] = []

    async def script(at: Driven) -> None:
        await at.until(lambda: board.outlook)
        await at.pilot.pause(1)
        begun, spent = time.monotonic(), time.process_time()
        await at.pilot.pause(seconds)
        shares.append((time.process_time() - spent) / (time.monotonic() - begun))

    drive(board, script, size=SIZE)
    return shares[0]


def large(path: Path) -> Path:
    """Write a state of so many people."""
    with Store.open(path) as store, store.write():
        store.run_many(
            "INSERT INTO people (hr_id, account_id, state, matched_by, checked_at) VALUES (?, ?, 'linked', 'email', ?)",
            ((str(number), f"712020:{number}", NOW.isoformat()) for number in range(MANY)),
        )
    return path


def started() -> float:
    """Return the processor time at a beginning that owes nothing to what was before."""
    gc.collect()
    return time.process_time()


if __name__ == "__main__":
    for figure in figures("small"):
        sys.stdout.write(f"{figure.what}: {figure.measured}, against {figure.against}\n")
