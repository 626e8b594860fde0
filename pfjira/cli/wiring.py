"""The composition root: turns environment and flags into a ready workspace. Only the cli may import it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pfjira.config.paths import log_folder, present, rules_file, state_file
from pfjira.config.role import role_word
from pfjira.config.rules_yaml import parse_rules, read_text
from pfjira.config.secrets import secret
from pfjira.config.settings import Settings, log_level, read_settings, time_zone
from pfjira.connectors.base import PostOffice
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.connectors.target.connector import Targets
from pfjira.engine.fingerprint import op_id
from pfjira.engine.rules import RuleSet
from pfjira.errors import ConfigError, RulesError
from pfjira.log import Log
from pfjira.ops.fields import with_field_ids
from pfjira.ops.journal import Journal, NoJournal
from pfjira.ops.progress import Progress, Silent
from pfjira.ops.roles import Act, act_of, require, role_named
from pfjira.ops.ruleset import Candidate, Choice, choose, record
from pfjira.ops.workspace import Workspace
from pfjira.state import links, outbox
from pfjira.state.locks import sole_writer
from pfjira.state.store import Store
from pfjira.state.witness import ADOPTING


@dataclass(frozen=True, slots=True)
class Places:
    """Where the command line says things are; None leaves it to the environment."""

    rules: Path | None = None
    state: Path | None = None


def connect(settings: Settings) -> tuple[PeopleForce, Jira]:
    """Return both connectors; nothing is sent yet."""
    hr, jira = settings.peopleforce, settings.jira
    return (
        PeopleForce(PeopleForceConfig(url=hr.url, api_key=hr.api_key, rate=hr.rate)),
        Jira(
            JiraConfig(
                url=jira.url,
                email=jira.email,
                api_token=jira.api_token,
                rate=jira.rate,
                concurrency=jira.concurrency,
                bulk_create=jira.bulk_create,
            )
        ),
    )


def candidate(places: Places, environment: Mapping[str, str]) -> Candidate:
    """Read the rules file that the command line and the environment name. Raise RulesError when there is none."""
    path = rules_file(places.rules, environment)
    try:
        return Candidate(str(path), read_text(path))
    except RulesError as error:
        if not path.is_file():  # which rules are meant, nobody can say
            raise
        return Candidate(str(path), None, error)


def rules_in_force(store: Store, file: Candidate) -> Choice:
    """Return the rules that are in force: those of the file where nothing is against it."""
    return choose(store, file, parse_rules)


@contextmanager
def open_state(places: Places, *, command: str, writes: bool, environment: Mapping[str, str]) -> Iterator[Store]:
    """Open the state alone; with `writes`, hold its lock meanwhile, else an empty one stands in where there is none."""
    path = state_file(places.state, environment)
    require(role_named(role_word(environment)), act_of(command, writes=writes, values=False))
    with ExitStack() as stack:
        if writes:
            store = Store.prepared(path, lambda: stack.enter_context(sole_writer(path, command)))
        else:
            store = Store.open(path, read_only=True) if present(path) else Store.memory()
        yield stack.enter_context(store)


@contextmanager
def open_workspace(
    places: Places,
    *,
    command: str,
    writes: bool,
    moved: bool = False,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Workspace]:
    """Open everything for one command; with `writes`, hold the state's lock meanwhile.

    Without, the state is opened read-only; where there is none yet, an empty one stands in and leaves no trace.
    `moved`: a person says that the state's systems have a new address.
    """
    environment = os.environ if environment is None else environment
    require(role_named(role_word(environment)), Act.ADMINISTER if moved else act_of(command, writes=writes))
    file = candidate(places, environment)
    if not present(state_file(places.state, environment)):
        with Store.memory() as nothing:
            rules_in_force(nothing, file)  # a broken file leaves no trace
    settings = read_settings(environment)
    with ExitStack() as stack:
        hr, jira = connect(settings)
        stack.callback(hr.close)
        stack.callback(jira.close)
        store = stack.enter_context(open_state(places, command=command, writes=writes, environment=environment))
        choice = rules_in_force(store, file)
        installation = _installation(store, sites_of(hr, jira), moved=moved)
        rules, unnamed = with_field_ids(choice.rules, jira)
        journal = _journal(places, command, environment, stack) if writes else NoJournal()
        workspace = Workspace(
            store=store,
            hr=hr,
            tickets=jira,
            rules=rules,
            installation=installation,
            zone=time_zone(rules.timezone, environment),
            park=settings.park,
            progress=progress or Silent(),
            journal=journal,
            who=user(),
            role=role_named(role_word(environment)),
            by_hand=command == "sync" and role_word(environment) is not None,
            crew=settings.jira.concurrency,
            posts=_posts(rules, environment, stack),
            choice=choice,
            unnamed=unnamed,
        )
        if writes:
            record(store, choice, who=workspace.who, now=workspace.clock())
        yield workspace


def _journal(places: Places, command: str, environment: Mapping[str, str], stack: ExitStack) -> Journal:
    """Return the log that a writing command keeps."""
    folder = log_folder(state_file(places.state, environment), environment)
    log = Log(folder, command, level=log_level(environment), to_journald=_is_journald(environment))
    stack.callback(log.close)
    return log


def _is_journald(environment: Mapping[str, str]) -> bool:
    """Say whether stderr is systemd's journal (the variable alone may be inherited)."""
    try:
        stream = os.fstat(2)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


def _posts(rules: RuleSet, environment: Mapping[str, str], stack: ExitStack) -> PostOffice | None:
    """Return what sends to the declared targets. Raise SecretMissing, ConfigError; nothing is sent yet."""
    if not rules.targets:
        return None
    origins = {
        target.name: (target.url, secret("target", target.secret, environment) if target.secret else None)
        for target in rules.targets
    }
    office = Targets(origins, now=lambda: datetime.now(UTC))
    stack.callback(office.close)
    return office


def other_pair(store: Store, sites: str) -> ConfigError | None:
    """Return what to say of a state file that belongs to another pair of systems; None where it is ours or free."""
    held = store.meta("sites")
    # An address that was mistyped at the first attempt must not bind the file: nothing has come of it yet.
    if held in (None, sites) or not (links.count(store) or outbox.unfinished(store)):
        return None
    return ConfigError(
        f"The state file belongs to another pair of systems ({held}), not to {sites}.",
        hint="Another pair needs a state file of its own (PFJIRA_STATE); if these are the same systems under a new "
        "address, run `pfjira sync --moved` once.",
    )


def sites_of(hr: PeopleForce, jira: Jira) -> str:
    """Return what names this pair of systems."""
    return f"{hr.site()} {jira.site()}"


def _installation(store: Store, sites: str, *, moved: bool) -> str:
    """Return the id of this pair of systems, and refuse a state file that belongs to another pair.

    The id is made from the first addresses and stays when they change: the marks of all issues were made with it.
    """
    foreign = other_pair(store, sites)
    if foreign is not None and not moved:
        raise foreign
    known = store.meta("installation") if foreign is not None or store.meta("sites") == sites else None
    installation = known or op_id(sites)
    if not store.read_only and (store.meta("sites"), store.meta("installation")) != (sites, installation):
        with store.write():
            store.set_meta("sites", sites)
            store.set_meta("installation", installation)
            if foreign is not None:
                # Should it be another pair after all, nothing is written before a person saw what would be.
                store.set_meta(ADOPTING, "yes")
    return installation


def user() -> str:
    """Return the name of the operating-system user, for the audit."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
