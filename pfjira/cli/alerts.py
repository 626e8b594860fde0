"""`alerts list` and `alerts send`: what calls for a person, and whether the call gets through."""

from __future__ import annotations

import os
import socket
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pfjira.cli.options import AsJson, StateFile

if TYPE_CHECKING:
    from pfjira.connectors.target.courier import Courier
    from pfjira.state.store import Store

RUNS = ("", "sync", "sweep", "worker")
"""Units whose failure may be that of the last run; an old systemd does not say which one failed."""
JUST_NOW = timedelta(minutes=5)
"""A run that ended longer ago is not what made a unit fail."""


def list_(as_json: AsJson = False, state: StateFile = None) -> None:
    """Show what calls for a person now."""
    from pfjira.cli import output
    from pfjira.cli.places import Places, open_state
    from pfjira.state import alerts

    with open_state(Places(None, state), command="alerts list", writes=False, environment=os.environ) as store:
        rows: list[dict[str, Any]] = [
            {
                "cause": one.cause.value,
                "subject": one.subject,
                "sentence": one.sentence,
                "since": one.first_at.isoformat(),
                "times": one.times,
                "told": one.told_at.isoformat() if one.told_at else None,
            }
            for one in alerts.open_now(store)
        ]
    if as_json:
        output.write_json(rows)
        return
    for row in rows:
        told = "" if row["told"] else "  (nobody was told yet)"
        output.say(f"{row['since'][:16]} {row['cause']} {output.visible(row['subject'])}{told}", "yellow")
        output.say(f"    {output.visible(row['sentence'])}")
    if not rows:
        output.say("Nothing calls for a person.")


def send(
    failed: Annotated[bool, typer.Option("--failed", help="Say first that a unit failed (for OnFailure=).")] = False,
    test: Annotated[bool, typer.Option("--test", help="Send a test message instead.")] = False,
    state: StateFile = None,
) -> None:
    """Tell people what nobody was told of yet.

    Exit 0: told, or nothing to tell; 69: it did not get through.
    """
    from pfjira.cli.telling import courier

    now = datetime.now(UTC)
    with closing(courier(os.environ)) as messenger:
        _send(messenger, now, state, failed=failed, test=test)


def _send(messenger: Courier, now: datetime, state: Path | None, *, failed: bool, test: bool) -> None:
    from pfjira.cli import output
    from pfjira.cli.places import Places, open_state
    from pfjira.config.paths import state_file
    from pfjira.errors import ConfigError, StateError, Unavailable
    from pfjira.ops.journal import NoJournal
    from pfjira.ops.tell import tell

    if messenger.is_idle:
        raise ConfigError(
            "Nobody is to be told: there is no address for alerts.",
            hint="Set PFJIRA_ALERTS_SLACK, PFJIRA_ALERTS_TELEGRAM or PFJIRA_ALERTS_COMMAND (README: Alerts).",
        )
    lost = Unavailable("Nobody could be told.", hint="Look at the addresses, and at the network; it is tried again.")
    if test:
        way = messenger.tell(f"pfjira on {socket.gethostname()}: a test, all is well.", op=now.isoformat())
        if not way:
            raise lost
        output.say(f"Told by {way}.")
        return
    try:
        with open_state(Places(None, state), command="alerts send", writes=True, environment=os.environ) as store:
            if failed:
                _note_failure(store, now)
            if tell(store, messenger, NoJournal(), host=socket.gethostname(), now=now):
                raise lost
    except StateError as error:
        if failed:
            _tell_without_state(messenger, state_file(state, os.environ), f"a unit failed. {error}", now)
        raise


def _note_failure(store: Store, now: datetime) -> None:
    """Raise the alert of a unit that failed, unless it was a run that raised its own."""
    from pfjira.config.variables import failed_unit
    from pfjira.state import alerts, runs

    unit = failed_unit(os.environ)
    last = runs.last(store) if unit in RUNS else None
    its_own = last is not None and last.ended_at is not None and now - last.ended_at < JUST_NOW
    error = last.error if last is not None and its_own else ""
    if error and any(error in one.sentence for one in alerts.open_now(store)):
        return
    cause = alerts.Cause.UNIT if unit else alerts.Cause.STOPPED
    failed = f"The unit pfjira-{unit} failed" if unit else "A unit failed"
    sentence = f"{failed}: {error}" if error else f"{failed}; the journal says why."
    with store.write():
        alerts.put(store, cause, unit or "unit", sentence, day=now.date().isoformat(), now=now, full=False)


def _tell_without_state(messenger: Courier, path: Path, sentence: str, now: datetime) -> None:
    """Tell, once a day, though no state can remember it: the age of an empty file beside it does."""
    mark = Path(f"{path}.told")
    with suppress(OSError):
        if datetime.fromtimestamp(mark.stat().st_mtime, UTC).date() == now.date():
            return
    if messenger.tell(f"pfjira on {socket.gethostname()}: {sentence}", op=now.isoformat()):
        with suppress(OSError):
            mark.touch(mode=0o600)
