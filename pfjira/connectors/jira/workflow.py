"""Moving an issue through its workflow to a status or a category.

Workflows are the site's own: transition ids mean nothing outside them, and the way may take several steps that only
show themselves one by one. Every call begins by reading where the issue is, so that it may be repeated at any time. It
must never move an issue that is already there, walk in a circle, or pass through a closed status on the way elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pfjira.connectors.address import segment
from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.remarks import Remarks, look_again
from pfjira.connectors.jira.spacing import Spacing
from pfjira.engine.model import Json, Target
from pfjira.errors import Forbidden, Missing, OutcomeUnknown, Rejected

MOST_STEPS = 5
CATEGORIES = ("new", "indeterminate", "done")
"""Words that name a category; any other target is a status by name (reference 4.2)."""

_CONVENTIONAL = {
    "new": ("to do", "open", "backlog", "reopened", "new"),
    "indeterminate": ("in progress", "in review"),
    "done": ("done", "closed", "resolved", "completed", "complete"),
}
_GIVEN_UP = ("cancel", "won't", "wont", "reject", "declin", "duplicat", "abandon", "obsolete", "withdrawn", "discard")
"""Words in the names of statuses that are closed without being done: the last choice for a category."""


class Workflow:
    """Transitions and the comment that goes with them."""

    def __init__(self, api: Api, spacing: Spacing, remarks: Remarks) -> None:
        """Move issues through this interface."""
        self._api = api
        self._spacing = spacing
        self._remarks = remarks

    def move(self, issue_id: str, target: Target, op: str) -> None:
        """Bring the issue to the target; nothing when it is there. The comment is added once per op.

        Raise Rejected when no way leads there, Stale when somebody else moved it meanwhile, Unavailable when an answer
        was lost (calling again is safe: it looks first).
        """
        status, category, project, type_id = self._where(issue_id)
        if _reached(target.to, status, category):
            return
        transitions = self._transitions(issue_id)
        if _best(transitions, target.to) is None:
            self._check_reachable(project, type_id, target.to)
        if not transitions:
            raise self._no_way(status, target.to)
        if target.comment:
            # Before the move: an issue that has arrived is left alone, so one lost in between would be lost for good.
            self._remarks.comment(issue_id, target.comment, op)
        visited = {status.casefold()}
        for _ in range(MOST_STEPS):
            chosen = _best(transitions, target.to) or _onward(transitions, visited, target.to)
            if chosen is None:
                raise self._no_way(status, target.to)
            self._transition(issue_id, chosen, target)
            status, category = _destination(chosen)
            if _reached(target.to, status, category):
                return
            visited.add(status.casefold())
            transitions = self._transitions(issue_id)
        raise self._no_way(status, target.to)

    def _where(self, issue_id: str) -> tuple[str, str, str, str]:
        row = self._api.get(f"issue/{segment(issue_id)}", {"fields": "status,project,issuetype"}, said="issue/{id}")
        status = codec.member(row, "fields", "status", "name")
        if not isinstance(status, str):
            raise self._api.unexpected("GET issue/{id}", "an issue without a status")
        category = codec.member(row, "fields", "status", "statusCategory", "key")
        project = codec.member(row, "fields", "project", "key") or str(row.get("key")).rpartition("-")[0]
        return status, str(category), str(project), str(codec.member(row, "fields", "issuetype", "id"))

    def _transitions(self, issue_id: str) -> list[dict[str, Any]]:
        said = "issue/{id}/transitions"
        payload = self._api.get(f"issue/{segment(issue_id)}/transitions", {"expand": "transitions.fields"}, said=said)
        rows = codec.member(payload, "transitions")
        if not isinstance(rows, list):
            raise self._api.unexpected(f"GET {said}", "an answer without transitions")
        usable = (row for row in codec.objects(rows) if row.get("isAvailable") is not False and "id" in row)
        return [row for row in usable if isinstance(codec.member(row, "to", "name"), str)]

    def _transition(self, issue_id: str, transition: Mapping[str, Any], target: Target) -> None:
        body: dict[str, Json] = {"transition": {"id": str(transition["id"])}}
        shown = transition.get("fields")
        screen: Mapping[str, Any] = shown if isinstance(shown, dict) else {}
        fields = {
            name: codec.shaped(value, codec.member(screen, name, "schema"))
            for name, value in target.fields.items()
            if name in screen
        }
        resolution = _resolution(screen.get("resolution"), target.resolution, given_up=_given_up(transition))
        if resolution is not None and "resolution" not in fields:
            fields["resolution"] = {"name": resolution}
        if fields:
            body["fields"] = fields
        path, said = f"issue/{segment(issue_id)}/transitions", "issue/{id}/transitions"
        self._spacing.wait(issue_id)
        try:
            self._api.write("POST", path, body, said=said, any_body=True, right="transition issues")
        except OutcomeUnknown as error:
            raise look_again(error) from error

    def _check_reachable(self, project: str, type_id: str, to: str) -> None:
        """Refuse a status that the issue's workflow does not have, before the issue is moved half-way to nowhere."""
        try:
            types = self._api.get(f"project/{segment(project)}/statuses", said="project/{key}/statuses")
        except (Missing, Rejected, Forbidden):
            return  # not readable by this login: try the way instead
        for row in codec.objects(types):
            if str(row.get("id")) != type_id:
                continue
            statuses = codec.objects(row.get("statuses"))
            known = [(str(one.get("name")), str(codec.member(one, "statusCategory", "key"))) for one in statuses]
            if known and not any(_reached(to, name, category) for name, category in known):
                names = ", ".join(name for name, _ in known)
                raise Rejected(f"jira: the workflow has no status {to}; it has {names}", system="jira")

    def _no_way(self, status: str, to: str) -> Rejected:
        return Rejected(
            f"jira: no way leads from status {status} to {to}",
            hint="see the workflow, its conditions, and the login's right to transition issues",
            system="jira",
        )


def _reached(to: str, status: str, category: str) -> bool:
    return category == to if to in CATEGORIES else status.casefold() == to.casefold()


def _destination(transition: Mapping[str, Any]) -> tuple[str, str]:
    to = transition["to"]
    return str(to["name"]), str(codec.member(to, "statusCategory", "key"))


def _best(transitions: list[dict[str, Any]], to: str) -> dict[str, Any] | None:
    """Return the transition that leads there directly; for a category, not to a given-up status."""
    fitting = [row for row in transitions if _reached(to, *_destination(row))]
    if to in CATEGORIES:
        fitting = [row for row in fitting if not _given_up(row)] if to == "done" else fitting
        conventional = _CONVENTIONAL[to]
        fitting.sort(key=lambda row: _rank(_destination(row)[0].casefold(), conventional))
    return fitting[0] if fitting else None


def _onward(transitions: list[dict[str, Any]], visited: set[str], to: str) -> dict[str, Any] | None:
    """Return the most promising step on the way: not visited yet, and open unless there is nothing else."""
    steps = [row for row in transitions if _destination(row)[0].casefold() not in visited]
    passable = [row for row in steps if _destination(row)[1] != "done"]
    if passable:
        # Work goes forward through the middle category; a step back to the beginning is the second choice, except
        # when the beginning is where it should go.
        order = ("new", "indeterminate") if to == "new" else ("indeterminate", "new")
        return min(passable, key=lambda row: _rank(_destination(row)[1], order))
    closed = [row for row in steps if _reached(to, *_destination(row))]
    return closed[0] if closed else None


def _given_up(transition: Mapping[str, Any]) -> bool:
    return _sounds_given_up(_destination(transition)[0])


def _sounds_given_up(name: str) -> bool:
    return any(word in name.casefold() for word in _GIVEN_UP)


def _rank(name: str, order: tuple[str, ...]) -> int:
    return order.index(name) if name in order else len(order)


def _resolution(field: Any, wanted: str | None, *, given_up: bool) -> str | None:
    """Return the resolution to send: the wanted one if the screen takes any, a fitting one where it must have one."""
    if not isinstance(field, dict):
        return None
    if wanted is not None:
        return wanted
    if not field.get("required") or field.get("hasDefaultValue"):
        return None
    names = [str(value.get("name")) for value in codec.objects(field.get("allowedValues"))]
    fitting = [name for name in names if _sounds_given_up(name) == given_up] or names
    return next((name for name in fitting if name.casefold() == "done"), fitting[0] if fitting else None)
