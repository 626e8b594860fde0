"""Carry out one effect, whatever it is: one request, or none where it is done already. Nothing is decided here."""

from __future__ import annotations

from typing import assert_never

from pfjira.engine.fingerprint import op_id
from pfjira.engine.plan import Action, Change
from pfjira.errors import ConfigError
from pfjira.ops.workspace import Workspace


def perform(workspace: Workspace, change: Change, times: int) -> None:
    """Make it so. `times` is how often this move was made before. Raise ConnectorError."""
    tickets, hr, issue_id = workspace.tickets, workspace.hr, change.issue_id or ""
    situation, deed = change.situation, change.situation.deed
    after = {delta.field: delta.after for delta in change.deltas}
    person = situation.person or ""
    match change.action:
        case Action.UPDATE | Action.UPDATE_ONCE:
            # What is edited once may be anybody's issue: it is not ours to mark.
            stamp = workspace.stamp(situation.op) if change.action is Action.UPDATE else None
            tickets.edit(issue_id, [desired for desired in situation.desired if desired.field in after], stamp=stamp)
        case Action.COMPLETE_TASK:
            hr.complete(change.ref)
        case Action.REOPEN_TASK:
            hr.reopen(change.ref)
        case Action.CLOSE | Action.REOPEN | Action.CANCEL:
            assert change.target is not None
            # Repeating an attempt must not repeat its comment; doing the same again another day must.
            tickets.move(issue_id, change.target, op=op_id(change.op, change.action.value, times))
        case Action.ADOPT:
            tickets.mark(issue_id, workspace.stamp(situation.op), situation.label)
        case Action.LINK:
            tickets.link(change.target_id, issue_id)
        case Action.SET_FIELDS:
            hr.set_fields(person, after)
        case Action.NOTE:
            hr.add_note(person, str(after["note"]), op=change.op)
        case Action.HAND_OUT:
            whose, on = str(after.get("person") or person), str(after.get("on") or workspace.day)
            hr.hand_out(str(after["asset"]), whose, on, since=change.since)
        case Action.TAKE_BACK:
            hr.take_back(change.ref.id, str(after.get("returned_on") or workspace.day))
        case Action.COMMENT:
            assert deed is not None
            tickets.comment(issue_id, deed.text, op=change.op)
        case Action.WORKLOG:
            assert deed is not None
            tickets.log_work(issue_id, deed.text, deed.spent_s, workspace.now, op=change.op)
        case Action.ADD_MEMBER:
            tickets.add_member(*change.target_id.split("/", 1))
        case Action.REMOVE_MEMBER:
            tickets.remove_member(*change.target_id.split("/", 1))
        case Action.CREATE_TASK:
            assert deed is not None
            hr.create_task(deed.person or "", deed.values, op=change.op)
        case Action.POST:
            assert deed is not None
            if workspace.posts is None:
                raise ConfigError(f"there is no target {deed.target}", hint="declare it under `targets` in rules.yaml")
            workspace.posts.post(deed.target, deed.body, op=change.op)
        case Action.CREATE | Action.LABEL_DOUBLE:
            raise ValueError("it is done by ops.create and ops.doubles")
        case _:
            assert_never(change.action)
