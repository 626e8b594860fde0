"""Rules that look at today, for records seen only when they move: missed days, midnights, the HR's own batch."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from harness import Answer, Tool, company
from small_world import later, sent
from test_wrong_clock import company_at_noon, hire, rightly, titles, to_hour

from pfjira.ops.settle import Ledger, Queue
from pfjira.ops.workspace import Workspace
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.server import Sandbox

ON_THE_DAY = ("is within(-3, 0)", "is within(0, 0)")
LEAVERS = """
version: 1
timezone: Europe/Kyiv
rules:
  - id: by-date
    for: termination
    when: termination.effective_on is within(-7, 0)
    key: "{{ termination.effective_on }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Last day {{ employee.id }}" }
    cancel_when: termination.gone
    cancel: { to: Cancelled }
  - id: by-status
    for: employee
    when: employee.status == "terminated"
    key: "{{ employee.id }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Account off {{ employee.id }}" }
    cancel_when: employee.status != "terminated"
    cancel: { to: Cancelled }
  - id: joiner
    for: employee
    when: employee.hired_on is within(-3, 0) and employee.last_name == "Newcomer"
    key: "{{ employee.id }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Welcome {{ employee.first_name }}" }
"""


def test_row_30_a_missed_day_is_caught_up_once(tmp_path: Path) -> None:
    """No run for three days over a first day: the next one makes the issue, and none after it does."""
    with company_at_noon(tmp_path) as tool:
        assert 0 == rightly(tool).code
        hire(tool, "Ada", 1)
        assert (0, []) == (rightly(tool).code, titles(tool))
        later(tool, 3 * 86_400)
        assert (0, ["Welcome Ada"]) == (rightly(tool).code, titles(tool))
        for pause_s in (300, 86_400, 5 * 86_400):
            later(tool, pause_s)
            assert (0, [], ["Welcome Ada"]) == (tool.run("sync").code, sent(tool), titles(tool))


@pytest.mark.parametrize(("zone", "offset_h"), [("Pacific/Kiritimati", 14), ("Pacific/Pago_Pago", -11)])
def test_row_30_a_first_day_begins_at_midnight_there(tmp_path: Path, zone: str, offset_h: int) -> None:
    """Five minutes before local midnight there is nothing, five minutes after it there is one issue, then no more."""
    with company_at_noon(tmp_path) as tool:
        tool.rules.write_text(tool.rules.read_text().replace("timezone: UTC", f"timezone: {zone}"))
        to_hour(tool.sandbox, (-offset_h - 1) % 24, 30)
        assert 0 == tool.run("sync").code
        local = tool.sandbox.clock.now() + timedelta(hours=offset_h)
        hire(tool, "Ada", ((local + timedelta(days=1)).date() - tool.sandbox.clock.now().date()).days)
        later(tool, 1_500)
        assert (0, []) == (tool.run("sync").code, titles(tool))
        later(tool, 600)
        assert (0, ["Welcome Ada"]) == (tool.run("sync").code, titles(tool))
        for pause_s in (300, 86_400):
            later(tool, pause_s)
            assert (0, []) == (tool.run("sync").code, sent(tool))


def test_row_30_a_whole_reading_counts_for_the_day_it_was_made_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read before midnight and written down after it: who begins on the new day is not passed over."""
    with company_at_noon(tmp_path) as tool:
        tool.rules.write_text(tool.rules.read_text().replace(*ON_THE_DAY))
        hire(tool, "Ada", 1)
        to_hour(tool.sandbox, 23, 59)
        tool.sandbox.clock.advance(40)
        real = Ledger.open

        def late(ledger: Ledger, *arguments: Any, **options: Any) -> Queue:
            tool.sandbox.clock.advance(60)
            # Jira has to be heard once more, as it is in a longer run, for its clock to show the new day.
            ledger.workspace.tickets.check_login()
            return real(ledger, *arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "open", late)
            assert (0, []) == (tool.run("sync").code, titles(tool))
        later(tool, 1_500)
        assert (0, ["Welcome Ada"]) == (tool.run("sync").code, titles(tool))


def test_row_29_rules_by_the_clock_of_this_machine_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proofs are worth something: with this machine's clock instead of Jira's, an issue is made a day early."""
    with company_at_noon(tmp_path) as tool:
        hire(tool, "Ada", 1)
        monkeypatch.setattr(Workspace, "now", property(lambda workspace: workspace.clock()))
        tool.wrong_by = timedelta(days=1)
        assert (0, ["Welcome Ada"]) == (tool.run("sync").code, titles(tool))


@pytest.mark.parametrize(
    ("acts", "late"),
    [
        pytest.param("batch", "next_batch", marks=pytest.mark.long),
        ("at_once", "at_once"),
        pytest.param("batch", "at_once", marks=pytest.mark.long),
        pytest.param("at_once", "next_batch", marks=pytest.mark.long),
    ],
)
def test_row_30_the_nightly_batch_of_the_hr_is_waited_for_without_flapping(
    tmp_path: Path, acts: Literal["batch", "at_once"], late: Literal["at_once", "next_batch"]
) -> None:
    """What goes by the date opens at local midnight, what goes by the status when that shows; nothing is taken back."""
    options = PeopleForceOptions(termination_acts=acts, late_termination=late)
    path = tmp_path / "rules.yaml"
    path.write_text(LEAVERS, encoding="utf-8")
    with Sandbox(company(people=20, tasks=0, completed_tasks=0, peopleforce=options)) as sandbox:
        tool = Tool(sandbox, tmp_path, path)
        to_hour(sandbox, 12)
        assert 0 == tool.run("sync").code
        before = titles(tool)
        tomorrow = (sandbox.clock.now() + timedelta(days=1)).date().isoformat()
        today = sandbox.clock.now().date().isoformat()
        ahead, now = sorted(sandbox.peopleforce.employees.by_id)[-2:]
        sandbox.peopleforce.act("terminate", id=ahead, effective_on=tomorrow)
        sandbox.peopleforce.act("terminate", id=now, effective_on=today)
        hire(tool, "Ada", 1)
        seen: dict[str, str] = {}
        for _ in range(96):
            later(tool, 900)
            # No row moves when the batch carries a termination out: the nightly sweep sees the status.
            nightly = sandbox.clock.now().hour == 2
            answer: Answer = tool.run("sync", *(["--full"] if nightly else []))
            assert 0 == answer.code, answer.out + answer.err
            for title in set(titles(tool)) - set(before) - seen.keys():
                seen[title] = sandbox.clock.now().strftime("%d %H:%M")
        statuses = {str(one.status.name) for one in sandbox.jira.issues.values() if one.fields["summary"] in seen}

        assert ({"To Do"}, len(set(titles(tool))), sorted(seen)) == (
            statuses,
            len(titles(tool)),
            sorted(
                [f"Account off {ahead}", f"Account off {now}", f"Last day {ahead}", f"Last day {now}", "Welcome Ada"]
            ),
        )
        first = {name: when for name, when in seen.items() if name in (f"Account off {ahead}", f"Last day {ahead}")}
        assert first[f"Last day {ahead}"] <= first[f"Account off {ahead}"]
