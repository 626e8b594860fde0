"""What the dashboard shows: live, searchable, through every trouble with the state, and in any terminal."""

from __future__ import annotations

import os
import re
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from boards import Driven, board_over, drive
from furnished import BOOTED_S, NOW, PLAN, RULES, furnished

from pfjira.engine.model import Ref
from pfjira.ops.roles import Role
from pfjira.state import letters, outbox, runs
from pfjira.state.letters import DeadLetter
from pfjira.state.locks import sole_writer
from pfjira.state.sqlite import sqlite3
from pfjira.state.store import Store
from pfjira.tui.app import VIEWS
from pfjira.tui.messages import DocumentRead, Sampled
from pfjira.tui.widgets.dialogs import Page, TooSmall

DRAW = os.environ.get("PFJIRA_DRAW")  # as it is when this file is loaded: no test sees it
AT = "2030-01-07T08:00:00+00:00"


def bury(store: Store, count: int) -> None:
    """Write dead letters, every hundredth about a missing screen."""
    with store.write():
        for number in range(count):
            reason = "no screen" if number % 100 == 0 else "refused"
            letter = DeadLetter("tasks", Ref("peopleforce", "task", str(number)), "create", reason, 400)
            letters.bury(store, letter, fingerprint="", rules="", now=datetime.fromisoformat(AT))


def test_a_state_in_trouble_is_told_and_looked_at_again(tmp_path: Path) -> None:
    """None yet, newer, damaged, held by others, unreadable logs: a sentence each; then the dashboard goes on."""
    state = tmp_path / "state.db"
    logs = tmp_path / "logs"
    board = board_over(state)
    Store.open(state).close()
    keeper = sqlite3.connect(state, isolation_level=None)
    for words in ("PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE"):
        keeper.execute(words)

    async def script(at: Driven) -> None:
        async def told(words: str) -> None:
            board.action_again()
            await at.until(lambda: words in (at.said("#trouble") if board.trouble else ""))

        await told("busy")
        keeper.close()
        await at.until(lambda: board.trouble is None)
        state.unlink()
        await told("There is no state")
        await at.press("3", "6")
        Store.open(state).close()
        with sqlite3.connect(state) as connection:
            connection.execute("PRAGMA user_version = 999")
        await told("written by a newer pfjira")
        connection.close()
        state.write_bytes(b"This is no database at all. " * 400)
        await told("damaged")
        for path in tmp_path.glob("state.db*"):
            path.unlink()
        with Store.open(state) as store:
            bury(store, 3)
        await at.until(lambda: board.trouble is None and "no run has come" in at.said("#top"))

        logs.mkdir()
        (logs / "sync.jsonl").symlink_to(tmp_path / "nowhere")
        (logs / "work.jsonl").mkdir()
        view = await at.opened("9")
        await at.until(lambda: "cannot be read" in view.summary())

    drive(board, script)


def test_another_process_is_watched_while_it_works(tmp_path: Path) -> None:
    """Who holds the lock and how far his run is stands on the screen, and goes when he goes; a pause is told."""
    state = tmp_path / "state.db"
    with Store.open(state) as store:
        board = board_over(state)

        async def script(at: Driven) -> None:
            with sole_writer(state, "sync --full"):
                number = runs.start(store, full=True, now=datetime.now(UTC))
                await at.until(lambda: "sync --full" in at.said("#progress") and "looks at" in at.said("#progress"))
                with store.write():
                    store.run_many(
                        "INSERT INTO outbox (run, op, action, counts_as, rule, key, kind, id, project, state, "
                        "planned_at) VALUES (?, ?, 'create', 'create', 'r', ?, 'task', ?, 'P', ?, ?)",
                        ((number, str(n), str(n), str(n), "done" if n < 3 else "intent", AT) for n in range(4)),
                    )
                await at.until(lambda: "3 of 4 writes" in at.said("#progress"))
            assert 1 == len(outbox.unfinished(store))
            runs.finish(store, number, exit_code=0, counts={"create": 3}, error="", now=datetime.now(UTC))
            Path(f"{state}.paused").touch()
            await at.until(lambda: not board.surroundings.holder and "PAUSED" in at.said("#top"))
            view = await at.opened("3")
            await at.until(lambda: view.table.row and "agreed" in [text for text, _ in view.cells(view.table.row)])

        drive(board, script)


def test_lists_are_searched_and_stay_on_their_row(tmp_path: Path) -> None:
    """Two thousand rows: a search narrows, Esc widens; what comes before the row under the cursor does not move it."""
    state = tmp_path / "state.db"
    with Store.open(state) as store:
        bury(store, 2000)
        board = board_over(state)

        async def script(at: Driven) -> None:
            view = await at.opened("6")
            await at.until(lambda: view.table.total == 2000)
            await at.press("end")
            await at.until(lambda: view.table.row is not None)
            last = view.table.row
            await at.press("home", "slash", *"no screen", "enter")
            await at.until(lambda: view.table.total == 20)
            await at.press("escape")
            await at.until(lambda: view.table.total == 2000)
            await at.press("down", "down")
            row = view.table.row
            with store.write():
                store.run("UPDATE dead_letters SET last_seen = '2031-01-01' WHERE id = '1999'")
            await at.until(lambda: view.table.known()[0][3] == "1999")
            assert (row, "999") == (view.table.row, last[3])
            await at.press("y")
            assert "task/" in board.clipboard

        drive(board, script)


def test_a_viewer_starts_nothing_that_writes_or_shows_values(tmp_path: Path) -> None:
    """Armed or not, every key of every screen is answered with the role that it takes."""
    state = tmp_path / "state.db"
    with Store.open(state) as store:
        bury(store, 2)
        with store.write():
            store.run(
                "INSERT INTO conflicts (rule, key, field, kind, id, issue_key, first_seen) "
                "VALUES ('r', '1', 'summary', 'task', '1', 'ITOPS-1', ?)",
                (AT,),
            )
            store.run("INSERT INTO people (hr_id, state, checked_at) VALUES ('9001', 'review', ?)", (AT,))
            store.run(
                "INSERT INTO links (rule, key, kind, id, issue_id, issue_key, op, state) "
                "VALUES ('r', '1', 'task', '1', '10001', 'ITOPS-1', 'op', 'gone')"
            )
    board = board_over(state, role=Role.VIEWER)

    async def script(at: Driven) -> None:
        await at.until(lambda: board.outlook and board.outlook.gone)
        await at.press("A", "S", "P")
        for screen, keys in (("2", "dc"), ("4", "lu"), ("5", "ve<>"), ("6", "pte"), ("8", "bu"), ("0", "pm")):
            await at.opened(screen)
            if screen not in "280":
                await at.until(lambda: at.table.row is not None)
            for key in keys:
                await at.press({"<": "less_than_sign", ">": "greater_than_sign"}.get(key, key))
                assert (None, 1) == (board.running, len(board.screen_stack)), (screen, key)

    drive(board, script)


def test_leaving_waits_for_nobody(tmp_path: Path) -> None:
    """A command that was started goes on without the dashboard; one that was only asked ends with it."""
    started = tmp_path / "started"
    endless = f"import os, time; open({str(started)!r}, 'a').write(f'{{os.getpid()}} '); print('on'); time.sleep(60)"
    board = board_over(tmp_path / "state.db", program=(sys.executable, "-c", endless))

    async def script(at: Driven) -> None:
        await at.press("8", "0", "c")
        await at.until(lambda: len(started.read_text().split()) == 2)

    begun = time.monotonic()
    drive(board, script)
    assert board.running is not None
    alive = [board.running.process.poll() is None]
    board.running.process.kill()
    board.running.process.wait()
    assert ([True], True) == (alive, time.monotonic() - begun < 30)


SIZES = ((80, 24), pytest.param((140, 40), marks=pytest.mark.long))


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
def test_every_screen_looks_as_it_did(tmp_path: Path, size: tuple[int, int]) -> None:
    """Each screen over the same state is, letter by letter, the one that was looked at and found good.

    `PFJIRA_DRAW=1` in the environment of pytest draws the goldens anew; look at them before you keep them.
    """
    board = board_over(furnished(tmp_path), clock=lambda: NOW)
    seen: list[str] = []

    async def still(at: Driven) -> str:
        """Return the screen once it does not change any more, but for the machine's bars."""
        before, drawn = "", at.screen()
        while before != drawn:
            await at.pilot.pause(0.1)
            before, lines = drawn, [line.rstrip() for line in at.screen().splitlines()]
            drawn = "\n".join(re.sub("[▁▂▃▄▅▆▇█]", " ", line) if "%" in line else line for line in lines)
        return drawn.replace(str(tmp_path), "/var/lib/pfjira")

    async def script(at: Driven) -> None:
        await at.until(lambda: board.outlook)
        for key, kind in VIEWS:
            view = await at.opened(key)
            if kind.title in ("Plan", "Rules"):
                await at.until(partial(lambda view: "no answer" in view.summary(), view))
                view.post_message(DocumentRead("", PLAN if kind.title == "Plan" else RULES, ""))
            elif kind.title not in ("Overview", "Health"):
                await at.until(lambda: at.table.row is not None)
            seen.append(f"=== {kind.title}\n{await still(at)}\n")
            if kind.title == "Overview" and size == (80, 24):
                await at.press("end")
                seen.append(f"=== {kind.title}, its end\n{await still(at)}\n")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        patch.setattr("pfjira.tui.machine.sample", lambda folder: Sampled(12, 34, 56, 78 << 30, None))
        patch.setattr("pfjira.state.timetable.boot_time", lambda: BOOTED_S)
        patch.setattr("pfjira.tui.machine.timers", lambda now: ["pfjira-sync: in 3 min"])
        drive(board, script, size=size)
    time.tzset()
    golden = Path(__file__).with_name(f"screens_{size[0]}x{size[1]}.txt")
    if DRAW:
        golden.write_text("\n".join(seen))
    assert golden.read_text() == "\n".join(seen)


def test_keys_help_the_palette_and_small_terminals(tmp_path: Path) -> None:
    """`?` explains, ctrl+p finds, a terminal too small is told so, and nothing needs colours."""
    state = tmp_path / "state.db"
    Store.open(state).close()
    board = board_over(state)

    async def script(at: Driven) -> None:
        board.theme = "monochrome"
        await at.press("question_mark")
        await at.until(lambda: isinstance(board.screen, Page))
        assert {"Overview", "Everywhere"} <= {*at.screen().split()}
        await at.press("escape", "ctrl+p")
        await at.until(lambda: "CommandPalette" in type(board.screen).__name__)
        await at.press("escape")
        await at.pilot.resize_terminal(60, 10)
        await at.until(lambda: isinstance(board.screen, TooSmall))
        await at.pilot.resize_terminal(80, 24)
        await at.until(lambda: not isinstance(board.screen, TooSmall))

    drive(board, script)


def test_the_dashboard_says_where_it_cannot_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a terminal: 78; with a role beyond the one that was given: 77."""
    from harness import COMMAND

    from pfjira.cli.app import main

    monkeypatch.setenv("PFJIRA_STATE", str(tmp_path / "state.db"))
    codes = [main(["tui"], run=COMMAND)]
    monkeypatch.setenv("PFJIRA_ROLE", "viewer")
    codes += [main(["tui", "--role", "admin"], run=COMMAND), main(["tui", "--role", "emperor"], run=COMMAND)]

    assert [78, 77, 78] == codes
    assert not os.path.exists(tmp_path / "state.db")
