"""The site itself: login, limits, what it says about its own configuration, and people at its pages."""

from __future__ import annotations

from typing import Any

import pytest
from jira_site import ANNA, Site, draft

from pfjira.sandbox.wire import Request


@pytest.mark.parametrize("login", [None, "sync@example.com:wrong", "anna@example.com:sandbox-token"])
def test_a_wrong_login_is_refused_in_plain_text(login: str | None) -> None:
    """401 with the header that names the reason."""
    site = Site()
    site.login = login

    reply = site.reply("GET", "myself")

    assert (401, b"Client must be authenticated to access this resource.") == (reply.status, reply.body)
    assert "AUTHENTICATED_FAILED" == reply.headers["X-Seraph-LoginReason"]


def test_a_refusal_may_be_json() -> None:
    """The other form that was seen; an expired token is refused like a wrong one."""
    site = Site(bad_login="json", token_expired=True)

    assert (401, 401) == (site.call("GET", "myself")[0], site.call("GET", "myself")[1]["status-code"])


def test_a_dropped_login_can_look_like_an_empty_site() -> None:
    """The anonymous view: empty lists, 404, and only `myself` tells the truth."""
    site = Site(anonymous="empty")
    key = site.make(labels=["pfjira"])
    site.login = None

    assert (200, {"issues": [], "isLast": True}) == site.call("POST", "search/jql", {"jql": "labels = pfjira"})
    assert (200, []) == site.call("GET", "user/search", query="anna")
    assert 404 == site.call("GET", f"issue/{key}")[0]
    assert 400 == site.call("POST", "issue", draft())[0]
    assert 401 == site.call("GET", "myself")[0]


def test_unknown_paths_and_methods_are_problems() -> None:
    """404 and 405 in the other error form."""
    site = Site()

    missing, wrong = site.unchecked("GET", "issue/HR-1/no-such-thing"), site.unchecked("PATCH", "myself")

    assert (404, "No endpoint GET /rest/api/3/issue/HR-1/no-such-thing.") == (missing.status, missing.body["detail"])
    assert (405, True) == (wrong.status, wrong.content_type.startswith("application/problem+json"))


def test_bodies_must_be_json() -> None:
    """415 for another type, 400 for what cannot be parsed, without an `errors` member."""
    site = Site()
    key = site.make()

    def put(sent: bytes, kind: str) -> tuple[int, Any]:
        headers = {"content-type": kind, "authorization": site.authorization()}
        reply = site.system.answer(Request("PUT", f"/rest/api/3/issue/{key}", {}, headers, sent))
        return reply.status, reply.body

    text = "There was an error parsing JSON. Check that your request body is valid."
    assert (400, {"errorMessages": [text]}) == put(b"{", "application/json")
    assert 400 == put(b"[]", "application/json")[0]
    assert 415 == put(b"{}", "text/plain")[0]


def test_the_gateway_address_leads_to_the_same_site() -> None:
    """`/ex/jira/{cloudId}` in front of the path is understood."""
    site = Site()
    path = "/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/myself"

    reply = site.system.answer(Request("GET", path, {}, {"authorization": site.authorization()}, b""))

    assert (True, 200) == (site.system.owns(path), reply.status)
    assert not site.system.owns("/api/public/v3/employees")


def test_a_scoped_token_is_good_behind_the_gateway_only() -> None:
    """The same token is 401 on the site's own address."""
    site = Site(scoped_token=True)
    path = "/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/myself"

    behind = site.system.answer(Request("GET", path, {}, {"authorization": site.authorization()}, b""))

    assert (401, 200) == (site.call("GET", "myself")[0], behind.status)


def test_every_answer_tells_what_is_left() -> None:
    """The rate headers are there before anything is refused."""
    headers = Site().reply("GET", "myself").headers

    assert {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "99"} == {
        name: value for name, value in headers.items() if name.startswith("X-RateLimit")
    }


def test_a_burst_is_refused_per_endpoint_and_method() -> None:
    """429 with reason and wait; other endpoints go on; time heals."""
    site = Site(burst_per_s=1.0, burst_size=3)

    statuses = [site.call("GET", "myself")[0] for _ in range(4)]
    reply = site.reply("GET", "myself")

    assert [200, 200, 200, 429] == statuses
    assert ("1", "0", "jira-burst-based") == (
        reply.headers["Retry-After"],
        reply.headers["X-RateLimit-Remaining"],
        reply.headers["RateLimit-Reason"],
    )
    assert 200 == site.call("GET", "field")[0]
    site.clock.advance(1.1)
    assert 200 == site.call("GET", "myself")[0]


def test_a_limited_request_may_have_been_done() -> None:
    """That a 429 means undone is inferred only: the switch makes it a lie."""
    site = Site(burst_per_s=1.0, burst_size=1, limited_is_done=True)

    assert [201, 429] == [site.call("POST", "issue", draft())[0] for _ in range(2)]
    assert 2 == len(site.system.issues)


@pytest.mark.parametrize(("switch", "header"), [("absent", None), ("zero", "0")])
def test_a_refusal_may_not_say_how_long(switch: str, header: str | None) -> None:
    """Some 429s carry no `Retry-After`, some carry 0."""
    site = Site(burst_per_s=1.0, burst_size=1, retry_after=switch)
    site.call("GET", "myself")

    assert header == site.reply("GET", "myself").headers.get("Retry-After")


def test_one_issue_takes_twenty_writes_in_two_seconds() -> None:
    """The twenty-first is refused undone; other issues and reads go on."""
    site = Site()
    key, other = site.make(), site.make()

    def write(target: str, number: int) -> int:
        return site.call("PUT", f"issue/{target}", {"fields": {"summary": f"n{number}"}})[0]

    assert [204] * 20 + [429] == [write(key, n) for n in range(21)]
    assert "n19" == site.fields(key, "summary")["summary"]
    assert 204 == write(other, 0)
    site.clock.advance(2.1)
    assert 204 == write(key, 21)


def test_the_create_screen_of_a_project() -> None:
    """Required fields, allowed values, defaults, page sizes; the member name is switchable."""
    body = Site().call("GET", "issue/createmeta/STRICT/issuetypes/10002", maxResults=200)[1]
    fields = {entry["fieldId"]: entry for entry in body["fields"]}

    required = {name for name, entry in fields.items() if entry["required"]}
    assert {"project", "issuetype", "summary", "customfield_10060"} == required
    assert ["CC-100", "CC-200"] == [value["value"] for value in fields["customfield_10060"]["allowedValues"]]
    assert ("labels" in fields, fields["priority"]["hasDefaultValue"], len(fields)) == (False, True, body["total"])
    path = "issue/createmeta/HR/issuetypes/10003"
    renamed = Site(createmeta_member="results").call("GET", path, startAt=1, maxResults=2)[1]
    assert (2, 1) == (len(renamed["results"]), renamed["startAt"])
    assert 404 == Site().call("GET", "issue/createmeta/NOPE/issuetypes")[0]
    assert 404 == Site().call("GET", "issue/createmeta/HR/issuetypes/1")[0]


def test_what_the_caller_may_do() -> None:
    """Permissions by name; an unknown or missing name is refused."""
    site = Site(may_edit=False)
    body = site.call("GET", "mypermissions", permissions="CREATE_ISSUES,EDIT_ISSUES,ADMINISTER", projectKey="HR")[1]

    assert {"CREATE_ISSUES": True, "EDIT_ISSUES": False, "ADMINISTER": False} == {
        name: entry["havePermission"] for name, entry in body["permissions"].items()
    }
    assert [400, 400] == [
        site.call("GET", "mypermissions")[0],
        site.call("GET", "mypermissions", permissions="FLY")[0],
    ]


def test_statuses_have_two_vocabularies() -> None:
    """`statuses/search` says TODO where issues say new."""
    site = Site()

    done = site.call("GET", "statuses/search", statusCategory="DONE")[1]["values"]

    assert ["Done", "Cancelled", "Resolved", "Canceled"] == [status["name"] for status in done]
    assert {"new", "indeterminate", "done"} == {
        status["statusCategory"]["key"] for status in site.call("GET", "status")[1]
    }


def test_people_act_past_the_screens() -> None:
    """`act` edits as somebody else, without limits and screens, and leaves a history."""
    site = Site()
    key = site.make(project="FLOW")
    act = site.system.act

    act("transition", key=key, to="Done")
    act("edit", key=key, field="customfield_10051", value="Kyiv")
    act("edit", key=key, field="description", value="plain words")
    act("labels", key=key, add=["by-hand"])
    act("assign", key=key, email="anna.kowalska@example.com")
    act("comment", key=key, text="Done it", by=ANNA)

    fields = site.fields(key)
    assert ("Done", "Done", "Kyiv", ["by-hand"], ANNA, ANNA) == (
        fields["status"]["name"],
        fields["resolution"]["name"],
        fields["customfield_10051"]["value"],
        fields["labels"],
        fields["assignee"]["accountId"],
        fields["comment"]["comments"][0]["author"]["accountId"],
    )
    with pytest.raises(KeyError):
        act("transition", key="HR-99", to="Done")
    with pytest.raises(ValueError, match="nobody can do 'sing'"):
        act("sing", key=key)
    with pytest.raises(KeyError):
        site.system.issue("HR-99")
