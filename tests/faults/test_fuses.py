"""A fuse stops writes and nothing else: it is told once a day, and whatever looks or listens goes on meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import CLEAN, Tool, company, standing, writes
from small_world import a_new_task, a_task, digest, later, rules_file, sent, world
from tally import Tally

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox
from pfjira.state import alerts
from pfjira.state.alerts import Alert, Cause
from pfjira.state.store import Store

HOUR_S = 3700
DAY_S = 24 * 3600
TIGHT = ("  create: { max: 25, percent: 10 }", "  create: { max: 3, percent: 1 }")
A_HOOK = (
    "\nrules:\n",
    "\nsources: { desk: { id: ticket.id, fields: [ticket.id, ticket.title] } }\n\nrules:\n",
)


@pytest.fixture
def tripped(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company in which a fuse has tripped: four new tasks against a limit of three."""
    with world(tmp_path, TIGHT) as tool:
        # Early in the day, so that five hours later it is still the same one.
        now = tool.sandbox.clock.now()
        morning = (now + timedelta(days=1)).replace(hour=1, minute=0)
        tool.sandbox.clock.advance((morning - now).total_seconds())
        for number in range(4):
            a_new_task(tool, f"New {number}")
        assert 65 == tool.run("sync").code
        yield tool


def raised(tool: Tool) -> list[Alert]:
    """Return every alert there was."""
    with Store.open(tool.state, read_only=True) as store:
        return alerts.every(store)


def open_alerts(tool: Tool) -> list[dict[str, Any]]:
    """Return what `status` says of alerts."""
    return list(tool.run("status", "--json").json["alerts"])


@pytest.mark.parametrize("runs", [25, pytest.param(300, marks=pytest.mark.long)])
def test_a_tripped_fuse_is_one_alert_a_day(tripped: Tool, runs: int, tally: Tally) -> None:
    """So many refused runs within a day are one alert, which counts them; the next day brings one more."""
    for _ in range(runs - 1):
        tripped.sandbox.clock.advance(60)
        assert 65 == tripped.run("sync").code
    (alert,) = raised(tripped)
    assert (Cause.GUARD, "create task", runs) == (alert.cause, alert.subject, alert.times)

    later(tripped, DAY_S)
    refused = tripped.run("sync")
    assert [runs, 1] == [one.times for one in raised(tripped)]
    (shown,) = open_alerts(tripped)
    assert (runs + 1, alert.first_at.isoformat()) == (shown["times"], shown["since"])
    assert f"({runs + 1} times)" not in refused.err
    assert f"{runs + 1} times" in tripped.run("status").out

    assert 0 == tripped.run("sync", "--approve", digest(tripped)).code
    assert ([], CLEAN) == (open_alerts(tripped), standing(tripped.sandbox))
    tally.add("C6", planned=runs, landed=runs)


def test_what_looks_or_listens_goes_on_while_a_fuse_is_tripped(tripped: Tool) -> None:
    """`diff`, `explain` and `status` answer, a delivery is taken, and nothing at all is written."""
    tripped.rules.write_text(tripped.rules.read_text().replace(*A_HOOK))
    delivery = tripped.folder / "delivery.json"
    delivery.write_text(json.dumps({"ticket": {"id": 7, "title": "A laptop"}}))
    task_id, _ = a_task(tripped)
    commands = (("diff",), ("explain", str(task_id)), ("status",), ("deliver", "desk", str(delivery)), ("sync",))

    codes = [tripped.run(*command).code for command in commands]

    assert [1, 0, 1, 0, 65] == codes
    assert [] == writes(tripped.sandbox.requests)


def test_an_alert_says_what_stopped_a_run_and_is_over_with_its_cause(tmp_path: Path) -> None:
    """A refused login, a side that shows nothing, a system that is down: one alert each, until a run comes to its end.

    What a whole sweep found is not over before a whole sweep comes to its end.
    """
    with world(tmp_path) as tool:
        assert 77 == tool.run("sync", PFJIRA_JIRA_API_TOKEN="wrong-key-4711").code
        tool.sandbox.faults.add(Fault("empty_list", "peopleforce", times=None))
        assert 65 == tool.run("sync", "--full").code
        tool.sandbox.faults.clear()
        tool.sandbox.faults.add(Fault("status_before", "peopleforce", times=None))
        assert 69 == tool.run("sync").code
        tool.sandbox.faults.clear()
        assert {"login", "empty side", "run stopped"} == {one["cause"] for one in open_alerts(tool)}

        assert 0 == tool.run("sync").code
        assert ["empty side"] == [one["cause"] for one in open_alerts(tool)]
        assert 0 == tool.run("sync", "--full").code
        assert ([], 3) == (open_alerts(tool), len(raised(tool)))


def test_a_person_is_not_called_because_of_his_own_digest(tmp_path: Path) -> None:
    """Who approves what is not there, or asks for a record that is not there, reads the answer himself."""
    with world(tmp_path) as tool:
        assert 65 == tool.run("sync", "--approve", "0" * 16).code
        assert 78 == tool.run("sync", "--only", "999999").code

        assert [] == raised(tool)


@pytest.mark.parametrize("gone", [5, 6])
def test_row_19_a_listing_that_shrank_cancels_nothing_without_a_person(tmp_path: Path, gone: int, tally: Tally) -> None:
    """60 tasks, so many of which are not listed any more, one of them kept: five may go, six take an approval."""
    with Sandbox(company(tasks=40, completed_tasks=20)) as sandbox:
        tool = Tool(sandbox, tmp_path, rules_file(tmp_path))
        assert 0 == tool.run("sync", "--full").code
        later(tool, HOUR_S)
        kept, _ = a_task(tool)
        others = sandbox.peopleforce.task_ids(completed=True)[: gone - 1]
        for task_id in (kept, *others):
            sandbox.peopleforce.remove_task(task_id)
        codes = [tool.run("sync", "--full").code]
        later(tool, HOUR_S)
        answer = tool.run("sync", "--full")
        codes.append(answer.code)

        assert [0, 65 if gone > 5 else 0] == codes
        tally.add("C2", "19", planned=1, landed=1, wrong_cancels=len(sent(tool)) if gone > 5 else 0)
        if gone > 5:
            assert f"lists {60 - gone} records of kind task and listed 60 before" in answer.err
            assert 0 == tool.run("sync", "--full", "--approve", digest(tool, "--full")).code
        assert "Cancelled" in {issue.status.name for issue in sandbox.jira.issues.values()}
        later(tool, HOUR_S)
        assert (0, []) == (tool.run("sync", "--full").code, sent(tool))


def test_values_that_vanish_from_many_records_are_refused(tmp_path: Path) -> None:
    """A dozen tasks lose their due date at once: 65, the field and the rule are named, and its digest lets it pass."""
    with world(tmp_path, tasks=30) as tool:
        for task_id in tool.sandbox.peopleforce.task_ids(completed=False):
            tool.sandbox.peopleforce.edit_task(task_id, ends_on=None)
        tool.sandbox.requests.clear()

        refused = tool.run("sync")

        assert (65, []) == (refused.code, sent(tool)), refused.err
        assert "would empty duedate in " in refused.err
        assert "of rule it-tasks" in refused.err
        assert ["emptied it-tasks duedate"] == [one["subject"] for one in open_alerts(tool)]
        assert 0 == tool.run("sync", "--approve", digest(tool)).code
