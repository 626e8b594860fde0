"""Which situations, and which employment, the marks of issues tell to a state that has forgotten."""

from __future__ import annotations

from datetime import date

import pytest

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.fingerprint import creation
from pfjira.engine.marks import FURTHEST, REPEATED, fitting, latest_episode, may_fit
from pfjira.engine.model import Record, Ref

RULES = parse_rules(
    """
version: 1
rules:
  - id: joiner
    for: employee
    when: employee.status == "hired"
    key: "{{ employee.id }}/{{ employee.episode }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: Begins }
    children:
      - { key: desk, set: { summary: Desk } }
"""
)
PERSON = Record(Ref("peopleforce", "employee", "7"), {"id": 7, "status": "employed", "episode": 1})
LISTED = frozenset({"id", "status", "episode"})
TODAY = date(2026, 3, 2)


def mark(rule: str, key: str, person: str = "7", generation: int = 0) -> str:
    """Return the mark of an issue."""
    return creation("here", Ref("peopleforce", "employee", person), rule, key, generation)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], 1),
        ([mark("joiner", "7/1")], 1),
        ([mark("joiner", "7/1"), mark("joiner", "7/3")], 3),
        ([mark("joiner/desk", "7/2")], 2),
        ([mark("joiner", "7/2", person="8")], 1),
        ([mark("joiner", f"7/{1 + FURTHEST}")], 1 + FURTHEST),
        ([mark("joiner", f"7/{2 + FURTHEST}")], 1),
    ],
)
def test_the_newest_employment_with_an_issue_counts(marks: list[str], expected: int) -> None:
    """By the mark of the issue or of a child of it; another person's marks tell nothing."""
    assert expected == latest_episode(RULES, PERSON, marks, installation="here", today=TODAY, known=1)


def test_an_issue_is_known_though_its_rule_would_not_open_it_today() -> None:
    """The person is not `hired` any more: the marks fit all the same, of this employment and no other."""
    marks = [mark("joiner", "7/1"), mark("joiner/desk", "7/1"), mark("joiner", "7/2")]

    assert [(("joiner", "7/1"), 0), (("joiner/desk", "7/1"), 0)] == list(
        fitting(RULES, PERSON, marks, installation="here", today=TODAY)
    )


@pytest.mark.parametrize("known", [0, 4])
def test_an_issue_that_was_made_once_more_is_known_by_its_generation(known: int) -> None:
    """Every generation up to a few more than the state knows fits, the newest comes last; further ones do not."""
    made = [0, known + 1, known + REPEATED, known + REPEATED + 1]
    marks = [mark("joiner", "7/1", generation=generation) for generation in made]
    pair = ("joiner", "7/1")

    assert [(pair, 0), (pair, known + 1), (pair, known + REPEATED)] == list(
        fitting(RULES, PERSON, marks, installation="here", today=TODAY, known={pair: known})
    )


@pytest.mark.parametrize(
    ("listed", "marks", "expected"),
    [
        (LISTED, [mark("joiner", "7/2")], True),
        (LISTED, [mark("joiner", "8/2", person="8")], False),
        (frozenset({"status"}), [mark("joiner", "8/2", person="8")], True),  # the key cannot be told from the row
    ],
)
def test_a_row_is_read_where_a_mark_may_fit(listed: frozenset[str], marks: list[str], expected: bool) -> None:
    """Nobody else is read whole because a state was lost."""
    assert expected == may_fit(RULES, PERSON, listed, marks, installation="here", today=TODAY)
