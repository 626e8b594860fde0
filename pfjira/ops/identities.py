"""What people say about who is who: link, unlink, import. Everything is looked up first and written in one transaction.

A person's word stands above what a table says, and a table above what an address showed; nothing here moves an account
from one person to another by itself, and nothing clears an assignee in Jira.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pfjira.connectors.crew import side_by_side
from pfjira.engine.model import Account
from pfjira.engine.people import EMAIL, NUMBER, By, Complaint, Doubt, Table, in_order, judge
from pfjira.errors import ConfigError, PlanRefused
from pfjira.ops.persons import PIECE, email_print, number_print
from pfjira.ops.workspace import Workspace
from pfjira.state import audit, people, runs
from pfjira.state.people import Identity, holders


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of one person."""

    hr_id: str
    account_id: str | None
    before: str | None
    """The account of the pair that was there."""
    also: tuple[str, ...] = ()
    """Other HR ids that are linked to the same account."""


@dataclass(slots=True)
class Imported:
    """What an import did, or, with complaints, did not do."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    """linked, replaced, unchanged, kept, stated, without_account."""
    complaints: list[Complaint] = field(default_factory=list)


def link(workspace: Workspace, hr_id: str, account: str, *, also: bool = False) -> Linked:
    """Link a person to an account, given by its id or by an address that leads to it for certain.

    Raise ConfigError where there is no such usable account, PlanRefused where another HR id has it, unless `also`.
    """
    account_id = _certain(workspace, account) if "@" in account else account
    if wrong := _unusable(workspace.tickets.account(account_id)):
        raise ConfigError(f"Account {account_id}: {wrong}.", hint=_LIST)
    known = people.every(workspace.store)
    others = in_order(holders(known.values()).get(account_id, set()) - {hr_id})
    if others and not also:
        raise PlanRefused(
            f"Account {account_id}: {Doubt.HELD.says(others)}. Nothing was written.",
            hint=f"If both are the same human (a rehire), say so: `pfjira people link {hr_id} {account_id} --also`; "
            f"if not, first `pfjira people unlink {others[0]}`.",
        )
    before, now = known.get(hr_id), workspace.now
    with workspace.store.write():
        people.save(workspace.store, [_stated(workspace, hr_id, account_id, By.LINK, before)])
        runs.move_on(workspace.store)
        audit.append(workspace.store, workspace.who, "people link", f"{hr_id} {account_id}", now)
    return Linked(hr_id, account_id, before.account_id if before else None, others)


def unlink(workspace: Workspace, hr_id: str) -> Linked:
    """Take a pair back; the person is not matched again before somebody links or imports. Raise ConfigError."""
    before, now = people.every(workspace.store).get(hr_id), workspace.now
    if before is None or before.account_id is None:
        raise ConfigError(f"HR id {hr_id} is not linked to any account.", hint=_LIST)
    after = Identity(hr_id, None, Doubt.UNLINKED, By.LINK, before.email, now, workspace.who, now, number=before.number)
    with workspace.store.write():
        people.save(workspace.store, [after])
        runs.move_on(workspace.store)
        audit.append(workspace.store, workspace.who, "people unlink", f"{hr_id} {before.account_id}", now)
    return Linked(hr_id, None, before.account_id)


def take_in(workspace: Workspace, table: Table, *, dry_run: bool) -> Imported:
    """Take in a table as a whole, or, where anything in it is wrong, nothing.

    Rows with an HR id are pairs at once; numbers and addresses wait, as fingerprints, for the person who shows them.
    """
    report = Imported(len(table.rows), complaints=list(table.complaints))
    report.complaints += () if report.complaints else _unread(workspace, table)
    if report.complaints:
        return report
    known = people.every(workspace.store)
    meant = _accounts(workspace, table, report.complaints)
    report.complaints += _contradictions(table, meant, known)
    if report.complaints:
        report.complaints.sort()
        return report
    pairs: list[Identity] = []
    stated: list[tuple[str, str, str]] = []
    for row in table.rows:
        account_id = meant.get(row.line)
        if account_id is None:
            report.counts["without_account"] += 1
            continue
        if row.id is not None:
            before = known.get(row.id)
            outcome = _outcome(before, account_id)
            report.counts[outcome] += 1
            if outcome == "kept":
                continue
            if outcome != "unchanged":
                pairs.append(_stated(workspace, row.id, account_id, By.IMPORT, before))
        prints = {NUMBER: number_print(workspace, row.employee_number), EMAIL: email_print(workspace, row.email)}
        stated += [(word, print_, account_id) for word, print_ in prints.items() if print_]
    report.counts["stated"] = len(stated)
    if not dry_run:
        now = workspace.now
        with workspace.store.write():
            people.state(workspace.store, stated, workspace.who, now)
            people.ask_again(workspace.store)
            people.save(workspace.store, pairs)
            words = " ".join(f"{name}={count}" for name, count in sorted(report.counts.items()))
            runs.move_on(workspace.store)
            audit.append(workspace.store, workspace.who, "people import", words, now)
    return report


_LIST = "`pfjira people list --review` shows who waits, and which accounts may be meant."


def _certain(workspace: Workspace, email: str) -> str:
    """Return the account that an address leads to for certain. Raise ConfigError."""
    match = judge(email, workspace.tickets.find_accounts([email]).get(email, ()))
    if match.account_id is None:
        words = (match.doubt or Doubt.NO_ACCOUNT).value
        offered = f" Offered: {', '.join(match.suggested)}." if match.suggested else ""
        raise ConfigError(
            f"The address leads to no account for certain: {words}.{offered}",
            hint="Give the account id instead; Jira shows it in the address of the person's profile page.",
        )
    return match.account_id


def _unusable(account: Account | None) -> str:
    """Return why nobody may be linked to an account, empty when all is well."""
    if account is None:
        return "Jira knows no account of this id, or does not show it to this login"
    if account.kind != "atlassian":
        return "this is no person's account but that of an app or a portal customer"
    return "" if account.active else "the account is deactivated"


def _stated(workspace: Workspace, hr_id: str, account_id: str, by: By, before: Identity | None) -> Identity:
    """Return a pair that a human stands behind."""
    now = workspace.now
    email, number = (before.email, before.number) if before else ("", "")
    return Identity(hr_id, account_id, None, by, email, now, workspace.who, now, number=number)


def _outcome(before: Identity | None, account_id: str) -> str:
    if before is None or before.account_id is None:
        return "linked"
    if before.account_id == account_id:
        return (
            "linked" if before.matched_by == By.EMAIL or before.doubt else "unchanged"
        )  # now somebody stands behind it
    return "kept" if before.matched_by == By.LINK else "replaced"


def _unread(workspace: Workspace, table: Table) -> Iterator[Complaint]:
    """Yield a complaint for a column that the rules would never look at."""
    for word in (NUMBER, EMAIL):
        row = next((row for row in table.rows if getattr(row, word) and not row.id), None)
        if row is not None and word not in workspace.rules.match:
            yield table.complaint(
                row, word, f"`people.match` in the rules does not name {word}, so nobody would read this"
            )


def _accounts(workspace: Workspace, table: Table, complaints: list[Complaint]) -> dict[int, str]:
    """Return line to account; complain of what is no usable account, or not for certain one."""
    addresses = sorted({row.jira_email for row in table.rows if row.jira_email})
    ids = sorted({row.account_id for row in table.rows if row.account_id})
    workspace.progress.stage("Looking up accounts in Jira", len(addresses) + len(ids))
    offered: dict[str, list[Account]] = {}
    for piece in _pieces(addresses):
        offered.update(workspace.tickets.find_accounts(piece))
        workspace.progress.step(len(piece))
    shown: dict[str, Account | None] = {}
    for piece in _pieces(ids):
        shown.update(zip(piece, side_by_side(workspace.tickets.account, piece, crew=workspace.crew), strict=True))
        workspace.progress.step(len(piece))
    meant: dict[int, str] = {}
    for row in table.rows:
        account_id = row.account_id
        if row.jira_email is not None:
            match = judge(row.jira_email, offered.get(row.jira_email, ()))
            if account_id is None and match.account_id is None:
                words = (match.doubt or Doubt.NO_ACCOUNT).value
                complaints.append(table.complaint(row, "jira_email", f"leads to no account for certain: {words}"))
            elif account_id is not None and match.account_id not in (None, account_id):
                complaints.append(table.complaint(row, "jira_email", "leads to another account than account_id"))
            account_id = account_id or match.account_id
        if account_id is None:
            continue
        if row.account_id is not None and (wrong := _unusable(shown[account_id])):
            complaints.append(table.complaint(row, "account_id", wrong))
        meant[row.line] = account_id
    return meant


def _pieces(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + PIECE] for start in range(0, len(names), PIECE))


def _contradictions(table: Table, meant: Mapping[int, str], known: Mapping[str, Identity]) -> Iterator[Complaint]:
    """Yield every account that would get a second person."""
    held = holders(known.values())
    first: dict[str, int] = {}
    for row in table.rows:
        account_id = meant.get(row.line)
        if account_id is None:
            continue
        column = "account_id" if row.account_id else "jira_email"
        before = first.setdefault(account_id, row.line)
        if before != row.line:
            yield table.complaint(row, column, f"line {before} names the same account")
        if row.id is not None and (others := held.get(account_id, set()) - {row.id}):
            rehire = f"for a rehire: `pfjira people link {row.id} {account_id} --also`"
            yield table.complaint(row, column, f"{Doubt.HELD.says(in_order(others))}; {rehire}")
