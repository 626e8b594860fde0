"""Each way in which a rules file can be wrong, and the sentence and place that a person gets."""

from __future__ import annotations

import pytest
from error_cases import GOOD, MISTAKES

from pfjira.config.rules_yaml import check_rules
from pfjira.config.yaml_nodes import LARGEST


def first(text: str) -> str:
    """Return the first complaint about a text, without the file."""
    found = check_rules(text, "r.yaml")
    return str(found[0]).removeprefix("r.yaml:") if found else ""


def test_the_text_that_the_cases_change_is_good() -> None:
    """Otherwise every case below would prove nothing."""
    assert "" == first(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    MISTAKES,
)
def test_a_mistake_is_named_at_its_place(old: str, new: str, complaint: str) -> None:
    """Line and column point at the word; near words are suggested."""
    assert old in GOOD
    assert complaint in first(GOOD.replace(old, new, 1))[: len(complaint)]


def test_two_rules_may_not_share_an_id() -> None:
    """Links are kept by rule id: two rules of one name would fight over an issue."""
    twice = GOOD + GOOD[GOOD.index("  - id") :]

    assert "18:9: the rule 'one' exists already in line 4" == first(twice)


def test_a_huge_file_is_refused_unread() -> None:
    """A megabyte bounds memory and time."""
    assert f" the file is larger than {LARGEST} bytes" == first("#" * (LARGEST + 1))


def test_a_second_document_is_refused() -> None:
    """Half of a file must not be ignored."""
    assert "18:1: a second document begins here; a rules file is one document" == first(GOOD + "--- 1\n")


@pytest.mark.parametrize(
    "text", ["", "just text", "- a\n- b", "rules: 5\nversion: 1", "version: 1\nrules: [5]", "\x00"]
)
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    """Nothing that is not a rules file passes for an empty one."""
    assert "" != first(text)
