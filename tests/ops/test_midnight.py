"""Rules that look at today, and runs that begin on one day and end on the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import Tool
from small_world import a_task, later, sent, world

from pfjira.ops.settle import Ledger, Queue

TODAY = (
    'when: task.assigned_to.email is endingwith("@it.example.com")',
    'when: task.assigned_to.email is endingwith("@it.example.com") and task.ends_on is within(0, 0)',
)
UTC_DAY = {"PFJIRA_TIMEZONE": "UTC"}


def to_midnight(tool: Tool, before_s: float) -> datetime:
    """Move the clock to so many seconds before a midnight that is a day away at least; return the day that begins."""
    now = tool.sandbox.clock.now().astimezone(UTC)
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=2)
    later(tool, (midnight - now).total_seconds() - before_s)
    return midnight


def a_task_for(tool: Tool, day: datetime) -> str:
    """Make a task that ends on a day, for a person with a plain account; return its title."""
    some = tool.sandbox.peopleforce.tasks[a_task(tool)[0]]["assigned_to"]
    title = "Due on its day"
    tool.sandbox.peopleforce.create_task(title=title, assigned_to=some, ends_on=day.date().isoformat())
    return title


def made(tool: Tool, title: str) -> int:
    """Count the issues with a title."""
    return [issue.fields["summary"] for issue in tool.sandbox.jira.issues.values()].count(title)


def test_a_record_is_settled_for_the_day_its_rules_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read before midnight and written down after it: the day that began is looked at by its own first run."""
    with world(tmp_path) as tool:
        day = to_midnight(tool, 20)
        title = a_task_for(tool, day)
        tool.rules.write_text(tool.rules.read_text().replace(*TODAY))
        tool.extra = UTC_DAY
        _last_until_after_midnight(tool, monkeypatch)
        assert (0, 0) == (tool.run("sync").code, made(tool, title))
        assert day < tool.sandbox.clock.now()

        later(tool)
        assert (0, 1) == (tool.run("sync").code, made(tool, title))


def _last_until_after_midnight(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute pass between the plan and the moment when it is written down."""
    real = Ledger.open

    def late(ledger: Ledger, *arguments: Any, **options: Any) -> Queue:
        monkeypatch.setattr(Ledger, "open", real)
        tool.sandbox.clock.advance(60)
        return real(ledger, *arguments, **options)

    monkeypatch.setattr(Ledger, "open", late)


def test_a_task_gets_its_issue_on_its_day_and_quiet_runs_stay_quiet(tmp_path: Path) -> None:
    """Nothing on the eve, one issue after midnight, nothing more that day or the next."""
    with world(tmp_path) as tool:
        day = to_midnight(tool, 600)
        title = a_task_for(tool, day)
        tool.rules.write_text(tool.rules.read_text().replace(*TODAY))
        tool.extra = UTC_DAY
        assert (0, 0) == (tool.run("sync").code, made(tool, title))
        later(tool, 900)
        assert (0, 1) == (tool.run("sync").code, made(tool, title))
        for pause_s in (900, 4 * 3600, 24 * 3600):
            later(tool, pause_s)
            assert (0, []) == (tool.run("sync").code, sent(tool))
