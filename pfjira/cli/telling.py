"""Around a run: signs of life, what it cost, and whoever is to be told is told. None of it can fail the run."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime

from pfjira.cli import metrics
from pfjira.cli.exits import ExitCode, exit_code_for
from pfjira.cli.output import remark
from pfjira.config.paths import log_folder
from pfjira.config.secrets import optional
from pfjira.config.variables import alerts_command, metrics_file, seq_url, token_expires
from pfjira.connectors.target.courier import Addresses, Courier
from pfjira.connectors.target.seq import Seq
from pfjira.errors import ConfigError, ConnectorError, Paused, PfjiraError
from pfjira.ops import alerts as raise_alerts
from pfjira.ops.journal import Journal
from pfjira.ops.pulse import keep
from pfjira.ops.reminders import token_end
from pfjira.ops.ship import ship
from pfjira.ops.tell import tell
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import alerts, letters, pause, runs
from pfjira.state.pause import Pause
from pfjira.state.runs import Run
from pfjira.state.store import Store
from pfjira.telemetry import MB, sample


def courier(environment: Mapping[str, str]) -> Courier:
    """Return who carries texts to people, as the environment says. Raise ConfigError, SecretMissing."""
    addresses = Addresses(
        slack=optional("alerts", "slack", environment),
        telegram=optional("alerts", "telegram", environment),
        command=alerts_command(environment),
        ping=optional("alerts", "ping", environment),
    )
    return Courier(addresses, now=lambda: datetime.now(UTC))


def seq(environment: Mapping[str, str]) -> Seq | None:
    """Return the log server, None where there is none. Raise ConfigError, SecretMissing."""
    url = seq_url(environment)
    return Seq(url, optional("seq", "api_key", environment)) if url else None


@contextmanager
def people_told(
    messenger: Courier,
    store: Store,
    journal: Journal,
    environment: Mapping[str, str],
    now: Callable[[], datetime],
    *,
    whole: bool = True,
) -> Iterator[None]:
    """Give signs of life around the block, and tell afterwards what it left to be told.

    What is not `whole` gives none: webhooks that are worked off do not show that the timer lives.
    """
    log_server = seq(environment)
    op, code, sign = now().isoformat(), ExitCode.OK, "success"
    if whole:
        messenger.ping("start", op=op)
    try:
        yield
    except BaseException as stop:
        code = exit_code_for(stop)
        sign = _sign_of_life(code, pause.read(store.path) if isinstance(stop, Paused) else None, now())
        raise
    finally:
        with suppress(PfjiraError):  # a state that cannot be written was complained about already
            _remember(store, environment, code, now())
            raise_alerts.pause_lasts(store, pause.read(store.path), now())
            raise_alerts.token_ends(store, token_end(store, now(), token_expires(environment)), now())
        if code is not ExitCode.INTERRUPTED:  # whoever interrupts waits for nobody: the next run tells
            if whole and sign:
                messenger.ping(sign, op=op + " end")
            if not messenger.is_idle:
                with suppress(PfjiraError):
                    tell(store, messenger, journal, host=socket.gethostname(), now=now())
            if log_server is not None and store.path is not None:
                ship(log_folder(store.path, environment), log_server, journal)
        if log_server is not None:
            log_server.close()


def _sign_of_life(code: ExitCode, held: Pause | None, now: datetime) -> str:
    """Return how a run that stopped is told to the switch that waits for signs of life; empty where it is not.

    Whoever paused on purpose is not to be called for it, and whoever forgot that he did, is.
    """
    if code is not ExitCode.LATER:
        return "fail"
    return "success" if held is not None and not held.is_long(now) else ""


def tell_of_refusal(
    messenger: Courier, environment: Mapping[str, str], workspace: Workspace, stop: ConnectorError
) -> None:
    """Raise and tell the alert of a run that was refused before it could begin; raise the refusal."""
    with people_told(messenger, workspace.store, workspace.journal, environment, workspace.clock):
        raise_alerts.stopped(workspace, stop, Scope())
        raise stop


def _remember(store: Store, environment: Mapping[str, str], code: ExitCode, now: datetime) -> None:
    """Keep what the run cost, and write the figures where somebody collects them."""
    assert store.path is not None
    run = runs.last(store)
    spent = asdict(sample(store.path.parent))
    if run is not None and run.ended_at is not None:
        spent["elapsed_s"] = (run.ended_at - run.started_at).total_seconds()
        spent["writes"] = float(sum(count for name, count in run.counts.items() if name != "looked_at"))
    kept = keep(store, "sync", spent, now)
    if path := metrics_file(environment):
        try:
            metrics.write(path, _figures(store, kept, run, code))
        except ConfigError as error:
            remark(f"{error} {error.hint}")


def _figures(store: Store, kept: Mapping[str, float | None], run: Run | None, code: ExitCode) -> dict[str, float]:
    good = runs.last(store, only="exit_code IN (0, 1)")
    figures = {
        "last_run_timestamp_seconds": run.ended_at.timestamp() if run and run.ended_at else None,
        "last_good_run_timestamp_seconds": good.ended_at.timestamp() if good and good.ended_at else None,
        "last_exit_code": float(code or (run.exit_code if run and run.exit_code else 0)),
        "run_seconds": kept.get("elapsed_s"),
        "run_cpu_seconds": kept["cpu_s"],
        "run_memory_bytes": (kept["memory_mb"] or 0.0) * MB,
        "writes": kept.get("writes"),
        "open_writes": kept["open"],
        "dead_letters": float(len(letters.every(store))),
        "conflicts": float(len(letters.conflicts(store))),
        "alerts": float(len(alerts.open_now(store))),
    }
    return {name: value for name, value in figures.items() if value is not None}
