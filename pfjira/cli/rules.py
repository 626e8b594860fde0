"""`rules list / history / enable / disable / rollback`: which rules are in force. The file itself is never written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pfjira.cli.options import AsJson, RulesFile, StateFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfjira.engine.rules import Rule, RuleSet
    from pfjira.ops.ruleset import Choice, Off
    from pfjira.state.rule_versions import InForce, Version
    from pfjira.state.store import Store

RuleName = Annotated[str, typer.Argument(metavar="ID", help="Id of a rule, or of a child: PARENT/KEY.")]


def list_(as_json: AsJson = False, rules: RulesFile = None, state: StateFile = None) -> None:
    """List the rules in force and their states; no system is asked."""
    from pfjira.cli import output, reports
    from pfjira.cli.choosing import candidate, rules_in_force
    from pfjira.cli.places import Places, open_state
    from pfjira.ops.contradicted import disabled

    places = Places(rules, state)
    file = candidate(places, os.environ)
    with open_state(places, command="rules list", writes=False, environment=os.environ) as store:
        choice = rules_in_force(store, file)
        off = disabled(store, choice.rules)
    if as_json:
        output.write_json(_list_document(choice, off))
        return
    reports.say_rules(choice, {})
    width = max((len(rule.id) for rule in choice.rules.every), default=0)
    for rule in choice.rules.every:
        word, style = _standing(rule, off)
        reason = f" ({output.visible(off[rule.id].reason)})" if rule.id in off else ""
        output.say(f"{rule.id:{width}}  {rule.kind:10} {rule.make.value:8} {word}{reason}", style)


def history(as_json: AsJson = False, state: StateFile = None) -> None:
    """List the versions that were in force, the newest first."""
    from pfjira.cli import output
    from pfjira.cli.places import Places, open_state
    from pfjira.state import rule_versions

    places = Places(None, state)
    with open_state(places, command="rules history", writes=False, environment=os.environ) as store:
        known, held = rule_versions.versions(store), rule_versions.in_force(store)
    if as_json:
        output.write_json([_version_document(version, held) for version in known])
        return
    for version in known:
        marks = [mark.replace("_", " ") for mark, holds in _marks(version, held).items() if holds]
        line = f"{version.short}  first used {version.first_used_at:%Y-%m-%d %H:%M} UTC, activated by "
        line += f"{output.visible(version.activated_by)}, {output.visible(version.file)}"
        output.say(line + (f"  [{', '.join(marks)}]" if marks else ""), "green" if "in force" in marks else "")
    if not known:
        output.say("No version of the rules was in force yet.")


def disable(
    rule: RuleName,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Reason, for the others.")] = "",
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Switch a rule off. Nothing is planned for it, its issues stay.

    No other rule takes its records meanwhile.
    """
    from pfjira.cli import output
    from pfjira.ops.switches import switch_off

    with _writing(rules, state, "rules disable") as (store, choice, who):
        switch_off(store, _known(rule, choice.rules), who=who, why=why, now=datetime.now(UTC))
    if as_json:
        output.write_json({"rule": rule, "state": "disabled", "who": who, "why": why})
    else:
        output.say(
            f"{rule} is off, with its children if it has any. `pfjira rules enable {rule}` switches it on again."
        )


def enable(rule: RuleName, as_json: AsJson = False, rules: RulesFile = None, state: StateFile = None) -> None:
    """Switch a rule on again that an operator switched off."""
    from pfjira.cli import output
    from pfjira.ops.contradicted import disabled
    from pfjira.ops.switches import switch_on

    with _writing(rules, state, "rules enable") as (store, choice, who):
        changed = switch_on(store, _known(rule, choice.rules), who=who, now=datetime.now(UTC))
        left = disabled(store, choice.rules).get(rule)
    if as_json:
        output.write_json({"rule": rule, "state": "on" if left is None else "off", "changed": changed})
    elif left is None:
        output.say(f"{rule} is on." if changed else f"{rule} was on already.")
    else:
        output.say(f"{rule} stays off: {output.visible(left.reason)}.", "yellow")
        if left.source == "site":
            output.say("  → The next run asks again; it comes back by itself once the site agrees with it.")


def rollback(
    version: Annotated[
        str | None,
        typer.Argument(metavar="[HASH]", help="Version to go back to. [default: the one before]", show_default=False),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let the file count again.")] = False,
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Put an older version of the rules in force.

    The present file is set aside until it changes.
    """
    from pfjira.cli import output
    from pfjira.cli.choosing import candidate
    from pfjira.cli.places import Places, open_state
    from pfjira.cli.standing import user
    from pfjira.ops import ruleset

    if undo and version is not None:
        raise typer.BadParameter("--undo takes no version")
    places = Places(rules, state)
    file = candidate(places, os.environ)
    with open_state(places, command="rules rollback", writes=True, environment=os.environ) as store:
        if undo:
            lifted = ruleset.undo(store, who=user(), now=datetime.now(UTC))
            target = None
        else:
            target = ruleset.go_back(store, file, version, who=user(), now=datetime.now(UTC))
    aside = target is not None and target.hash != file.hash
    if as_json:
        output.write_json({"in_force": target.hash if target else None, "file_set_aside": aside})
    elif target is None:
        output.say(f"The next run takes {file.file} over, if it can be used." if lifted else "No file was set aside.")
    elif not aside:
        output.say(f"Version {target.short} is in force, which is what {file.file} says.")
    else:
        output.say(f"Version {target.short} is in force; {file.file} is set aside until it changes.")
        output.say("  → `pfjira diff` shows what that would do; `pfjira rules rollback --undo` ends it.")


@contextmanager
def _writing(rules: Path | None, state: Path | None, command: str) -> Iterator[tuple[Store, Choice, str]]:
    """Lend the state for writing, the rules in force and the name of who asks."""
    from pfjira.cli.choosing import candidate, rules_in_force
    from pfjira.cli.places import Places, open_state
    from pfjira.cli.standing import user

    places = Places(rules, state)
    file = candidate(places, os.environ)
    with open_state(places, command=command, writes=True, environment=os.environ) as store:
        yield store, rules_in_force(store, file), user()


def _known(name: str, rules: RuleSet) -> str:
    """Return the id of a rule; refuse one that does not exist."""
    from difflib import get_close_matches

    names = [rule.id for rule in rules.every]
    if name not in names:
        near = get_close_matches(name, names, 1)
        raise typer.BadParameter(f"there is no rule {name!r}{f', did you mean {near[0]!r}?' if near else ''}")
    return name


def _standing(rule: Rule, off: Mapping[str, Off]) -> tuple[str, str]:
    """Return the state of a rule in one word, and its colour."""
    held = off.get(rule.id)
    if held is not None:
        return ("contradicted", "red") if held.source == "site" else ("disabled", "yellow")
    return ("shadow", "cyan") if rule.shadow else ("active", "")


def _list_document(choice: Choice, off: Mapping[str, Off]) -> dict[str, Any]:
    from pfjira.cli.plans import rules_document

    return {
        "version": choice.version,
        "hash": choice.rules.hash,
        "file": choice.rules.file,
        **rules_document(choice, off),
        "rules": [
            {
                "id": rule.id,
                "for": rule.kind,
                "make": rule.make.value,
                "in": {"project": rule.project, "type": rule.issue_type} if rule.make.keeps_issue else None,
                "slot": rule.slot,
                "parent": rule.parent,
                "line": rule.line,
                "state": _standing(rule, off)[0],
                "reason": off[rule.id].reason if rule.id in off else "",
            }
            for rule in choice.rules.every
        ],
    }


def _version_document(version: Version, held: InForce | None) -> dict[str, Any]:
    return {
        "version": version.hash,
        "rules": version.rules,
        "file": version.file,
        "first_used_at": version.first_used_at.isoformat(),
        "last_used_at": version.last_used_at.isoformat(),
        "activated_at": version.activated_at.isoformat(),
        "activated_by": version.activated_by,
        **_marks(version, held),
    }


def _marks(version: Version, held: InForce | None) -> dict[str, bool]:
    return {
        "in_force": held is not None and held.hash == version.hash,
        "set_aside": held is not None and held.aside == version.hash,
    }
