"""Completion: one fact that both sides may move, and what withdrawing and returning do to it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from kept_issue import DIGEST, ISSUE, LINK, USUAL, World

from pfjira.engine.model import Target
from pfjira.engine.plan import Action, Change, Conflict, Delta, Why
from pfjira.engine.reconcile import COMPLETION, LinkState

CLOSE = Target("Done", "Done")
CANCEL = Target("Cancelled", comment="removed")


def completion(
    *,
    ours: bool,
    theirs: bool,
    agreed: bool | None,
    state: LinkState = LinkState.LIVE,
    back: bool = True,
    gone: bool = False,
    declared: bool = True,
) -> World:
    """Return a world in which only completion is in question; `declared`: the rule says where issues go."""
    situation = replace(USUAL, done=ours, cancelled=gone, writes_back=back)
    if declared:
        situation = replace(situation, close=CLOSE, cancel=CANCEL)
    issue = replace(ISSUE, status="Done" if theirs else "To Do", category="done" if theirs else "new")
    return World(situation, replace(LINK, completed=agreed, state=state), issue)


def actions(start: World) -> list[Action]:
    """Return what is to be done, in order."""
    return [change.action for change in start.reconciled().changes]


@pytest.mark.parametrize(
    ("ours", "theirs", "agreed", "back", "action"),
    [
        (True, False, False, True, Action.CLOSE),
        (True, False, False, False, Action.CLOSE),
        (False, True, True, True, Action.REOPEN),
        (False, True, True, False, Action.REOPEN),
        (False, True, False, True, Action.COMPLETE_TASK),
        (False, True, False, False, None),  # closed by hand, and no rule writes that back
        (True, False, True, True, Action.REOPEN_TASK),
        (True, False, True, False, Action.CLOSE),  # opened by hand under a one-way rule: HR's word stands
    ],
)
def test_whoever_moved_from_the_agreed_completion_is_followed(
    ours: bool, theirs: bool, agreed: bool, back: bool, action: Action | None
) -> None:
    """Every way in which the two sides can differ has one answer."""
    start = completion(ours=ours, theirs=theirs, agreed=agreed, back=back)

    assert ([action] if action else []) == actions(start)


@pytest.mark.parametrize(("ours", "state"), [(True, LinkState.CLOSED), (False, LinkState.LIVE)])
@pytest.mark.parametrize("agreed", [True, False, None])
def test_equal_completion_is_agreed_and_nothing_is_written(ours: bool, state: LinkState, agreed: bool | None) -> None:
    """Both sides done, or both open: that is the new agreement, however it came about."""
    outcome = completion(ours=ours, theirs=ours, agreed=agreed).reconciled()

    assert ((), ours, state) == (outcome.changes, outcome.link.completed, outcome.link.state)


def test_a_rule_without_done_when_leaves_completion_alone() -> None:
    """What the rule does not look at is neither written nor remembered: nothing is agreed about it."""
    start = replace(completion(ours=True, theirs=False, agreed=False), looks_at_done=False)
    outcome = start.reconciled()

    assert ((), (), replace(start.link, completed=None)) == (outcome.changes, outcome.conflicts, outcome.link)


@pytest.mark.parametrize(("ours", "theirs"), [(True, False), (False, True)])
def test_an_adopted_issue_without_an_agreement_is_a_question(ours: bool, theirs: bool) -> None:
    """Where both sides may move it and nobody knows who did, neither a task nor an issue is closed or opened."""
    outcome = completion(ours=ours, theirs=theirs, agreed=None, back=True).reconciled()

    asked = Conflict("it-tasks", "7001", USUAL.ref, "ITOPS-1", COMPLETION, ours, theirs)
    assert ((), (asked,)) == (outcome.changes, outcome.conflicts)


@pytest.mark.parametrize(("ours", "theirs", "wanted"), [(True, False, [Action.CLOSE]), (False, True, [])])
def test_without_back_an_agreement_is_not_needed(ours: bool, theirs: bool, wanted: list[Action]) -> None:
    """Only HR moves completion then: what is done there is closed, what was closed by hand is Jira's affair."""
    outcome = completion(ours=ours, theirs=theirs, agreed=None, back=False).reconciled()

    assert (wanted, ()) == ([change.action for change in outcome.changes], outcome.conflicts)


def test_closing_goes_where_the_rule_says() -> None:
    """The move carries the rule's target and remembers the status on which it was decided."""
    start = completion(ours=True, theirs=False, agreed=False)
    delta = Delta("status", "To Do", "Done", Why.HR_MOVED)
    change = Change(Action.CLOSE, start.situation, "10001", "ITOPS-1", (delta,), CLOSE, {"status": DIGEST("To Do")})

    assert (change,) == start.reconciled().changes


def test_completing_a_task_remembers_the_status_it_rests_on() -> None:
    """The write towards HR has no target, and is stale as soon as the issue's status is another."""
    start = completion(ours=False, theirs=True, agreed=False)
    delta = Delta(COMPLETION, False, True, Why.NEW)
    seen = {"status": DIGEST("Done")}

    expected = Change(Action.COMPLETE_TASK, start.situation, "10001", "ITOPS-1", (delta,), None, seen)
    assert (expected,) == start.reconciled().changes


def test_without_a_declared_target_the_done_category_will_do() -> None:
    """A rule that names no status leaves the choice to the site's workflow."""
    closing = completion(ours=True, theirs=False, agreed=False, declared=False)
    cancelling = completion(ours=False, theirs=False, agreed=False, gone=True, declared=False)

    (close,), (cancel,) = closing.reconciled().changes, cancelling.reconciled().changes
    assert [Target("done"), Target("done")] == [close.target, cancel.target]


def test_a_gone_record_withdraws_its_open_issue() -> None:
    """The issue is moved, with the rule's comment, and its fields are left as they are."""
    (change,) = completion(ours=False, theirs=False, agreed=False, gone=True).reconciled().changes

    assert (Action.CANCEL, CANCEL) == (change.action, change.target)


@pytest.mark.parametrize(
    ("theirs", "state"), [(True, LinkState.LIVE), (True, LinkState.CANCELLED), (False, LinkState.CANCELLED)]
)
def test_nothing_is_withdrawn_twice(theirs: bool, state: LinkState) -> None:
    """An issue that is done already, or that somebody opened again after we withdrew it, is left in peace."""
    outcome = completion(ours=False, theirs=theirs, agreed=False, gone=True, state=state).reconciled()

    assert ((), LinkState.CANCELLED) == (outcome.changes, outcome.link.state)


@pytest.mark.parametrize("agreed", [True, False, None])
@pytest.mark.parametrize("back", [True, False])
def test_a_record_that_returns_opens_its_issue_and_never_completes_its_task(agreed: bool | None, back: bool) -> None:
    """The done status of a withdrawn issue is our own doing; it says nothing about the task."""
    start = completion(ours=False, theirs=True, agreed=agreed, back=back, state=LinkState.CANCELLED)

    assert [Action.REOPEN] == actions(start)


@pytest.mark.parametrize(
    ("ours", "theirs", "agreed", "back", "state", "gone"),
    list(product((True, False), (True, False), (True, False, None), (True, False), LinkState, (True, False))),
)
def test_one_run_settles_completion(
    ours: bool, theirs: bool, agreed: bool | None, back: bool, state: LinkState, gone: bool
) -> None:
    """From every state there can be, one step at most is taken, and the next run takes none and asks the same."""
    start = completion(ours=ours, theirs=theirs, agreed=agreed, back=back, state=state, gone=gone)
    outcome = start.reconciled()
    again = start.after(outcome).reconciled()

    assert len(outcome.changes) <= 1
    assert ((), outcome.conflicts) == (again.changes, again.conflicts)
