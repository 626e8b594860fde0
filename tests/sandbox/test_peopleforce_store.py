"""The task store against a naive model: whatever people do, both halves list what they should, in order."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.peopleforce.tasks import TaskStore

ACTS = st.lists(st.tuples(st.sampled_from(["create", "complete", "reopen", "edit", "remove"]), st.integers(0, 30)))


def act(store: TaskStore, verb: str, number: int) -> None:
    """Do one thing to the task of that number, if there is one."""
    if verb == "create":
        store.create(title=f"Task {number}")
    elif store.by_id:
        task_id = sorted(store.by_id)[number % len(store.by_id)]
        match verb:
            case "remove":
                store.remove(task_id)
            case "edit":
                store.edit(task_id, title=f"Renamed {number}", completed=number % 2 == 0)
            case _:
                store.set_completed(task_id, verb == "complete")


@settings(max_examples=80, deadline=None)
@given(ACTS, st.integers(1, 7))
def test_pages_of_both_halves_hold_every_task_once(acts: list[tuple[str, int]], size: int) -> None:
    """Put together, the pages of each half are its tasks by id, descending."""
    store = TaskStore([], SandboxClock())
    for verb, number in acts:
        act(store, verb, number)

    for completed in (False, True):
        half = store.half(completed)
        paged: list[dict[str, Any]] = []
        for start in range(0, len(half) + size, size):
            paged += half.slice(start, start + size)
        naive = [task for _, task in sorted(store.by_id.items(), reverse=True) if task["completed"] == completed]
        assert naive == paged
        assert all((task["completed_at"] is not None) == completed for task in paged)


@given(ACTS)
@settings(max_examples=40, deadline=None)
def test_ids_are_never_used_again(acts: list[tuple[str, int]]) -> None:
    """A removed task's id does not come back with another task."""
    store = TaskStore([], SandboxClock())
    gone: set[int] = set()
    for verb, number in acts:
        before = set(store.by_id)
        act(store, verb, number)
        assert not gone & store.by_id.keys()
        gone |= before - store.by_id.keys()
