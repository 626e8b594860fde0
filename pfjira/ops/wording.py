"""The words in which people read of records, actions and counts. Nothing here prints."""

from __future__ import annotations

from collections.abc import Mapping

from pfjira.engine.model import Ref
from pfjira.engine.plan import Action, Change

_ACTIONS: dict[Action, tuple[str, str, str]] = {
    Action.CREATE: ("issue", "to create", "created"),
    Action.UPDATE: ("issue", "to update", "updated"),
    Action.CLOSE: ("issue", "to close", "closed"),
    Action.REOPEN: ("issue", "to reopen", "reopened"),
    Action.CANCEL: ("issue", "to cancel", "cancelled"),
    Action.COMPLETE_TASK: ("task", "to complete", "completed"),
    Action.REOPEN_TASK: ("task", "to reopen", "reopened"),
    Action.ADOPT: ("issue", "to take over", "taken over"),
    Action.LINK: ("child", "to link", "linked"),
    Action.SET_FIELDS: ("person", "to write fields of", "with fields written"),
    Action.NOTE: ("note", "to write", "written"),
    Action.HAND_OUT: ("asset", "to hand out", "handed out"),
    Action.TAKE_BACK: ("asset", "to take back", "taken back"),
    Action.COMMENT: ("comment", "to write", "written"),
    Action.WORKLOG: ("worklog", "to write", "written"),
    Action.UPDATE_ONCE: ("issue", "to edit once", "edited once"),
    Action.ADD_MEMBER: ("member", "to add", "added"),
    Action.REMOVE_MEMBER: ("member", "to remove", "removed"),
    Action.CREATE_TASK: ("task", "to make", "made"),
    Action.POST: ("post", "to send", "sent"),
    Action.LABEL_DOUBLE: ("duplicate", "to label", "labelled"),
}
"""What is counted, what is intended, what was done."""
_DONE = frozenset(action.value for action in _ACTIONS)
_MANY = {
    "person": "people", "child": "children", "leave": "leave requests", "delivery": "deliveries",
}  # fmt: skip
_PLAIN = frozenset(
    {"task", "employee", "candidate", "team", "assignment", "position", "issue", "person", "rule", "leave", "delivery"}
)
"""Nouns with which a subject may begin: many of one noun are told together."""


def several(noun: str) -> str:
    """Return a noun for many."""
    return _MANY.get(noun, f"{noun}s")


def counted(count: int, noun: str) -> str:
    """Return `1 issue`, `3 people`."""
    return f"{count} {noun if count == 1 else several(noun)}"


def done(action: str, count: int) -> str:
    """Return what was done: `3 issues created`."""
    noun, _, word = _ACTIONS[Action(action)]
    return f"{counted(count, noun)} {word}"


def written(counts: Mapping[str, int]) -> str:
    """Return what a run wrote, by its counts: `3 issues created, 1 task completed`."""
    found = [done(name, count) for name, count in counts.items() if name in _DONE and count]
    return ", ".join(found) or "nothing to write"


def intended(action: str, count: int) -> str:
    """Return what would be done: `3 issues to create`."""
    noun, word, _ = _ACTIONS[Action(action)]
    if Action(action) is Action.SET_FIELDS:
        return f"fields of {counted(count, noun)} to write"
    return f"{counted(count, noun)} {word}"


def record(ref: Ref) -> str:
    """Return how a record is called: `employee 9041`, `delivery 17 of helpdesk`."""
    if ref.kind.startswith("hook."):
        return f"delivery {ref.id} of {ref.kind.removeprefix('hook.')}"
    return f"{ref.kind} {ref.id}"


def record_named(name: str) -> str:
    """Return the same for a record's address as text, `peopleforce/employee/9041`."""
    system, kind, number = name.split("/", 2)
    return record(Ref(system, kind, number))


def noun_of(subject: str) -> str:
    """Return the noun with which a subject begins, '' where it is none that can be told together."""
    first = subject.split(" ")[0]
    return first if first in _PLAIN and " of " not in subject else ""


def place(change: Change) -> str:
    """Return where a change happens and for which record: `HR-12 for employee 9041`."""
    situation = change.situation
    where = change.issue_key or f"{situation.project} {situation.issue_type}".strip()
    if change.action is Action.CREATE and not situation.issue_type:
        where = f"{situation.project} sub-task"
    return f"{where} for {record(change.ref)}" if where else record(change.ref)
