"""Service requests: where they are made, and that each is sent once; against a small desk that behaves as section 9."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from connector_clock import FakeClock

from pfjira.connectors.base import Draft, RequestType
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.engine.model import Desired, Json, ValueKind
from pfjira.errors import Forbidden, OutcomeUnknown, RateLimited, Rejected, Unavailable

DOCUMENT = {"type": "doc", "version": 1, "content": []}
BASE = "/rest/servicedeskapi"
FIELDS = [
    {"fieldId": "summary", "name": "What", "required": True},
    {"fieldId": "description", "name": "Why", "required": False},
    {"fieldId": "customfield_1", "name": "Office", "required": True, "defaultValues": [{"value": "1", "label": "A"}]},
    {"fieldId": "customfield_2", "name": "Team", "required": True, "visible": False, "presetValues": []},
    {"fieldId": "duedate", "name": "When", "required": True},
]


class SmallDesk:
    """Two service projects and three request types, one row a page; remembers what was sent."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.sent: list[Json] = []
        self.answer: httpx.Response | Exception = created()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        path = request.url.path.removeprefix("/ex/jira/cloud").removeprefix(BASE)
        self.asked.append(f"{request.method} {path}")
        match path.split("/")[1:]:
            case ["request"]:
                self.sent.append(orjson.loads(request.content))
                if isinstance(self.answer, Exception):
                    raise self.answer
                return self.answer
            case ["servicedesk"]:
                return page(request, [{"id": "4", "projectKey": "OTHER"}, {"id": "10", "projectKey": "HELP"}])
            case ["servicedesk", "10", "requesttype"]:
                names = {"24": "Chair", "25": "Laptop", "26": "laptop ", "27": "Phone", "28": "phone"}
                return page(request, [{"id": number, "name": name} for number, name in names.items()])
            case ["servicedesk", "10", "requesttype", "25", "field"]:
                return reply({"requestTypeFields": FIELDS, "canRaiseOnBehalfOf": True})
        return httpx.Response(404)


def reply(payload: Json, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps(payload))


def created() -> httpx.Response:
    return reply({"issueId": "10170", "issueKey": "HELP-7", "requestTypeId": "25"}, 201)


def page(request: httpx.Request, rows: list[Json]) -> httpx.Response:
    start = int(request.url.params["start"])
    return reply({"values": rows[start : start + 1], "start": start, "isLastPage": start + 1 >= len(rows)})


def connected(clock: FakeClock, desk: SmallDesk, url: str = "https://x.test") -> Jira:
    config = JiraConfig.model_validate({"url": url, "email": "a@x.test", "api_token": "tok", "rate": 0})
    return Jira(config, clock=clock, sleep=clock.sleep, transport=httpx.MockTransport(desk))


def draft(*values: Desired, request: str = "Laptop", raise_for: str | None = None) -> Draft:
    summary = Desired("summary", ValueKind.TEXT, "Laptop for Anna Kowalska")
    return Draft("a" * 20, "HELP", request, (summary, *values), raise_for=raise_for)


@pytest.mark.parametrize("request_name", ["Laptop", "LAPTOP", "25"])
def test_a_request_type_is_found_by_name_or_id(clock: FakeClock, request_name: str) -> None:
    """Over all pages of desks and types; what the form fills itself is not required."""
    found = connected(clock, SmallDesk()).request_type("help", request_name)

    fields = frozenset({"summary", "description", "customfield_1", "customfield_2", "duedate"})
    assert RequestType("10", "25", "help", fields, frozenset({"summary", "duedate"})) == found


@pytest.mark.parametrize(
    ("project", "request_name", "expected"),
    [
        ("HR", "Laptop", "jira: HR is no service project that this login sees; it sees OTHER, HELP"),
        ("HELP", "Lapdog", "jira: service project HELP has no request type Lapdog; it has Chair, Laptop"),
        ("HELP", "phone", "jira: service project HELP has several request types phone; use the id"),
    ],
)
def test_what_is_not_there_is_refused(clock: FakeClock, project: str, request_name: str, expected: str) -> None:
    """With a sentence that says what there is."""
    with pytest.raises(Rejected) as caught:
        connected(clock, SmallDesk()).request_type(project, request_name)

    assert str(caught.value).startswith(expected)


def test_a_site_without_service_desks_is_told(clock: FakeClock) -> None:
    """There the whole interface is not there."""
    config = JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": "t", "rate": 0})
    nowhere = httpx.MockTransport(lambda request: httpx.Response(404))

    with pytest.raises(Rejected) as caught:
        Jira(config, clock=clock, sleep=clock.sleep, transport=nowhere).request_type("HELP", "25")

    assert "the site has no service desks" in str(caught.value)


@pytest.mark.parametrize("url", ["https://x.test", "https://x.test/ex/jira/cloud/"])
def test_a_request_is_sent_once_in_the_desks_form(clock: FakeClock, url: str) -> None:
    """Fields as those of an issue, documents with their flag, no label and no property; also behind the gateway."""
    desk = SmallDesk()
    values = (
        Desired("description", ValueKind.HTML, DOCUMENT),
        Desired("customfield_1", ValueKind.OPTION, "Lviv"),
        Desired("duedate", ValueKind.TEXT, None),
    )

    made = connected(clock, desk, url).create_request(draft(*values, raise_for="acc-1"))

    expected = {
        "serviceDeskId": "10",
        "requestTypeId": "25",
        "requestFieldValues": {
            "summary": "Laptop for Anna Kowalska",
            "description": DOCUMENT,
            "customfield_1": {"value": "Lviv"},
        },
        "isAdfRequest": True,
        "raiseOnBehalfOf": "acc-1",
    }
    assert ((("10170", "HELP-7"),), [expected]) == (made.issues, desk.sent)


def test_a_plain_request_says_no_more_than_it_must(clock: FakeClock) -> None:
    """The flag for documents is experimental, so it travels only where there are any."""
    desk = SmallDesk()

    connected(clock, desk).create_request(draft())

    assert {"serviceDeskId", "requestTypeId", "requestFieldValues"} == set(desk.sent[0])


def test_the_labels_of_a_rule_travel_where_they_are_wished(clock: FakeClock) -> None:
    """Our own label comes with the mark, because few forms have labels."""
    desk = SmallDesk()

    connected(clock, desk).create_request(draft(Desired("labels", ValueKind.LABELS, {"add": ["laptop"]})))

    assert ["laptop"] == desk.sent[0]["requestFieldValues"]["labels"]


def test_names_are_looked_up_once(clock: FakeClock) -> None:
    """The second request of a sort is one request."""
    desk = SmallDesk()
    jira = connected(clock, desk)
    jira.create_request(draft())
    before = len(desk.asked)

    jira.create_request(draft())

    assert ["POST /request"] == desk.asked[before:]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"errorMessage": "Fill in summary."}, "Fill in summary."),
        ({"errorMessage": "Laptop for Anna Kowalska is no title"}, "… is no title"),
        (
            {"i18nErrorMessage": {"i18nKey": "sd.request.create.error.required.fields", "parameters": ["Anna"]}},
            "sd.request.create.error.required.fields",
        ),
        ({}, "no reason given"),
    ],
)
def test_a_refusal_is_told_without_values(clock: FakeClock, payload: Json, expected: str) -> None:
    """In the draft's place, as for an issue; and names are looked up anew the next time."""
    desk = SmallDesk()
    desk.answer = reply(payload, 400)
    jira = connected(clock, desk)

    refused = jira.create_request(draft()).refused["a" * 20]
    before = len(desk.asked)
    jira.create_request(draft())

    assert (f"jira: POST request: refused (400): {expected}", 400) == (str(refused), refused.status)
    assert ("GET /servicedesk", True) == (desk.asked[before], "Anna" not in str(refused))


LOST: list[Any] = [httpx.ReadTimeout("late"), httpx.RemoteProtocolError("cut"), httpx.Response(503), reply({}, 201)]


@pytest.mark.parametrize("answer", [*LOST, reply({"issueId": "1"}, 201), httpx.Response(201, content=b"<html>")])
def test_a_lost_answer_is_unknown_and_not_sent_again(clock: FakeClock, answer: Any) -> None:
    """The API has no key that would make a second one harmless."""
    desk = SmallDesk()
    desk.answer = answer

    with pytest.raises(OutcomeUnknown) as caught:
        connected(clock, desk).create_request(draft())

    assert (1, False) == (len(desk.sent), "Anna" in str(caught.value))


@pytest.mark.parametrize(
    ("answer", "error"),
    [(httpx.ConnectError("no"), Unavailable), (httpx.Response(429), RateLimited), (httpx.Response(403), Forbidden)],
)
def test_what_was_surely_not_done_is_told_so(clock: FakeClock, answer: Any, error: type[Exception]) -> None:
    """And still it is sent only once."""
    desk = SmallDesk()
    desk.answer = answer

    with pytest.raises(error) as caught:
        connected(clock, desk).create_request(draft())

    assert (error, 1) == (type(caught.value), len(desk.sent))


def test_a_pause_that_one_interface_was_asked_for_holds_for_both(clock: FakeClock) -> None:
    """They are one site under one limit."""
    desk = SmallDesk()
    desk.answer = httpx.Response(429, headers={"retry-after": "7"})
    jira = connected(clock, desk)
    with pytest.raises(RateLimited):
        jira.create_request(draft())
    before = clock.now

    with pytest.raises(Exception, match="GET myself"):
        jira.check_login()

    assert clock.now - before >= 7
