"""What is written towards HR because of an issue's state, besides completion: fields, notes, assets. Pure.

A field that HR shows is compared as any other; what HR does not show again (a note, an asset handed out) is done once,
and the link remembers that it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from pfjira.engine.expressions import Template, as_text
from pfjira.engine.fingerprint import op_id
from pfjira.engine.kinds import EMPLOYEE
from pfjira.engine.model import Json, Owner, Situation
from pfjira.engine.plan import Action, Change, Delta, Mark, Why
from pfjira.engine.reconcile import Digest, FieldBase, Link
from pfjira.engine.rules import Back, BackAction, Rule
from pfjira.engine.sight import Sight
from pfjira.engine.values import clean


def writes(rule: Rule, situation: Situation, link: Link, sight: Sight, digest: Digest) -> tuple[Link, list[Change]]:
    """Return what is to be written towards HR, and the link with what was found equal. Raise ExpressionError."""
    changes: list[Change] = []
    base = dict(link.base)
    notes = {_note_key(line) for line in rule.back if line.do is BackAction.NOTE}
    for line in rule.back:
        if line.do in (BackAction.COMPLETE, BackAction.REOPEN) or not sight.holds(line.when, situation):
            continue
        writer = _Line(line, situation, link, sight, digest)
        match line.do:
            case BackAction.SET:
                changes += writer.fields(base)
            case BackAction.NOTE:
                changes += writer.note(base, notes)
            case BackAction.ISSUE:
                changes += writer.hand_out(base)
            case _:
                changes += writer.take_back(base)
    same = base == link.base
    return link if same else Link(
        link.rule, link.key, link.ref, link.issue_id, link.issue_key, link.state, link.generation, base, link.completed
    ), changes  # fmt: skip


_NOTE = "note:"


def _note_key(line: Back) -> str:
    """Return under what a link remembers the note of a line.

    Not a fingerprint of this state's: the note's marker is made of it, and must be found when the state is lost.
    """
    assert line.text is not None
    return f"{_NOTE}{op_id(line.text.source)}"


class _Line:
    """One line that holds."""

    def __init__(self, line: Back, situation: Situation, link: Link, sight: Sight, digest: Digest) -> None:
        self.line, self.situation, self.link, self.sight, self.digest = line, situation, link, sight, digest
        self.context = sight.context(situation)

    def fields(self, base: dict[str, FieldBase]) -> Iterator[Change]:
        """Yield one change for all fields that HR shows otherwise."""
        deltas, marks = [], {}
        for name, template in self.line.values:
            wanted, shown = self.text(template), self.shown(name)
            key = f"back:{name}"
            before = base.get(key)
            if wanted is None:
                continue  # how a field of HR is cleared is not known (reference section 10)
            ours, theirs = self.digest(wanted), self.digest(shown)
            if wanted == shown or not self._writes(before, ours, theirs, empty=shown is None):
                if before is None:
                    base[key] = FieldBase(ours, theirs)
                continue
            deltas.append(Delta(name, shown, wanted, Why.NEW))
            marks[key] = (ours, ours, theirs)
        if deltas:
            yield self.change(Action.SET_FIELDS, deltas, marks)

    def _writes(self, before: FieldBase | None, ours: str, theirs: str, *, empty: bool) -> bool:
        """Say whether HR's other value is to be overwritten; a value that comes back twice is HR's form of ours."""
        if before is not None and before.ours == ours and before.refused == theirs:
            return False
        match self.line.own:
            case Owner.ONCE:
                return empty and before is None
            case Owner.EMPTY:
                return empty
            case _:
                return True

    def note(self, base: dict[str, FieldBase], known: Collection[str]) -> Iterator[Change]:
        """Yield the note, unless it was written, or one was under a text that no line (`known`) has any more.

        Then the text was edited: everybody who has the note would get another one.
        """
        key = _note_key(self.line)
        former = [name for name in base if name.startswith(_NOTE) and name not in known]
        if key not in base and former:
            base[key] = base.pop(min(former))
        assert self.line.text is not None
        if key not in base and (text := self.text(self.line.text)):
            yield self.change(Action.NOTE, [Delta("note", None, text)], {key: (self.digest(text), "", None)})

    def hand_out(self, base: Mapping[str, FieldBase]) -> Iterator[Change]:
        """Yield that an asset is with the person now, once for each asset."""
        values = {name: self.text(template) for name, template in self.line.values}
        asset = values.get("asset")
        if asset and (key := f"asset:{self.digest(asset)}") not in base:
            person = values.get("person") or self.situation.person
            deltas = [Delta("asset", None, asset), Delta("person", None, person), Delta("on", None, values.get("on"))]
            change = self.change(Action.HAND_OUT, deltas, {key: (self.digest(asset), "", None)})
            created = self.sight.issue.created
            # A day earlier, for days that begin elsewhere at other hours.
            yield replace(change, since=(created - timedelta(days=1)).date().isoformat() if created else "")

    def take_back(self, base: Mapping[str, FieldBase]) -> Iterator[Change]:
        """Yield that the asset is back, where HR does not know it yet."""
        shown = (self.context.get("assignment") or {}).get("returned_on")
        if shown is None and "returned" not in base:
            values = {name: self.text(template) for name, template in self.line.values}
            deltas = [Delta("returned_on", None, values.get("on"))]
            yield self.change(Action.TAKE_BACK, deltas, {"returned": (self.digest(values.get("on")), "", None)})

    def change(self, action: Action, deltas: list[Delta], marks: Mapping[str, Mark]) -> Change:
        """Return a change that rests on the status that was seen."""
        issue = self.sight.issue
        seen = {"status": self.digest(issue.status)}
        return Change(action, self.situation, issue.id, issue.key, tuple(deltas), None, seen, marks)

    def text(self, template: Template) -> str | None:
        """Return a value as text, None for nothing. Raise ExpressionError."""
        value = as_text(template.evaluate(self.context, today=self.sight.today, maps=self.sight.maps))
        return clean(value or "").strip() or None

    def shown(self, name: str) -> str | None:
        """Return what HR shows of the person now, as text."""
        person: Mapping[str, Json] = self.context.get("employee") or {}
        value = person.get(name) if name in EMPLOYEE else (person.get("fields") or {}).get(name)
        if isinstance(value, list | Mapping):
            return None
        return (as_text(value) or "").strip() or None
