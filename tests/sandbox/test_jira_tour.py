"""A tour over every endpoint of the simulated Jira, over real sockets, judged by Atlassian's own document."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from jira_site import document, draft
from openapi_check import DOCUMENT, check_exchange, path_of_desk
from plainclient import PlainClient

from pfjira.sandbox.server import Sandbox

GROUP = "276f955c-63d7-42c8-9520-92d01dca0625"


class Tourist:
    """Calls, checks, and remembers which operations it has seen answer."""

    def __init__(self, client: PlainClient) -> None:
        self.client = client
        self.wrong: list[str] = []
        self.seen: set[tuple[str, str]] = set()

    def go(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Make one call that must succeed."""
        answer = self.client.send(method, path, body, **query)
        decoded = answer.json() if answer.body else None
        sent = {n: [str(v) for v in vs] if isinstance(vs, list) else [str(vs)] for n, vs in query.items()}
        full = "/rest/api/3" + path
        self.wrong += check_exchange(method, full, sent, body, answer.status, decoded)
        if answer.status >= 300:
            self.wrong.append(f"{method} {path}: {answer.status} {decoded}")
        templates = sorted(DOCUMENT["paths"], key=lambda p: p.count("{"))
        self.seen.add((method.lower(), next(t for t in templates if re.fullmatch(re.sub(r"{\w+}", "[^/]+", t), full))))
        return decoded


def test_every_endpoint_agrees_with_the_vendors_document(sandbox: Sandbox, jira: PlainClient) -> None:
    """Each platform operation of the trimmed document is answered, and both directions obey its schemas."""
    jira.headers["Content-Type"] = "application/json"  # a DELETE without it is answered 415 on some paths
    tourist = Tourist(jira)
    person = next(a for a in sandbox.company.accounts if a.active and a.assignable and a.account_type == "atlassian")
    go = tourist.go

    for path in ("serverInfo", "myself", "field", "field/search", "issuetype", "priority", "resolution", "status",
                 "statuscategory", "statuses/search", "resolution/search", "issueLinkType", "project/search",
                 "project/HR", "project/HR/statuses", "issue/createmeta/STRICT/issuetypes", "users/search",
                 "issue/createmeta/STRICT/issuetypes/10002", "group/bulk"):  # fmt: skip
        go("GET", f"/{path}")
    go("GET", "/mypermissions", permissions="CREATE_ISSUES,ADMINISTER", projectKey="HR")
    go("GET", "/user", accountId=person.account_id)
    go("GET", "/user/bulk", accountId=[person.account_id], maxResults=200)
    go("GET", "/user/search", query=person.email)
    go("GET", "/user/assignable/search", project="HR", accountId=person.account_id)
    go("GET", "/user/assignable/multiProjectSearch", projectKeys="HR,ITOPS", query=person.email)
    go("POST", "/group/user", {"accountId": person.account_id}, groupId=GROUP)
    go("GET", "/group/member", groupId=GROUP, maxResults=50)
    go("DELETE", "/group/user", groupId=GROUP, accountId=person.account_id)

    everything: dict[str, Any] = {
        "description": document("Employee 1042"), "labels": ["pfjira"], "duedate": "2026-12-01",
        "assignee": {"accountId": person.account_id}, "priority": {"name": "High"}, "customfield_10050": "pf:1042",
        "customfield_10051": {"value": "Kyiv"}, "customfield_10052": "2026-12-01", "customfield_10053": 3,
        "customfield_10054": {"accountId": person.account_id},
    }  # fmt: skip
    key = go("POST", "/issue", draft(op="a1", **everything))["key"]
    child = draft("Child", parent={"key": key}) | {}
    child["fields"]["issuetype"] = {"name": "Sub-task"}
    mixed = go("POST", "/issue/bulk", {"issueUpdates": [draft("second", op="a2"), {"fields": {}}, child]})
    other = mixed["issues"][0]["key"]
    go("PUT", f"/issue/{key}", {"update": {"labels": [{"add": "moved"}]}, "fields": {"duedate": "2026-12-15"}})
    go("PUT", f"/issue/{key}", {"fields": {"summary": "New"}}, returnIssue="true", notifyUsers="false")
    go("PUT", f"/issue/{key}/assignee", {"accountId": None})
    go("PUT", f"/issue/{key}/properties/pfjira", {"op": "a1", "v": 2})
    go("GET", f"/issue/{key}/properties")
    go("GET", f"/issue/{key}/properties/pfjira")
    go("DELETE", f"/issue/{key}/properties/pfjira")
    go("POST", f"/issue/{key}/comment", {"body": document("Hello"), "properties": [{"key": "op", "value": {"c": 1}}]})
    go("GET", f"/issue/{key}/comment", expand="properties")
    go("POST", f"/issue/{key}/worklog", {"started": "2026-11-23T09:00:00.000+0000", "timeSpentSeconds": 3600},
       adjustEstimate="leave")  # fmt: skip
    go("GET", f"/issue/{key}/worklog")
    link = {"globalId": "system=peopleforce&employee=1042", "object": {"url": "https://x.invalid", "title": "Jan"}}
    number = go("POST", f"/issue/{key}/remotelink", link)["id"]
    go("GET", f"/issue/{key}/remotelink", globalId=link["globalId"])
    go("GET", f"/issue/{key}/remotelink")
    go("DELETE", f"/issue/{key}/remotelink/{number}")
    go("POST", f"/issue/{key}/remotelink", link)
    go("DELETE", f"/issue/{key}/remotelink", globalId=link["globalId"])
    go("POST", "/issueLink", {"type": {"name": "Blocks"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": other}})
    go("GET", f"/issue/{key}/transitions", expand="transitions.fields")
    done = {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}},
            "update": {"comment": [{"add": {"body": document("Closed")}}]}}  # fmt: skip
    go("POST", f"/issue/{key}/transitions", done)
    go("GET", f"/issue/{key}/editmeta")
    go("GET", f"/issue/{key}/changelog")
    go("GET", f"/issue/{key}", fields="*all", expand="changelog,names,schema,transitions", properties="pfjira")
    go("POST", "/issue/bulkfetch", {"issueIdsOrKeys": [key, other, "HR-999"], "properties": ["pfjira"]})
    wanted = {"jql": "project = HR ORDER BY created", "fields": ["*all"], "properties": ["pfjira"], "maxResults": 1}
    token = go("POST", "/search/jql", wanted)["nextPageToken"]
    go("POST", "/search/jql", wanted | {"nextPageToken": token})
    go("GET", "/search/jql", jql="labels = pfjira", fields="summary,labels", maxResults=10)
    go("POST", "/search/approximate-count", {"jql": "project = HR"})
    number = int(sandbox.jira.issue(key).id)
    go("POST", "/jql/match", {"issueIds": [number], "jqls": ["labels = pfjira", "labels = none"]})
    go("DELETE", f"/issue/{quote(other)}", deleteSubtasks="true")

    assert [] == tourist.wrong
    platform = {path: methods for path, methods in DOCUMENT["paths"].items() if not path_of_desk(path)}
    every = {(method, path) for path, methods in platform.items() for method in methods}
    assert set() == every - tourist.seen


def test_the_check_itself_finds_what_is_wrong() -> None:
    """An unknown query parameter, a body that a closed schema refuses and an answer that breaks its schema are told."""
    search = "/rest/api/3/search/jql"

    assert [] != check_exchange("POST", search, {}, {"jql": "x = 1", "startAt": 0}, 200, {"issues": [], "isLast": True})
    assert [] != check_exchange("POST", search, {"page": ["2"]}, {"jql": "x = 1"}, 200, {"issues": [], "isLast": True})
    assert [] != check_exchange("POST", search, {}, {"jql": "x = 1"}, 200, {"issues": [], "total": 0})
    assert [] != check_exchange("POST", "/rest/api/3/nothing", {}, None, 200, None)
    assert [] != check_exchange("GET", "/rest/api/3/user/search", {"maxResults": ["many"]}, None, 200, [])
    assert [] == check_exchange("POST", search, {}, {"jql": "x = 1"}, 200, {"issues": [], "isLast": True})
