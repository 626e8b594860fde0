"""How long the Jira token lives is told in time, and what tells it is never the token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness import Answer, Tool

from pfjira.ops.reminders import token_end
from pfjira.state import token_age
from pfjira.state.store import Store


def in_days(days: int) -> str:
    """Return a date near today."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def _token_is_well(doctor: Answer) -> bool:
    (found,) = [finding["ok"] for finding in doctor.json["findings"] if finding["subject"] == "Jira token"]
    return bool(found)


TOLD = [
    (31, "ok", True),
    (30, "warning", True),
    (7, "warning", False),
    (2, "warning", False),
    (1, "critical", False),
    (-3, "critical", False),
]


def test_a_token_that_ends_is_told_in_time(tool: Tool) -> None:
    """`status` warns 30 days ahead and is critical one day ahead; `doctor` is not content a week ahead."""
    with Store.open(tool.state) as store, store.write():
        store.run("DELETE FROM people")  # whoever waits for review is a warning of its own
    for days, verdict, well in TOLD:
        extra = {"PFJIRA_JIRA_TOKEN_EXPIRES": in_days(days)}
        status, found = tool.run("status", "--json", **extra), tool.run("doctor", "--json", **extra)

        told = (status.json["token_expires"], status.json["token_days_left"])
        assert (verdict, (in_days(days), days)) == (status.json["verdict"], told), status.json["because"]
        assert (well, days) == (_token_is_well(found), found.json["token_days_left"])
        assert (days <= 30) == ("the Jira token end" in status.json["because"])


def test_without_a_date_it_is_a_year_after_its_first_use(tool: Tool) -> None:
    """Only a writing run notes it, by a keyed fingerprint; another token begins anew."""
    first = tool.run("status", "--json").json
    with Store.open(tool.state, read_only=True) as store:
        seen = token_age.last(store)
    assert seen is not None
    assert (seen.at.date() + timedelta(days=365)).isoformat() == first["token_expires"]
    assert b"sandbox-token" not in b"".join(path.read_bytes() for path in tool.folder.glob("state.db*"))
    tool.run("diff", PFJIRA_JIRA_API_TOKEN="another-token")
    tool.run("doctor", PFJIRA_JIRA_API_TOKEN="another-token")
    with Store.open(tool.state, read_only=True) as store:
        assert seen == token_age.last(store)
        assert None is token_end(store, seen.at, None, mark="another mark")


def test_another_token_begins_anew(tmp_path: Path) -> None:
    """The same token keeps its first day, whatever happens in between."""
    began = datetime(2026, 3, 2, tzinfo=UTC)
    with Store.open(tmp_path / "state.db") as store:
        ends = []
        for mark, days in (("one", 0), ("one", 90), ("two", 100), ("two", 300)):
            token_age.note(store, mark, began + timedelta(days=days))
            end = token_end(store, began + timedelta(days=days), None)
            ends.append(end.days_left if end else None)

    assert [365, 275, 365, 165] == ends


def test_a_date_that_is_none_is_refused(tool: Tool) -> None:
    """78, naming the variable; `doctor` has it as a finding."""
    wrong = {"PFJIRA_JIRA_TOKEN_EXPIRES": "next spring"}
    status, doctor = tool.run("status", **wrong), tool.run("doctor", "--json", **wrong)

    assert (78, True) == (status.code, "PFJIRA_JIRA_TOKEN_EXPIRES" in status.err)
    assert (78, False) == (doctor.code, _token_is_well(doctor))
