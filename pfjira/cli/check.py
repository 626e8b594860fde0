"""`status`, `doctor` and `rules lint`: whether all is well, and if not, what is to be done."""

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
    """Show health in one screen. Exit 0: well, 1: somebody should look, 2: broken (as Nagios reads it)."""
    from pfjira.cli import output
    from pfjira.config.paths import state_file
    from pfjira.ops.health import look
    from pfjira.state.store import Store

    path = state_file(state, os.environ)
    if not path.exists():
        output.write_json({"verdict": "unknown", "state": str(path)}) if as_json else output.say(
            f"No sync has run yet: there is no state at {path}.\n  → Run `pfjira sync`, or `pfjira demo` to see one."
        )
        raise typer.Exit(2)
    with Store.open(path, read_only=True) as store:
        health = look(store, datetime.now(UTC), stale=STALE)
    if as_json:
        output.write_json(health.document() | {"state": str(path)})
    else:
        _say_health(health.document(), path)
    raise typer.Exit({"ok": 0, "warning": 1, "critical": 2}[health.verdict])


def _say_health(health: dict[str, Any], path: object) -> None:
    from pfjira.cli import output

    colour = {"ok": "green", "warning": "yellow", "critical": "red"}[health["verdict"]]
    output.say(f"{health['verdict'].upper()}: {health['because']}", f"bold {colour}")
    for name, value in health["facts"].items():
        output.say(f"  {name:22} {output.visible(value)}")
    for letter in health["dead_letters"]:
        output.say(f"  dead letter            {letter['ref']}: {letter['action']}: {output.visible(letter['reason'])}")
    for person in health["people_in_review"]:
        output.say(f"  person in review       {person['person']}: {person['reason']}")
    for conflict in health["conflicts"]:
        output.say(f"  conflict               {conflict['issue']} {conflict['field']} (task {conflict['record']})")
    output.say(f"  state                  {path}")


def doctor(as_json: AsJson = False, rules: RulesFile = None, state: StateFile = None) -> None:
    """Look whether addresses, logins, rights, projects and fields are well. Writes nothing. Exit 0 when all is."""
    from pfjira.cli import output
    from pfjira.cli.preflight import findings
    from pfjira.cli.wiring import Places

    found = findings(Places(rules, state), os.environ)
    if as_json:
        output.write_json({"ok": all(f.ok for f in found), "findings": [_finding(f) for f in found]})
    else:
        for finding in found:
            mark, colour = ("ok  ", "green") if finding.ok else ("FAIL", "red")
            output.say(f"{mark} {finding.subject}: {output.visible(finding.detail)}", colour)
            if finding.hint and not finding.ok:
                output.say(f"       → {output.visible(finding.hint)}")
    raise typer.Exit(ExitCode.OK if all(f.ok for f in found) else ExitCode.CONFIG)


def _finding(finding: Finding) -> dict[str, object]:
    return {"subject": finding.subject, "ok": finding.ok, "detail": finding.detail, "hint": finding.hint}


def lint(as_json: AsJson = False, rules: RulesFile = None) -> None:
    """Check the rules file without asking anybody. Exit 0: it can be used, 78: it cannot."""
    from pfjira.cli import output
    from pfjira.config.paths import rules_file
    from pfjira.config.rules_yaml import check_rules, load_rules, read_text

    path = rules_file(rules, os.environ)
    errors = check_rules(read_text(path), str(path))
    if as_json:
        places = [{"line": e.line, "column": e.column, "message": str(e), "hint": e.hint} for e in errors]
        output.write_json({"file": str(path), "ok": not errors, "errors": places})
    elif errors:
        for error in errors:
            output.complain(error)
    else:
        compiled = load_rules(path)
        output.say(f"{path}: {len(compiled.rules)} rules, no complaints (hash {compiled.hash}).", "green")
    raise typer.Exit(ExitCode.CONFIG if errors else ExitCode.OK)
