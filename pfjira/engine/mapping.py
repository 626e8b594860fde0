"""Says what the rules want for one record: which situations exist, and which values their issues should have.

Pure: the same record, rules and day give the same answer. A failing expression is data, never an exception, and takes
down only what depends on it: a field, or, where the failure leaves open whether the issue is wanted at all, the slot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pfjira.engine import values, views
from pfjira.engine.expressions import Expression, ExpressionError, Template
from pfjira.engine.fingerprint import creation
from pfjira.engine.model import Deeds, Desired, Record, Ref, Situation, Target
from pfjira.engine.prepared import judged, prepared
from pfjira.engine.rules import OPEN_BY, BackAction, Make, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Failure:
    """Something in a rule that could not be evaluated for a record; the message holds no values."""

    rule: str
    ref: Ref
    field: str
    """The Jira field, or the word of the rule: when, key, done_when, cancel_when."""
    message: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What all rules say about one record."""

    situations: tuple[Situation, ...]
    failures: tuple[Failure, ...]


@dataclass(slots=True)
class _Found:
    situations: list[Situation] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


Generations = Callable[[str, str], int] | Mapping[tuple[str, str], int]
"""Rule id and key to how often an issue for the situation was made anew on purpose; 0 where a mapping says nothing."""


def evaluate(
    rules: RuleSet,
    record: Record,
    *,
    installation: str,
    held: Collection[tuple[str, str]] = (),
    today: date,
    generation_of: Generations | None = None,
    rekeyed: Collection[str] = (),
) -> Evaluation:
    """Evaluate all rules over one record.

    `held` are the (rule id, key) pairs that have an issue already: it keeps its slot whatever `when` says. So does one
    of the `rekeyed` rules under any key, since its key template changed after the issue was made.
    """
    found = _Found()
    for kind in rules.slots(record.ref.kind):
        seen = prepared(rules, kind)
        made: set[tuple[str, str]] = set()
        contexts = views.contexts(kind, record, by_member=seen.by_member)
        looks = [Look(rules, record, one, today, installation, generation_of or {}, _Found()) for one in contexts]
        _go_through(kind, looks, rules, today, held, rekeyed, made)
        for look in looks:
            found.situations += look.found.situations
            found.failures += look.found.failures
        if (shell := views.vanished(kind, record)) is not None and (seen.by_member or kind != "team"):
            look = Look(rules, record, shell, today, installation, generation_of or {}, found)
            gone = {pair for pair in held if pair not in made and pair[0] not in rekeyed}
            look.vanished([rule for members in seen.slots for rule in members], gone)
    return Evaluation(tuple(found.situations), tuple(dict.fromkeys(found.failures)))


def evaluate_each(
    rules: RuleSet,
    record: Record,
    kind: str,
    contexts: Iterable[views.Context],
    *,
    installation: str,
    today: date,
    held: Collection[tuple[str, str]] = (),
    rekeyed: Collection[str] = (),
) -> list[Evaluation]:
    """Return what the rules of one kind say about each context of a record; together it is what `evaluate` returns."""
    looks = [Look(rules, record, context, today, installation, {}, _Found()) for context in contexts]
    _go_through(kind, looks, rules, today, held, rekeyed, set())
    return [Evaluation(tuple(one.found.situations), tuple(dict.fromkeys(one.found.failures))) for one in looks]


def _go_through(
    kind: str, looks: Sequence[Look], rules: RuleSet, today: date, held: Collection[tuple[str, str]],
    rekeyed: Collection[str], made: set[tuple[str, str]],
) -> None:  # fmt: skip
    """Look through all slots of a kind in each context, as far as they can come to anything."""
    seen = prepared(rules, kind)
    kept = {seen.slot_of[rule] for rule, _ in held if rule in seen.slot_of}
    answers = [seen.joined.ask(look.context, today=today, maps=rules.maps) for look in looks]
    for place, wanted in _turns(kind, len(looks)):
        look, answer = looks[place], answers[place]
        for number in sorted({*answer.first, *answer.open, *kept}):
            first = None if number in answer.open else answer.first.get(number, -1)
            look.slot(seen.slots[number], first, held, rekeyed, made, wanted=wanted)


def _turns(kind: str, count: int) -> Iterator[tuple[int, bool]]:
    """Yield the place of each look, with whether only what a rule wants now is to be taken.

    Several dated rows may share one key, as the rows of a burst do. What is wanted stands for it before what is merely
    kept, and the newest row before those that it overtook.
    """
    if count < 2:
        yield from ((place, False) for place in range(count))
        return
    places = range(count - 1, -1, -1) if kind == "position" else range(count)
    yield from ((place, True) for place in places)
    yield from ((place, False) for place in places)


def may_matter(rules: RuleSet, record: Record, listed: Collection[str], held: Collection[str], today: date) -> bool:
    """Say whether a list row could come to anything, judged by the conditions that look at listed fields alone.

    `held`: rules that keep an issue for the record. What cannot be judged may matter.
    """
    for kind in rules.slots(record.ref.kind):
        slot_of = prepared(rules, kind).slot_of
        if any(rule in slot_of for rule in held):
            return True
        context = next(views.contexts(kind, record), None) or views.vanished(kind, record)
        if context is None:
            continue
        asked = judged(rules, kind, frozenset(listed))
        answer = asked.joined.ask(context, today=today, maps=rules.maps)
        if answer.first or any(_may_hold(asked.conditions[number], rules, context, today) for number in answer.open):
            return True
    return False


def _may_hold(conditions: Iterable[Expression], rules: RuleSet, context: views.Context, today: date) -> bool:
    try:
        return all(one.holds(context, today=today, maps=rules.maps) for one in conditions)
    except ExpressionError:
        return True


class Look:
    """One context of one record, seen through the rules of its kind."""

    def __init__(
        self, rules: RuleSet, record: Record, context: views.Context, today: date, installation: str,
        generations: Generations, found: _Found,
    ) -> None:  # fmt: skip
        self._rules, self._record, self.context, self._today = rules, record, context, today
        self._installation, self._generations, self.found = installation, generations, found
        self._person = views.person_of(record)

    def slot(
        self, members: Sequence[Rule], first: int | None, held: Collection[tuple[str, str]], rekeyed: Collection[str],
        made: set[tuple[str, str]], *, wanted: bool = False,
    ) -> None:  # fmt: skip
        """Add the situations of one slot: those that are held, else that of the first rule whose `when` holds.

        `first` is its place, -1 where there is none, None where that is not known yet. With `wanted`, what is held is
        left out where its `when` does not hold.
        """
        anyhow = {rule for rule, _ in held if rule in rekeyed}
        kept = [rule for rule in members if rule.id in anyhow or self._is_held(rule, held)] if held else []
        for rule in kept:
            if (holds := self._when(rule) is True) or not wanted:
                self._add(rule, holds, held, made)
        if kept:
            return
        if first is None:
            self._first(members, held, made)
        elif first >= 0 and members[first].make is not Make.NOTHING:
            self._add(members[first], True, held, made)

    def _is_held(self, rule: Rule, held: Collection[tuple[str, str]]) -> bool:
        named = rule.make is not Make.NOTHING and any(rule.id == name for name, _ in held)
        return named and (rule.id, self._key(rule)[0]) in held

    def _first(self, members: Sequence[Rule], held: Collection[tuple[str, str]], made: set[tuple[str, str]]) -> None:
        for rule in members:
            holds = self._when(rule)
            if holds is None:
                return  # whether the record belongs here is not known: no later rule may take it
            if holds:
                if rule.make is not Make.NOTHING:
                    self._add(rule, True, held, made)
                return

    def vanished(self, rules: Iterable[Rule], held: Collection[tuple[str, str]]) -> None:
        """Add what is to be withdrawn because its row is not there any more, and nothing else."""
        for rule in rules:
            for key in sorted(key for name, key in held if name == rule.id):
                if rule.cancel_when is not None and self._holds(rule, "cancel_when"):
                    situation = self._situation(rule, key, opens=False, done=False, cancelled=True)
                    self.found.situations.append(situation)
                    self._children(rule, situation, held, set())

    def _add(self, rule: Rule, wanted: bool, held: Collection[tuple[str, str]], made: set[tuple[str, str]]) -> None:
        """Add one situation with its children, unless it cannot be known whether it is done or cancelled."""
        key, reason = self._key(rule)
        if key is None:
            self._fail(rule, "key", reason)
            return
        if (rule.id, key) in made:
            return  # two rows of one key are one situation: the one that came first here stands for it
        done, cancelled = self._holds(rule, "done_when"), self._holds(rule, "cancel_when")
        if done is None or cancelled is None:
            return
        made.add((rule.id, key))
        opens = wanted and not cancelled and self._is_open(rule)
        try:
            situation = self._situation(rule, key, opens=opens, done=done, cancelled=cancelled)
        except ExpressionError as error:
            self._fail(rule, rule.make.value, str(error))
            return
        self.found.situations.append(situation)
        self._children(rule, situation, held, made)

    def _children(
        self, rule: Rule, parent: Situation, held: Collection[tuple[str, str]], made: set[tuple[str, str]]
    ) -> None:
        """Add the children that are held, or that are wanted beside their parent."""
        along = parent.cancelled and rule.cancel is not None and rule.cancel.children == "open"
        for child in rule.children:
            kept = (child.id, parent.key) in held
            wanted = not parent.cancelled and self._when(child)
            if not (kept or wanted):
                continue
            done, cancelled = self._holds(child, "done_when"), self._holds(child, "cancel_when")
            if done is None or cancelled is None:
                continue
            made.add((child.id, parent.key))
            withdrawn = cancelled or along
            # Whether the parent is there to be a parent is known only where its issue was read.
            opens = bool(wanted) and not withdrawn and not parent.done
            situation = self._situation(child, parent.key, opens=opens, done=done, cancelled=withdrawn)
            if along and not cancelled:
                situation = replace(situation, cancel=parent.cancel)
            self.found.situations.append(situation)

    def _situation(self, rule: Rule, key: str, *, opens: bool, done: bool, cancelled: bool) -> Situation:
        """Return a situation with everything written out. Raise ExpressionError where a deed cannot be."""
        generations = self._generations
        generation = generations(rule.id, key) if callable(generations) else generations.get((rule.id, key), 0)
        ref = self._record.ref
        deed = None
        if rule.deed is not None and not rule.make.keeps_issue:
            # What is taken back was remembered when it was given; of a record that is gone nothing can be written out.
            bare = Deeds(rule.make.value, rule.deed.on)
            deed = values.deed(rule, self.context, self._today, self._rules) if opens else bare
        return Situation(
            rule=rule.id,
            key=key,
            ref=ref,
            op=creation(self._installation, ref, rule.id, key, generation),
            generation=generation,
            project=rule.project,
            issue_type=rule.issue_type,
            desired=self._desired(rule),
            done=done,
            cancelled=cancelled,
            close=self._target(rule, "close"),
            cancel=self._target(rule, "cancel"),
            writes_back=any(line.do in (BackAction.COMPLETE, BackAction.REOPEN) for line in rule.back),
            opens=opens,
            label=self._rules.label,
            person=self._person,
            parent=rule.parent,
            adopts=self._adopts(rule),
            raise_for=self._raised_for(rule),
            request=rule.make is Make.REQUEST,
            context=self.context if rule.id in self._rules.late else None,
            deed=deed,
        )

    def _is_open(self, rule: Rule) -> bool:
        """Say whether the record may open something: one that is over does so only for a rule that asks for such."""
        if not self._open_now(rule.kind):
            told = OPEN_BY.get(rule.kind, ())
            return any(path.partition(".")[2] in told for one in rule.when for path in one.reads)
        return True

    def _open_now(self, kind: str) -> bool:
        fields = self.context[views.name_of(kind)]
        match kind:
            case "task":
                return not fields.get("completed")
            case "leave":
                return bool(fields.get("state") == "approved")
            case "termination":
                return fields.get("effective_on") is not None
            case "assignment":
                return fields.get("returned_on") is None and not fields.get("gone")
            case _:
                return not fields.get("gone")

    def _key(self, rule: Rule) -> tuple[str | None, str]:
        """Return the key, or None and the reason; it matters only when the rule turns out to apply."""
        try:
            key = rule.key.text(self.context, today=self._today, maps=self._rules.maps).strip()
        except ExpressionError as error:
            return None, str(error)
        return key or None, "the key is empty"

    def _when(self, rule: Rule) -> bool | None:
        """Say whether all conditions hold, None when that cannot be said."""
        try:
            return all(part.holds(self.context, today=self._today, maps=self._rules.maps) for part in rule.when)
        except ExpressionError as error:
            self._fail(rule, "when", str(error))
            return None

    def _holds(self, rule: Rule, word: str) -> bool | None:
        condition = rule.done_when if word == "done_when" else rule.cancel_when
        if condition is None:
            return False
        try:
            return condition.holds(self.context, today=self._today, maps=self._rules.maps)
        except ExpressionError as error:
            self._fail(rule, word, str(error))
            return None

    def _text(self, template: Template | None) -> str:
        if template is None:
            return ""
        return values.clean(template.text(self.context, today=self._today, maps=self._rules.maps)).strip()

    def _adopts(self, rule: Rule) -> tuple[str, str] | None:
        try:
            former, _, key = self._text(rule.adopt).partition("/")
        except ExpressionError as error:
            self._fail(rule, "adopt", str(error))
            return None
        return (former, key) if key else None

    def _raised_for(self, rule: Rule) -> str | None:
        try:
            return self._text(rule.deed.person) or None if rule.deed and rule.make is Make.REQUEST else None
        except ExpressionError as error:
            self._fail(rule, "raise_for", str(error))
            return None

    def _target(self, rule: Rule, word: str) -> Target | None:
        move = rule.close if word == "close" else rule.cancel
        if move is None:
            return None
        try:
            comment = self._text(move.comment) or None
        except ExpressionError as error:
            self._fail(rule, word, str(error))
            comment = None
        return Target(move.to, move.resolution, comment, move.fields)

    def _desired(self, rule: Rule) -> tuple[Desired, ...]:
        found = []
        for line in rule.fields:
            try:
                kind, value = values.written(line, self.context, self._today, self._rules)
                found.append(Desired(line.field, kind, value, line.own, line.sensitive))
            except ExpressionError as error:
                self._fail(rule, line.field, str(error))
        return tuple(found)

    def _fail(self, rule: Rule, field: str, message: str) -> None:
        self.found.failures.append(Failure(rule.id, self._record.ref, field, message))
