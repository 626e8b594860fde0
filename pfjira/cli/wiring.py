"""The composition root: turns environment and flags into a ready workspace. Only the cli may import it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pfjira.cli.choosing import candidate, rules_in_force
from pfjira.cli.journals import open_journal
from pfjira.cli.output import remark
from pfjira.cli.places import Places, open_state
from pfjira.cli.standing import by_hand, role_held, user
from pfjira.config.paths import present, state_file
from pfjira.config.secrets import secret
from pfjira.config.settings import Settings, read_settings
from pfjira.config.variables import time_zone
from pfjira.connectors.address import site_of
from pfjira.connectors.base import PostOffice
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.connectors.target.connector import Targets
from pfjira.engine.fingerprint import Fingerprinter, op_id
from pfjira.engine.rules import RuleSet
from pfjira.errors import ConfigError, ConnectorError
from pfjira.ops.fields import with_field_ids
from pfjira.ops.journal import NoJournal
from pfjira.ops.progress import Progress, Silent
from pfjira.ops.roles import Act, act_of, require
from pfjira.ops.ruleset import record
from pfjira.ops.workspace import Workspace
from pfjira.state import links, outbox, token_age
from pfjira.state.store import Store
from pfjira.state.timetable import PaceFile
from pfjira.state.witness import ADOPTING


def connect(settings: Settings, pace: PaceFile | None = None) -> tuple[PeopleForce, Jira]:
    """Return both connectors; nothing is sent yet. With `pace` they share their rates with other processes."""
    hr, jira, run_s = settings.peopleforce, settings.jira, settings.run.total_seconds()
    return (
        PeopleForce(
            PeopleForceConfig(url=hr.url, api_key=hr.api_key, rate=hr.rate, run_s=run_s),
            timetable=pace.of(f"peopleforce {site_of(hr.url)}") if pace else None,
        ),
        Jira(
            JiraConfig(
                url=jira.url,
                email=jira.email,
                api_token=jira.api_token,
                rate=jira.rate,
                concurrency=jira.concurrency,
                bulk_create=jira.bulk_create,
                run_s=run_s,
            ),
            timetable=pace.of(f"jira {site_of(jira.url)}") if pace else None,
        ),
    )


@contextmanager
def shared_pace(path: Path, *, writes: bool) -> Iterator[PaceFile | None]:
    """Lend the file in which processes share their rates; None where there is no state, so that no trace is left."""
    if not (writes or present(path)):
        yield None
        return
    pace = PaceFile(path, complain=remark)
    try:
        yield pace
    finally:
        pace.close()


@contextmanager
def open_workspace(
    places: Places,
    *,
    command: str,
    writes: bool,
    moved: bool = False,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
    patience_s: float = 0.0,
    refused: Callable[[Workspace, ConnectorError], None] | None = None,
) -> Iterator[Workspace]:
    """Open everything for one command; with `writes`, hold the state's lock meanwhile, waiting so long for another.

    Without, the state is opened read-only; where there is none yet, an empty one stands in and leaves no trace.
    `moved`: a person says that the state's systems have a new address. `refused` is told of a system that refuses
    before the command could begin.
    """
    environment = os.environ if environment is None else environment
    path = state_file(places.state, environment)
    role = role_held(path, environment)
    require(role, Act.ADMINISTER if moved else act_of(command, writes=writes))
    file = candidate(places, environment)
    if not present(path):
        with Store.memory() as nothing:
            rules_in_force(nothing, file)  # a broken file leaves no trace
    settings = read_settings(environment)
    with ExitStack() as stack:
        pace = stack.enter_context(shared_pace(path, writes=writes))
        hr, jira = connect(settings, pace)
        stack.callback(hr.close)
        stack.callback(jira.close)
        opened = open_state(places, command=command, writes=writes, environment=environment, patience_s=patience_s)
        store = stack.enter_context(opened)
        choice = rules_in_force(store, file)
        installation = _installation(store, sites_of(hr, jira), moved=moved)
        journal = open_journal(places, command, environment, stack) if writes else NoJournal()
        workspace = Workspace(
            store=store,
            hr=hr,
            tickets=jira,
            rules=choice.rules,
            installation=installation,
            zone=time_zone(choice.rules.timezone, environment),
            park=settings.park,
            progress=progress or Silent(),
            journal=journal,
            who=user(),
            role=role,
            by_unit=bool(environment.get("INVOCATION_ID")),
            by_hand=command == "sync" and by_hand(path, environment),
            crew=settings.jira.concurrency,
            posts=_posts(choice.rules, environment, stack, settings.run.total_seconds()),
            choice=choice,
        )
        try:
            workspace.rules, workspace.unnamed = with_field_ids(choice.rules, jira)
        except ConnectorError as stop:
            if refused is not None:
                refused(workspace, stop)
            raise
        if writes:
            record(store, choice, who=workspace.who, now=workspace.clock())
            token_age.note(store, token_mark(workspace.store, settings), workspace.clock())
        yield workspace


def token_mark(store: Store, settings: Settings) -> str:
    """Return the keyed fingerprint of the Jira token in use."""
    return Fingerprinter(store.salt).of(settings.jira.api_token.get_secret_value())


def _posts(rules: RuleSet, environment: Mapping[str, str], stack: ExitStack, run_s: float) -> PostOffice | None:
    """Return what sends to the declared targets. Raise SecretMissing, ConfigError; nothing is sent yet."""
    if not rules.targets:
        return None
    origins = {
        target.name: (target.url, secret("target", target.secret, environment) if target.secret else None)
        for target in rules.targets
    }
    office = Targets(origins, now=lambda: datetime.now(UTC), run_s=run_s)
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
