"""What `doctor` looks at, from the inside out: rules, settings, SQLite, state, and then both systems."""

from __future__ import annotations

from collections.abc import Mapping

from pfjira.cli.wiring import Places, connect, rules_for
from pfjira.config.paths import state_file
from pfjira.config.settings import read_settings, time_zone
from pfjira.engine.model import Finding
from pfjira.engine.rules import Make, RuleSet
from pfjira.errors import PfjiraError
from pfjira.ops.fields import with_field_ids
from pfjira.state.store import Store, sqlite_is_safe, sqlite_version


def findings(places: Places, environment: Mapping[str, str]) -> list[Finding]:
    """Return one finding per subject; a failure ends only what depends on it."""
    found: list[Finding] = []
    rules: RuleSet | None = None
    try:
        rules = rules_for(places, environment)
        found.append(Finding("rules", True, f"{len(rules.rules)} rules in {rules.file}"))
        time_zone(rules.timezone, environment)
    except PfjiraError as error:
        found.append(_failed("rules", error))
    found.append(
        Finding(
            "SQLite",
            sqlite_is_safe(),
            f"version {sqlite_version()}",
            "Install pysqlite3: this version can corrupt a database that several processes write.",
        )
    )
    found.append(_state(places, environment))
    try:
        hr, jira = connect(read_settings(environment))
    except PfjiraError as error:
        return [*found, _failed("settings", error)]
    try:
        found += hr.check()
        if rules is not None:
            try:
                rules = with_field_ids(rules, jira)
            except PfjiraError as error:
                found.append(_failed("fields", error))
            makers = [rule for rule in rules.rules if rule.make is Make.ISSUE]
            found += jira.check({(rule.project, rule.issue_type) for rule in makers}, rules.issue_fields)
    finally:
        hr.close()
        jira.close()
    return found


def _state(places: Places, environment: Mapping[str, str]) -> Finding:
    path = state_file(places.state, environment)
    if not path.exists():
        return Finding("state", True, f"none yet; the first sync makes {path}")
    try:
        with Store.open(path, read_only=True) as store:
            store.check()
    except PfjiraError as error:
        return _failed("state", error)
    private = not path.stat().st_mode & 0o077
    return Finding("state", private, f"{path} is intact", f"Others can read it: chmod 600 {path}")


def _failed(subject: str, error: PfjiraError) -> Finding:
    return Finding(subject, False, str(error), error.hint)
