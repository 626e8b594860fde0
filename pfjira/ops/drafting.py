"""What a creation takes with it: what the create screen of its place takes, and its parent where there is one."""

from __future__ import annotations

from pfjira.connectors.base import CreateScreen, Draft
from pfjira.engine.model import Desired, ValueKind
from pfjira.engine.plan import Change
from pfjira.engine.rules import Make
from pfjira.errors import Forbidden, Rejected
from pfjira.ops.settle import Ledger, Parentage, Queue
from pfjira.ops.workspace import Workspace

Place = tuple[str, str, bool]
"""Project, issue type or request type, and whether it is the latter."""


class Drafting:
    """Knows the create screens of one run."""

    def __init__(self, workspace: Workspace, ledger: Ledger) -> None:
        self.workspace, self.ledger = workspace, ledger
        self.screens: dict[Place, CreateScreen] = {}

    def look(self, queue: Queue) -> dict[Place, Rejected | Forbidden]:
        """Ask for the screens that the queue needs; return the places that have none, with the reason."""
        refused: dict[Place, Rejected | Forbidden] = {}
        for place in sorted({place_of(change) for _, change in queue}):
            try:
                self.screens[place] = self._screen(*place)
            except (Rejected, Forbidden) as error:
                refused[place] = error
        return refused

    def of(self, change: Change) -> Draft:
        """Return what travels in the create call: what the screen takes; the rest is a difference that is edited in."""
        situation = change.situation
        screen = self.screens[place_of(change)]
        values = tuple(desired for desired in situation.desired if _travels(desired, screen))
        label = situation.label if "labels" in screen.fields else None
        parent = self.parent_of(change)
        return Draft(
            situation.op,
            situation.project,
            screen.type_id if situation.request else situation.issue_type or screen.type_id,
            values,
            label,
            parent.issue_id if parent is not None and parent.under else None,
            situation.raise_for,
            self.workspace.run,
        )

    def parent_of(self, change: Change) -> Parentage | None:
        """Return the parent's issue, and whether Jira's hierarchy lets the child be put under it."""
        situation = change.situation
        if situation.parent is None:
            return None
        link = self.ledger.links.get((situation.parent, situation.key))
        rule = self.workspace.rules.rule(situation.parent)
        if link is None or rule is None:
            return None
        screen = self.screens[place_of(change)]
        place = rule.project, rule.issue_type, rule.make is Make.REQUEST
        if place not in self.screens:
            self.screens[place] = self._screen(*place)
        above = "parent" in screen.fields and self.screens[place].level == screen.level + 1
        return Parentage(link.issue_id, link.issue_key, screen.subtask or above)

    def _screen(self, project: str, issue_type: str, request: bool) -> CreateScreen:
        """Return what a creation takes at this place. Raise Rejected, Forbidden where there is none."""
        if not request:
            return self.workspace.tickets.create_screen(project, issue_type)
        kind = self.workspace.tickets.request_type(project, issue_type)
        return CreateScreen(kind.fields, kind.required, type_id=kind.id)


def place_of(change: Change) -> Place:
    """Return where a creation goes."""
    return change.situation.project, change.situation.issue_type, change.situation.request


def _travels(desired: Desired, screen: CreateScreen) -> bool:
    """Say whether a value belongs into the create call."""
    if desired.kind is ValueKind.LABELS:
        return "labels" in screen.fields and bool((desired.value or {}).get("add"))
    return desired.value is not None and desired.field in screen.fields
