"""What `doctor` looks at, from the inside out: rules, settings, SQLite, state, and then both systems."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from pfjira.cli.choosing import candidate, rules_in_force
from pfjira.cli.output import counted
from pfjira.cli.places import Places, open_state
from pfjira.cli.preflight_hooks import webhooks
from pfjira.cli.preflight_machine import egress, machine, roles_here
from pfjira.cli.wiring import connect, other_pair, shared_pace, sites_of, token_mark
from pfjira.config.paths import present, state_file
from pfjira.config.settings import read_settings
from pfjira.config.variables import time_zone, token_expires
from pfjira.connectors.base import HrSystem, TicketSystem
from pfjira.engine.model import Finding
from pfjira.engine.rules import Make, RuleSet
from pfjira.errors import ConfigError, PfjiraError, StateError
from pfjira.ops.contradicted import demands
from pfjira.ops.fields import with_field_ids
from pfjira.ops.reminders import SOON_DAYS, WHERE, TokenEnd, token_end
from pfjira.ops.wording import several
from pfjira.state.place import refuse_full, refuse_unfit
from pfjira.state.sqlite import sqlite_is_safe, sqlite_version
from pfjira.state.store import Store


def findings(places: Places, environment: Mapping[str, str]) -> list[Finding]:
    """Return one finding per subject; a failure ends only what depends on it."""
    found: list[Finding] = []
    rules: RuleSet | None = None
    try:
        rules, finding = _rules(places, environment)
        found.append(finding)
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
    path = state_file(places.state, environment)
    state = _state(path)
    found += [state, roles_here(path, environment)]
    if state.ok:
        found += machine(path, environment, datetime.now(UTC))
        found += webhooks(path, environment)
    stack = ExitStack()
    try:
        pace = stack.enter_context(shared_pace(path, writes=False)) if state.ok else None
        settings = read_settings(environment)
        hr, jira = connect(settings, pace)
    except PfjiraError as error:
        return [*found, _failed("settings", error)]
    stack.callback(hr.close)
    stack.callback(jira.close)
    found.append(egress(settings, rules, environment))
    with stack:
        if state.ok:
            found += _pair(path, sites_of(hr, jira))
        found += hr.check()
        if rules is not None:
            try:
                rules, unknown = with_field_ids(rules, jira)
                found += [
                    Finding(f"fields of {rule}", False, why, "Correct the name, or use the field's id.")
                    for rule, why in unknown.items()
                ]
            except PfjiraError as error:
                found.append(_failed("fields", error))
            found += _streams(hr, rules)
            makers = [rule for rule in rules.every if rule.make is Make.ISSUE and rule.issue_type]
            targets = {
                (rule.project, rule.issue_type, move.to, move.resolution)
                for rule in makers
                for move in (rule.close, rule.cancel)
                if move is not None
            }
            found += jira.check({(rule.project, rule.issue_type) for rule in makers}, rules.issue_fields, targets)
            found += _contradictions(jira, rules, {rule.id for rule in makers})
    return found


def jira_token(places: Places, environment: Mapping[str, str]) -> tuple[list[Finding], TokenEnd | None]:
    """Return whether the Jira token ends soon, and when."""
    try:
        written, settings = token_expires(environment), read_settings(environment)
        with open_state(places, command="doctor", writes=False, environment=environment) as store:
            end = token_end(store, datetime.now(UTC), written, mark=token_mark(store, settings))
    except ConfigError as error:
        return ([_failed("Jira token", error)] if "TOKEN_EXPIRES" in str(error) else []), None
    except StateError:
        return [], None  # said by its own finding
    if end is None:
        return [Finding("Jira token", True, "not used by a sync yet; a token ends a year after it was made")], None
    return [Finding("Jira token", end.days_left > SOON_DAYS, end.sentence(), f"In time, {WHERE}.")], end


def _streams(hr: HrSystem, rules: RuleSet) -> Iterator[Finding]:
    """Look whether each sort of record that the rules read, tasks apart, is shown to the key."""
    for stream in rules.streams:
        if stream == "task" or stream.startswith("hook."):
            continue
        try:
            page = next(hr.scan(stream, hr.sections(stream)[0]), None)
        except PfjiraError as error:
            yield _failed(f"PeopleForce {several(stream)}", error)
            continue
        if page is None or page.count is None:
            yield Finding(f"PeopleForce {several(stream)}", True, "the list can be read")
        else:
            yield Finding(f"PeopleForce {several(stream)}", True, f"the list can be read ({page.count} rows)")


def _contradictions(jira: TicketSystem, rules: RuleSet, looked_at: Collection[str]) -> Iterator[Finding]:
    """Say what the site contradicts of the rules that were not looked at yet: requests, sub-tasks, groups, deeds."""
    rest = [demand for demand in demands(rules) if demand.rule not in looked_at]
    try:
        said = jira.contradictions(rest) if rest else {}
    except PfjiraError as error:
        yield _failed("Jira and the other rules", error)
        return
    for rule, reasons in said.items():
        yield Finding(f"rule {rule}", False, "; ".join(reasons), "Correct the rule, or the site.")
    if rest and not said:
        yield Finding("Jira and the other rules", True, "the site has what they need")


def _rules(places: Places, environment: Mapping[str, str]) -> tuple[RuleSet, Finding]:
    """Return the rules that are in force, and whether they are those of the file. Raise RulesError."""
    file = candidate(places, environment)
    try:
        with open_state(places, command="doctor", writes=False, environment=environment) as store:
            choice = rules_in_force(store, file)
    except StateError:  # said by its own finding
        with Store.memory() as store:
            choice = rules_in_force(store, file)
    rules = choice.rules
    if choice.error is not None:
        return rules, Finding("rules", False, choice.notes[0], choice.error.hint)
    detail = " ".join([f"{counted(len(rules.rules), 'rule')} in {rules.file}", *choice.notes])
    return rules, Finding("rules", True, detail)


def _state(path: Path) -> Finding:
    try:
        if not present(path):
            return _place_for(path)
        with Store.open(path, read_only=True) as store:
            store.check()
    except PfjiraError as error:
        return _failed("state", error)
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            return Finding("state", False, f"{place} cannot be written", "Check the owner and the mode.")
    private = not path.stat().st_mode & 0o077
    return Finding("state", private, f"{path} is intact", f"Others can read it: chmod 600 {path}")


def _place_for(path: Path) -> Finding:
    """Say whether the first sync can make the state file, and the folders above it that are missing."""
    refuse_unfit(path)
    refuse_full(path)
    folder = next(place for place in path.absolute().parents if place.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding("state", True, f"none yet; the first sync makes {path}")
    hint = "Check the owner and the mode, or choose another place with PFJIRA_STATE."
    return Finding("state", False, f"there is none yet, and {folder} does not let us make {path}", hint)


def _pair(path: Path, sites: str) -> list[Finding]:
    """Say so when the state belongs to another pair of systems."""
    if not present(path):
        return []
    with Store.open(path, read_only=True) as store:
        error = other_pair(store, sites)
    return [] if error is None else [_failed("state", error)]


def _failed(subject: str, error: PfjiraError) -> Finding:
    return Finding(subject, False, str(error), error.hint)
