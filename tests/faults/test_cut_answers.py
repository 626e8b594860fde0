"""The answer to a creation, cut after each of its bytes: unknown, visible, and settled without a second issue."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from harness import company, matching
from machine import Machine, rules_from, standing_still
from simulation import PLAIN
from tally import Tally

from pfjira.sandbox.faults import Fault, Kind
from pfjira.sandbox.jira.options import JiraOptions

PARK_S, TIMER_S = 900.0, 300.0
CREATION = {1: r"/issue$", 3: r"/issue/bulk$"}
LENGTH = 900
"""No answer to three creations is longer."""


def machine_of(folder: Path, bulk: int, *, hidden_s: float) -> Machine:
    """Return a machine with three tasks, in front of a Jira that shows nothing new for so long."""
    jira = JiraOptions(index_lag_s=hidden_s, property_lag_s=hidden_s)
    options = company(people=12, tasks=3, completed_tasks=0, jira=jira)
    machine = Machine(standing_still(options), folder, rules_from(PLAIN), bulk=bulk)
    machine.lose_state()
    return machine


def posts(machine: Machine) -> list[datetime]:
    """Return when creations were asked for."""
    return [
        entry.at for entry in machine.sandbox.requests.of("jira", "POST") if entry.path.endswith(("/issue", "bulk"))
    ]


def cut(folder: Path, bulk: int, kept: int) -> bool:
    """Cut the first answer after so many bytes; return whether anything was missing from it. Assert what must hold."""
    machine = machine_of(folder, bulk, hidden_s=280.0)
    fault = machine.sandbox.faults.add(Fault("cut_after", "jira", "POST", CREATION[bulk], keep=kept))
    first = machine.sync()
    whole = next(entry.answer_bytes for entry in machine.sandbox.requests if entry.fault == "cut_after")
    asked = len(posts(machine))
    assert (1, 1) == (fault.landed, first.code), first.error
    assert first.report is not None
    assert first.report.open_rows > 0
    machine.sandbox.clock.advance(TIMER_S)
    second = machine.sync()
    wanted = len(matching(machine.sandbox))
    assert (0, asked, wanted) == (second.code, len(posts(machine)), len(machine.sandbox.jira.issues)), kept
    return kept < whole


@pytest.mark.parametrize("bulk", CREATION)
def test_row_6_an_answer_cut_anywhere_is_settled_by_the_next_run(tmp_path: Path, tally: Tally, bulk: int) -> None:
    """Cut after every 53rd byte, while nothing of it can be looked up: exit 1, open, and not sent again."""
    cuts = sum(cut(tmp_path, bulk, kept) for kept in range(0, 300, 53))
    tally.add("A6", "6", planned=6, landed=cuts)


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("bulk", CREATION)
def test_row_6_an_answer_cut_after_each_byte(tmp_path: Path, tally: Tally, bulk: int, part: int) -> None:
    """The same after every single byte of it."""
    cuts = 0
    for kept in range(part, LENGTH, 4):
        if not cut(tmp_path, bulk, kept):
            break
        cuts += 1
    else:
        pytest.fail("the answer is longer than was tried")
    tally.add("A6", "6", planned=cuts, landed=cuts)


@pytest.mark.parametrize("kind", ["drop_before", "html"])
def test_row_6_what_was_never_done_is_sent_again_after_the_quarantine_and_not_before(
    tmp_path: Path, tally: Tally, kind: Kind
) -> None:
    """Whether it was done nobody can know: each run says so, and within the quarantine and one run it is settled."""
    machine = machine_of(tmp_path, 3, hidden_s=0.0)
    fault = machine.sandbox.faults.add(Fault(kind, "jira", "POST", r"/issue/bulk$"))
    codes, parked = [machine.sync().code], []
    while codes[-1]:
        machine.sandbox.clock.advance(TIMER_S)
        outcome = machine.sync()
        assert outcome.report is not None
        codes.append(outcome.code)
        parked.append(len(outcome.report.plan.parked))
    tally.add("A6", "6", planned=1, landed=fault.landed)

    first, again = posts(machine)
    waited_s, wanted = (again - first).total_seconds(), len(matching(machine.sandbox))
    assert (True, wanted) == (PARK_S <= waited_s <= PARK_S + TIMER_S, len(machine.sandbox.jira.issues)), waited_s
    assert ([1, 1, 1, 0], [wanted, wanted, 0]) == (codes, parked)
