"""Labels that a rule adds and removes: no endless writes, and the mark stays whatever a rule says."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import a_task, later, sent, world


def adding(labels: str) -> tuple[str, str]:
    """Return the edit that gives the rule a line about labels."""
    return "    set:\n", f"    set:\n      labels: {labels}\n"


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (
            "{ add: [\"{{ task.title | lower | replace(task.title | lower, 'x') }}\", y], remove: [x] }",
            {"pfjira", "x", "y"},
        ),
        ("{ add: [x], remove: [x, y] }", {"pfjira", "x"}),
        ("{ remove: [pfjira] }", {"pfjira"}),
        ("{ add: [pfjira], remove: [pfjira] }", {"pfjira"}),
    ],
)
def test_a_label_that_is_added_and_removed_is_not_written_for_ever(
    tmp_path: Path, labels: str, wanted: set[str]
) -> None:
    """What a rule adds it does not remove, and nothing removes the mark: the runs after the first write nothing."""
    with world(tmp_path, adding(labels)) as tool:
        for arguments in ((), ("--full",), ()):
            assert (0, []) == (tool.run("sync", *arguments).code, sent(tool))
            later(tool, 900)
        assert {frozenset(wanted)} == {frozenset(i.fields["labels"]) for i in tool.sandbox.jira.issues.values()}


def test_a_label_that_a_person_took_away_comes_back_once(tmp_path: Path) -> None:
    """One edit, which leaves the person's own labels alone, and then nothing."""
    with world(tmp_path, adding("{ add: [onboarding], remove: [draft] }")) as tool:
        _, issue = a_task(tool)
        tool.sandbox.jira.act("labels", key=issue.key, remove=("onboarding",), add=("draft", "mine"))
        assert (0, 1) == (tool.run("sync").code, len(sent(tool)))
        later(tool)

        assert (0, []) == (tool.run("sync").code, sent(tool))
        assert {"mine", "onboarding", "pfjira"} == set(issue.fields["labels"])
