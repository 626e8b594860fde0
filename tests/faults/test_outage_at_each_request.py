"""A system that fails, or asks for patience, at each request of a run that has one of every work to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Literal

import pytest
from harness import company, unique_tasks, writes
from machine import MORNING, Machine, rules_from, standing_still
from simulation import PLAIN
from tally import Tally

from pfjira.sandbox.faults import Fault, Kind
from pfjira.sandbox.requestlog import Entry

ATTEMPTS = 4
PATIENCE_S = 60.0


def at_work(folder: Path) -> tuple[Machine, dict[str, str]]:
    """Return a machine with an edit, a closing, a completion and a creation to carry out, and their issues' keys."""
    options = company(people=12, tasks=8, completed_tasks=0, seed=3)
    machine = Machine(standing_still(options), folder, rules_from(PLAIN), bulk=50)
    machine.lose_state()
    hr, jira = machine.sandbox.peopleforce, machine.sandbox.jira
    for task_id in hr.tasks:
        hr.edit_task(task_id, title=f"Task {task_id}.")
    assert 0 == machine.sync().code
    machine.sandbox.clock.advance(900)
    renamed, closed, done, *_ = unique_tasks(machine.sandbox)
    keys = {str(issue.fields["summary"]): issue.key for issue in jira.issues.values()}
    hr.edit_task(renamed, title="Renamed")
    hr.complete(closed)
    jira.act("transition", key=keys[f"Task {done}."], to="Done", resolution="Done")
    hr.create_task(title="New", assigned_to=hr.tasks[renamed]["assigned_to"])
    machine.sandbox.requests.clear()
    return machine, {"renamed": keys[f"Task {renamed}."], "closed": keys[f"Task {closed}."], "done": str(done)}


def finished(machine: Machine, keys: dict[str, str]) -> dict[str, object]:
    """Return what came of the work."""
    jira, hr = machine.sandbox.jira, machine.sandbox.peopleforce
    return {
        "renamed": jira.issue(keys["renamed"]).fields["summary"],
        "closed": jira.issue(keys["closed"]).status.name,
        "completed": hr.tasks[int(keys["done"])]["completed"],
        "new": sum(issue.fields["summary"] == "New" for issue in jira.issues.values()),
    }


DONE = {"renamed": "Renamed", "closed": "Done", "completed": True, "new": 1}


def longest_series(entries: Iterable[Entry]) -> int:
    """Return how often the same request was sent in a row."""
    series = groupby((e.method, e.path, str(e.query), e.body) for e in entries)
    return max((len(list(group)) for _, group in series), default=0)


def outage(folder: Path, kind: Kind, nth: int) -> int:
    """Let everything fail from the n-th request on, then nothing; return whether there was an n-th request."""
    machine, keys = at_work(folder)
    fault = machine.sandbox.faults.add(Fault(kind, nth=nth, times=None, delay_s=21.0))
    failed = machine.sync(full=True)
    log = list(machine.sandbox.requests)
    machine.sandbox.faults.clear()
    kept = len(writes(entry for entry in log if entry.fault is None))
    if fault.landed:
        assert (True, True) == (failed.code in (69, 1), longest_series(log) <= ATTEMPTS), (nth, failed)
    for _ in range(6):
        machine.sandbox.clock.advance(300)
        last = machine.sync()
    assert (0, DONE) == (last.code, finished(machine, keys)), (nth, last)
    repeated = [e for e in writes(machine.sandbox.requests) if e.path.endswith(("/issue", "/bulk", "/transitions"))]
    assert len(repeated) <= 2 + 2 * bool(fault.landed), (nth, kept)
    return int(bool(fault.landed))


@pytest.mark.parametrize("kind", ["status_before", "delay"])
def test_row_22_an_outage_from_any_request_on_costs_no_work(tmp_path: Path, tally: Tally, kind: Kind) -> None:
    """Every fifth request: at most four attempts each, exit 69, and the next runs do what is left, once."""
    landed = [outage(tmp_path, kind, nth) for nth in range(2, 34, 5)]
    tally.add("22", planned=sum(landed), landed=sum(landed))
    assert sum(landed) >= 5


@pytest.mark.long
@pytest.mark.parametrize("kind", ["status_before", "status_after", "delay", "drop_before", "drop_after"])
def test_row_22_an_outage_from_each_request_on_costs_no_work(tmp_path: Path, tally: Tally, kind: Kind) -> None:
    """The same at every single request, in every way in which an answer can fail to come."""
    nth = 1
    while outage(tmp_path, kind, nth):
        nth += 1
    tally.add("22", planned=nth - 1, landed=nth - 1)
    assert nth > 25


SAID = {
    "zero": (0, 1.0),
    "nothing": (None, 1.0),
    "a while": (40, 40.0),
    "a date": ("Mon, 02 Mar 2026 09:16:00 GMT", 0.0),
    "an hour": (3600, 3600.0),
}


@pytest.mark.parametrize("system", ["jira", "peopleforce"])
@pytest.mark.parametrize("said", SAID)
def test_row_23_nobody_asks_before_the_time_that_was_named(
    tmp_path: Path, tally: Tally, said: str, system: Literal["jira", "peopleforce"]
) -> None:
    """A storm of 429: each attempt waits for what was said, one at a time, and a creation is never repeated for it."""
    retry_after, least_s = SAID[said]
    machine, keys = at_work(tmp_path)
    fault = machine.sandbox.faults.add(Fault("rate_limited", system, nth=3, times=12, retry_after=retry_after))
    codes = [machine.sync(full=True).code]
    log = list(machine.sandbox.requests)
    for _ in range(15):
        machine.sandbox.clock.advance(300 if least_s < 3600 else 4000)
        codes.append(machine.sync().code)
    tally.add("23", planned=1, landed=min(fault.landed, 1))

    until = datetime.strptime(str(retry_after), "%a, %d %b %Y %H:%M:%S GMT") if said == "a date" else None
    for refused, following in pairwise(of_one_lane(log, system)):
        if refused.status == 429:
            wait = (until.replace(tzinfo=MORNING.tzinfo) - refused.at) if until else timedelta(seconds=least_s)
            assert following.at - refused.at >= max(wait, timedelta(seconds=1)), (refused, following)
    assert longest_series(log) <= ATTEMPTS
    assert (0, DONE) == (codes[-1], finished(machine, keys))
    assert 1 == len([e for e in machine.sandbox.requests if e.path.endswith(("/issue", "/bulk")) and e.status == 201])


def of_one_lane(log: list[Entry], system: str) -> list[Entry]:
    """Return the requests that a refusal concerns: in Jira those of one endpoint, here the first that was refused."""
    refused = [entry for entry in log if entry.status == 429]
    return [
        entry
        for entry in log
        if entry.system == system
        and refused
        and (system == "peopleforce" or (entry.method, entry.path) == (refused[0].method, refused[0].path))
    ]
