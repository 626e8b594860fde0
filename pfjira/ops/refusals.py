"""What becomes of a refusal: one dead letter for each cause, which of them are of one cause, and what clears them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pfjira.engine.model import Ref
from pfjira.errors import Forbidden, Rejected
from pfjira.state import letters
from pfjira.state.letters import DeadLetter

if TYPE_CHECKING:  # `status` asks here for words, and does not run anything
    from pfjira.engine.plan import Change
    from pfjira.ops.sweep import Sighting
    from pfjira.ops.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Cause:
    """Letters of one trouble: the same rule, action, answer and field."""

    rule: str
    action: str
    status: int
    field: str
    letters: tuple[DeadLetter, ...]
    """The oldest first."""

    @property
    def words(self) -> str:
        """What was refused and why: `create refused because of duedate (400)`."""
        field = f" because of {self.field}" if self.field else ""
        return f"{self.action} refused{field} ({self.status})"

    @property
    def reason(self) -> str:
        """What the system said, as of the last attempt."""
        return max(self.letters, key=lambda letter: letter.last_seen).reason


def causes(change: Change, error: Rejected | Forbidden) -> list[DeadLetter]:
    """Return a letter for each field that the system complains about, and one where it names none."""
    rule, ref, action = change.rule, change.ref, change.action.value
    if not isinstance(error, Rejected):
        return [DeadLetter(rule, ref, action, str(error), 403)]
    if len(error.fields) < 2:
        return [DeadLetter(rule, ref, action, str(error), error.status, field=next(iter(error.fields), ""))]
    return [
        DeadLetter(
            rule, ref, action, f"{error.system}: refused ({error.status}): {field}: {said}", error.status, field=field
        )
        for field, said in sorted(error.fields.items())
    ]


def grouped(found: Iterable[DeadLetter]) -> list[Cause]:
    """Return the causes of these letters, the one with the most letters first."""
    groups: dict[tuple[str, str, int, str], list[DeadLetter]] = {}
    for letter in found:
        groups.setdefault(letter.cause, []).append(letter)
    some = [Cause(*cause, tuple(own)) for cause, own in groups.items()]
    return sorted(some, key=lambda cause: -len(cause.letters))


def next_attempt(letter: DeadLetter, off: Collection[str]) -> str:
    """Say when a write that was refused is sent again; `off` are the rules that are switched off."""
    rule = next((one for one in (letter.rule, letter.rule.partition("/")[0]) if one in off), None)
    if rule is not None:
        return f"once the rule {rule} is switched on again"
    moves = "the delivery" if letter.ref.kind.startswith("hook.") else "the record"
    return f"when {moves} or the rules change, else at the next full sweep"


def tidy(workspace: Workspace, sightings: Mapping[Ref, Sighting], quiet: Collection[Ref], now: datetime) -> None:
    """Clear the letters of records about which nothing is left to do, and say why; inside `write()`."""
    store = workspace.store
    letters.prune(store, now - letters.KEPT)
    held = letters.records(store)
    if not held:
        return
    over = [ref for ref in quiet if (ref.kind, ref.id) in held]
    for rule in workspace.off:
        letters.clear(store, over, rule=rule, why=f"the rule {rule} is off", now=now)
    gone = [ref for ref in over if sightings[ref].section == "gone"]
    letters.clear(store, gone, why=letters.GONE, now=now)
    letters.clear(store, over, why=letters.NOT_WANTED, now=now)
    letters.clear_rules(store, {rule.id for rule in workspace.rules.every}, now=now)
