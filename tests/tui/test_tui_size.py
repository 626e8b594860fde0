"""Large states and long watches: a hundred thousand rows, a dashboard at rest, one that never starves SQLite."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from boards import Driven, board_over, drive

from pfjira.engine.model import Ref
from pfjira.state import audit, letters
from pfjira.state.letters import DeadLetter
from pfjira.state.store import Store

pytestmark = pytest.mark.long
MANY = 100_000
AT = "2030-01-07T08:00:00+00:00"
NOW = datetime.fromisoformat(AT)
APPEARS_S = 0.5
PAUSE_S = 0.25
"""Most processor time between a key and its rows; a list without an index is sorted meanwhile, beside the screen."""
IDLE_SHARE = 0.02
WAL_MOST = 64 * 2**20


def large(path: Path) -> Path:
    """Write a state with a hundred thousand people, dead letters, acts and deliveries."""
    with Store.open(path) as store, store.write():
        ids = [str(number) for number in range(MANY)]
        store.run_many(
            "INSERT INTO people (hr_id, account_id, state, matched_by, checked_at) VALUES (?, ?, 'linked', 'email', ?)",
            ((one, f"712020:{one}", AT) for one in ids),
        )
        for one in ids:
            letter = DeadLetter("tasks", Ref("peopleforce", "task", one), "create", "refused", 400)
            letters.bury(store, letter, fingerprint="", rules="", now=NOW - timedelta(minutes=int(one) % 60))
            audit.append(store, "ann", "link", one, NOW)
        store.run_many(
            "INSERT INTO deliveries (source, id, fields, received_at, settled_at) VALUES ('hook', ?, '', ?, ?)",
            ((one, AT, AT) for one in ids[::2]),
        )
        store.run_many(
            "INSERT INTO inbox (hook, identifier, topic, digest, refs, received_at, state) "
            "VALUES ('jira', ?, 'jira:issue_updated', '', ?, ?, 'done')",
            ((one, f"issue/{one}", (NOW - timedelta(seconds=int(one))).isoformat()) for one in ids[1::2]),
        )
    return path


def test_a_hundred_thousand_rows_appear_at_once_and_scroll_without_a_pause(tmp_path: Path) -> None:
    """Each large list is there in half a second, and so are its end, its middle, and a page more."""
    board = board_over(large(tmp_path / "state.db"))
    took: dict[str, float] = {}

    async def script(at: Driven) -> None:
        async def timed(name: str, key: str) -> None:
            table = None if "appears" in name else at.table
            before = table.cursor if table else -1
            begun = time.process_time()  # whatever else the machine does meanwhile is not ours
            await at.press(key)
            await at.until(lambda: at.table.row is not None and at.table.cursor != before)
            took[name] = max(took.get(name, 0.0), time.process_time() - begun)

        await at.until(lambda: board.outlook)
        await at.pilot.pause(0.5)
        for key in ("4", "6", "7", "minus"):
            await timed(f"{key} appears", key)
            for move in ("end", "home", "end", *["pageup"] * 8, "home", *["pagedown"] * 8):
                await timed(f"{key} {move}", move)

    drive(board, script, drawn=True)
    print({name: round(spent, 3) for name, spent in took.items()})
    assert {} == {name: s for name, s in took.items() if s > (APPEARS_S if "appears" in name else PAUSE_S)}


def test_a_dashboard_at_rest_costs_next_to_nothing(tmp_path: Path) -> None:
    """Half a minute on the first screen over a quiet state: less than two hundredths of one processor."""
    state = tmp_path / "state.db"
    Store.open(state).close()
    board = board_over(state)
    shares: list[float] = []

    async def script(at: Driven) -> None:
        await at.until(lambda: board.outlook)
        for key in ("1", "9", "6"):
            await at.press(key)
            await at.pilot.pause(1)
            begun, spent = time.monotonic(), time.process_time()
            await at.pilot.pause(10)
            shares.append((time.process_time() - spent) / (time.monotonic() - begun))

    drive(board, script, drawn=True)
    print([round(share, 4) for share in shares])
    assert [] == [share for share in shares if share > IDLE_SHARE]


def test_sqlite_folds_its_log_in_while_the_dashboard_looks(tmp_path: Path) -> None:
    """Twenty thousand commits of four kilobytes while lists are shown and read anew: the log stays small."""
    state = tmp_path / "state.db"
    with Store.open(state) as store:
        board = board_over(state)
        largest = 0

        async def script(at: Driven) -> None:
            nonlocal largest
            await at.press("minus")
            for _ in range(400):
                for _ in range(50):
                    with store.write():
                        audit.append(store, "ann", "link", "x" * 4096, datetime.now(UTC))
                largest = max(largest, Path(f"{state}-wal").stat().st_size)
                await at.pilot.pause(0.01)

        drive(board, script, drawn=True)
        print(f"largest log {largest / 2**20:.1f} MiB")
    assert largest < WAL_MOST
