"""What each failure of a conversation means to those who asked."""

from __future__ import annotations

import inspect
import socket
import threading
import traceback
from typing import Any

import httpx
import pytest
from connector_api import api_of
from connector_clock import FakeClock

from pfjira.connectors.http import FOREIGN, NOT_SENT, Api
from pfjira.errors import (
    BadReply,
    ConnectorError,
    Forbidden,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Stale,
    Unauthorized,
    Unavailable,
)

SECRET = "very-secret-key"
NAME = "Anna Kowalska"
QUERY = {"q": NAME}
JSON = {"content-type": "application/json"}

HTTPX_ERRORS = sorted(
    (
        error
        for _, error in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(error, Exception) and error.__module__.startswith("httpx")
    ),
    key=lambda error: error.__name__,
)


def api_answering(clock: FakeClock, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Api:
    """Return an interface that always gets the same answer."""
    return api_of(lambda request: httpx.Response(status, content=body, headers=headers or JSON), clock, secret=SECRET)


def read(api: Api) -> Any:
    """Read something."""
    return api.get("issue/1", QUERY, said="issue/{id}")


def repeat(api: Api) -> Any:
    """Change something that may be changed twice."""
    return api.write("PUT", "issue/1", {"a": NAME}, said="issue/{id}", repeatable=True)


def once(api: Api) -> Any:
    """Create something."""
    return api.write("POST", "issue", {"fields": {"summary": NAME}})


@pytest.mark.parametrize(
    ("status", "body", "on_read", "on_repeatable", "on_create"),
    [
        (400, b'{"errors": {"duedate": "bad"}}', Rejected, Rejected, Rejected),
        (401, b"Client must be authenticated", Unauthorized, Unauthorized, Unauthorized),
        (403, b"{}", Forbidden, Forbidden, Forbidden),
        (404, b"<html>", Missing, Missing, Missing),
        (408, b"", Unavailable, Unavailable, OutcomeUnknown),
        (409, b"{}", Stale, Stale, Stale),
        (410, b"{}", Rejected, Rejected, Rejected),
        (413, b"{}", Rejected, Rejected, Rejected),
        (422, b"[]", Rejected, Rejected, Rejected),
        (429, b"", RateLimited, RateLimited, RateLimited),
        (500, b"", Unavailable, Unavailable, OutcomeUnknown),
        (503, b"<html>", Unavailable, Unavailable, OutcomeUnknown),
        (302, b"", BadReply, BadReply, OutcomeUnknown),
        (200, b"<html><body>Log in</body></html>", BadReply, BadReply, OutcomeUnknown),
        (200, b'{"cut":', BadReply, BadReply, OutcomeUnknown),
        (200, b"[" * 100_000, BadReply, BadReply, OutcomeUnknown),
        (200, b'{"a": NaN}', BadReply, BadReply, OutcomeUnknown),
    ],
)
def test_each_status_has_one_meaning(
    clock: FakeClock,
    status: int,
    body: bytes,
    on_read: type[ConnectorError],
    on_repeatable: type[ConnectorError],
    on_create: type[ConnectorError],
) -> None:
    """An answer is sorted the same way each time: sure no, or unknown where a create may have happened."""
    meanings = []
    for act in (read, repeat, once):
        with pytest.raises(ConnectorError) as caught:
            act(api_answering(clock, status, body))
        meanings.append(caught.type)

    assert [on_read, on_repeatable, on_create] == meanings


@pytest.mark.parametrize("error", HTTPX_ERRORS, ids=lambda error: error.__name__)
def test_every_httpx_error_is_mapped(clock: FakeClock, error: type[Exception]) -> None:
    """Whatever httpx raises leaves the connector as one of ours; only what was never sent is a sure no for a create."""

    def fail(request: httpx.Request) -> httpx.Response:
        problem = error.__new__(error)
        Exception.__init__(problem, f"{SECRET} {request.url}")
        raise problem

    with pytest.raises(ConnectorError) as on_read:
        read(api_of(fail, clock, secret=SECRET))
    with pytest.raises(ConnectorError) as on_create:
        once(api_of(fail, clock, secret=SECRET))

    expected = Unavailable if issubclass(error, NOT_SENT) else OutcomeUnknown
    assert (True, Unavailable, expected) == (issubclass(error, FOREIGN), on_read.type, on_create.type)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 422, 429, 500])
def test_no_secret_and_no_value_reaches_a_message_or_a_traceback(clock: FakeClock, status: int) -> None:
    """Not even when the system repeats what it was sent."""
    body = (
        f'{{"message": "{SECRET} is bad", "errors": {{"summary": "{NAME} <anna@example.com> is too long"}}'
    ).encode() + (b"" if status == 200 else b"}")
    shown = ""
    for act in (read, repeat, once):
        with pytest.raises(ConnectorError) as caught:
            act(api_answering(clock, status, body))
        fields = getattr(caught.value, "fields", "")
        shown += "".join(traceback.format_exception(caught.value)) + f"{caught.value!r} {caught.value.hint} {fields}"

    assert [] == [secret for secret in (SECRET, "Kowalska", "anna@", "example.test") if secret in shown]


def test_an_error_carries_no_request_behind_it(clock: FakeClock) -> None:
    """Those of httpx hold the request and so the credential: ours have no cause and no context."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(OutcomeUnknown) as caught:
        once(api_of(fail, clock, secret=SECRET))

    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


def test_a_refusal_names_its_fields(clock: FakeClock) -> None:
    """What the system said stays with the field it said it about."""
    body = b'{"errorMessages": ["Field \'priority\' is required"], "errors": {"duedate": "Enter a date"}}'

    with pytest.raises(Rejected) as caught:
        once(api_answering(clock, 400, body))

    assert (400, {"duedate": "Enter a date"}) == (caught.value.status, caught.value.fields)
    assert "jira: POST issue: refused (400): Field 'priority' is required; duedate: Enter a date" == str(caught.value)


def test_a_403_names_the_right_that_is_missing(clock: FakeClock) -> None:
    """The next thing to try is in the hint."""
    with pytest.raises(Unauthorized) as caught:
        api_answering(clock, 403, b"{}").get("user/search", right="browse users and groups")

    assert "the login lacks a right: browse users and groups" == caught.value.hint


def test_row_39_a_dropped_login_is_not_an_empty_list(clock: FakeClock) -> None:
    """Jira may answer a login that got lost as if for a stranger: 200 and nothing to see."""
    api = api_answering(clock, 200, b"[]", {**JSON, "x-seraph-loginreason": "AUTHENTICATED_FAILED"})

    with pytest.raises(Unauthorized):
        read(api)


def test_a_redirect_is_not_followed(clock: FakeClock) -> None:
    """The credential goes to the configured origin only."""
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"location": "https://evil.test/"})

    with pytest.raises(BadReply):
        read(api_of(elsewhere, clock, secret=SECRET))

    assert ["example.test"] == asked


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b'{"errors": {}}'])
def test_an_accepted_refusal_is_sure_whatever_its_body(clock: FakeClock, body: bytes) -> None:
    """A 400 that is a web page is still a 400: nothing was made, and nobody has to look it up."""
    answer = api_answering(clock, 400, body).write("POST", "issue", {}, accept=(400,))

    assert (400, {"errors": {}} if body.endswith(b"}}") else None) == (answer.status, answer.json)


def test_a_success_may_be_without_a_body(clock: FakeClock) -> None:
    """204 is what most writes answer."""
    answer = repeat(api_answering(clock, 204))

    assert (204, None) == (answer.status, answer.json)


def test_the_systems_clock_is_kept(clock: FakeClock) -> None:
    """The `Date` of the last answer is the system's own time, in UTC."""
    api = api_answering(clock, 200, b"{}", {**JSON, "date": "Tue, 24 Nov 2026 22:24:34 GMT"})
    before = api.server_time

    read(api)

    assert api.server_time is not None
    assert (None, "2026-11-24T22:24:34+00:00") == (before, api.server_time.isoformat())


def test_values_that_are_no_json_are_refused_before_they_are_sent(clock: FakeClock) -> None:
    """A lone surrogate cannot travel; nothing is sent and nobody has to look it up."""
    with pytest.raises(Rejected):
        api_answering(clock, 200, b"{}").write("POST", "issue", {"a": "\ud800"})


def test_row_39_a_failed_handshake_is_a_sure_no(clock: FakeClock) -> None:
    """Nothing of the request leaves before the other side has proved who it is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        api = Api("jira", url, headers={}, secrets=(), clock=clock, sleep=clock.sleep)

        with pytest.raises(Unavailable):
            once(api)

        thread.join()
        api.close()


def test_row_39_nobody_listening_is_a_sure_no(clock: FakeClock) -> None:
    """A refused connection: no create has happened, and a read is tried again before it is given up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    api = Api("jira", f"http://127.0.0.1:{port}", headers={}, secrets=(), clock=clock, sleep=clock.sleep)

    for act, pauses in ((once, 0), (read, 3)):
        with pytest.raises(Unavailable):
            act(api)
        assert pauses == len([seconds for seconds in clock.slept if seconds])
    api.close()


def test_a_proxy_is_for_the_world_outside(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is used for a site, never for this machine itself."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(4096).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        for url in ("http://127.0.0.1:9", "https://site.invalid"):
            api = Api("jira", url, headers={}, secrets=(), clock=clock, sleep=clock.sleep)
            with pytest.raises(Unavailable):
                once(api)
            api.close()
        thread.join()

    assert [b"CONNECT site.invalid:443 HTTP/1.1"] == asked
