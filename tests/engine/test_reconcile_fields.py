"""Fields: what is written, what is left alone, what is asked, and what a plan says about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kept_issue import DIGEST, ISSUE, LINK, USUAL, agreed, text, world

from pfjira.engine.adf import from_html
from pfjira.engine.model import Desired, Json, Owner, ValueKind
from pfjira.engine.plan import Action, Change, Conflict, Delta, Kept, Why
from pfjira.engine.reconcile import FieldBase, comparable, labels_missing


def test_a_value_that_hr_moved_is_written_with_both_forms_shown() -> None:
    """The delta names before, after and the reason; the change remembers what its decision rests on."""
    start = world(text("new"), fields={"summary": "old"}, base={"summary": agreed("old", "old")})
    delta = Delta("summary", "old", "new", Why.HR_MOVED)
    change = Change(Action.UPDATE, start.situation, ISSUE.id, ISSUE.key, (delta,), None, {"summary": DIGEST("old")})

    assert (change,) == start.reconciled().changes


@pytest.mark.parametrize("value", [3, " padded ", None])
def test_what_is_sent_is_the_value_of_the_rule(value: Json) -> None:
    """Two values are compared in a form of ours, but Jira gets the number, the text or the nothing that was asked."""
    start = world(text(value), fields={"summary": "old"})

    assert [value] == [delta.after for change in start.reconciled().changes for delta in change.deltas]


@pytest.mark.parametrize(
    ("shown", "base", "why"),
    [
        ("edited", agreed("ours", "ours"), Why.DRIFT),
        (None, agreed("ours", "ours"), Why.EMPTY),
        ("edited", agreed("before", "edited"), Why.HR_MOVED),
        ("edited", None, Why.DIFFERS),
    ],
)
def test_a_delta_says_why(shown: Json, base: FieldBase | None, why: Why) -> None:
    """A person reading the plan learns who moved."""
    start = world(text("ours"), fields={"summary": shown}, base={"summary": base} if base else {})

    assert [why] == [delta.why for change in start.reconciled().changes for delta in change.deltas]


def test_all_fields_of_an_issue_are_one_change() -> None:
    """Several fields cost one request."""
    start = world(text("a", field="summary"), text("b", field="duedate"), fields={})

    (change,) = start.reconciled().changes

    assert ["summary", "duedate"] == [delta.field for delta in change.deltas]


def test_equal_values_become_the_base() -> None:
    """What is found equal is the next agreement, even though nothing was written."""
    start = world(text("same"), fields={"summary": " same "})

    assert {"summary": agreed("same", "same")} == start.reconciled().link.base


def test_what_is_to_be_written_does_not_move_the_base() -> None:
    """Only what Jira has shown counts as agreed."""
    base = {"summary": agreed("old", "old")}
    start = world(text("new"), fields={"summary": "old"}, base=base)

    assert base == start.reconciled().link.base


def test_an_edit_in_jira_of_a_two_way_field_stays_and_is_told() -> None:
    """Nothing is written, nothing is asked, and the base keeps HR's last word."""
    base = {"summary": agreed("ours", "ours")}
    start = world(text("ours", Owner.ASK), fields={"summary": "edited"}, base=base)
    outcome = start.reconciled()

    kept = Kept("it-tasks", USUAL.ref, "ITOPS-1", "summary", "ours", "edited")
    assert ((), (), (kept,), base) == (outcome.changes, outcome.conflicts, outcome.kept, outcome.link.base)


def test_two_moves_of_a_two_way_field_are_a_question() -> None:
    """Neither side is overwritten; the conflict carries both values."""
    start = world(text("ours", Owner.ASK), fields={"summary": "theirs"}, base={"summary": agreed("old", "old")})
    outcome = start.reconciled()

    asked = Conflict("it-tasks", "7001", USUAL.ref, "ITOPS-1", "summary", "ours", "theirs")
    assert ((), (asked,), False) == (outcome.changes, outcome.conflicts, outcome.settled)


def test_once_waits_for_its_first_value() -> None:
    """While both sides show nothing, nothing was written and nothing agreed: the first value still comes."""
    waiting = world(text(None, Owner.ONCE), fields={}).reconciled()
    first = world(text("first", Owner.ONCE), fields={}, base=waiting.link.base).reconciled()

    assert ({}, ["first"]) == (waiting.link.base, [d.after for c in first.changes for d in c.deltas])


def test_once_is_never_written_again() -> None:
    """A value that was written once may be cleared in Jira, and HR may move: it is Jira's."""
    start = world(text("first", Owner.ONCE), fields={})
    written = start.after(start.reconciled())
    cleared = replace(written, issue=ISSUE, situation=replace(written.situation, desired=(text("second", Owner.ONCE),)))

    assert () == cleared.reconciled().changes


def test_a_value_that_jira_writes_in_its_own_form_is_sent_twice_and_then_accepted() -> None:
    """The first answer may hide somebody's edit; the same answer a second time is Jira's form of our value."""
    start = world(text("ours"), fields={"summary": "old"}, store=lambda value: str(value).upper())

    writes = []
    for _ in range(4):
        outcome = start.reconciled()
        writes.append(len(outcome.changes))
        start = start.after(outcome)

    assert ([1, 1, 0, 0], agreed("ours", "OURS")) == (writes, start.link.base["summary"])


def test_an_accepted_form_is_drift_again_when_it_changes() -> None:
    """Accepting Jira's form of a value is not giving the field away."""
    start = world(text("ours"), fields={"summary": "edited"}, base={"summary": agreed("ours", "OURS")})

    assert [Why.DRIFT] == [delta.why for change in start.reconciled().changes for delta in change.deltas]


def test_a_document_that_jira_decorates_is_not_a_difference() -> None:
    """Identifiers that Jira adds to a document by itself lead to no write."""
    ours = from_html("<p>Order <b>one</b></p>")
    theirs = from_html("<p>Order <b>one</b></p>")
    assert theirs is not None
    theirs["content"][0]["attrs"] = {"localId": "c0ffee"}
    start = world(Desired("description", ValueKind.HTML, ours), fields={"description": theirs})

    assert () == start.reconciled().changes


@pytest.mark.parametrize("nothing", [None, "", [], {}])
@pytest.mark.parametrize("kind", [kind for kind in ValueKind if kind is not ValueKind.LABELS])
def test_every_kind_of_nothing_is_the_same(kind: ValueKind, nothing: Json) -> None:
    """An absent value, an empty text and an empty list are one."""
    assert comparable(kind, nothing) is None


@pytest.mark.parametrize(
    ("value", "form"), [(3, "3"), (3.0, "3"), (0, "0"), (2.5, "2.5"), (False, "False"), (" a ", "a"), ("  ", None)]
)
def test_text_is_compared_as_a_person_reads_it(value: Json, form: str | None) -> None:
    """A number that Jira shows as 3.0 is the 3 that was sent, and spaces around a text do not count."""
    assert form == comparable(ValueKind.TEXT, value)


@pytest.mark.parametrize(
    ("labels", "left"),
    [
        ({"a", "other"}, {"add": ["b"]}),
        ({"a", "b"}, {}),
        ({"a", "b", "old"}, {"remove": ["old"]}),
        ({"old"}, {"add": ["a", "b"], "remove": ["old"]}),
    ],
)
def test_only_the_labels_named_are_touched(labels: set[str], left: dict[str, list[str]]) -> None:
    """What is missing is added, what is unwanted and there is removed, all others stay unmentioned."""
    desired = Desired("labels", ValueKind.LABELS, {"add": ["a", "b"], "remove": ["old"]})

    assert left == labels_missing(desired, frozenset(labels))


def test_a_label_edit_is_a_delta_beside_the_other_fields() -> None:
    """Labels need no base: they are right or not."""
    wanted = Desired("labels", ValueKind.LABELS, {"add": ["hr"], "remove": []})
    start = world(wanted, labels=frozenset({"pfjira"}))

    (change,) = start.reconciled().changes
    settled = start.after(start.reconciled())

    assert (Delta("labels", ["pfjira"], {"add": ["hr"]}, Why.DIFFERS),) == change.deltas
    assert ((), frozenset({"pfjira", "hr"}), LINK.base) == (
        settled.reconciled().changes,
        settled.issue.labels,
        settled.link.base,
    )
