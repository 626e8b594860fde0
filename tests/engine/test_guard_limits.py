"""The guard: exactly at a limit nothing stops, one above nothing is written without a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from kept_issue import USUAL

from pfjira.engine.guard import Baseline, check
from pfjira.engine.model import Ref
from pfjira.engine.plan import Action, Change, Plan
from pfjira.engine.rules import DEFAULT_LIMITS, Limit
from pfjira.errors import DigestMismatch, PlanRefused, TooManyChanges


def plan(**counts: int) -> Plan:
    """Return a plan with so many changes of each action."""
    return Plan(
        tuple(
            Change(Action[name.upper()], replace(USUAL, key=str(number)))
            for name, count in counts.items()
            for number in range(count)
        )
    )


def refused(
    counts: Mapping[str, int],
    kept: int,
    recent: Mapping[str, int] | None = None,
    limits: Mapping[str, Limit] = DEFAULT_LIMITS,
) -> bool:
    """Say whether the guard stops a plan."""
    try:
        check(
            plan(**counts),
            Baseline({"task": kept}, {("task", name): count for name, count in (recent or {}).items()}),
            limits,
        )
    except TooManyChanges:
        return True
    return False


BOUNDARIES = [
    # action, issues kept, how many pass
    ("create", 0, 500),  # the first run
    ("create", 1, 25),  # the floor
    ("create", 250, 25),
    ("create", 259, 25),  # a share is rounded down
    ("create", 260, 26),
    ("create", 1000, 100),  # the share
    ("update", 1, 50),
    ("update", 254, 50),
    ("update", 255, 51),
    ("update", 1000, 200),
    ("close", 1000, 200),
    ("reopen", 1000, 200),
    ("complete_task", 1000, 200),
    ("reopen_task", 1000, 200),
    ("cancel", 0, 5),
    ("cancel", 119, 5),
    ("cancel", 120, 6),
    ("cancel", 1000, 50),
]


@pytest.mark.parametrize(("action", "kept", "allowed"), BOUNDARIES)
def test_a_limit_is_the_larger_of_a_floor_and_a_share(action: str, kept: int, allowed: int) -> None:
    """At the limit and one below it passes, one above it is refused."""
    around = [refused({action: count}, kept) for count in (allowed - 1, allowed, allowed + 1)]

    assert [False, False, True] == around


@pytest.mark.parametrize(("action", "kept", "allowed"), [line for line in BOUNDARIES if line[1]])
def test_a_limit_holds_for_a_whole_day(action: str, kept: int, allowed: int) -> None:
    """What was done in the last 24 hours counts: many small runs are one large one."""
    limit = Action[action.upper()].guarded_as
    around = [refused({action: 1}, kept, {limit: lately}) for lately in (allowed - 2, allowed - 1, allowed)]

    assert [False, False, True] == around


def test_the_first_run_counts_no_history() -> None:
    """With nothing kept there is no share and no yesterday to compare with."""
    assert not refused({"create": 500}, 0, {"create": 400})


def test_all_kinds_of_update_share_one_limit() -> None:
    """Fields, moves and write-backs add up."""
    shares = {"update": 20, "close": 20, "complete_task": 10}

    assert [False, True] == [refused(shares, 1), refused({**shares, "reopen": 1}, 1)]


def test_limits_do_not_add_up_over_kinds() -> None:
    """Creations and cancellations each have their own."""
    assert not refused({"create": 25, "update": 50, "cancel": 5}, 1)


def test_a_limit_of_nothing_refuses_everything() -> None:
    """`{ max: 0, percent: 0 }` means that a person looks at each plan."""
    assert refused({"cancel": 1}, 10, limits={**DEFAULT_LIMITS, "cancel": Limit(0, 0)})


def test_a_refusal_says_how_many_and_how_to_go_on() -> None:
    """The sentence holds the counts, the error the digest that approves exactly this plan."""
    large = plan(cancel=4)
    with pytest.raises(TooManyChanges) as caught:
        check(large, Baseline({"task": 10}, {("task", "cancel"): 3}), DEFAULT_LIMITS)

    assert (
        "The plan would cancel 4 issues of kind task after 3 in the last 24 hours; the limit without approval is 5. "
        "Nothing was written.",
        True,
    ) == (str(caught.value), large.digest == caught.value.digest)


def test_one_issue_is_one_issue() -> None:
    """The sentence is grammatical where a limit is nothing."""
    with pytest.raises(TooManyChanges, match="would cancel 1 issue of kind task;"):
        check(plan(cancel=1), Baseline({"task": 10}, {}), {**DEFAULT_LIMITS, "cancel": Limit(0, 0)})


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"remove_member": 1}, "take away 1 membership"),
        ({"remove_member": 2}, "take away 2 memberships"),
        ({"remove_member": 1, "cancel": 1}, "make 2 changes that count as cancel"),
        ({"post": 1}, "make 1 change that counts as create"),
    ],
)
def test_what_is_no_issue_is_not_called_one(counts: Mapping[str, int], said: str) -> None:
    """Memberships are taken away; what is mixed, or is sent elsewhere, is called a change."""
    nothing = dict.fromkeys(DEFAULT_LIMITS, Limit(0, 0))
    with pytest.raises(TooManyChanges, match=f"^The plan would {said} of kind task;"):
        check(plan(**counts), Baseline({"task": 10}, {}), nothing)


def test_a_file_that_keeps_nothing_has_a_first_run_once() -> None:
    """Who only posts has the usual limit once anything was posted."""
    assert not refused({"post": 500}, 0)
    with pytest.raises(TooManyChanges):
        check(plan(post=26), Baseline({}, {}, begun=True), DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "baseline",
    [Baseline({"task": 1}, {}), Baseline({"task": 1}, {("task", "cancel"): 100}), Baseline({}, {}, adopting=True)],
)
def test_the_right_approval_passes_everything(baseline: Baseline) -> None:
    """A person has read exactly this plan."""
    large = plan(create=1000, cancel=1000)

    check(large, baseline, DEFAULT_LIMITS, approved=large.digest)


def test_a_wrong_approval_stops_even_a_small_plan() -> None:
    """Somebody approved something else; whatever this is, he has not read it."""
    with pytest.raises(PlanRefused, match="not the one that was approved"):
        check(plan(update=1), Baseline({"task": 100}, {}), DEFAULT_LIMITS, approved="0" * 16)


def test_adopting_waits_for_a_person() -> None:
    """With a state that was lost or restored, a single write is too much."""
    with pytest.raises(TooManyChanges, match="1 changes wait for a person"):
        check(plan(update=1), Baseline({"task": 100}, {}, adopting=True), DEFAULT_LIMITS)


def test_a_plan_without_changes_passes() -> None:
    """There is nothing to stop."""
    check(Plan(), Baseline({}, {}, adopting=True), DEFAULT_LIMITS)


def test_an_approval_of_another_plan_is_no_approval_of_nothing() -> None:
    """Whoever approved something must not believe that it was done."""
    with pytest.raises(DigestMismatch, match="nothing to approve"):
        check(Plan(), Baseline({}, {}), DEFAULT_LIMITS, approved="0" * 16)


@pytest.mark.parametrize(("action", "floor"), [("create", 25), ("update", 50), ("cancel", 5)])
def test_a_small_kind_cannot_vanish_inside_a_large_one(action: str, floor: int) -> None:
    """Ten thousand tasks allow nothing more about leave; each kind has its own limit, and its own day."""
    kept = {"task": 10_000, "leave": 20}
    tasks = plan(**{action: floor + 1})
    leave = Plan(
        tuple(
            replace(change, situation=replace(change.situation, ref=Ref("peopleforce", "leave", change.situation.key)))
            for change in tasks.changes
        )
    )
    check(tasks, Baseline(kept, {("leave", action): floor}), DEFAULT_LIMITS)
    check(Plan(leave.changes[1:]), Baseline(kept, {("task", action): 10_000}), DEFAULT_LIMITS)
    check(Plan((*tasks.changes, *leave.changes[1:])), Baseline(kept, {}), DEFAULT_LIMITS)

    with pytest.raises(TooManyChanges, match=f"of kind leave; the limit without approval is {floor}"):
        check(leave, Baseline(kept, {}), DEFAULT_LIMITS)
