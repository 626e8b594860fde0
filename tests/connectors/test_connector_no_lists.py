"""A network that lies or fails is an error on both sides, and never a list without rows."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import httpx
import pytest
from connector_clock import FakeClock

from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.errors import BadReply, ConnectorError, Unavailable

HTML = {"content-type": "text/html"}
JSON = {"content-type": "application/json"}


def _fails(cause: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(str(cause), request=request) from cause

    return answer


def _says(status: int, body: bytes, headers: dict[str, str]) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(status, content=body, headers=headers)


TROUBLES: dict[str, tuple[Callable[[httpx.Request], httpx.Response], type[ConnectorError]]] = {
    "certificate expired": (_fails(ssl.SSLCertVerificationError("certificate has expired")), Unavailable),
    "name unknown": (_fails(socket.gaierror("Name or service not known")), Unavailable),
    "no route": (_fails(OSError("Network is unreachable")), Unavailable),
    "captive portal": (_says(200, b"<html><body>Welcome to the hotel</body></html>", HTML), BadReply),
    "captive portal that says JSON": (_says(200, b"<html>Welcome</html>", JSON), BadReply),
    "captive portal that redirects": (_says(302, b"", {"location": "http://portal.test/"}), BadReply),
    "captive portal by the book": (_says(511, b"<html>Log in</html>", HTML), Unavailable),
    "an empty page": (_says(200, b"", HTML), BadReply),
    "a proxy's text": (_says(200, b"OK", {"content-type": "text/plain"}), BadReply),
    "an object without rows": (_says(200, b"{}", JSON), BadReply),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_row_39_a_broken_way_is_never_an_empty_list(clock: FakeClock, name: str) -> None:
    """Tasks, people, a search and a bulk read: each raises what it is, and yields nothing before."""
    answer, error = TROUBLES[name]
    transport = httpx.MockTransport(answer)
    hr = PeopleForceConfig.model_validate({"url": "https://x.test", "api_key": "k", "rate": 0})
    peopleforce = PeopleForce(hr, clock=clock, sleep=clock.sleep, transport=transport)
    site = JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": "t", "rate": 0})
    jira = Jira(site, clock=clock, sleep=clock.sleep, transport=transport)
    reads: tuple[Callable[[], object], ...] = (
        lambda: next(peopleforce.scan("task", "open")),
        lambda: next(peopleforce.scan("employee", "all")),
        lambda: next(jira.changed_since(None, "pfjira")),
        lambda: jira.fetch_many(["1"], ()),
        lambda: jira.highest_key("ITOPS"),
    )

    raised = []
    for read in reads:
        with pytest.raises(ConnectorError) as caught:
            read()
        raised.append(caught.type)

    assert [error] * len(reads) == raised
