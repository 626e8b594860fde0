"""`replay`: dead letters, as they stand, as they would be planned today, and carried out; deleted issues once more."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pfjira.cli.exits import ExitCode
from pfjira.cli.options import AsJson, RulesFile, StateFile

if TYPE_CHECKING:
    from pfjira.ops.replay import Chosen
    from pfjira.ops.workspace import Workspace

_AGO = re.compile(r"(\d{1,6})(min|m|h|d|w)")
_UNITS = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
CHOICES = "name letters (their numbers, KIND/ID or issue keys), or say --all, --rule RULE or --since WHEN; --list shows"


def replay(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Number of a letter, KIND/ID (task/7001, hook.NAME/ID), or issue key."),
    ] = None,
    show: Annotated[
        bool, typer.Option("--list", help="Show the dead letters, grouped by cause; ask no system.")
    ] = False,
    cleared: Annotated[
        bool, typer.Option("--cleared", help="With --list: those cleared in the last 30 days, and why.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="ID", help="Letters of this rule, and its changes only.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="Letters since then: 2030-01-31, 2030-01-31T08:00 (UTC), 2d, 3h."),
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would be done; write nothing.")] = False,
    recreate: Annotated[
        bool, typer.Option("--recreate", help="Make issues that were deleted by hand once more: issue keys or KIND/ID.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --recreate.")] = False,
    approve: Annotated[
        str | None, typer.Option("--approve", metavar="DIGEST", help="Let exactly this plan pass a tripped guard.")
    ] = None,
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Try dead letters again, planned anew as of now.

    Nothing stored is sent. Exit 0: in order, 1: something is left, 65: refused by a guard; --diff: 1 where there is
    work.
    """
    from pfjira.cli.places import Places, open_state
    from pfjira.cli.standing import role_held
    from pfjira.config.paths import state_file
    from pfjira.ops.replay import numbered, pick
    from pfjira.ops.roles import Act, require

    names, moment = names or [], _moment(since)
    _check(names, show=show, cleared=cleared, picks=everything or rule is not None or since is not None,
           recreate=recreate, diff=diff, yes=yes, approve=approve)  # fmt: skip
    with open_state(Places(None, state), command="replay", writes=False, environment=os.environ) as store:
        if show:
            _list(store, cleared=cleared, rule=rule, since=moment, as_json=as_json)
            return
        # A wrong number, or nothing to do, takes no lock and asks no system.
        some = names or pick(store, rule=rule, since=moment)
        for name in names if not recreate else ():
            if name.isdecimal():
                numbered(store, int(name))
        if rule is not None and not some:
            _known_rule(store, Places(rules, state), rule)
    if not some:
        _nothing("There is no such dead letter; nothing was done.", as_json=as_json)
        return
    if recreate:
        require(role_held(state_file(state, os.environ), os.environ), Act.ADMINISTER)
    if recreate and not diff and not yes and not _confirmed(names):
        _nothing("Nothing was done.", as_json=as_json)
        raise typer.Exit(ExitCode.DIFFERS)
    chosen = _Choice(names, rule, moment, recreate)
    places = Places(rules, state)
    if diff:
        options = _repeated(names, everything, rule, since, recreate, rules, state)
        _preview(places, chosen, options, as_json=as_json)
    else:
        _carry_out(places, chosen, approve, as_json=as_json)


def _nothing(sentence: str, *, as_json: bool) -> None:
    from pfjira.cli import output

    if as_json:
        output.write_json({"letters": [], "nothing": True})
    else:
        output.say(sentence)


class _Choice:
    """What was asked for, to be resolved once everything is open."""

    def __init__(self, names: Sequence[str], rule: str | None, since: datetime | None, recreate: bool) -> None:
        self.names, self.rule, self.since, self.recreate = names, rule, since, recreate

    def of(self, workspace: Workspace) -> Chosen:
        from pfjira.ops import replay as ops

        if self.recreate:
            return ops.chosen_again(workspace, self.names)
        found = [] if self.names else ops.pick(workspace.store, rule=self.rule, since=self.since)
        return ops.choose(workspace, self.names, found, self.rule)


def _check(
    names: Sequence[str], *, show: bool, cleared: bool, picks: bool, recreate: bool, diff: bool, yes: bool,
    approve: str | None,
) -> None:  # fmt: skip
    """Refuse what cannot be meant together."""
    if cleared and not show:
        raise typer.BadParameter("it goes with --list", param_hint="--cleared")
    if show and (names or recreate or diff or approve):
        raise typer.BadParameter(
            "it takes --rule, --since and --cleared, and names nothing to be done", param_hint="--list"
        )
    if recreate and (picks or not names):
        raise typer.BadParameter(
            "it takes issue keys or KIND/ID, and nothing else says what is meant", param_hint="--recreate"
        )
    if names and picks:
        raise typer.BadParameter("it names letters already; leave out --all, --rule and --since", param_hint="ID")
    if not (show or names or picks):
        raise typer.BadParameter(CHOICES, param_hint="ID")
    if recreate and not (diff or yes or sys.stdin.isatty()):
        raise typer.BadParameter("nobody can be asked here; say --yes", param_hint="--recreate")


def _known_rule(store: Any, places: Any, rule: str) -> None:
    """Refuse a rule that there is not, and that no letter speaks of."""
    from difflib import get_close_matches

    from pfjira.cli.choosing import candidate, rules_in_force

    names = [one.id for one in rules_in_force(store, candidate(places, os.environ)).rules.every]
    if rule not in names:
        near = get_close_matches(rule, names, 1)
        said = f"there is no rule {rule!r}{f', did you mean {near[0]!r}?' if near else ''}"
        raise typer.BadParameter(said, param_hint="--rule")


def _moment(text: str | None) -> datetime | None:
    """Return the moment that `--since` names, in UTC where it does not say."""
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        said = "it is a date or time (2030-01-31, 2030-01-31T08:00), or how long ago (2d, 3h, 30min)"
        raise typer.BadParameter(said, param_hint="--since") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _confirmed(names: Sequence[str]) -> bool:
    from pfjira.cli import output

    output.remark(f"New issues are made in the place of {output.visible(', '.join(names))}, which stays deleted.")
    output.remark("Go on? Type yes:")
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _list(store: Any, *, cleared: bool, rule: str | None, since: datetime | None, as_json: bool) -> None:
    from pfjira.cli import letters, output
    from pfjira.ops.refusals import grouped
    from pfjira.ops.replay import pick
    from pfjira.state import letters as kept

    if cleared:
        over = [one for one in kept.cleared(store) if rule in (None, one.rule, one.rule.partition("/")[0])]
        over = [one for one in over if since is None or datetime.fromisoformat(one.cleared_at) >= since]
        if as_json:
            output.write_json({"cleared": [letters.cleared_document(one) for one in over]})
        else:
            letters.say_cleared(over)
        return
    known = letters.Known.read(store)
    groups = grouped(pick(store, rule=rule, since=since))
    if as_json:
        output.write_json(letters.list_document(groups, known))
    else:
        letters.say_list(groups, known)


def _preview(places: Any, choice: _Choice, options: str, *, as_json: bool) -> None:
    from pfjira.cli import letters, output, plans, progress, reports
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops.permission import verdict
    from pfjira.ops.replay import preview

    with (
        progress.shown(quiet=as_json) as shown,
        open_workspace(places, command="replay", writes=False, progress=shown) as workspace,
    ):
        chosen = choice.of(workspace)
        prepared, unseen = preview(workspace, chosen)
        refusal = verdict(workspace, prepared)
        rules, off = workspace.choice, workspace.off
    if as_json:
        document = plans.plan_document(prepared.plan, refusal) | plans.rules_document(rules, off)
        output.write_json(document | {"letters": letters.numbers(chosen), "not_found": [str(ref) for ref in unseen]})
    else:
        reports.say_rules(rules, off)
        letters.say_not_found(unseen)
        reports.say_plan(prepared.plan, refusal, options, "replay")
    raise typer.Exit(ExitCode.OK if prepared.plan.is_empty and not unseen else ExitCode.DIFFERS)


def _carry_out(places: Any, choice: _Choice, approve: str | None, *, as_json: bool) -> None:
    from pfjira.cli import letters, output, plans, progress, reports
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops.replay import replay as run

    with (
        progress.shown(quiet=as_json) as shown,
        open_workspace(places, command="replay", writes=True, progress=shown) as workspace,
    ):
        chosen = choice.of(workspace)
        done = run(workspace, chosen, approve=approve)
    if as_json:
        output.write_json(letters.replay_document(chosen, done) | {"sync": plans.sync_document(done.report)})
    else:
        reports.say_sync(done.report)
        letters.say_replayed(done)
    raise typer.Exit(ExitCode.DIFFERS if done.differs else ExitCode.OK)


def _repeated(
    names: Sequence[str], everything: bool, rule: str | None, since: str | None, recreate: bool, rules: Any, state: Any
) -> str:
    """Return what must stand in a command to choose the same."""
    flags = [word for word, on in (("--recreate", recreate), ("--all", everything)) if on]
    given = {"--rule": rule, "--since": since, "--rules": rules, "--state": state}
    valued = [f"{name} {quote(str(value))}" for name, value in given.items() if value is not None]
    return "".join(f" {word}" for word in (*flags, *map(quote, names), *valued))
