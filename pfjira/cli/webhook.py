"""`webhook-serve`: receive the deliveries of webhooks, and keep what they say should be looked at."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pfjira.cli.options import RulesFile, StateFile

if TYPE_CHECKING:
    import socket

    from pfjira.cli.places import Places
    from pfjira.engine.fingerprint import Fingerprinter
    from pfjira.engine.rules import RuleSet
    from pfjira.ops.journal import Fact, Journal
    from pfjira.state.store import Store
    from pfjira.webhook.serve import Receiving


def webhook_serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes any free one.")] = 8787,
    uds: Annotated[Path | None, typer.Option("--uds", metavar="PATH", help="Listen at a local socket instead.")] = None,
    descriptor: Annotated[
        list[int] | None,
        typer.Option("--fd", min=0, help="Listen at a socket that was opened already, by its number; may be repeated."),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--ssl-certfile", metavar="FILE", help="Certificate, to speak TLS itself.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--ssl-keyfile", metavar="FILE", help="Its key.")] = None,
    hook: Annotated[
        list[str] | None,
        typer.Option("--hook", metavar="NAME", help="Serve this hook only; may be repeated. [default: all]"),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option("--proxy", metavar="ADDRESS", help="A proxy that may say for whom it asks; may be repeated."),
    ] = None,
    rate: Annotated[float, typer.Option(min=0, help="Requests per second of one address that do not sign.")] = 20.0,
    connections: Annotated[int, typer.Option(min=4, max=10_000, help="Connections at once.")] = 64,
    work: Annotated[
        bool, typer.Option("--work", help="Start `pfjira sync --pending` whenever something came, in another process.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="DIR", help="Keep the shape of each body there, without values.")
    ] = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Receive webhooks: verify, store, answer.

    /hooks/peopleforce, /hooks/jira, /hooks/NAME of each source, /health. Exit 78 without a secret for each.
    """
    from pfjira.cli.hooks import hooks
    from pfjira.cli.journals import open_journal
    from pfjira.cli.places import Places
    from pfjira.config.paths import state_file
    from pfjira.state import inbox
    from pfjira.state.store import Store
    from pfjira.telemetry import sample
    from pfjira.webhook import sockets
    from pfjira.webhook.app import Receiver
    from pfjira.webhook.rates import Buckets
    from pfjira.webhook.record import Recorder
    from pfjira.webhook.serve import Limits, Receiving
    from pfjira.webhook.writer import LOCKED_S, Writer

    if (certificate is None) != (key is None):
        raise typer.BadParameter("a certificate needs its key, and a key its certificate", param_hint="--ssl-certfile")
    places = Places(rules, state)
    declared, prints = _prepared(places)
    served = hooks(declared, os.environ, prints, hook or ())
    path = state_file(state, os.environ)
    listeners = _listeners(host, port, uds, descriptor or ())
    with ExitStack() as stack:
        if uds is not None:
            stack.callback(uds.unlink, missing_ok=True)
        if work:
            from pfjira.cli.worker import work_beside

            raise typer.Exit(work_beside(listeners, path, sys.argv[1:], os.environ))
        journal = _Aloud(open_journal(places, "webhook-serve", os.environ, stack))
        writer = Writer(
            lambda: Store.open(path, patience_s=LOCKED_S),
            clock=_now,
            wake=lambda: inbox.raise_flag(path),
            measure=lambda: sample(path.absolute().parent),
        )
        receiver = Receiver(
            served,
            writer,
            clock=_now,
            buckets=Buckets(rate, 2 * rate),
            proxies=proxy or (),
            record=Recorder(record).keep if record else None,
            journal=journal,
        )
        where = ", ".join(sockets.named(one, secure=certificate is not None) for one in listeners)
        server = Receiving(
            receiver.app(),
            writer,
            limits=Limits(connections),
            certificate=(certificate, key) if certificate and key else None,
            ready=lambda: journal.note("receiver.started", where=where, hooks=", ".join(served)),
        )
        if until_eof:
            threading.Thread(target=_stop_at_eof, args=(server,), daemon=True).start()
        server.serve_on(listeners)
        journal.note("receiver.stopped")


class _Aloud:
    """The log, and what whoever looks on should see, said once where both are not the same."""

    def __init__(self, log: Journal) -> None:
        from pfjira.cli.journals import is_journald

        self._log, self._says = log, not is_journald(os.environ)

    def note(self, event: str, **facts: Fact) -> None:
        """Write down one event."""
        from pfjira.cli import output
        from pfjira.ops.journal import EVENTS

        self._log.note(event, **facts)
        level, sentence = EVENTS[event]
        if self._says and level != "DEBUG":
            said = sentence.format_map(facts)
            output.remark(output.visible(f"{said[:1].upper()}{said[1:]}."))


def _stop_at_eof(server: Receiving) -> None:
    """Stop when whoever started this process is no more."""
    while os.read(0, 1):  # not through sys.stdin: its lock would be held while the interpreter ends
        pass
    server.should_exit = True


def _now() -> datetime:
    return datetime.now(UTC)


def _prepared(places: Places) -> tuple[RuleSet, Fingerprinter]:
    """Return the rules in force, and what makes this state's fingerprints; the state is made where there is none."""
    from pfjira.cli.choosing import candidate, rules_in_force
    from pfjira.cli.places import open_state
    from pfjira.config.paths import present, state_file
    from pfjira.engine.fingerprint import Fingerprinter
    from pfjira.errors import SchemaTooNew, StateDamaged, StateError, StateUnwritable

    def read(store: Store) -> tuple[RuleSet, Fingerprinter]:
        return rules_in_force(store, candidate(places, os.environ)).rules, Fingerprinter(store.salt)

    if present(state_file(places.state, os.environ)):
        try:
            with open_state(places, command="webhook-serve", writes=False, environment=os.environ) as store:
                return read(store)
        except (SchemaTooNew, StateDamaged, StateUnwritable):
            raise
        except StateError:
            pass  # of an older version: opening it for writing brings it up to date
    with open_state(places, command="webhook-serve", writes=True, environment=os.environ) as store:
        return read(store)


def _listeners(host: str, port: int, uds: Path | None, descriptors: Sequence[int]) -> list[socket.socket]:
    """Return where to listen: what was asked for, or what the service manager opened, or the port."""
    from pfjira.webhook import sockets

    if descriptors:
        return [sockets.inherited(one) for one in descriptors]
    if uds is not None:
        return [sockets.at_path(uds)]
    return sockets.handed_over(os.environ, os.getpid()) or [sockets.at_port(host, port)]
