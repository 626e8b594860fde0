"""A machine that runs the engine in simulated time: its state in memory, requests without sockets, and death at will.

One run costs milliseconds. Nothing here is random and no thread runs: the same calls make the same requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from direct import Direct
from pydantic import SecretStr

from pfjira.cli.exits import exit_code_for
from pfjira.config.rules_yaml import parse_rules
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.errors import PfjiraError
from pfjira.ops.ruleset import Candidate, Choice, record
from pfjira.ops.run import Report
from pfjira.ops.sync import sync
from pfjira.ops.workspace import Scope, Workspace
from pfjira.sandbox.clock import SandboxClock
from pfjira.sandbox.company import PEOPLEFORCE_KEY, SERVICE_EMAIL, SERVICE_TOKEN
from pfjira.sandbox.options import SandboxOptions
from pfjira.sandbox.peopleforce.system import BASE
from pfjira.sandbox.server import Sandbox
from pfjira.state.sqlite import sqlite3
from pfjira.state.store import Store

ADDRESS = "http://127.0.0.1:1"  # nobody listens there, and nobody is asked to
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATENCY_S = 0.2


class Died(BaseException):
    """The process is gone: whatever still runs of it may change nothing."""


@dataclass
class Moments:
    """The moments between which a process may die, counted; at the `deadly` one it does."""

    seen: int = 0
    deadly: int | None = None
    near: str = ""
    """Count only moments that this regular expression finds."""
    dead: bool = False
    where: str = ""

    def meet(self, what: str) -> None:
        """Live through one more moment. Raise Died at the deadly one, and ever after."""
        self.check()
        if self.near and re.search(self.near, what) is None:
            return
        self.seen += 1
        if self.seen == self.deadly:
            self.dead, self.where = True, what
            raise Died(what)

    def check(self) -> None:
        """Raise Died when the process is gone."""
        if self.dead:
            raise Died(self.where)


class MortalStore(Store):
    """A state in memory that outlives its process, and takes nothing from one that is gone."""

    moments: Moments

    @contextmanager
    def write(self) -> Iterator[Store]:
        """Commit as ever; a process may die just before, and just after."""
        self.moments.check()
        with super().write():
            yield self
            self.moments.meet("commit")
        self.moments.meet("committed")

    def run(self, sql: str, parameters: Any = ()) -> int:
        """Execute for the living."""
        self.moments.check()
        return super().run(sql, parameters)

    def run_many(self, sql: str, rows: Any) -> None:
        """Execute for the living."""
        self.moments.check()
        super().run_many(sql, rows)

    def copy(self) -> MortalStore:
        """Return a copy, as a backup makes one."""
        return _copy_of(self)


@cache
def _empty() -> Store:
    store = Store.memory()
    with store.write():
        store.set_meta("salt", "00" * 16)
    return store


def _copy_of(store: Store) -> MortalStore:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    store._connection.backup(connection)
    copy = MortalStore(connection, None)
    copy._set_up()
    copy.path = store.path
    copy.moments = Moments()
    return copy


class Line(Direct):
    """The way to both systems: each request takes a while, and may be the last thing that a process did."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine.sandbox)
        self._machine = machine

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request, with whatever befalls it on the way."""
        machine = self._machine
        said = f"{request.method} {request.url.path}"
        machine.moments.meet(f"send {said}")
        machine.sandbox.clock.advance(LATENCY_S / 2)
        try:
            with machine.befalls(request):
                return super().handle_request(request)
        finally:
            machine.sandbox.clock.advance(LATENCY_S / 2)
            machine.moments.meet(f"answer {said}")


@contextmanager
def nothing(request: httpx.Request) -> Iterator[None]:
    """Let a request pass."""
    yield


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    code: int
    """The exit code; -1 for a process that died."""
    report: Report | None = None
    error: PfjiraError | None = None


@dataclass
class Machine:
    """Runs `sync` against a sandbox whose clock stands still unless it is moved."""

    sandbox: Sandbox
    folder: Path
    choice: Choice
    """The rules; `rules_from` makes it."""
    random: Random = field(default_factory=lambda: Random(0))
    """Spreads the pauses between attempts."""
    bulk: int = 50
    wrong_by: timedelta = timedelta()
    """How far this machine's own clock is ahead."""
    befalls: Callable[[httpx.Request], Any] = nothing
    """A context around each request."""
    moments: Moments = field(default_factory=Moments)
    died_at: str = ""
    """Where the last process died."""

    def __post_init__(self) -> None:
        """Begin without a state."""
        self.store = self.new_store()

    def new_store(self) -> MortalStore:
        """Return a state that knows nothing."""
        store = _copy_of(_empty())
        store.path = self.folder / "state.db"
        return store

    def lose_state(self) -> None:
        """Lose the state file and what lies beside it."""
        self.store = self.new_store()
        (self.folder / "state.db.run").unlink(missing_ok=True)

    def workspace(self) -> Workspace:
        """Return what one run works with, ready made."""
        ways: Mapping[str, Any] = {
            "transport": Line(self),
            "clock": lambda: self.sandbox.clock.now().timestamp(),
            "sleep": self._sleep,
        }
        hr = PeopleForce(PeopleForceConfig(url=ADDRESS + BASE, api_key=SecretStr(PEOPLEFORCE_KEY), rate=0), **ways)
        jira = Jira(
            JiraConfig(
                url=ADDRESS,
                email=SERVICE_EMAIL,
                api_token=SecretStr(SERVICE_TOKEN),
                rate=0,
                concurrency=1,
                bulk_create=self.bulk,
            ),
            **ways,
        )
        workspace = Workspace(
            store=self.store,
            hr=hr,
            tickets=jira,
            rules=self.choice.rules,
            installation="simulated",
            clock=lambda: self.sandbox.clock.now() + self.wrong_by,
            crew=1,
            choice=self.choice,
        )
        record(self.store, self.choice, who="", now=workspace.clock())
        return workspace

    def sync(
        self, *, full: bool = False, approve: str | None = None, deadly: int | None = None, near: str = ""
    ) -> Outcome:
        """Run once; `deadly`: die at this moment, counted from 1 among those that `near` finds."""
        self.moments = self.store.moments = Moments(deadly=deadly, near=near)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pfjira.connectors.crew.ThreadPoolExecutor", OneByOne)
            patch.setattr("pfjira.connectors.repeating.random", self.random)
            try:
                report = sync(self.workspace(), Scope(full=full), approve=approve)
            except PfjiraError as error:
                return Outcome(int(exit_code_for(error)), error=error)
            except Died:
                self.died_at = self.moments.where
                return Outcome(-1)
            finally:
                self.store.moments = Moments()
        return Outcome(int(report.differs), report)

    def _sleep(self, seconds: float) -> None:
        self.moments.check()
        if seconds > 0:
            self.sandbox.clock.advance(seconds)


class OneByOne:
    """A crew of one, who begins nothing before the result of what came before was looked at."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def submit(self, work: Callable[[Any], Any], thing: Any) -> Pending:
        """Take work."""
        return Pending(work, thing)

    def shutdown(self, *_: object, **__: object) -> None:
        """Go home."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Work that is done when its result is asked for."""

    work: Callable[[Any], Any]
    thing: Any

    def result(self) -> Any:
        """Do it."""
        return self.work(self.thing)


@cache
def rules_from(text: str) -> Choice:
    """Return the rules of a text, parsed once."""
    candidate = Candidate("rules.yaml", text)
    return Choice(parse_rules(text), candidate.hash, candidate)


def standing_still(options: SandboxOptions) -> Sandbox:
    """Return a sandbox without sockets, whose clock moves only when it is moved."""
    return Sandbox(options, clock=SandboxClock(stands_at=MORNING))
