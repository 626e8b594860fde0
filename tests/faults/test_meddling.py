"""A person edits an issue in Jira while a run is about to write to it.

What is written rests on a second read just before; what was written is read back. Between that read and the write lies
one request: an edit of the same field that falls into it is overwritten, and is to be found in the issue's history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from harness import company, unique_tasks
from machine import Machine, rules_from, standing_still
from simulation import PLAIN
from tally import Tally

from pfjira.sandbox.jira.store import StoredIssue

ASKED = PLAIN.replace('summary: "{{ task.title }}"', 'summary: { value: "{{ task.title }}", own: ask }')
BY_HAND = {"summary": "By hand", "duedate": "2040-01-01"}


class Meddler:
    """Edits a field at one moment of a run: `read` and `write` are just before the request, `written` just after."""

    def __init__(self, machine: Machine, field: str, moment: str) -> None:
        """Wait for the moment."""
        self.machine, self.field, self.moment = machine, field, moment
        self.key, self.reads, self.edits = "", 0, 0
        machine.befalls = self.befalls

    @contextmanager
    def befalls(self, request: httpx.Request) -> Iterator[None]:
        """Let a request pass, and meddle when it is time."""
        write = request.method == "PUT" and "/issue/" in request.url.path
        self.reads += request.url.path.endswith("bulkfetch")
        if (write and self.moment == "write") or (self.reads == 2 and self.moment == "read"):
            self.edit()
        yield
        if write and self.moment == "written":
            self.edit()

    def edit(self) -> None:
        """Edit, once."""
        if self.key and not self.edits:
            self.edits += 1
            value = BY_HAND[self.field]
            self.machine.sandbox.jira.act("edit", key=self.key, field=self.field, value=value)


def meddled(folder: Path, text: str, field: str, moment: str) -> tuple[Meddler, StoredIssue]:
    """Rename a task, and let a person edit its issue in the very run that writes the new name."""
    options = company(people=12, tasks=8, completed_tasks=0, seed=3)
    machine = Machine(standing_still(options), folder, rules_from(text))
    machine.lose_state()
    assert 0 == machine.sync().code
    machine.sandbox.clock.advance(900)
    task_id = unique_tasks(machine.sandbox)[0]
    title = machine.sandbox.peopleforce.tasks[task_id]["title"]
    issue = next(one for one in machine.sandbox.jira.issues.values() if one.fields["summary"] == title)
    machine.sandbox.peopleforce.edit_task(task_id, title="From HR", ends_on="2033-03-03")
    meddler = Meddler(machine, field, moment)
    meddler.key = issue.key
    return meddler, issue


@pytest.mark.parametrize("moment", ["read", "write", "written"])
@pytest.mark.parametrize("field", BY_HAND)
def test_row_14_an_edit_meanwhile_is_undone_where_peopleforce_owns_the_field(
    tmp_path: Path, tally: Tally, field: str, moment: str
) -> None:
    """Before our last read nothing is written over it; after it, the read back or the next run finds and undoes it."""
    meddler, issue = meddled(tmp_path, PLAIN, field, moment)
    codes = [meddler.machine.sync().code]
    seen = issue.fields[field]
    for _ in range(2):
        meddler.machine.sandbox.clock.advance(300)
        codes.append(meddler.machine.sync().code)
    tally.add("14", planned=1, landed=meddler.edits)

    assert ("From HR", "2033-03-03") == (issue.fields["summary"], issue.fields["duedate"])
    assert ([0, 0, 0] if moment == "written" else [1, 0, 0]) == codes
    assert (BY_HAND[field] == seen) == (moment != "write")


def test_row_14_an_edit_before_our_last_read_is_a_conflict_where_both_may_edit(tmp_path: Path, tally: Tally) -> None:
    """Both sides moved, one of them a moment ago: nothing is written, and each run says so."""
    meddler, issue = meddled(tmp_path, ASKED, "summary", "read")
    outcomes = [meddler.machine.sync()]
    for _ in range(2):
        meddler.machine.sandbox.clock.advance(300)
        outcomes.append(meddler.machine.sync())
    tally.add("14", planned=1, landed=meddler.edits)

    asked = [[c.field for c in one.report.plan.conflicts] for one in outcomes if one.report is not None]
    assert ([1, 1, 1], [[], ["summary"], ["summary"]]) == ([one.code for one in outcomes], asked)
    assert ("By hand", "2033-03-03") == (issue.fields["summary"], issue.fields["duedate"])


def test_row_14_an_edit_after_our_write_stays_where_both_may_edit(tmp_path: Path, tally: Tally) -> None:
    """The read back shows it: who moved last is followed, and nothing is written over it."""
    meddler, issue = meddled(tmp_path, ASKED, "summary", "written")
    codes = [meddler.machine.sync().code]
    for _ in range(2):
        meddler.machine.sandbox.clock.advance(300)
        codes.append(meddler.machine.sync().code)
    tally.add("14", planned=1, landed=meddler.edits)

    assert ([0, 0, 0], "By hand") == (codes, issue.fields["summary"])


@pytest.mark.parametrize("text", [PLAIN, ASKED])
def test_row_14_an_edit_that_was_written_over_is_told(tmp_path: Path, tally: Tally, text: str) -> None:
    """In the one request between look and write: overwritten, and said once, by report, exit code and alert."""
    meddler, issue = meddled(tmp_path, text, "summary", "write")
    first, second = meddler.machine.sync(), meddler.machine.sync()
    tally.add("14", "D2", planned=1, landed=meddler.edits)

    assert first.report is not None
    assert second.report is not None
    assert ([(issue.key, "summary")], []) == (first.report.overwritten, second.report.overwritten)
    assert (1, 0, "From HR") == (first.code, second.code, issue.fields["summary"])
