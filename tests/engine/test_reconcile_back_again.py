"""A withdrawal that does not stand any more, for a rule that does not look at completion."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kept_issue import ISSUE, LINK, USUAL, World

from pfjira.engine.model import Target
from pfjira.engine.plan import Action
from pfjira.engine.reconcile import WITHDRAWN, LinkState

SITUATION = replace(USUAL, cancel=Target("Cancelled"))
OPEN = World(SITUATION, LINK, ISSUE, looks_at_done=False)


def withdrawn(start: World) -> World:
    """Return the world after the record was withdrawn, and that was carried out."""
    gone = replace(start, situation=replace(SITUATION, cancelled=True))
    return gone.after(gone.reconciled())


def back(start: World, *, opens: bool = True) -> World:
    """Return the world in which the record is there again."""
    return replace(start, situation=replace(SITUATION, opens=opens))


def actions(start: World) -> list[Action]:
    """Return what is to be done, in order."""
    return [change.action for change in start.reconciled().changes]


def test_what_we_cancelled_is_reopened() -> None:
    """Once: afterwards it is an issue as any other, and a second withdrawal cancels it again."""
    once = back(withdrawn(OPEN))
    assert [Action.REOPEN] == actions(once)

    again = once.after(once.reconciled())
    assert (LinkState.LIVE, False, []) == (again.link.state, WITHDRAWN in again.link.base, actions(again))
    assert [Action.CANCEL] == actions(replace(again, situation=replace(SITUATION, cancelled=True)))


def test_not_while_the_rule_would_not_open_it() -> None:
    """It stays cancelled, and is reopened when the rule would open it after all."""
    waiting = back(withdrawn(OPEN), opens=False)
    after = waiting.after(waiting.reconciled())

    assert ([], LinkState.CANCELLED) == (actions(waiting), after.link.state)
    assert [Action.REOPEN] == actions(back(after))


@pytest.mark.parametrize("status", ["Done", "Resolved"])
def test_what_people_had_done_stays_done(status: str) -> None:
    """It was closed before the withdrawal, and not by it."""
    done = replace(OPEN, issue=replace(ISSUE, status=status, category="done"))

    assert [] == actions(back(withdrawn(done)))


def test_a_cancelling_that_was_not_remembered_counts() -> None:
    """The move landed and we did not live to note it: the issue is where only our move brings it."""
    moved = replace(OPEN, issue=replace(ISSUE, status="Cancelled", category="done"))

    assert [Action.REOPEN] == actions(back(withdrawn(moved)))


def test_what_a_person_reopened_is_kept_as_any_other() -> None:
    """Open again before the record was back: nothing is to be done, and the withdrawal is forgotten."""
    start = withdrawn(OPEN)
    by_hand = back(replace(start, issue=ISSUE))
    after = by_hand.after(by_hand.reconciled())

    assert ([], LinkState.LIVE, False) == (actions(by_hand), after.link.state, WITHDRAWN in after.link.base)
