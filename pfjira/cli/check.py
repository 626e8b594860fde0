"""`status` and `doctor`: whether all is well, and if not, what is to be done."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from pfjira.cli.exits import ExitCode
from pfjira.cli.options import AsJson, RulesFile, StateFile

if TYPE_CHECKING:
    from pfjira.engine.model import Finding

STALE = timedelta(hours=2)
"""Without a good run for so long, somebody should look."""


def status(as_json: AsJson = False, state: StateFile = None) -> None:
    """Show health in one screen.

    Exit 0: well, 1: somebody should look, 2: broken (as Nagios reads it).
    """
    from dataclasses import replace

    from pfjira.cli import output
    from pfjira.cli.places import looking
    from pfjira.config.paths import present, state_file
    from pfjira.config.variables import token_expires
    from pfjira.ops import reminders
    from pfjira.ops.health import look
    from pfjira.state import rates, runs
    from pfjira.state.store import Store

    path = state_file(state, os.environ)
    there = present(path)
    with looking(path) if there else Store.memory() as store:
        now = datetime.now(UTC)
        health = look(store, now, stale=STALE)
        end = reminders.token_end(store, now, token_expires(os.environ))
        begun = runs.last(store) is not None
        if not there:
            health = replace(health, because="no sync has run yet")
        health = reminders.reminded(health, path, end)
    if as_json:
        requests = {"requests": [one.document() for one in rates.read(path)]}
        output.write_json(health.document() | reminders.document(path, end) | requests | {"state": str(path)})
    else:
        _say_health(health.document(), f"{path}" if there else f"none at {path}")
        if not begun:
            output.say("  → `pfjira sync` makes the first run, `pfjira demo` shows one.")
    raise typer.Exit({"ok": 0, "warning": 1, "critical": 2}[health.verdict])


def _say_health(health: dict[str, Any], state: str) -> None:
    from pfjira.cli import output
    from pfjira.cli.letters import said_of
    from pfjira.cli.reports import DECIDE, MEND_PEOPLE, say_list
    from pfjira.ops import wording

    colour = {"ok": "green", "warning": "yellow", "critical": "red"}[health["verdict"]]
    output.say(f"{health['verdict'].upper()}: {output.visible(health['because'])}", f"bold {colour}")
    width = max(map(len, health["facts"]))
    for name, value in health["facts"].items():
        output.say(f"  {name:{width}}  {output.visible(value)}")
    causes = health["dead_letter_causes"]
    buried = [(wording.record_named(ref), said_of(cause)) for cause in causes for ref in cause["refs"]]
    say_list("  dead letter", buried, width=24)
    if buried:
        output.say("    → pfjira replay --list")
    doubted = [(f"person {person['person']}", person["reason"]) for person in health["people_in_review"]]
    say_list("  in review", doubted, width=24)
    if doubted:
        output.say(f"    → {MEND_PEOPLE}")
        output.say("      pfjira sync --full")
        output.say("    → Or say who it is; this shows who waits, and the accounts that may be meant:")
        output.say("      pfjira people list --review")
        output.say("      pfjira people link HR_ID ACCOUNT")
    open_ = [(f"{c['issue']} {c['field']}", f"both sides moved (record {c['record']})") for c in health["conflicts"]]
    say_list("  conflict", open_, width=24)
    if open_:
        output.say(f"    → {DECIDE}")
    reasons = {"site": "{who} contradicts it: {why}", "operator": "disabled by {who}: {why}"}
    off = [(f"rule {one['rule']}", output.visible(reasons[one["by"]].format_map(one))) for one in health["rules_off"]]
    say_list("  rule off", [(rule, why.removesuffix(": ")) for rule, why in off], width=24)
    calls = [
        (one["cause"], f"{output.visible(one['sentence'])} (since {one['since'][:16]}, {_times(one['times'])})")
        for one in health["alerts"]
    ]
    say_list("  alert", calls, width=24)
    output.say(f"  {'state':22} {state}")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def doctor(as_json: AsJson = False, rules: RulesFile = None, state: StateFile = None) -> None:
    """Look whether everything is well; write nothing.

    That is rules, state, addresses, logins, rights, projects, fields and moves. Exit 0 when all is well, else 78.
    """
    from pfjira.cli import output
    from pfjira.cli.places import Places
    from pfjira.cli.preflight import findings, jira_token
    from pfjira.config.paths import state_file
    from pfjira.ops import reminders

    found = findings(Places(rules, state), os.environ)
    about_token, end = jira_token(Places(rules, state), os.environ)
    found += about_token
    if as_json:
        document = reminders.document(state_file(state, os.environ), end)
        output.write_json({"ok": all(f.ok for f in found), "findings": [_finding(f) for f in found]} | document)
    else:
        for finding in found:
            mark, colour = ("ok  ", "green") if finding.ok else ("FAIL", "red")
            output.say(f"{mark} {finding.subject}: {output.visible(finding.detail)}", colour)
            if not finding.ok and (tip := output.without("doctor", finding.hint)):
                output.say(f"       → {output.visible(tip)}")
    raise typer.Exit(ExitCode.OK if all(f.ok for f in found) else ExitCode.CONFIG)


def _finding(finding: Finding) -> dict[str, object]:
    from pfjira.cli.output import without

    return {
        "subject": finding.subject,
        "ok": finding.ok,
        "detail": finding.detail,
        "hint": without("doctor", finding.hint),
    }
