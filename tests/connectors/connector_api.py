"""The HTTP interface of a connector, answered by a function, in time that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from connector_clock import FakeClock

from pfjira.connectors.http import Api


def api_of(
    answers: Callable[[httpx.Request], httpx.Response], clock: FakeClock, *, secret: str = "", **more: Any
) -> Api:
    """Return an interface whose requests are answered by a function; it sends the secret, where there is one."""
    return Api(
        "jira",
        "https://example.test",
        headers={"authorization": secret} if secret else {},
        secrets=(secret,) if secret else (),
        clock=clock,
        sleep=clock.sleep,
        transport=httpx.MockTransport(answers),
        **more,
    )
