"""`rules lint` and `rules test`: whether a rules file can be used, and does what its author expects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pfjira.cli.exits import ExitCode
from pfjira.cli.options import AsJson, RulesFile

if TYPE_CHECKING:
    from pfjira.engine.rules import RuleSet
    from pfjira.engine.rules_tests import Result
    from pfjira.errors import RulesError

LINT = "rules lint"


def lint(
    live: Annotated[
        bool, typer.Option("--live", help="Ask Jira, too: projects, types, fields, options, moves, permissions.")
    ] = False,
    as_json: AsJson = False,
    rules: RulesFile = None,
) -> None:
    """Check the rules file, without asking anybody unless --live.

    Exit 0: it can be used, 78: it cannot.
    """
    from pfjira.cli import output
    from pfjira.cli.standing import allowed_file
    from pfjira.config.rules_yaml import check_rules, load_rules, read_text

    path = allowed_file(rules, os.environ)
    errors = check_rules(read_text(path), str(path))
    compiled = None if errors else load_rules(path)
    against = _contradictions(compiled) if live and compiled is not None else {}
    if as_json:
        output.write_json(
            {
                "file": str(path),
                "ok": not (errors or against),
                "errors": [_place(error) for error in errors],
                "live": live and compiled is not None,
                "contradictions": [{"rule": rule, "reasons": reasons} for rule, reasons in against.items()],
            }
        )
    else:
        for error in errors:
            output.complain(error, LINT)
        for rule, reasons in against.items():
            for reason in reasons:
                output.say(
                    f"{path}:{_line(compiled, rule)}: {rule}: Jira contradicts it: {output.visible(reason)}", "red"
                )
        if compiled is not None and not against:
            asked = ", and none from Jira" if live else ""
            rules_ = output.counted(len(compiled.rules), "rule")
            output.say(f"{path}: {rules_}, no complaints{asked} (hash {compiled.hash}).", "green")
    raise typer.Exit(ExitCode.CONFIG if errors or against else ExitCode.OK)


def run_file(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Rules file, if not the usual one.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    rules: RulesFile = None,
) -> None:
    """Carry out the file's own `tests:`; no system is asked.

    Exit 0: all pass, 1: what the rules do differs from what is expected, 78: the file cannot be used.
    """
    from pfjira.cli import output
    from pfjira.cli.standing import allowed_file
    from pfjira.config.rules_yaml import load_rules
    from pfjira.engine.rules_tests import run_tests

    path = allowed_file(file or rules, os.environ)
    results = run_tests(load_rules(path))
    failed = [result for result in results if not result.passed]
    if as_json:
        output.write_json({"file": str(path), "ok": not failed, "tests": [_result(result) for result in results]})
    else:
        for result in results:
            _say_result(result, str(path))
        summary = f"{output.counted(len(results), 'test')}, {len(failed)} failed." if results else "no tests."
        output.say(f"{path}: {summary}", "red" if failed else "green" if results else "yellow")
    raise typer.Exit(ExitCode.DIFFERS if failed else ExitCode.OK)


def schema() -> None:
    """Print the JSON Schema of a rules file, for editors.

    They check and complete with it while one writes.
    """
    from pfjira.cli import output
    from pfjira.config.rules_json_schema import rules_schema_document

    output.write_json(rules_schema_document())


def _say_result(result: Result, file: str) -> None:
    from pfjira.cli import output

    if result.passed:
        output.say(f"ok   {output.visible(result.name)}", "green")
        return
    output.say(f"FAIL {output.visible(result.name)}  ({file}:{result.line})", "red")
    for line in sorted({*result.expected} & {*result.got}):
        output.say(f"     = {output.visible(line)}")
    for line in result.missing:
        output.say(f"     - {output.visible(line)}   (expected, and does not happen)", "red")
    for line in result.extra:
        output.say(f"     + {output.visible(line)}   (happens, and is not expected)", "yellow")


def _result(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "line": result.line,
        "ok": result.passed,
        "expected": list(result.expected),
        "got": list(result.got),
        "missing": list(result.missing),
        "extra": list(result.extra),
    }


def _contradictions(rules: RuleSet) -> dict[str, list[str]]:
    """Ask the live site about the rules. Raise ConnectorError when it cannot be asked."""
    from pfjira.cli.wiring import connect
    from pfjira.config.settings import read_settings
    from pfjira.ops.contradicted import demands
    from pfjira.ops.fields import with_field_ids

    hr, jira = connect(read_settings(os.environ))
    try:
        named, unnamed = with_field_ids(rules, jira)
        said = jira.contradictions([one for one in demands(named) if one.rule not in unnamed])
    finally:
        hr.close()
        jira.close()
    found = {rule: [reason] for rule, reason in unnamed.items()} | {
        rule: list(why) for rule, why in said.items() if why
    }
    return {rule.id: found[rule.id] for rule in rules.every if rule.id in found}


def _line(rules: RuleSet | None, rule_id: str) -> int:
    rule = rules.rule(rule_id) if rules is not None else None
    return rule.line if rule is not None else 0


def _place(error: RulesError) -> dict[str, Any]:
    from pfjira.cli import output

    return {"line": error.line, "column": error.column, "message": str(error), "hint": output.hint(error, LINT)}
