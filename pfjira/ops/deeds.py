"""Decide about what rules do once: comments, worklogs, edits of others' issues, memberships, tasks, posts.

What was done is remembered for good, by situation and target. It is not compared again: a comment that somebody deletes
stays deleted. Only a membership is taken away, when its rule says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pfjira.engine.fingerprint import op_id
from pfjira.engine.mapping import Failure
from pfjira.engine.model import Issue, Situation, ValueKind
from pfjira.engine.plan import DEEDS, Action, Change, Delta
from pfjira.engine.reconcile import Link, LinkState
from pfjira.engine.rules import Make
from pfjira.engine.sight import DONE
from pfjira.errors import Forbidden, Rejected
from pfjira.ops import issues
from pfjira.ops.decide import Findings
from pfjira.ops.workspace import Workspace
from pfjira.state import deeds, links
from pfjira.state.deeds import Deed

Pair = tuple[str, str]
"""Rule id and key."""

_ON_ISSUES = frozenset({Action.COMMENT, Action.WORKLOG, Action.UPDATE_ONCE})


class DeedJudge:
    """Decides about the deeds of all streams, after everything about issues was decided."""

    def __init__(
        self, workspace: Workspace, findings: Findings, shown: dict[str, Issue], coming: Iterable[Situation]
    ) -> None:
        """Prepare; `shown` are the issues that were read already, `coming` the situations that are to get one."""
        self.workspace, self.findings, self.shown = workspace, findings, shown
        self.groups: dict[str, str] = {}
        self.coming: dict[str, set[str]] = {}
        """Person, or `KIND/ID`, to the rules whose issues are only being made."""
        for situation in coming:
            self.coming.setdefault(_about(situation), set()).add(situation.rule)
        for row in findings.parked:
            person = row.ref.id if row.ref.kind == "employee" else f"{row.ref.kind}/{row.ref.id}"
            self.coming.setdefault(person, set()).add(row.rule)

    def decide(self, situations: Iterable[Situation], done: Mapping[tuple[str, str], list[Deed]]) -> None:
        """Add what is to be done for the situations; `done` is what was done already."""
        situations = list(situations)
        for one in situations:
            if one.rule in self.workspace.off:
                self.findings.put_off(one)
        wanted = [one for one in situations if one.rule not in self.workspace.off]
        before = {
            (one.rule, one.key): [deed for deed in done.get((one.rule, one.key), ()) if _is_of(one, deed)]
            for one in wanted
        }
        targets = self._targets([one for one in wanted if one.opens])
        given: set[str] = set()
        for situation in wanted:
            if situation.opens and not situation.cancelled:
                changes = list(self._deeds(situation, before[situation.rule, situation.key], targets))
                given.update(change.target_id for change in changes if change.action is Action.ADD_MEMBER)
                self._add(situation, changes)
        self._undo([one for one in wanted if one.cancelled and one.deed and one.deed.make == "member"], before, given)

    def _deeds(self, situation: Situation, before: list[Deed], targets: Mapping[str, list[Link]]) -> Iterator[Change]:
        assert situation.deed is not None
        action = DEEDS[situation.deed.make]
        finished = {deed.target for deed in before if not deed.removed}
        if action in _ON_ISSUES:
            if action is Action.UPDATE_ONCE and self._lacks(situation):
                return
            self._wait_for_creations(situation)
            for link in self._issues_for(situation, targets):
                if link.issue_id not in finished:
                    issue = self.shown[link.issue_id]
                    deltas = self._deltas(situation, issue)
                    yield Change(action, situation, issue.id, issue.key, deltas, target_id=issue.id)
        elif action is Action.ADD_MEMBER:
            person, group = situation.deed.person, self._group(situation)
            if person is None or group is None:
                return
            target = f"{group}/{person}"
            if target not in finished:
                delta = Delta("group", None, situation.deed.group)
                yield Change(action, situation, deltas=(delta,), target_id=target)
        elif not finished:
            yield Change(action, situation, deltas=self._deltas(situation, None))

    def _lacks(self, situation: Situation) -> bool:
        """Say whether a value cannot be told yet, as an account that is in doubt: what is done once is done whole."""
        rule = self.workspace.rules.rule(situation.rule)
        nobody = any(one.kind is ValueKind.PERSON and one.value is None for one in situation.desired)
        return nobody or rule is None or len(situation.desired) < len(rule.fields)

    def _undo(self, withdrawn: list[Situation], before: Mapping[Pair, list[Deed]], given: set[str]) -> None:
        """Add the memberships to take away, by what was given and not by what the record says now.

        What another situation gave as well, or is giving, stays: the last one to let go takes it away.
        """
        due = {
            (one.rule, one.key): [deed for deed in before[one.rule, one.key] if not deed.removed] for one in withdrawn
        }
        store, rules = self.workspace.store, self.workspace.rules
        holders = deeds.holders(store, {deed.target for held in due.values() for deed in held})
        filling = {rule.id for rule in rules.rules if rule.make is Make.MEMBER}
        for situation in withdrawn:
            pair = situation.rule, situation.key
            for deed in due[pair]:
                others = holders.get(deed.target, set())
                rule = rules.rule(situation.rule)
                if rule is None or not rule.shadow:
                    others.discard(pair)
                if deed.target in given or any(held_by in filling for held_by, _ in others - {pair}):
                    self.findings.let_go.append(replace(deed, removed=True))
                    continue
                delta = Delta("group", deed.target.partition("/")[0], None)
                self._add(situation, [Change(Action.REMOVE_MEMBER, situation, deltas=(delta,), target_id=deed.target)])

    def _deltas(self, situation: Situation, issue: Issue | None) -> tuple[Delta, ...]:
        """Return what is written, as a person reads it."""
        deed = situation.deed
        assert deed is not None
        match DEEDS[deed.make]:
            case Action.UPDATE_ONCE:
                shown = issue.fields if issue is not None else {}
                return tuple(Delta(one.field, shown.get(one.field), one.value) for one in situation.desired)
            case Action.CREATE_TASK:
                return tuple(
                    Delta(name, None, value) for name, value in {**deed.values, "person": deed.person}.items() if value
                )
            case Action.POST:
                return (Delta(deed.target, None, deed.body),)
            case Action.WORKLOG:
                return (Delta("spent", None, f"{deed.spent_s // 60} min"), Delta("text", None, deed.text))
            case _:
                return (Delta("text", None, deed.text),)

    def _wait_for_creations(self, situation: Situation) -> None:
        """Have the record looked at again where an issue that is meant is only being made, or found again."""
        assert situation.deed is not None
        coming = self.coming.get(_about(situation), set())
        coming = coming.union(one.rule for one in self.findings.taken if _about(one) == _about(situation))
        if coming & set(situation.deed.on):
            self.findings.unsettled.add(situation.ref)
            self.findings.later.add(situation.ref)

    def _targets(self, situations: list[Situation]) -> dict[str, list[Link]]:
        """Return the links that any of the situations may mean, after reading their issues: by person, or by record."""
        store = self.workspace.store
        meaning = [one for one in situations if one.deed is not None and one.deed.on]
        on = {rule for one in meaning if one.deed is not None for rule in one.deed.on}
        found: dict[str, list[Link]] = {}
        if people := {one.person for one in meaning if one.person is not None}:
            found |= links.of_people(store, people, on)
        for kind in {one.ref.kind for one in meaning if one.person is None}:
            ids = [one.ref.id for one in meaning if one.person is None and one.ref.kind == kind]
            found |= {f"{kind}/{record}": known for record, known in links.of_records(store, kind, ids).items()}
        unread = [link.issue_id for known in found.values() for link in known if link.issue_id not in self.shown]
        self.shown.update((issue.id, issue) for issue in issues.read(self.workspace, unread))
        return found

    def _issues_for(self, situation: Situation, targets: Mapping[str, list[Link]]) -> Iterator[Link]:
        """Yield the links to the open issues that a situation means."""
        assert situation.deed is not None
        for link in targets.get(_about(situation), ()):
            issue = self.shown.get(link.issue_id)
            followed = link.state in (LinkState.LIVE, LinkState.CLOSED)
            if link.rule in situation.deed.on and followed and issue is not None and issue.category != DONE:
                yield link

    def _group(self, situation: Situation) -> str | None:
        """Return the id of the group that a situation names; note where there is none."""
        assert situation.deed is not None
        name = situation.deed.group
        if name and name not in self.groups:
            try:
                self.groups[name] = self.workspace.tickets.group_id(name)
            except (Rejected, Forbidden) as error:
                self.groups[name] = ""
                self._complain(situation, str(error))
        return self.groups.get(name) or None

    def _complain(self, situation: Situation, reason: str) -> None:
        self.findings.failures.append(Failure(situation.rule, situation.ref, "group", reason))
        self.findings.unsettled.add(situation.ref)

    def _add(self, situation: Situation, changes: Iterable[Change]) -> None:
        rule = self.workspace.rules.rule(situation.rule)
        shadow = rule is not None and rule.shadow
        for change in changes:
            (self.findings.shadows if shadow else self.findings.changes).append(change)
            self.findings.unsettled.add(situation.ref)


def _about(situation: Situation) -> str:
    """Return whom a situation is about, or which record."""
    return situation.person or f"{situation.ref.kind}/{situation.ref.id}"


def _is_of(situation: Situation, deed: Deed) -> bool:
    """Say whether a rule did this while it made what it makes now: `make` may have been another word once."""
    assert situation.deed is not None
    action = DEEDS[situation.deed.make]
    if action is Action.ADD_MEMBER:
        return "/" in deed.target
    if (action in _ON_ISSUES) != (deed.target not in ("", deeds.ADOPTED) and "/" not in deed.target):
        return False
    if action not in _ON_ISSUES and deed.target:
        return False
    others = (other for other in DEEDS.values() if other is not action)
    return all(deed.op != op_id(situation.op, other.value, deed.target) for other in others)
