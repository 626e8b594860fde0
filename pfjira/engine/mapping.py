"""Says what the rules want for one record: which situations exist, and which values their issues should have.

Pure: the same record, rules and day give the same answer. A failing expression is data, never an exception, and takes
down only what depends on it: a field, or, where the failure leaves open whether the issue is wanted at all, the slot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from pfjira.engine import adf
from pfjira.engine.expressions import ExpressionError, Maps, Template, as_text
from pfjira.engine.fingerprint import op_id
from pfjira.engine.model import Desired, Issue, Json, Record, Ref, Situation, Target, ValueKind
from pfjira.engine.rules import BackAction, FieldRule, Make, Move, Rule, RuleSet

SUMMARY_LENGTH = 255
"""Characters of a summary (reference/jira section 3)."""
_DOCUMENTS = ("description", "environment")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_TIME_OF_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[T ].*")
_PEOPLE = ("assigned_to", "associated_to", "created_by")


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
    pass_ = _Pass(rules, record, installation, held, today, generation_of or {})
    pass_.held_anyhow = {rule for rule, _ in held if rule in rekeyed}
    slots: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        if rule.kind == record.ref.kind:
            slots.setdefault(rule.slot, []).append(rule)
    for members in slots.values():
        pass_.slot(members)
    return Evaluation(tuple(pass_.situations), tuple(pass_.failures))


def back_action(rule: Rule, issue: Issue) -> BackAction | None:
    """Return what the first `back` line that holds wants of HR. Raise ExpressionError when one cannot be evaluated."""
    context = {
        "issue": {
            "id": issue.id,
            "key": issue.key,
            "status": {"name": issue.status, "category": issue.category},
            "assignee": issue.fields.get("assignee"),
            "resolution": issue.fields.get("resolution"),
        }
    }
    return next((line.do for line in rule.back if line.when.holds(context, today=date.min)), None)


def completion(rule: Rule, situation: Situation, issue: Issue) -> tuple[bool | None, bool | None]:
    """Return what HR and what Jira say of completion; None where the rule does not look or has no opinion.

    Without `back`, Jira's word is whether the issue is where the rule closes it, or in any done status. Raise
    ExpressionError when a `back` line cannot be evaluated.
    """
    ours = situation.done if rule.done_when is not None else None
    if not rule.back:
        return ours, issue.category == "done" or (situation.close is not None and situation.close.reached(issue))
    action = back_action(rule, issue)
    closed_by_us = situation.close is not None and situation.close.reached(issue)
    if action is None or (action is BackAction.REOPEN and closed_by_us):
        # Where the rule itself closes issues, an issue tells nothing that the task should be reopened for.
        return ours, None
    return ours, action is BackAction.COMPLETE


def person_emails(record: Record) -> dict[str, str]:
    """Return the e-mail address of each employee that a record names, by HR id; candidates have ids of their own."""
    found: dict[str, str] = {}
    for name in _PEOPLE:
        person = record.fields.get(name)
        if isinstance(person, Mapping) and person.get("type") in (None, "Employee"):
            hr_id, email = person.get("id"), person.get("email")
            if hr_id is not None and isinstance(email, str) and email.strip():
                found.setdefault(str(hr_id), email.strip())
    return found


def move_target(move: Move, record: Record, today: date, maps: Maps) -> Target:
    """Return where an issue is to go, with the comment written out. Raise ExpressionError."""
    comment = None
    if move.comment is not None:
        comment = _clean(move.comment.text({record.ref.kind: record.fields}, today=today, maps=maps)) or None
    return Target(move.to, move.resolution, comment, move.fields)


class _Pass:
    """One record going through the rules."""

    def __init__(
        self, rules: RuleSet, record: Record, installation: str, held: Collection[tuple[str, str]], today: date,
        generations: Generations,
    ) -> None:  # fmt: skip
        self._rules, self._record, self._installation = rules, record, installation
        self._held, self._today, self._generations = held, today, generations
        self._context = {record.ref.kind: record.fields}
        self.held_anyhow: set[str] = set()
        self.situations: list[Situation] = []
        self.failures: list[Failure] = []

    def slot(self, members: list[Rule]) -> None:
        """Add the situations of one slot: those that are held, else that of the first rule whose `when` holds."""
        keys = {rule.id: self._key(rule)[0] for rule in members if rule.make is Make.ISSUE}
        kept = [rule for rule in members if (rule.id, keys.get(rule.id)) in self._held or rule.id in self.held_anyhow]
        for rule in kept:
            self._add(rule, keys[rule.id], bool(self._when(rule)))
        if kept:
            return
        for rule in members:
            holds = self._when(rule)
            if holds is None:
                return  # whether the record belongs here is not known: no later rule may take it
            if holds:
                if rule.make is Make.ISSUE:
                    self._add(rule, keys[rule.id], True)
                return

    def _add(self, rule: Rule, key: str | None, wanted: bool) -> None:
        """Add one situation, unless it cannot be known whether it is done or cancelled."""
        if key is None:
            self._fail(rule, "key", self._key(rule)[1])
            return
        done = self._holds(rule, "done_when")
        cancelled = self._holds(rule, "cancel_when")
        if done is None or cancelled is None:
            return
        generations = self._generations
        generation = generations(rule.id, key) if callable(generations) else generations.get((rule.id, key), 0)
        ref = self._record.ref
        self.situations.append(
            Situation(
                rule=rule.id,
                key=key,
                ref=ref,
                op=op_id(self._installation, "peopleforce", ref.kind, ref.id, f"{rule.id}/{key}", "create", generation),
                project=rule.project,
                issue_type=rule.issue_type,
                desired=self._desired(rule),
                done=done,
                cancelled=cancelled,
                close=self._target(rule, "close"),
                cancel=self._target(rule, "cancel"),
                writes_back=bool(rule.back),
                opens=wanted and not cancelled and self._is_open(rule),
                label=self._rules.label,
            )
        )

    def _is_open(self, rule: Rule) -> bool:
        """Say whether the record may open something: a completed one does so only for a rule that asks for such."""
        asked = any(f"{rule.kind}.completed" in condition.reads for condition in rule.when)
        return asked or not self._record.fields.get("completed")

    def _key(self, rule: Rule) -> tuple[str | None, str]:
        """Return the key, or None and the reason; it matters only when the rule turns out to apply."""
        try:
            key = rule.key.text(self._context, today=self._today, maps=self._rules.maps).strip()
        except ExpressionError as error:
            return None, str(error)
        return key or None, "the key is empty"

    def _when(self, rule: Rule) -> bool | None:
        """Say whether all conditions hold, None when that cannot be said."""
        try:
            return all(part.holds(self._context, today=self._today, maps=self._rules.maps) for part in rule.when)
        except ExpressionError as error:
            self._fail(rule, "when", str(error))
            return None

    def _holds(self, rule: Rule, word: str) -> bool | None:
        condition = rule.done_when if word == "done_when" else rule.cancel_when
        if condition is None:
            return False
        try:
            return condition.holds(self._context, today=self._today, maps=self._rules.maps)
        except ExpressionError as error:
            self._fail(rule, word, str(error))
            return None

    def _target(self, rule: Rule, word: str) -> Target | None:
        move = rule.close if word == "close" else rule.cancel
        if move is None:
            return None
        try:
            return move_target(move, self._record, self._today, self._rules.maps)
        except ExpressionError as error:
            self._fail(rule, word, str(error))
            return Target(move.to, move.resolution, None, move.fields)

    def _desired(self, rule: Rule) -> tuple[Desired, ...]:
        found = []
        for line in rule.fields:
            try:
                kind, value = self._value(line)
                found.append(Desired(line.field, kind, value, line.own))
            except ExpressionError as error:
                self._fail(rule, line.field, str(error))
        return tuple(found)

    def _value(self, line: FieldRule) -> tuple[ValueKind, Json]:
        """Return a desired value and how it is to be read."""
        if line.template is None:
            add = self._labels(line.add)
            # What a rule adds it cannot also remove, and nobody removes the mark: each run would write.
            kept = {*add, self._rules.label}
            return line.kind, {"add": add, "remove": [name for name in self._labels(line.remove) if name not in kept]}
        text = as_text(line.template.evaluate(self._context, today=self._today, maps=self._rules.maps))
        if line.kind is ValueKind.HTML:
            return line.kind, adf.from_html(text or "")
        if line.kind is ValueKind.TEXT and line.field in _DOCUMENTS:
            return ValueKind.HTML, adf.from_text(text or "")  # Jira takes only documents there
        text = _clean(text or "").strip()
        if line.field == "summary":
            text = _one_line(text)
        elif line.field == "duedate" and (match := _TIME_OF_DAY.fullmatch(text)):
            text = match[1]
        return line.kind, text or None

    def _labels(self, templates: tuple[Template, ...]) -> list[str]:
        """Return labels as Jira stores them: one word each, none twice."""
        texts = (t.text(self._context, today=self._today, maps=self._rules.maps) for t in templates)
        words = ("-".join(_clean(text).split())[:SUMMARY_LENGTH] for text in texts)
        return list(dict.fromkeys(word for word in words if word))

    def _fail(self, rule: Rule, field: str, message: str) -> None:
        self.failures.append(Failure(rule.id, self._record.ref, field, message))


def _clean(text: str) -> str:
    """Return the text without control characters, which Jira refuses."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1].rstrip() + "…"
