"""Names that want to draw, colour, link, reorder or hide something: shown made visible, never executed."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

from boards import Driven, board_over, drive

from pfjira.engine.model import Ref
from pfjira.state import alerts, audit, inbox, letters
from pfjira.state.letters import DeadLetter
from pfjira.state.store import Store
from pfjira.tui.app import VIEWS
from pfjira.tui.screens.plan import steps

EVIL = (
    "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m[@click=app.quit]x[/][bold]\u202egnp.\u2066\u200b\u2028\r\n\x00\x7f"
    "[link=https://example.com]y[/link] \U000e0041 e\u0301\u0301\u0301 \ufeff{{ x }}"
)
SEEN = "\\u001b]52"
"""How it begins where it is shown."""
AT = "2030-01-07T08:00:00+00:00"
MOMENT = datetime.fromisoformat(AT)


def poisoned(folder: Path) -> Path:
    """Write a state, and logs, in which every text is hostile, some of them long."""
    path = folder / "state.db"
    long = EVIL + "A" * 10_000
    with Store.open(path) as store, store.write():
        store.run(
            "INSERT INTO runs (number, started_at, ended_at, full, exit_code, counts, error) "
            "VALUES (1, ?, ?, 0, NULL, '{}', ?)",
            (AT, AT, EVIL),
        )
        store.run(
            "INSERT INTO people (hr_id, account_id, state, checked_at, linked_by, suggested, matched_by) "
            "VALUES (?, ?, 'linked', ?, ?, ?, ?)", (EVIL, EVIL, AT, EVIL, EVIL, EVIL),
        )  # fmt: skip
        store.run(
            "INSERT INTO conflicts (rule, key, field, kind, id, issue_key, first_seen) "
            "VALUES (?, ?, ?, 'task', ?, ?, ?)",
            (EVIL, long, EVIL, EVIL, EVIL, AT),
        )
        letter = DeadLetter(EVIL, Ref("peopleforce", "task", EVIL), "create", long, 400)
        letters.bury(store, letter, fingerprint="", rules="", now=MOMENT)
        store.run(
            "INSERT INTO deliveries (source, id, fields, received_at, settled_at) VALUES (?, ?, '{}', ?, NULL)",
            (EVIL, long, AT),
        )
        arrival = inbox.Arrival(EVIL, EVIL, "digest", long, (Ref("jira", "issue", EVIL.split()[0]),), EVIL)
        inbox.receive(store, arrival, MOMENT)
        alerts.put(store, alerts.Cause.GUARD, EVIL, long, day="2030-01-07", now=MOMENT, full=False)
        audit.append(store, EVIL, EVIL, long, MOMENT)
        store.run(
            "INSERT INTO rule_versions (hash, rules, file, text, first_used_at, last_used_at, activated, "
"activated_at, activated_by) "
            "VALUES (?, '', ?, '', ?, ?, 1, ?, ?)", (EVIL, EVIL, AT, AT, AT, EVIL)
        )  # fmt: skip
        store.run(
            "INSERT INTO rule_overrides (rule, source, who, why, at) VALUES (?, 'operator', ?, ?, ?)",
            (EVIL, EVIL, EVIL, AT),
        )
    (folder / "logs").mkdir()
    line = json.dumps({"time": AT, "level": EVIL, "event": EVIL, "message": long, "ref": EVIL})
    (folder / "logs" / "sync.jsonl").write_bytes(f"{line}\n{EVIL}\n".encode())
    return path


def harmful(text: str) -> set[str]:
    """Return what must never reach a terminal; line ends are the drawing's own."""
    return {hex(ord(char)) for char in {*text} - {"\n", " "} if unicodedata.category(char)[0] in "CZ"}


def test_no_name_does_anything_on_any_screen(tmp_path: Path) -> None:
    """Every screen, its details, the search and the plan show each text to the letter, and no control character."""
    board = board_over(poisoned(tmp_path))
    names = (
        "changes",
        "conflicts",
        "failures",
        "parked",
        "reviews",
        "missing",
        "shadows",
        "doubles",
        "withheld",
        "kept",
    )
    plan: dict[str, Any] = {name: [] for name in names}
    plan["conflicts"] = [{"issue": EVIL, "ref": EVIL, "rule": EVIL, "field": EVIL, "ours": EVIL, "theirs": [EVIL]}]

    async def script(at: Driven) -> None:
        shown: dict[str, bool] = {}
        for key, kind in VIEWS:
            view = await at.opened(key)
            if kind.title == "Plan":
                view.held = steps(plan)
                view.read_again()
            await at.until(lambda: SEEN in at.screen())
            await at.pilot.pause()
            shown[kind.title] = harmful(at.screen()) == set()
        assert dict.fromkeys((kind.title for _, kind in VIEWS), True) == shown

    drive(board, script)


def test_a_real_terminal_gets_no_byte_of_theirs(tmp_path: Path) -> None:
    """The command itself on a terminal of its own: what it writes there holds none of the sequences of a name."""
    state = poisoned(tmp_path)
    lead, follow = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "PFJIRA_STATE": str(state)}
    process = subprocess.Popen(
        [sys.executable, "-m", "pfjira", "tui"], stdin=follow, stdout=follow, stderr=follow, env=environment
    )
    os.close(follow)
    written = b""
    try:
        end, asked = time.monotonic() + 60, False
        while SEEN.encode() not in written.rpartition(b"dead letter")[2] or not asked:
            assert time.monotonic() < end, written[-2000:]
            if select.select([lead], [], [], 0.2)[0]:
                written += os.read(lead, 65536)
            if not asked and b"What needs you" in written:
                os.write(lead, b"6")
                asked = True
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(lead)
    assert [] == [
        piece for piece in (b"\x1b]52;c;ZXZpbA", b"\x1b[2J\x9b", "\u202e".encode(), b"\x9b31m") if piece in written
    ]
