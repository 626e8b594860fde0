"""The conditions of many rules, asked in a few passes: which rule of each slot is the first whose conditions all hold.

An engine that is entered once for thirty slots answers five times as fast as one that is entered for each condition.
What such a pass cannot answer, since something in it fails, is asked slot by slot, and what is left is left to single
evaluation: one rule that fails takes nothing away from the others, and nothing here has to explain a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pfjira.engine.expressions import Expression, Maps, filled, rendered
from pfjira.engine.model import Json

Conditions = Sequence[Expression]
Path = tuple[str, ...]

_SLOTS = 32
"""Slots in one pass: so many are asked again one by one when something in it fails."""
_CHARACTERS = 12_000
"""Of all sources in one pass: they share the work that one expression may do."""
_ODD = "!"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one context after all passes."""

    first: Mapping[int, int]
    """Slot to the place of the first rule in it that holds; a slot without such a rule is not named."""
    open: frozenset[int]
    """Slots for which only a single evaluation can tell."""


@dataclass(frozen=True, slots=True)
class _Pass:
    slots: tuple[int, ...]
    template: str
    custom: tuple[Path, ...]


class Joined:
    """The conditions of slots, each a sequence of rules, each of which has a sequence of conditions."""

    def __init__(self, slots: Sequence[Sequence[Conditions]]) -> None:
        everything = [one for rules in slots for conditions in rules for one in conditions]
        custom = {path for one in everything for path in one.custom}
        self._apart = [number for number, rules in enumerate(slots) if not _may_join(rules, custom)]
        joining = [(number, rules) for number, rules in enumerate(slots) if number not in set(self._apart)]
        self._single = {number: _pass([(number, rules)]) for number, rules in joining}
        self._passes = [_pass(some) for some in _portions(joining)]

    def ask(self, context: Mapping[str, Json], *, today: date, maps: Maps) -> Answer:
        """Return what holds in a context."""
        first: dict[int, int] = {}
        left = list(self._apart)
        for some in self._passes:
            if not _ask(some, context, today, maps, first):
                left += [number for number in some.slots if not _ask(self._single[number], context, today, maps, first)]
        return Answer(first, frozenset(left))


def _ask(some: _Pass, context: Mapping[str, Json], today: date, maps: Maps, first: dict[int, int]) -> bool:
    """Add what a pass answers; return whether it could."""
    text = rendered(some.template, filled(context, some.custom), today=today, maps=maps)
    if text is None or _ODD in text:
        return False
    for pair in text.split():
        slot, _, place = pair.partition(":")
        first[int(slot)] = int(place)
    return True


def _portions(joining: Sequence[tuple[int, Sequence[Conditions]]]) -> Iterator[list[tuple[int, Sequence[Conditions]]]]:
    some: list[tuple[int, Sequence[Conditions]]] = []
    length = 0
    for number, rules in joining:
        own = sum(len(one.source) for conditions in rules for one in conditions)
        if some and (len(some) == _SLOTS or length + own > _CHARACTERS):
            yield some
            some, length = [], 0
        some.append((number, rules))
        length += own
    if some:
        yield some


def _pass(some: Sequence[tuple[int, Sequence[Conditions]]]) -> _Pass:
    everything = [one for _, rules in some for conditions in rules for one in conditions]
    names = sorted({path.partition(".")[0] for one in everything for path, _ in one.usage.paths})
    # A name that is set is at hand; one of the context is fetched from Python each time.
    text = [f"{{% set {name} = {name} %}}" for name in names]
    text += [_asking(number, rules) for number, rules in some]
    custom = tuple(dict.fromkeys(path for one in everything for path in one.custom))
    return _Pass(tuple(number for number, _ in some), "".join(text), custom)


def _asking(number: int, rules: Sequence[Conditions]) -> str:
    """Return the text that writes `slot:place` for the first rule that holds, and the odd mark for neither nor."""
    if len(rules) == 1:
        return _nested(rules[0], f"{number}:0 ")
    told = [_nested(conditions, f"{number}:{place} {{% set _told = true %}}") for place, conditions in enumerate(rules)]
    return "{% set _told = false %}" + "".join(f"{{% if not _told %}}{one}{{% endif %}}" for one in told)


def _nested(conditions: Conditions, then: str) -> str:
    """Return the text that writes something where all conditions hold, none of them asked behind one that does not."""
    before = (
        f"{{% set _holds = (\n{one.source}\n) %}}{{% if _holds is boolean %}}{{% if _holds %}}" for one in conditions
    )
    after = f"{{% endif %}}{{% elif _holds is not none %}}{_ODD}{{% endif %}}"
    return "".join(before) + then + after * len(conditions)


def _may_join(rules: Sequence[Conditions], custom: set[Path]) -> bool:
    """Say whether a pass shows these conditions the same as a look of their own.

    Not where one reads a whole object into which absent custom fields are filled for another, or a name of ours.
    """
    paths = [path for conditions in rules for one in conditions for path, _ in one.usage.paths]
    if any(path.startswith("_") for path in paths):
        return False
    parts = [tuple(path.split(".")) for path in paths]
    return not any(len(part) < len(path) and path[: len(part)] == part for part in parts for path in custom)
