"""Creations are read back many at once: what was made and not read back yet is known by the ids that it was given."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from harness import company, matching
from machine import Machine, rules_from, standing_still
from simulation import PLAIN
from tally import Tally

from pfjira.sandbox.jira.options import JiraOptions
from pfjira.state import outbox

BULK = 3
PARK_S = 900.0
FROM = r"(send|answer) POST .*/(bulk|bulkfetch)$|^commit"
"""The moments of sending, reading back and writing down."""


def machine_of(folder: Path) -> Machine:
    """Return a machine that has several bulks to send, in front of a search that shows nothing new for ten minutes."""
    options = company(people=12, tasks=8, completed_tasks=0, seed=3, jira=JiraOptions(index_lag_s=600.0))
    machine = Machine(standing_still(options), folder, rules_from(PLAIN), bulk=BULK)
    machine.lose_state()
    return machine


def dead_before_reading(folder: Path) -> Machine:
    """Return a machine whose first run died when it had made issues and was about to read them back."""
    for deadly in count(1):
        machine = machine_of(folder)
        assert -1 == machine.sync(deadly=deadly, near="^send POST .*bulkfetch$").code
        if any(row.named for row in outbox.unfinished(machine.store)):
            break
    return machine


@pytest.mark.parametrize(("told", "made_again"), [(True, 0), (False, 1)])
def test_only_what_no_answer_named_is_ever_made_again(tmp_path: Path, told: bool, made_again: int) -> None:
    """An issue is gone before it was read back: made again only where the answer named the other ones alone."""
    machine = dead_before_reading(tmp_path)
    row = next(row for row in outbox.unfinished(machine.store) if row.named)
    (issue_id,) = machine.sandbox.jira.issues_by_op()[row.op]
    machine.sandbox.jira.act("delete", key=machine.sandbox.jira.issues[issue_id].key)
    alike = [other.number for other in outbox.unfinished(machine.store) if other.named == row.named]
    with machine.store.write():
        outbox.note_made(machine.store, alike, sorted(row.named - (set() if told else {issue_id})))
    before = len(machine.sandbox.jira.issues)

    first = machine.sync().report
    for pause_s in (PARK_S + 1, 61, 61):
        machine.sandbox.clock.advance(pause_s)
        machine.sync()
    assert first is not None
    assert (before, 1) == (first.recovered.found, first.recovered.parked)
    assert made_again == len(machine.sandbox.jira.issues) - before


def test_row_4_a_death_leaves_no_more_than_one_request_in_doubt(tmp_path: Path, tally: Tally) -> None:
    """Dead at any moment of a first sync: the next run links by id what any answer named; none doubled, none lost."""
    landed = between = 0
    for deadly in count(1):
        machine = machine_of(tmp_path)
        if machine.sync(deadly=deadly, near=FROM).code != -1:
            break
        landed += 1
        rows = [row for row in outbox.unfinished(machine.store) if row.may_exist]
        named = sum(bool(row.named) for row in rows)
        between += named > BULK
        asked = len(machine.sandbox.requests)
        again = machine.sync()
        assert again.report is not None
        recovered = again.report.recovered
        first = [entry.path for entry in list(machine.sandbox.requests)[asked:] if entry.system == "jira"][:1]

        assert len(rows) - named <= BULK, deadly
        assert recovered.found >= named, deadly
        assert not named or first[0].endswith("bulkfetch"), first
        for pause_s in (PARK_S + 1, 61):
            machine.sandbox.clock.advance(pause_s)
            last = machine.sync()
        wanted = len(matching(machine.sandbox))
        assert (0, wanted) == (last.code, len(machine.sandbox.jira.issues)), deadly
    tally.add("4", planned=landed, landed=landed)
    assert between >= 2, "no death came between the answers and the reading back"
