"""Telling people: Slack, Telegram when Slack does not answer, then a command of the house; and dead-man pings.

Addresses are secrets here (whoever has one may post). It must never fail a run: what could not be told is said by the
return value, and stays to be told.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pfjira.connectors.http import Transport
from pfjira.connectors.target.connector import Targets
from pfjira.errors import ConfigError, ConnectorError

LONGEST_S = 8.0
"""Nobody waits longer for a messenger."""
TELEGRAM = "https://api.telegram.org"


@dataclass(frozen=True, slots=True)
class Addresses:
    """How people are told; empty where a way is not used."""

    slack: str = ""
    """Address of an incoming webhook."""
    telegram: str = ""
    """Bot token and chat id, separated by a space; a third word is the address of a Bot API of your own."""
    command: str = ""
    """A program and its arguments; the text comes on its standard input. No shell is involved."""
    ping: str = ""
    """Address of a dead-man switch; `/start` and `/fail` are appended as Healthchecks.io has it."""


class Courier:
    """Carries texts to people, and signs of life to a dead-man switch."""

    def __init__(
        self,
        addresses: Addresses,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        transport: Transport | None = None,
    ) -> None:
        """Prepare, without connecting. Raise ConfigError for an address that is none."""
        origins: dict[str, tuple[str, str | None]] = {}
        self._chat = ""
        self._command = shlex.split(addresses.command)
        if addresses.slack:
            origins["slack"] = addresses.slack, None
        if addresses.telegram:
            token, self._chat, api = _telegram(addresses.telegram)
            origins["telegram"] = f"{api}/bot{token}/sendMessage", None
        if addresses.ping:
            base = addresses.ping.rstrip("/")
            origins |= {f"ping {what}": (base + path, None) for what, path in PINGS.items()}
        self._ways = [name for name in ("slack", "telegram") if name in origins]
        self._pings = bool(addresses.ping)
        self._posts = Targets(origins, now=now, sleep=sleep, transport=transport, deadline_s=LONGEST_S)

    @property
    def is_idle(self) -> bool:
        """Whether nobody is to be told at all."""
        return not (self._ways or self._command)

    def close(self) -> None:
        """Close all connections."""
        self._posts.close()

    def tell(self, text: str, *, op: str) -> str:
        """Tell people; return the way it went, empty where all failed. A later way is for the failure of the first."""
        for way in self._ways:
            body = {"text": text} if way == "slack" else {"chat_id": self._chat, "text": text}
            with suppress(ConnectorError):
                self._posts.post(way, body, op=op)
                return way
        if self._command:
            with suppress(OSError, subprocess.SubprocessError):
                subprocess.run(  # noqa: S603  # the owner's own command, without a shell
                    self._command, input=text.encode(), timeout=LONGEST_S, check=True, env=_plain_environment(),
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                return "command"
        return ""

    def ping(self, what: str, *, op: str) -> None:
        """Give a sign of life: start, success or fail. A switch that does not answer is no trouble of the run."""
        if self._pings:
            with suppress(ConnectorError):
                self._posts.post(f"ping {what}", None, op=op)


PINGS = {"start": "/start", "success": "", "fail": "/fail"}


def _telegram(text: str) -> tuple[str, str, str]:
    token, _, rest = text.strip().partition(" ")
    chat, _, api = rest.strip().partition(" ")
    if not (token and chat):
        raise ConfigError(
            "The Telegram secret is not `TOKEN CHAT`.",
            hint="Write the bot's token, a space, the chat's id.",
        )
    return token, chat, api.strip().rstrip("/") or TELEGRAM


def _plain_environment() -> dict[str, str]:
    """Return what a foreign program needs to know: no credential of ours."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TZ")}
