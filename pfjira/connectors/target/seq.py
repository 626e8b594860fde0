"""Seq, the log server: batches of events, one JSON object a line, to its ingestion endpoint.

Two seconds for all of them together: a log server that is slow or away must not slow a run. Nothing is repeated here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import orjson

from pfjira.connectors.address import checked_url, is_sound
from pfjira.connectors.http import Api, Transport
from pfjira.engine.model import Json
from pfjira.errors import ConfigError

BUDGET_S = 2.0
CLEF = "application/vnd.serilog.clef"


class Seq:
    """One Seq server; see `ops.ship.LogServer`."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        transport: Transport | None = None,
    ) -> None:
        """Take note; `api_key` may be empty. Raise ConfigError for an address or a key that cannot be one."""
        checked_url("Seq", url)
        if api_key and not is_sound(api_key):
            raise ConfigError("Seq: the API key holds characters that no key has", hint="look for a pasted line break")
        self._make = partial(
            Api,
            "Seq",
            url,
            headers={"x-seq-apikey": api_key} if api_key else {},
            secrets=[api_key] if api_key else [],
            run_s=BUDGET_S,
            clock=clock,
            sleep=sleep,
            transport=transport,
        )
        self._api: Api | None = None

    def close(self) -> None:
        """Close all connections."""
        if self._api is not None:
            self._api.close()

    def send(self, events: Sequence[Mapping[str, Json]]) -> None:
        """Hand over events, all or none. Raise ConnectorError."""
        if events:
            self._api = self._api or self._make()  # from now on time is counted
            body = b"".join(orjson.dumps(event) + b"\n" for event in events)
            self._api.write("POST", "ingest/clef", content=body, content_type=CLEF, any_body=True)
