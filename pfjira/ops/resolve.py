"""A person chooses a side of an open conflict. What both sides agreed on moves; the usual comparison does the rest.

Nothing is written to a system but by the sync that follows, for this one record: should it not come to that, the next
run does it. Values are never kept, and nothing is guessed: what moved again meanwhile is asked about again.
"""

from __future__ import annotations

from dataclasses import dataclass

from pfjira.engine.plan import Conflict, Plan
from pfjira.engine.reconcile import COMPLETION, decided
from pfjira.errors import ConfigError, ConnectorError, Paused, PlanRefused
from pfjira.ops.diff import Prepared
from pfjira.ops.permission import is_adopting, not_in_part
from pfjira.ops.run import Report
from pfjira.ops.sync import planned, sync
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import audit, letters, links, outbox, runs, snapshots

LIST_HINT = "`pfjira conflicts list` shows what is open."


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of one decision."""

    conflict: Conflict
    side: str
    """The system whose value was chosen."""
    report: Report
    """Of the sync that followed."""
    open_rows: int = 0
    """Writes about the record that did not come to their end."""

    @property
    def again(self) -> Conflict | None:
        """The same field as a question again, because both sides moved meanwhile."""
        return next((one for one in self.report.plan.conflicts if _same(one, self.conflict)), None)

    @property
    def differs(self) -> bool:
        """Whether anything about this record is left to a person or to a later run."""
        return bool(self.report.plan.questions or self.report.buried or self.open_rows)


def opened(workspace: Workspace) -> list[tuple[Conflict, str]]:
    """Return the conflicts that both sides show now, with their values, and since when; nothing is written.

    A record with a conflict is looked at by each run: what moved since the last run is enough.
    """
    since = {(one.rule, one.key, one.field): one.since for one in letters.conflicts(workspace.store)}
    plan = planned(workspace, Scope()).plan
    return [(one, since.get((one.rule, one.key, one.field), "")) for one in plan.conflicts]


def resolve(workspace: Workspace, issue_key: str, field: str, side: str) -> Resolved:
    """Let one side (`workspace.hr.name` or `workspace.tickets.name`) win a conflict, and carry it out.

    Raise ConfigError where there is no such conflict, PlanRefused, ConnectorError, StateError.
    """
    store = workspace.store
    ref = links.record_of(store, issue_key.upper())
    if ref is None:
        raise ConfigError(f"pfjira keeps no issue {issue_key}.", hint=LIST_HINT)
    scope = Scope(only=f"{ref.kind}/{ref.id}")
    prepared = planned(workspace, scope)
    if is_adopting(workspace, prepared):
        raise not_in_part()
    conflict = _found(workspace, prepared, issue_key.upper(), field)
    rule = workspace.rules.rule(conflict.rule.partition("/")[0])
    if rule is not None and rule.shadow:
        raise ConfigError(
            f"The rule {conflict.rule} only shows what it would do: nothing can be carried out for {issue_key}.",
            hint="Take `shadow: true` from the rule first.",
        )
    issue_id = next(one.issue.id for one in prepared.findings.settled if one.issue.key == conflict.issue_key)
    link = links.of_issue(store, issue_id)
    if link is None:
        raise not_in_part()
    hr_wins = side == workspace.hr.name
    with store.write():
        links.agree(store, decided(link, conflict, hr_wins=hr_wins, digest=workspace.fingerprints.of))
        # Should this process end here, the next run looks at the record though it does not move.
        snapshots.doubt(store, [conflict.ref])
        subject = f"{conflict.rule} {conflict.issue_key} {conflict.field} {side}"
        runs.move_on(store)
        audit.append(store, workspace.who, "conflicts resolve", subject, workspace.clock())
    try:
        report = sync(workspace, scope)
    except (PlanRefused, Paused, ConnectorError) as error:
        approval = getattr(error, "digest", "")
        if isinstance(error, PlanRefused):
            error.digest = ""  # it belongs to a sync, not to this command
        follow = f"`pfjira sync --only {scope.only} --approve {approval}`" if approval else "The next `pfjira sync`"
        error.hint = f"What you chose is remembered. {follow} carries it out. {error.hint}"
        raise
    open_rows = sum(row.ref == conflict.ref for row in outbox.unfinished(store))
    return Resolved(conflict, side, report, open_rows)


def _found(workspace: Workspace, prepared: Prepared, issue_key: str, field: str) -> Conflict:
    """Return the conflict that is meant. Raise ConfigError with what there is instead."""
    plan = prepared.plan
    here = {one.field: one for one in plan.conflicts if one.issue_key == issue_key}
    if found := here.get(field) or here.get(field.casefold()):
        return found
    # A person may call a field as Jira shows it.
    name = workspace.tickets.field_ids().get(field.casefold(), field)
    if name in here:
        return here[name]
    raise ConfigError(
        f"{issue_key} has no open conflict about {field}: {_instead(workspace, prepared, issue_key, name)}.",
        hint=f"It has one about {', '.join(sorted(here))}." if here else LIST_HINT,
    )


def _instead(workspace: Workspace, prepared: Prepared, issue_key: str, field: str) -> str:
    """Say how things stand with a field about which nothing is asked."""
    plan = prepared.plan
    off = [one for one in links.of_key(workspace.store, issue_key) if one.rule in workspace.off]
    if off:
        return f"the rule {off[0].rule} is off ({workspace.off[off[0].rule].reason})"
    if any(key == issue_key for key, _ in plan.missing):
        return "Jira does not show the issue"
    if any(one.issue_key == issue_key and one.field == field for one in plan.kept):
        return "the edit in Jira stays, and PeopleForce has not moved"
    if _is_written(plan, issue_key, field):
        return "the next sync writes it"
    return "nobody asks about it"


def _is_written(plan: Plan, issue_key: str, field: str) -> bool:
    """Say whether the plan writes a field of an issue, or its completion, which moves the status."""
    names = (field, "status") if field == COMPLETION else (field,)
    return any(
        delta.field in names for change in plan.changes if change.issue_key == issue_key for delta in change.deltas
    )


def _same(one: Conflict, other: Conflict) -> bool:
    return (one.rule, one.key, one.field) == (other.rule, other.key, other.field)
