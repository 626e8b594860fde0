"""A client of the sandbox that adds nothing of its own: what it sends is what a test says, what it returns is all."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pfjira.sandbox.company import PEOPLEFORCE_KEY
from pfjira.sandbox.peopleforce.system import BASE
from pfjira.sandbox.server import Sandbox


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)


class PlainClient:
    """One kept-alive connection; it repeats nothing and follows nothing."""

    def __init__(self, sandbox: Sandbox, base: str, headers: dict[str, str]) -> None:
        self.sandbox = sandbox
        self._connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
        self._base = base
        self.headers = headers

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        """Send one request; `None` parameters are left out. Raise what http.client raises."""
        chosen = {name: value for name, value in query.items() if value is not None}
        target = self._base + path + ("?" + urlencode(chosen, doseq=True) if chosen else "")
        payload = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, **({"Content-Type": "application/json"} if payload is not None else {})}
        try:
            self._connection.request(method, target, payload, headers)
            reply = self._connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def get(self, path: str, **query: Any) -> Answer:
        """Send a GET."""
        return self.send("GET", path, **query)

    def sweep(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return the rows of every page that the nested counters announce."""
        rows: list[dict[str, Any]] = []
        page = pages = 1
        while page <= pages:
            body = self.get(path, page=page, **query).json()
            rows += body["data"]
            pages = body["metadata"]["pagination"]["pages"]
            page += 1
        return rows

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        self._connection.close()


@contextmanager
def peopleforce_client(sandbox: Sandbox) -> Iterator[PlainClient]:
    """Lend a client that holds the right key."""
    client = PlainClient(sandbox, BASE, {"X-API-KEY": PEOPLEFORCE_KEY})
    try:
        yield client
    finally:
        client.close()
