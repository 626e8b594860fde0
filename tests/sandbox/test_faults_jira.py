"""Faults on requests to the simulated Jira: the same server, other shapes."""

from __future__ import annotations

import http.client
from typing import Any

import pytest
from plainclient import PlainClient

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

PLACE = {"project": {"key": "ITOPS"}, "issuetype": {"name": "Task"}}


def draft(number: int) -> dict[str, Any]:
    """Return one element of a bulk create."""
    marks = [{"key": "pfjira", "value": {"op": f"op{number}", "v": 1}}]
    return {"fields": {**PLACE, "summary": f"Issue {number}", "labels": ["pfjira"]}, "properties": marks}


def search(jira: PlainClient) -> dict[str, Any]:
    """Return a page of our issues."""
    body = {"jql": "labels = pfjira", "fields": ["summary"], "maxResults": 10}
    found: dict[str, Any] = jira.send("POST", "/search/jql", body).json()
    return found


def test_a_bulk_create_can_end_half_way(sandbox: Sandbox, jira: PlainClient, control: PlainClient) -> None:
    """Three of five issues exist, and nobody was told."""
    fault = sandbox.faults.add(Fault("partial", path="/issue/bulk$", keep=3))

    with pytest.raises((http.client.HTTPException, OSError)):
        jira.send("POST", "/issue/bulk", {"issueUpdates": [draft(number) for number in range(5)]})

    state = control.get("/state").json()
    assert {"op0": ["ITOPS-1"], "op1": ["ITOPS-2"], "op2": ["ITOPS-3"]} == state["issues_by_op"]
    assert (3, 1) == (state["issues"], fault.landed)


def test_a_search_can_be_emptied_or_cut(sandbox: Sandbox, jira: PlainClient) -> None:
    """No issue at all, or half a page, with the paging members still in their places."""
    created = jira.send("POST", "/issue/bulk", {"issueUpdates": [draft(number) for number in range(4)]})
    sandbox.faults.add(Fault("empty_list", path="/search/jql"))
    sandbox.faults.add(Fault("cut_list", path="/search/jql"))

    pages = [search(jira) for _ in range(3)]

    assert 201 == created.status
    assert [(0, True), (2, True), (4, True)] == [(len(page["issues"]), page["isLast"]) for page in pages]


@pytest.mark.parametrize(("kind", "status"), [("unauthorized", 401), ("forbidden", 403), ("rate_limited", 429)])
def test_refusals_sound_like_jira(sandbox: Sandbox, jira: PlainClient, kind: Any, status: int) -> None:
    """The words are Jira's: `errorMessages`, or a bare message where the login is missing."""
    sandbox.faults.add(Fault(kind, system="jira"))

    answer = jira.get("/myself")

    assert status == answer.status
    assert {"errorMessages", "message"} & answer.json().keys()


def test_people_act_in_jira_from_outside(jira: PlainClient, control: PlainClient) -> None:
    """A transition made by hand, asked for over the steering address."""
    key = jira.send("POST", "/issue", draft(1)).json()["key"]

    done = control.send("POST", "/act", {"system": "jira", "verb": "transition", "key": key, "to": "In Progress"})

    assert (200, key) == (done.status, done.json()["result"]["key"])
    assert "In Progress" == jira.get(f"/issue/{key}").json()["fields"]["status"]["name"]
