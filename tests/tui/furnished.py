"""A state with something of everything, the same each time, and the moment at which it is looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pfjira.engine.model import Ref
from pfjira.state import alerts, audit, doubles, inbox, letters, runs, samples
from pfjira.state.alerts import Cause
from pfjira.state.letters import DeadLetter
from pfjira.state.store import Store
from pfjira.state.timetable import PaceFile

BOOTED_S = 90_045.0
"""How long the machine is on at that moment."""
NOW = datetime(2030, 1, 7, 8, 30, tzinfo=UTC)


def at(minutes: int) -> str:
    """Return a moment so long ago."""
    return (NOW - timedelta(minutes=minutes)).isoformat()


def paced(path: Path, now: float) -> None:
    """Book the departures of an hour for both systems, the last of them at a moment of the machine's clock."""
    pace = PaceFile(path, complain=lambda said: None, clock=lambda: now)
    for site, rate in (("peopleforce app.test/api", 4.0), ("jira example.test", 10.0)):
        with pace.of(site).open() as times:
            times.rate, minute = rate, int(now // 60)
            busy = [int(rate * (60 if back % 5 == 0 else 36)) for back in range(7)]
            times.departed = [
                minute,
                int(rate * 0.8 * (now % 60)),
                *busy,
                *(1 + back % 40 if back % 5 == 2 else 0 for back in range(8, 55)),
            ]
            times.paused = {"": now + 30} if rate == 10 else {}
    pace.close()


def furnished(folder: Path) -> Path:
    """Write the state and a log beside it."""
    path = folder / "state.db"
    with Store.open(path) as store:
        for number in range(6):
            begun = NOW - timedelta(minutes=5 * (6 - number))
            kind = runs.KINDS[number % 3] if number != 4 else runs.REPLAY
            run = runs.start(store, full=kind == runs.SWEEP, kind=kind, now=begun)
            error = "peopleforce: no answer within 30 s." if number == 4 else ""
            counts = {"create": number, "looked_at": 120}
            code = None if error else int(number > 2)
            runs.finish(store, run, exit_code=code, counts=counts, error=error, now=begun + timedelta(seconds=3))
        with store.write():
            for number in range(30):
                reason = ("jira: POST issue: field duedate: not a date.", "jira: POST issue: no such option.")[
                    number % 2
                ]
                letter = DeadLetter("onboarding", Ref("peopleforce", "task", str(7000 + number)), "create", reason, 400)
                letters.bury(store, letter, fingerprint="", rules="", now=NOW - timedelta(minutes=number))
                account = None if number < 2 else f"712020:{number:08}-0898-437e-9815-f07d0544152f"
                store.run(
                    "INSERT INTO people (hr_id, account_id, state, matched_by, doubt, checked_at) VALUES (?,?,?,?,?,?)",
                    (str(9000 + number), account, "linked" if account else "review", "email",
                     "" if account else "NO_ACCOUNT", at(60)),
                )  # fmt: skip
                store.run(
                    "INSERT INTO deliveries (source, id, fields, received_at, settled_at) "
                    "VALUES ('badge', ?, '', ?, NULL)",
                    (f"d{number}", at(number)),
                )
                audit.append(store, "ann", "people link", f"{9000 + number}", NOW - timedelta(minutes=number))
            for field in ("summary", "duedate"):
                store.run(
                    "INSERT INTO conflicts (rule, key, field, kind, id, issue_key, first_seen) "
                    "VALUES ('r', '1', ?, 'task', '7001', 'ITOPS-1', ?)",
                    (field, at(90)),
                )
            store.run(
                "INSERT INTO snapshots (kind, id, fingerprint, rules, day, section, waiting) "
                "VALUES ('task', '7001', '', '', '', '', '9000')"
            )
            store.run(
                "INSERT INTO rule_versions (hash, rules, file, text, first_used_at, last_used_at, activated, "
                "activated_at, activated_by) "
                "VALUES ('0123456789abcdef', '', ?, '', ?, ?, 1, ?, 'ann')",
                ("/etc/pfjira/rules.yaml", at(99), at(9), at(99)),
            )
            for number in range(4):
                arrival = inbox.Arrival(
                    "jira", "jira:issue_updated", f"digest {number}", refs=(Ref("jira", "issue", str(10001 + number)),)
                )
                inbox.receive(store, arrival, NOW - timedelta(minutes=2 * number))
            inbox.receive(store, inbox.Arrival("peopleforce", "document_signed", "digest"), NOW - timedelta(minutes=1))
            older = [(number, at(2 * (number - 1))) for number in (3, 4)]
            inbox.settle(store, older, NOW)
            for cause, subject, sentence in (
                (Cause.STOPPED, "peopleforce", "PeopleForce gave no answer within 30 s."),
                (
                    Cause.GUARD,
                    "create",
                    "The plan makes 214 issues, more than the guard lets pass: read it and approve.",
                ),
                (Cause.STOPPED, "jira", "Jira gave no answer within 30 s."),
            ):
                alerts.put(
                    store, cause, subject, sentence, day="2030-01-07", now=NOW - timedelta(minutes=50), full=False
                )
            store.set_meta("jira_token", f"mark {(NOW - timedelta(days=345)).isoformat()}")
            doubles.save(store, [doubles.Double("10400", "ITOPS-40", "op", "ITOPS-7", doubles.Stage.REFUSED)])
            for number in range(12):
                spent = {"cpu_s": 1.5 + number % 4, "memory_mb": 80.0 + number, "writes": float(number % 5)}
                samples.save(store, "sync", spent, NOW - timedelta(hours=12 - number))
            store.run("INSERT INTO rules_in_force (only, hash) VALUES (1, '0123456789abcdef')")
    paced(path, BOOTED_S)
    (folder / "logs").mkdir()
    lines = [
        {
            "time": at(n),
            "level": ("info", "warning")[n % 5 == 0],
            "event": "write.done",
            "message": f"line {n}",
            "run": n,
        }
        for n in range(40)
    ]
    (folder / "logs" / "pfjira.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


PLAN: dict[str, Any] = {
    "digest": "0123456789abcdef",
    "counts": {"create": 1, "update": 0, "cancel": 0},
    "guard": None,
    "changes": [
        {
            "action": "create", "rule": "it-tasks", "ref": "peopleforce/task/7002", "issue": None, "project": "ITOPS",
            "fields": [{"field": "summary", "before": None, "after": "Order a laptop", "why": "new"}],
        }
    ],
    "conflicts": [
        {"rule": "it-tasks", "ref": "peopleforce/task/7001", "issue": "ITOPS-1", "field": "summary",
         "ours": "Moved in HR", "theirs": "Moved in Jira"},
    ],
    "reviews": [{"person": "9000", "reason": "no Atlassian account with this e-mail address"}],
    **dict.fromkeys(("failures", "parked", "missing", "doubles", "withheld", "shadows", "kept"), ()),
}  # fmt: skip
RULES: dict[str, Any] = {
    "version": "0123456789abcdef",
    "file": "/etc/pfjira/rules.yaml",
    "rules_file": {"notes": []},
    "rules": [
        {"id": "it-tasks", "for": "task", "make": "issue", "state": "active", "reason": "", "slot": "tasks", "line": 31,
         "in": {"project": "ITOPS", "type": "Task"}},
        {"id": "leave", "for": "leave", "make": "issue", "state": "disabled", "reason": "disabled by ann: holiday",
         "slot": "", "line": 48, "in": {"project": "HR", "type": "Task"}},
    ],
}  # fmt: skip
