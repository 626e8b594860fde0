"""The service desk of the simulated site: requests are issues, in other words."""

from __future__ import annotations

import http.client
from typing import Any

import pytest
from jira_site import ANNA, GONE, Site
from plainclient import PlainClient

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

DESK = "/rest/servicedeskapi"
TYPES = f"{DESK}/servicedesk/10/requesttype"


def ask(kind: str = "25", summary: str | None = "A laptop", desk: str = "10", **members: Any) -> dict[str, Any]:
    """Return the body of a request."""
    values = members.pop("values", {}) | ({"summary": summary} if summary else {})
    return {"serviceDeskId": desk, "requestTypeId": kind, "requestFieldValues": values, **members}


def raised(site: Site, **members: Any) -> str:
    """Raise a request and return its key."""
    status, body = site.call("POST", f"{DESK}/request", ask(**members))
    assert 201 == status, body
    key: str = body["issueKey"]
    return key


def test_a_request_is_an_issue_of_somebody_else() -> None:
    """Made by the caller, reported by whom it is raised for; new, found by search, marked afterwards."""
    site = Site()
    values = {"description": "Starts soon", "customfield_10051": {"value": "Kyiv"}}

    status, made = site.call("POST", f"{DESK}/request", ask(values=values, raiseOnBehalfOf=ANNA))

    key = made["issueKey"]
    shown = site.fields(key)
    assert (201, "HELP-1", ANNA) == (status, key, made["reporter"]["accountId"])
    assert ("Waiting for support", "NEW") == (made["currentStatus"]["status"], made["currentStatus"]["statusCategory"])
    assert {"summary": "A laptop", "description": "Starts soon"}.items() <= {
        f["fieldId"]: f["value"] for f in made["requestFieldValues"] if isinstance(f["value"], str)
    }.items()
    me = site.system.accounts.myself.account_id
    assert (me, ANNA) == (shown["creator"]["accountId"], shown["reporter"]["accountId"])
    assert [key] == site.search("project = HELP AND reporter = '" + ANNA + "'")
    assert 201 == site.call("PUT", f"issue/{key}/properties/pfjira", {"op": "a"})[0]
    assert 204 == site.call("PUT", f"issue/{key}", {"update": {"labels": [{"add": "pfjira"}]}})[0]
    fetched = site.call("POST", "issue/bulkfetch", {"issueIdsOrKeys": [key], "properties": ["pfjira"]})[1]["issues"]
    assert [{"pfjira": {"op": "a"}}] == [one["properties"] for one in fetched]
    assert [key] == site.search("labels = pfjira")


def test_a_request_goes_through_its_own_workflow() -> None:
    """Resolved needs a resolution; the request shows status, category and since when."""
    site = Site()
    key = raised(site)
    steps = {t["name"]: t["id"] for t in site.call("GET", f"issue/{key}/transitions")[1]["transitions"]}
    resolve = {"transition": {"id": steps["Resolve this issue"]}}
    site.clock.advance(60)

    assert 400 == site.call("POST", f"issue/{key}/transitions", resolve)[0]
    assert (
        204 == site.call("POST", f"issue/{key}/transitions", {**resolve, "fields": {"resolution": {"name": "Done"}}})[0]
    )

    shown = site.call("GET", f"{DESK}/request/{key}", expand="participant,requestType,serviceDesk")[1]
    assert ("Resolved", "DONE") == (shown["currentStatus"]["status"], shown["currentStatus"]["statusCategory"])
    waited = shown["currentStatus"]["statusDate"]["epochMillis"] - shown["createdDate"]["epochMillis"]
    assert 60_000 <= waited < 62_000
    assert ("Laptop", "HELP") == (shown["requestType"]["name"], shown["serviceDesk"]["projectKey"])


@pytest.mark.parametrize(
    ("body", "status", "parameters"),
    [
        (ask(desk="11"), 400, []),
        (ask(kind="99"), 400, []),
        (ask(summary=None), 400, ["summary"]),
        (ask("26"), 400, ["customfield_10060"]),
        (ask(values={"labels": ["x"]}), 400, ["labels"]),
        (ask(values={"description": {"type": "doc", "version": 1, "content": []}}), 400, ["description"]),
        (ask(isAdfRequest=True, values={"description": "text"}), 400, ["description"]),
        (ask(raiseOnBehalfOf="nobody"), 400, []),
        (ask(raiseOnBehalfOf=GONE), 400, []),
        (ask(properties=[{"key": "pfjira", "value": 1}]), 400, []),
        ({}, 400, []),
    ],
)
def test_a_wrong_request_is_refused_in_the_desks_words(body: Any, status: int, parameters: list[str]) -> None:
    """One text, a key and its parameters; nothing was made."""
    site = Site()

    reply = site.unchecked("POST", f"{DESK}/request", body)

    assert (status, {"errorMessage", "i18nErrorMessage"}) == (reply.status, set(reply.body))
    assert parameters == reply.body["i18nErrorMessage"]["parameters"]
    assert {} == site.system.issues


def test_the_desk_describes_itself() -> None:
    """Desks, request types and forms, with the other paging."""
    site = Site()

    desks = site.call("GET", f"{DESK}/servicedesk")[1]
    first = site.call("GET", TYPES, start=0, limit=1)[1]
    form = site.call("GET", f"{TYPES}/26/field")[1]["requestTypeFields"]

    assert [("10", "HELP")] == [(d["id"], d["projectKey"]) for d in desks["values"]]
    assert ("25", 1, False) == (first["values"][0]["id"], first["size"], first["isLastPage"])
    assert ["26"] == [t["id"] for t in site.call("GET", TYPES, start=1)[1]["values"]]
    assert ["summary", "customfield_10060"] == [f["fieldId"] for f in form if f["required"]]
    assert ["CC-100", "CC-200"] == [v["label"] for f in form for v in f["validValues"]]
    assert [200, 200] == [site.call("GET", path)[0] for path in (f"{DESK}/servicedesk/10", f"{TYPES}/25")]
    assert [404, 404] == [site.call("GET", path)[0] for path in (f"{DESK}/servicedesk/9", f"{TYPES}/9/field")]
    assert 404 == site.call("GET", f"{DESK}/request/{site.make()}")[0]
    site.login = None
    assert 401 == site.call("GET", f"{DESK}/servicedesk")[0]


def test_the_desk_follows_the_site() -> None:
    """A field made compulsory is on the form; a lost right is 403; a hidden project has no desk."""
    site = Site()
    site.system.act("require_field", project="HELP", field="customfield_10052")

    refused = site.unchecked("POST", f"{DESK}/request", ask())
    assert (400, ["customfield_10052"]) == (refused.status, refused.body["i18nErrorMessage"]["parameters"])
    assert "HELP-1" == raised(site, values={"customfield_10052": "2026-12-01"})
    site.system.act("remove_request_type", name="Laptop")
    assert 400 == site.call("POST", f"{DESK}/request", ask())[0]
    assert 200 == site.call("GET", f"{DESK}/request/HELP-1")[0]
    site.system.act("revoke", permission="CREATE_ISSUES", project="HELP")
    assert 403 == site.call("POST", f"{DESK}/request", ask("26"))[0]
    site.system.act("hide_project", project="HELP")
    assert (404, []) == (site.call("GET", TYPES)[0], site.call("GET", f"{DESK}/servicedesk")[1]["values"])


def test_the_answer_to_a_request_can_be_lost(sandbox: Sandbox, jira: PlainClient) -> None:
    """The request exists, nobody was told; a refusal of the edge has the desk's shape."""
    client = PlainClient(sandbox, DESK, jira.headers)
    fault = sandbox.faults.add(Fault("drop_after", system="jira", method="POST", path="/servicedeskapi/request$"))
    with pytest.raises((OSError, http.client.HTTPException)):
        client.send("POST", "/request", ask())
    sandbox.faults.add(Fault("status_before", path="/servicedeskapi/"))

    answer = client.get("/servicedesk")

    client.close()
    assert (1, ["HELP-1"]) == (fault.landed, [issue.key for issue in sandbox.jira.issues.values()])
    assert (503, True) == (answer.status, "errorMessage" in answer.json())
