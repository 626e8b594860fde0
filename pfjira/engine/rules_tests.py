"""Carries out the `tests:` that a rules file brings along: what the rules would do for such a record.

Pure, and by the same two steps as a run: `mapping.evaluate`, then `reconcile.compare`. The issues that a test says
exist hold exactly what the rules wanted of the record as it was before; nobody else has touched them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from pfjira.engine import kinds, views
from pfjira.engine.compare import compare
from pfjira.engine.doors import RulesTest
from pfjira.engine.expressions import ExpressionError
from pfjira.engine.fingerprint import canonical
from pfjira.engine.grammar import suggest
from pfjira.engine.kinds import ABOUT_A_PERSON, EMPLOYEE, KINDS, PER_PERSON
from pfjira.engine.mapping import evaluate
from pfjira.engine.model import Desired, Issue, Json, Record, Ref, Situation, ValueKind
from pfjira.engine.plan import DEEDS, Action, Change
from pfjira.engine.reconcile import AWAITED, WITHDRAWN, Link, LinkState, Outcome
from pfjira.engine.rules import Make, Rule, RuleSet
from pfjira.engine.sight import DONE, Sight, is_followed

INSTALLATION = "rules-test"
_DEED_WORDS = {Make.WORKLOG.value: "worklog", Make.UPDATE.value: "update"}
"""Deeds that `expect` calls by their `make`."""
_STATES = {"open": LinkState.LIVE, "done": LinkState.CLOSED, "cancelled": LinkState.CANCELLED}
_BARE = frozenset({Action.CREATE, Action.COMPLETE_TASK, Action.REOPEN_TASK})
"""Actions that are told without the fields they bring along; so is every move."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test."""

    name: str
    line: int
    expected: tuple[str, ...]
    got: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Lines that were expected and did not come."""
        return tuple(sorted((Counter(self.expected) - Counter(self.got)).elements()))

    @property
    def extra(self) -> tuple[str, ...]:
        """Lines that came and were not expected."""
        return tuple(sorted((Counter(self.got) - Counter(self.expected)).elements()))

    @property
    def passed(self) -> bool:
        """Whether the rules do exactly what the test expects, in whatever order."""
        return not (self.missing or self.extra)

    @property
    def sentence(self) -> str:
        """What is wrong, without a place."""
        parts = [f"missing {_quoted(self.missing)}"] if self.missing else []
        parts += [f"not expected {_quoted(self.extra)}"] if self.extra else []
        return f"the test {self.name!r} fails: {', '.join(parts)}"


def run_tests(rules: RuleSet) -> list[Result]:
    """Carry out all tests of a rules file."""
    return [Result(test.name, test.line, test.expect, tuple(lines(rules, test))) for test in rules.tests]


def lines(rules: RuleSet, test: RulesTest) -> list[str]:
    """Return what the rules would do, one `RULE: WORDS` each, sorted."""
    return sorted(_Trial(rules, test).lines())


def words(change: Change) -> str:
    """Return a change in the words of `expect`: `update duedate, summary`."""
    if change.target is not None or change.action in _BARE:
        return change.action.value
    return " ".join([change.action.value, ", ".join(sorted(delta.field for delta in change.deltas))]).strip()


def record_of(rules: RuleSet, given: Mapping[str, Json], kind: str) -> Record:
    """Return a record in which everything is empty but what is given."""
    fields = _empty(rules, kind)
    root = kind.partition(".")[0]
    if kind in ABOUT_A_PERSON:
        fields["employee"] = _over(kinds.empty(EMPLOYEE), given.get("employee") or {})
    fields = _over(fields, given.get(root, given.get(kind)) or {})
    if fields.get("id") is None:
        fields["id"] = 1
    if kind in PER_PERSON and kind != "employee":
        return _of_employee(kind, fields)
    if kind == "team":
        fields[views.MEMBERS] = (fields["member"],)
    return Record(Ref("hr", kind, str(fields["id"])), fields)


def _of_employee(kind: str, fields: dict[str, Json]) -> Record:
    """Return the employee's record in which a dated row, or the end of an employment, is found."""
    person = dict(fields.pop("employee"))
    if person.get("id") is None:
        person["id"] = fields["id"] if kind == "termination" else 1
    if kind == "position":
        person[views.ROWS] = (fields,)
    else:
        names = ("effective_on", "comment", "eligible_for_rehire", "type", "reason")
        given = {f"termination_{name}": fields[name] for name in names}
        person = _over(person, given if not fields.get("gone") else {"termination_effective_on": None})
    return Record(Ref("hr", "employee", str(person["id"])), person)


class _Trial:
    """One test: the record as it was, the issues made of it, and the record as it is."""

    def __init__(self, rules: RuleSet, test: RulesTest) -> None:
        self.rules, self.test = rules, test
        self.today = date.fromisoformat(test.today)
        self.kind = _kind(rules, test.given)
        self.record = record_of(rules, test.given, self.kind)
        before = self.record if test.before is None else record_of(rules, _over(test.given, test.before), self.kind)
        self.links, self.issues = self._existing(before)
        deeds = [rule for rule in self._held_rules() if not rule.make.keeps_issue]
        self.done = {(rule.id, self._key(rule, before)) for rule in deeds}
        """What was done before by rules that keep no issue."""

    def lines(self) -> Iterator[str]:
        """Yield a line for everything that would be done, asked or said to have failed."""
        for rule in self.test.existing:
            if rule not in self.links and not self._is_deed(rule) and not self._is_meant(rule):
                yield f"{rule}: has no issue for this record{suggest(rule, [one.id for one in self.rules.every])}"
        held = {(link.rule, link.key) for link in self.links.values()} | self.done
        situations, failures = self._evaluated(self.record, held=held)
        yield from failures
        for situation in situations:
            if situation.deed is not None:
                yield from self._deed(situation)
                continue
            link = self.links.get(situation.rule)
            if link is None or link.key != situation.key:
                if situation.opens and self._parent_open(situation):
                    yield f"{situation.rule}: {Action.CREATE.value}"
                continue
            outcome = self._compared(situation, link)
            if isinstance(outcome, str):
                yield outcome
                continue
            yield from (f"{change.rule}: {words(change)}" for change in outcome.changes)
            yield from (f"{conflict.rule}: conflict {conflict.field}" for conflict in outcome.conflicts)

    def _existing(self, before: Record) -> tuple[dict[str, Link], dict[str, Issue]]:
        """Return the links and issues that the test says exist, as the record before made them."""
        held = {(rule.id, key) for rule in self._held_rules() if (key := self._key(rule, before))}
        links: dict[str, Link] = {}
        issues: dict[str, Issue] = {}
        for situation in self._evaluated(before, held=held)[0] if held else ():
            rule = self.rules.rule(situation.rule)
            if rule is None or situation.deed is not None or (rule.id, situation.key) not in held:
                continue
            issue = _issue(rule, situation, self.test.existing[rule.id], number=len(issues) + 1)
            link = Link(rule.id, situation.key, situation.ref, issue.id, issue.key)
            # What the rules set is what the issue holds: this agrees on every field and thereby makes the base.
            open_ = replace(situation, cancelled=False, done=False)
            agreed = compare(None, open_, link, Sight(issue), _digest).link
            completed = situation.done if rule.done_when is not None else None
            state = _STATES[self.test.existing[rule.id]]
            base = {**agreed.base, WITHDRAWN: AWAITED} if state is LinkState.CANCELLED else agreed.base
            links[rule.id] = replace(agreed, state=state, completed=completed, base=base)
            issues[rule.id] = issue
        return links, issues

    def _concerns(self, rule_id: str) -> bool:
        """Say whether a rule is for the kind that is given: one record may be seen as several kinds."""
        rule = self.rules.rule(rule_id)
        return rule is not None and rule.kind == self.kind

    def _is_deed(self, rule_id: str) -> bool:
        rule = self.rules.rule(rule_id)
        return rule is not None and rule.kind == self.kind and not rule.make.keeps_issue

    def _is_meant(self, rule_id: str) -> bool:
        """Say whether a rule for the given kind does something to the issues of this one, which is for another kind."""
        return any(
            rule_id in rule.deed.on for rule in self.rules.every if rule.deed is not None and rule.kind == self.kind
        )

    def _held_rules(self) -> list[Rule]:
        return [rule for rule in self.rules.every if rule.id in self.test.existing and rule.kind == self.kind]

    def _key(self, rule: Rule, record: Record) -> str:
        for context in views.contexts(self.kind, record, by_member=self.kind == "team"):
            try:
                return rule.key.text(context, today=self.today, maps=self.rules.maps).strip()
            except ExpressionError:
                break
        return ""

    def _evaluated(self, record: Record, *, held: set[tuple[str, str]]) -> tuple[list[Situation], list[str]]:
        """Return the situations of a record, people resolved, and a line for everything that cannot be evaluated."""
        found = evaluate(self.rules, record, installation=INSTALLATION, held=held, today=self.today)
        failed = [
            f"{failure.rule}: cannot evaluate {failure.field}: {failure.message}"
            for failure in found.failures
            if self._concerns(failure.rule)
        ]
        return [_cast(situation) for situation in found.situations if self._concerns(situation.rule)], failed

    def _compared(self, situation: Situation, link: Link) -> Outcome | str:
        """Return what is to be done for an existing issue, or a line that says what cannot be evaluated."""
        rule, issue = self.rules.rule(situation.rule), self.issues[situation.rule]
        try:
            return compare(rule, situation, link, self._sight(rule, situation, issue), _digest)
        except ExpressionError as error:
            return f"{situation.rule}: cannot evaluate back: {error}"

    def _sight(self, rule: Rule | None, situation: Situation, issue: Issue) -> Sight:
        """Return an issue with its children, as the rule looks at it. Raise ExpressionError."""
        children = {
            child.id.partition("/")[2]: self.issues.get(child.id)
            for child in (rule.children if rule is not None else ())
        }
        followed = True
        if situation.parent is not None and (parent := self.issues.get(situation.parent)) is not None:
            above = self.rules.rule(situation.parent)
            # A cancelled issue is in a done status by our own doing: that does not end the following.
            back = self.links[situation.parent].state is LinkState.CANCELLED
            alone = replace(situation, parent=None)
            followed = back or is_followed(above, situation, self._sight(above, alone, parent))
        return Sight(issue, children, self.today, self.rules.maps, followed)

    def _parent_open(self, situation: Situation) -> bool:
        """Say whether a child may be opened: its parent's issue is open, or is being made."""
        if situation.parent is None:
            return True
        link = self.links.get(situation.parent)
        if link is None or link.key != situation.key:
            return True
        return self.issues[situation.parent].category != DONE

    def _deed(self, situation: Situation) -> Iterator[str]:
        """Yield what a rule that keeps no issue does; one that is said to exist was done before."""
        assert situation.deed is not None
        done = (situation.rule, situation.key) in self.done
        if situation.deed.make == Make.MEMBER and done and situation.cancelled:
            yield f"{situation.rule}: {Action.REMOVE_MEMBER.value}"
        elif situation.opens and not done and self._has_place(situation):
            words_ = _DEED_WORDS.get(situation.deed.make, DEEDS[situation.deed.make].value)
            fields = ", ".join(sorted(one.field for one in situation.desired))
            yield f"{situation.rule}: {words_} {fields}".rstrip()

    def _has_place(self, situation: Situation) -> bool:
        """Say whether there is an issue to which it is done."""
        assert situation.deed is not None
        return not situation.deed.on or any(self.test.existing.get(name) == "open" for name in situation.deed.on)


def _kind(rules: RuleSet, given: Mapping[str, Json]) -> str:
    """Return the kind that a test is about: beside a record about an employee, he may be given, too."""
    names = [name for name in given if name != "employee"] or list(given)
    declared = [f"hook.{source.name}" for source in rules.sources]
    name = names[0] if names else "employee"
    return declared[0] if name == "hook" and declared else name


def _empty(rules: RuleSet, kind: str) -> dict[str, Json]:
    """Return the fields of a kind, all empty; of a declared source those that it declares."""
    if kind in KINDS:
        fields = kinds.empty(KINDS[kind])
        for flag in ("gone", "completed"):
            if flag in fields:
                fields[flag] = False
        return fields
    fields = {}
    for source in rules.sources:
        for path in source.fields if kind == f"hook.{source.name}" else ():
            place = fields
            *outer, last = path.split(".")
            for name in outer:
                place = place.setdefault(name, {})
            place[last] = None
    return fields


def _over(base: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
    """Return the base with what is given laid over it, object by object."""
    found = dict(base)
    for name, value in given.items():
        below = found.get(name)
        found[name] = _over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return found


def _cast(situation: Situation) -> Situation:
    """Give every person in the desired values an account of his own."""
    desired = tuple(
        replace(one, value=f"account of {one.value}") if one.kind is ValueKind.PERSON and one.value else one
        for one in situation.desired
    )
    return replace(situation, desired=desired)


def _issue(rule: Rule, situation: Situation, state: str, *, number: int) -> Issue:
    """Return an issue that holds what the situation wants."""
    move = {"done": rule.close, "cancelled": rule.cancel}.get(state)
    usual = {"open": "To Do", "done": "Done", "cancelled": "Cancelled"}[state]
    status = usual if move is None or move.to in ("new", "indeterminate", DONE) else move.to
    return Issue(
        id=str(number),
        key=f"{situation.project or 'TEST'}-{number}",
        project=situation.project,
        status=status,
        category="new" if state == "open" else DONE,
        labels=frozenset({situation.label, *_labels(situation.desired)}),
        fields={one.field: one.value for one in situation.desired if one.kind is not ValueKind.LABELS},
        op=situation.op,
    )


def _labels(desired: tuple[Desired, ...]) -> list[str]:
    return [label for one in desired if one.kind is ValueKind.LABELS for label in (one.value or {}).get("add", ())]


def _digest(value: Json) -> str:
    return sha256(canonical(value)).hexdigest()


def _quoted(found: tuple[str, ...]) -> str:
    return ", ".join(f'"{line}"' for line in found)
