"""`people list`, `link`, `unlink`, `import`: who is who, and a human's word about it; no name or address is shown."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pfjira.cli.exits import ExitCode
from pfjira.cli.options import AsJson, RulesFile, StateFile

if TYPE_CHECKING:
    from pfjira.engine.people import Complaint
    from pfjira.ops.roll import Line

MOST_COMPLAINTS = 20
_BY = {"link": "by hand", "import": "from a table", "email": "by e-mail address"}
HrId = Annotated[str, typer.Argument(metavar="HR_ID", help="The person's id in PeopleForce.")]


def listing(
    review: Annotated[bool, typer.Option("--review", help="Only people about whom you are asked.")] = False,
    as_json: AsJson = False,
    state: StateFile = None,
) -> None:
    """Show which person is which account, and who waits for your word.

    It reads the state only and asks no system.
    """
    from pfjira.cli import output
    from pfjira.cli.places import looking
    from pfjira.config.paths import present, state_file
    from pfjira.ops.roll import roll
    from pfjira.state.store import Store

    path = state_file(state, os.environ)
    with looking(path) if present(path) else Store.memory() as store:
        lines = roll(store, review=review)
    if as_json:
        output.write_json({"people": [line.document() for line in lines]})
        return
    for line in lines:
        _say(line)
    asked = sum(bool(line.reasons) for line in lines)
    if review:
        output.say(f"{output.counted(asked, 'person', 'people')} in review.", "bold")
    else:
        linked = sum(line.person.account_id is not None for line in lines)
        output.say(f"{output.counted(linked, 'person', 'people')} linked, {asked} in review.", "bold")


def link(
    person: HrId,
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="Atlassian account id, or an address that leads to it for certain.")
    ],
    also: Annotated[
        bool, typer.Option("--also", help="Though another HR id has this account: both are the same human.")
    ] = False,
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Say which account is a person's; it stands above everything else.

    Records that wait for the person are looked at by the next sync.
    """
    from pfjira.cli import output
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.config.people_csv import ACCOUNT_ID
    from pfjira.ops import identities

    _check_id(person)
    if "@" not in account and not ACCOUNT_ID.fullmatch(account):
        raise typer.BadParameter("this is neither an account id nor an e-mail address", param_hint="ACCOUNT")
    with open_workspace(Places(rules, state), command="people link", writes=True) as workspace:
        done = identities.link(workspace, person, account.strip(), also=also)
    if as_json:
        output.write_json({"person": done.hr_id, "account": done.account_id, "before": done.before, "also": done.also})
        return
    output.say(f"Person {done.hr_id} is account {done.account_id} from now on.", "green")
    if done.before not in (None, done.account_id):
        output.say(f"It was {done.before}; issues that name it keep it until their record changes.")
    if done.also:
        output.say(f"So is {', '.join(done.also)}.")
    output.say("The next `pfjira sync` looks at the records that wait for this person.")


def unlink(person: HrId, as_json: AsJson = False, rules: RulesFile = None, state: StateFile = None) -> None:
    """Take a link back; the person then waits for your word.

    It waits until you link or import again. Nobody is taken from any issue.
    """
    from pfjira.cli import output
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops import identities

    _check_id(person)
    with open_workspace(Places(rules, state), command="people unlink", writes=True) as workspace:
        done = identities.unlink(workspace, person)
    if as_json:
        output.write_json({"person": done.hr_id, "account": None, "before": done.before})
        return
    output.say(f"Person {done.hr_id} is not account {done.before} any more, and is matched by nobody but you.", "green")
    output.say("Issues keep their assignee.")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV table, UTF-8, comma or semicolon.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look everything up and write nothing.")] = False,
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Take in a table of people and accounts, wholly or not at all.

    The header names `id`, `employee_number` or `email` (in PeopleForce), and `account_id` or `jira_email`. Exit 78 when
    anything in it is wrong.
    """
    from pfjira.cli import output, progress
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.config.people_csv import read_table
    from pfjira.engine.people import Table
    from pfjira.ops.identities import Imported, take_in

    table: Table = read_table(file)
    if table.complaints:
        done = Imported(complaints=list(table.complaints))
    else:
        with (
            progress.shown(quiet=as_json) as shown,
            open_workspace(
                Places(rules, state), command="people import", writes=not dry_run, progress=shown
            ) as workspace,
        ):
            done = take_in(workspace, table, dry_run=dry_run)
    names = ("linked", "replaced", "unchanged", "kept", "stated", "without_account")
    counts = {name: done.counts[name] for name in names}
    if as_json:
        errors = [{"line": c.line, "column": c.column, "message": c.words} for c in done.complaints]
        head = {"file": str(file), "ok": not errors, "dry_run": dry_run, "rows": done.rows}
        output.write_json({**head, **counts, "errors": errors})
    elif done.complaints:
        _complain(file, done.complaints)
    else:
        _say_import(done.rows, counts, dry_run=dry_run)
    raise typer.Exit(ExitCode.CONFIG if done.complaints else ExitCode.OK)


def _check_id(person: str) -> None:
    from pfjira.config.people_csv import HR_ID

    if not re.fullmatch(HR_ID, person):
        raise typer.BadParameter("an HR id is a number, as PeopleForce shows it", param_hint="HR_ID")


def _say(line: Line) -> None:
    from pfjira.cli import output

    person = line.person
    since = (person.since or person.checked_at).strftime("%Y-%m-%d")
    if person.account_id is not None:
        who = f" ({output.visible(person.linked_by)})" if person.linked_by else ""
        output.say(f"person {person.hr_id:10} {person.account_id}  {_BY[person.matched_by]}{who}, since {since}")
    elif not line.reasons:
        output.say(f"person {person.hr_id:10} no account, and nothing waits: {person.reason}")
    for reason in line.reasons:
        output.say(f"person {person.hr_id:10} in review since {since}: {output.visible(reason)}", "magenta")
    if line.reasons and line.waiting:
        rest = f" and {len(line.waiting) - 8} more" if len(line.waiting) > 8 else ""
        output.say(f"{'':17} waits: {', '.join(line.waiting[:8])}{rest}")
    if line.reasons and person.suggested:
        output.say(f"{'':17} may be meant: {', '.join(person.suggested)}")
    if line.command:
        output.say(f"{'':17} → {line.command}")


def _say_import(rows: int, counts: dict[str, int], *, dry_run: bool) -> None:
    from pfjira.cli import output

    output.say(f"{output.counted(rows, 'row')} read{', nothing written (--dry-run)' if dry_run else ''}:", "bold")
    for name, words in (
        ("linked", "linked"),
        ("replaced", "linked to another account than before"),
        ("unchanged", "linked so already"),
        ("kept", "left as somebody linked them by hand"),
        ("stated", "numbers and addresses remembered, for whoever shows them"),
        ("without_account", "without an account: passed over"),
    ):
        if counts[name]:
            output.say(f"  {counts[name]:6} {words}")


def _complain(file: Path, complaints: list[Complaint]) -> None:
    from pfjira.cli import output

    for one in complaints[:MOST_COMPLAINTS]:
        output.remark(output.visible(f"pfjira: {file}:{one.line}:{one.column}: {one.words}"))
    if (more := len(complaints) - MOST_COMPLAINTS) > 0:
        output.remark(f"pfjira: … and {more} more (all of them with --json)")
    output.remark("  → Nothing was imported. Mend the table and run the same command again.")
