"""The clock of the machine that runs the tool is wrong, at each step of a story: nothing is early, doubled or missed.

Jira's own clock decides what day it is, what waited long enough and from when on to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import Answer, Tool, company
from small_world import later, sent

from pfjira.sandbox.faults import Fault, Kind
from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.server import Sandbox

DAY_S, HOUR_S = 86_400, 3_600
JUMPS = [
    pytest.param(timedelta(days=400), id="400-days-ahead"),
    pytest.param(timedelta(days=-400), id="400-days-behind"),
    pytest.param(timedelta(hours=1), id="an-hour-ahead"),
    pytest.param(timedelta(hours=-1), id="an-hour-behind"),
]
RULES = """
version: 1
timezone: UTC
rules:
  - id: onboarding
    for: employee
    when: employee.hired_on is within(-3, 0) and employee.last_name == "Newcomer"
    key: "{{ employee.id }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Welcome {{ employee.first_name }}" }
    cancel_when: employee.gone
    cancel: { to: Cancelled }
"""


@contextmanager
def company_at_noon(folder: Path) -> Iterator[Tool]:
    """Lend a small company under these rules, before its first sync, at noon."""
    path = folder / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    with Sandbox(company(people=20, tasks=0, completed_tasks=0)) as sandbox:
        to_hour(sandbox, 12)
        yield Tool(sandbox, folder, path)


def to_hour(sandbox: Sandbox, hour: int, minute: int = 0) -> None:
    """Let time pass until the clock next shows this hour (UTC)."""
    now = sandbox.clock.now()
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    sandbox.clock.advance(((then - now) % timedelta(days=1)).total_seconds())


def day(tool: Tool, number: int) -> str:
    """Return the day so many days from today by the sandbox."""
    return (tool.sandbox.clock.now() + timedelta(days=number)).date().isoformat()


def hire(tool: Tool, first_name: str, in_days: int) -> int:
    """Enter a person whose first day is so many days ahead."""
    made = tool.sandbox.peopleforce.act(
        "hire", first_name=first_name, last_name="Newcomer", hired_on=day(tool, in_days)
    )
    return int(made["id"])


def issues(tool: Tool) -> list[StoredIssue]:
    """Return every issue."""
    return list(tool.sandbox.jira.issues.values())


def titles(tool: Tool) -> list[str]:
    """Return the summaries of every issue."""
    return sorted(str(issue.fields["summary"]) for issue in issues(tool))


def wrongly(tool: Tool, jump: timedelta, *arguments: str) -> Answer:
    """Run one sync while the machine's clock is wrong, five minutes after what was before."""
    later(tool)
    tool.wrong_by = jump
    answer = tool.run("sync", *arguments)
    tool.wrong_by = timedelta()
    return answer


def rightly(tool: Tool, *arguments: str) -> Answer:
    """Run one sync five minutes later with the right clock."""
    return wrongly(tool, timedelta(), *arguments)


@pytest.mark.parametrize("jump", JUMPS)
def test_row_29_a_first_sync_under_a_wrong_clock_makes_nothing_early(tmp_path: Path, jump: timedelta) -> None:
    """First days of today, tomorrow, and 400 days from now and ago: only today's is made; tomorrow's comes tomorrow."""
    with company_at_noon(tmp_path) as tool:
        for name, number in {"Today": 0, "Tomorrow": 1, "Later": 400, "Long ago": -400}.items():
            hire(tool, name, number)

        assert (0, ["Welcome Today"]) == (wrongly(tool, jump).code, titles(tool))
        assert (0, ["Welcome Today"]) == (rightly(tool).code, titles(tool))
        later(tool, DAY_S)
        assert (0, ["Welcome Today", "Welcome Tomorrow"]) == (rightly(tool).code, titles(tool))


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("full", [(), ("--full",)], ids=["quick", "full"])
def test_row_29_a_jump_before_and_after_creation_does_nothing_twice(
    tmp_path: Path, jump: timedelta, full: tuple[str, ...]
) -> None:
    """The eve, the day and the day after, each with a run under the wrong clock: made once, on its day, by that run."""
    with company_at_noon(tmp_path) as tool:
        assert 0 == rightly(tool).code
        hire(tool, "Ada", 1)
        assert (0, []) == (wrongly(tool, jump, *full).code, titles(tool))
        assert (0, []) == (rightly(tool).code, titles(tool))

        later(tool, DAY_S)
        assert (0, ["Welcome Ada"]) == (wrongly(tool, jump, *full).code, titles(tool))
        for pause_s in (300, DAY_S, 4 * DAY_S):
            later(tool, pause_s)
            for run in (wrongly(tool, jump, *full), rightly(tool)):
                assert (0, [], ["Welcome Ada"]) == (run.code, sent(tool), titles(tool))


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("jump", JUMPS)
def test_row_29_a_parked_creation_waits_by_the_clock_of_jira(tmp_path: Path, jump: timedelta, kind: Kind) -> None:
    """Its outcome is unknown and nothing can be seen of it: it is not sent again before Jira says that time is up."""
    with company_at_noon(tmp_path) as tool:
        assert 0 == rightly(tool).code
        hire(tool, "Ada", 0)
        tool.sandbox.faults.add(Fault(kind, "jira", "POST", r"/issue(/bulk)?$"))
        hidden = [Fault("empty_list", "jira", path=path, times=None) for path in ("bulkfetch", "search/jql")]
        for fault in hidden:
            tool.sandbox.faults.add(fault)
        there = int(kind == "drop_after")
        assert (1, there) == (rightly(tool).code, len(issues(tool)))
        assert (1, there) == (wrongly(tool, jump).code, len(issues(tool)))
        assert (1, there) == (wrongly(tool, jump).code, len(issues(tool)))

        tool.sandbox.faults.clear()
        assert 0 == tool.settle().code
        assert ["Welcome Ada"] == titles(tool)


@pytest.mark.parametrize("wrong", [0, 1, 2], ids=["first-sweep", "second-sweep", "between"])
@pytest.mark.parametrize("jump", JUMPS)
def test_row_29_nobody_is_gone_before_an_hour_has_passed_elsewhere(tmp_path: Path, jump: timedelta, wrong: int) -> None:
    """Two sweeps, five minutes apart, miss a person: no withdrawal; an hour later there is one."""
    with company_at_noon(tmp_path) as tool:
        ada = hire(tool, "Ada", 0)
        assert 0 == rightly(tool).code
        (issue,) = issues(tool)
        tool.sandbox.peopleforce.act("remove_employee", id=ada)
        sweeps: list[tuple[timedelta, tuple[str, ...]]] = [(timedelta(), ("--full",)), (timedelta(), ("--full",))]
        sweeps.insert(1, (timedelta(), ()))
        order = [0, 2, 1]
        sweeps[order[wrong]] = jump, sweeps[order[wrong]][1]
        for moment, arguments in sweeps:
            assert (0, "To Do") == (wrongly(tool, moment, *arguments).code, issue.status.name)

        later(tool, HOUR_S)
        assert (0, "Cancelled") == (rightly(tool, "--full").code, issue.status.name)


@pytest.mark.parametrize("pause_s", [0, 2 * HOUR_S], ids=["at-once", "two-hours-later"])
@pytest.mark.parametrize("jump", JUMPS)
def test_row_29_a_watermark_of_a_wrong_clock_hides_nothing(tmp_path: Path, jump: timedelta, pause_s: int) -> None:
    """What moves on either side after such a run, or before one, is seen by the next run, however late that comes."""
    with company_at_noon(tmp_path) as tool:
        ada, _ = hire(tool, "Ada", 0), hire(tool, "Bob", 0)
        assert 0 == rightly(tool).code
        for number, jumps in enumerate([(jump, timedelta()), (timedelta(), jump)]):
            assert 0 == wrongly(tool, jumps[0]).code
            later(tool)
            tool.sandbox.peopleforce.act("edit_employee", id=ada, first_name=f"Ada {number}")
            (bobs,) = [issue for issue in issues(tool) if "Bob" in str(issue.fields["summary"])]
            tool.sandbox.jira.act("edit", key=bobs.key, field="summary", value="Scribbled over")
            later(tool, pause_s)
            assert (0, [f"Welcome Ada {number}", "Welcome Bob"]) == (wrongly(tool, jumps[1]).code, titles(tool))


def test_row_29_a_state_with_watermarks_ahead_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written under a clock of Jira's that was itself ahead, or by an older program: it is not believed."""
    from pfjira.ops.workspace import Workspace

    def ahead(workspace: Workspace, started_at: datetime, there: Any) -> datetime:
        return started_at + timedelta(days=400)

    with company_at_noon(tmp_path) as tool:
        ada = hire(tool, "Ada", 0)
        with monkeypatch.context() as patch:
            patch.setattr(Workspace, "begun", ahead)
            assert 0 == rightly(tool).code
        tool.sandbox.peopleforce.act("edit_employee", id=ada, first_name="Eve")
        assert (0, ["Welcome Eve"]) == (rightly(tool).code, titles(tool))
