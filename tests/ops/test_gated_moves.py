"""A workflow that asks for two steps, a resolution and a field of its screen: issues arrive all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import a_task, later, sent, world

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira import site

GATED = (
    ("project: ITOPS", "project: GATED"),
    (
        "close: { to: Done, resolution: Done }",
        "close: { to: %s, resolution: Done, fields: { customfield_10060: CC-100 } }",
    ),
    ("cancel: { to: Cancelled", "cancel: { to: Done"),
)


def edits(to: str) -> tuple[tuple[str, str], ...]:
    """Return what puts the delivered rules into the gated project, closing to a status or category."""
    return tuple((old, new % to if "%s" in new else new) for old, new in GATED)


@pytest.mark.parametrize("to", ["Done", "done"])
def test_a_closed_issue_went_through_every_step(tmp_path: Path, to: str) -> None:
    """Started first, then finished with the resolution and the field that the screen demands; by name or category."""
    with world(tmp_path, *edits(to)) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.complete(task_id)
        later(tool)

        answer = tool.run("sync")

        field = issue.fields["customfield_10060"]
        shown = site.FIELDS["customfield_10060"].options
        assert (0, ["jira POST transitions"] * 2) == (answer.code, sent(tool)), answer.out + answer.err
        assert ("Done", "Done", "CC-100") == (
            issue.status.name,
            site.RESOLUTIONS[str(issue.fields["resolution"])],
            dict(shown).get(str(field), field),
        )
        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))


def test_a_screen_whose_field_no_rule_gives_is_a_dead_letter_that_names_it(tmp_path: Path) -> None:
    """The issue stays on the way, nothing loops, and the field is told."""
    with world(tmp_path, GATED[0], GATED[2]) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.complete(task_id)
        later(tool)

        answer = tool.run("sync")
        later(tool)
        again = tool.run("sync")

        assert (1, 1, [], False) == (answer.code, again.code, sent(tool), issue.status.name == "Done")
        assert "customfield_10060" in answer.out + tool.run("status").out


def test_who_moved_it_at_the_same_time_is_looked_at_again(tmp_path: Path) -> None:
    """409: the next run reads where the issue is now, and goes on from there."""
    with world(tmp_path, *edits("Done")) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.complete(task_id)
        fault = tool.sandbox.faults.add(Fault("status_before", "jira", "POST", "transitions", times=1, status=409))
        first = tool.run("sync")
        tool.sandbox.faults.clear()
        later(tool)

        assert (1, 0, "Done") == (fault.landed, tool.run("sync").code, issue.status.name), first.out + first.err
