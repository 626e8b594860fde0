"""Around a run: a sign of life before and after it, and whoever is to be told is told. None of it can fail the run."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from pfjira.cli.exits import ExitCode, exit_code_for
from pfjira.config.secrets import optional
from pfjira.config.settings import alerts_command
from pfjira.connectors.target.courier import Addresses, Courier
from pfjira.errors import PfjiraError
from pfjira.ops.journal import Journal
from pfjira.ops.tell import tell
from pfjira.state.store import Store


def courier(environment: Mapping[str, str]) -> Courier:
    """Return who carries texts to people, as the environment says. Raise ConfigError, SecretMissing."""
    addresses = Addresses(
        slack=optional("alerts", "slack", environment),
        telegram=optional("alerts", "telegram", environment),
        command=alerts_command(environment),
        ping=optional("alerts", "ping", environment),
    )
    return Courier(addresses, now=lambda: datetime.now(UTC))


@contextmanager
def people_told(
    store: Store, journal: Journal, environment: Mapping[str, str], now: Callable[[], datetime]
) -> Iterator[None]:
    """Give signs of life around the block, and tell afterwards what it left to be told."""
    messenger = courier(environment)
    op, code = now().isoformat(), ExitCode.OK
    messenger.ping("start", op=op)
    try:
        yield
    except BaseException as stop:
        code = exit_code_for(stop)
        raise
    finally:
        if code is not ExitCode.LATER:  # paused or rate limited: the next run says how it is
            messenger.ping("success" if code is ExitCode.OK else "fail", op=op + " end")
        if not messenger.is_idle:
            with suppress(PfjiraError):  # a state that cannot be written was complained about already
                tell(store, messenger, journal, host=socket.gethostname(), now=now())
        messenger.close()
