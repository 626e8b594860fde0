"""Comments, worklogs, entity properties and remote links of the simulated Jira."""

from __future__ import annotations

from typing import Any

import pytest
from jira_site import Site, document

from pfjira.sandbox.jira import adf

LINK = {"globalId": "pf=1042", "object": {"url": "https://x.invalid/1042", "title": "Jan Nowak"}}


def test_a_comment_carries_its_mark() -> None:
    """ADF body, properties shown only on request; the same comment twice is two comments."""
    site = Site()
    key = site.make()
    body = {"body": document("Start moved"), "properties": [{"key": "pfjira", "value": {"op": "c1"}}]}

    assert [201, 201] == [site.call("POST", f"issue/{key}/comment", body)[0] for _ in range(2)]

    bare = site.call("GET", f"issue/{key}/comment")[1]
    full = site.call("GET", f"issue/{key}/comment", expand="properties", maxResults=1)[1]
    assert (2, False) == (bare["total"], any("properties" in one for one in bare["comments"]))
    assert [[{"key": "pfjira", "value": {"op": "c1"}}]] == [one["properties"] for one in full["comments"]]
    assert {"comment": "Comment body is not valid!"} == site.call("POST", f"issue/{key}/comment", {"body": "text"})[1][
        "errors"
    ]


def test_a_worklog_needs_time() -> None:
    """`started` without a colon in its offset, and one of the two ways to say how long."""
    site = Site()
    key = site.make()

    def log(**body: Any) -> int:
        return site.call("POST", f"issue/{key}/worklog", body, adjustEstimate="leave")[0]

    assert 201 == log(started="2026-11-23T09:00:00.000+0000", timeSpentSeconds=3600, comment=document("Prepared"))
    assert 201 == log(timeSpent="1h 30m")
    assert [400, 400, 400] == [log(), log(timeSpent="soon"), log(timeSpentSeconds=60, started="2026-11-23")]
    assert [3600, 5400] == [w["timeSpentSeconds"] for w in site.call("GET", f"issue/{key}/worklog")[1]["worklogs"]]


def test_a_worklog_carries_its_mark() -> None:
    """Properties show only on request; the time reads as Jira writes it; both ways to say how long is one too many."""
    site = Site()
    path = f"issue/{site.make()}/worklog"
    mark = [{"key": "pfjira", "value": {"op": "w1"}}]
    body = {"started": "2026-11-23T09:00:00.000+0000", "timeSpentSeconds": 30_600, "properties": mark}

    made = site.call("POST", path, body, adjustEstimate="leave", notifyUsers="false")

    assert (201, "1d 30m", body["started"]) == (made[0], made[1]["timeSpent"], made[1]["started"])
    assert [False] == ["properties" in one for one in site.call("GET", path)[1]["worklogs"]]
    assert [mark] == [one["properties"] for one in site.call("GET", path, expand="properties")[1]["worklogs"]]
    assert 400 == site.call("POST", path, {**body, "timeSpent": "1h"})[0]


def test_properties_are_replaced_whole() -> None:
    """201 when new, 200 when replaced, never merged; 404 when missing; limits on key and size."""
    site = Site()
    path = f"issue/{site.make()}/properties"

    assert 201 == site.call("PUT", f"{path}/pfjira", {"op": "a", "v": 1})[0]
    assert 200 == site.call("PUT", f"{path}/pfjira", {"op": "b"})[0]
    assert {"key": "pfjira", "value": {"op": "b"}} == site.call("GET", f"{path}/pfjira")[1]
    assert ["pfjira"] == [entry["key"] for entry in site.call("GET", path)[1]["keys"]]
    assert [204, 404] == [site.call("DELETE", f"{path}/pfjira")[0] for _ in range(2)]
    assert 404 == site.call("GET", f"{path}/pfjira")[0]
    assert 400 == site.call("PUT", f"{path}/big", {"text": "x" * 32_768})[0]
    assert 400 == site.call("PUT", f"{path}/{'k' * 256}", 1)[0]


def test_a_remote_link_is_an_upsert_per_issue() -> None:
    """The same globalId replaces, members left out are gone; another issue gets its own."""
    site = Site()
    first, second = site.make(), site.make()
    path = f"issue/{first}/remotelink"

    made = site.call("POST", path, {**LINK, "relationship": "HRIS record"})
    again = site.call("POST", path, LINK)
    other = site.call("POST", f"issue/{second}/remotelink", LINK)

    assert (201, 200, 201) == (made[0], again[0], other[0])
    assert made[1]["id"] == again[1]["id"] != other[1]["id"]
    shown = site.call("GET", path, globalId="pf=1042")[1]
    assert (LINK["object"], False) == (shown["object"], "relationship" in shown)
    assert 1 == len(site.call("GET", path)[1])
    assert 404 == site.call("GET", path, globalId="none")[0]
    assert {"object.title"} == set(site.call("POST", path, {"object": {"url": "https://x.invalid"}})[1]["errors"])


def test_a_remote_link_without_an_id_is_added_each_time() -> None:
    """Only globalId makes the call repeatable."""
    site = Site()
    path = f"issue/{site.make()}/remotelink"

    assert [201, 201] == [site.call("POST", path, {"object": LINK["object"]})[0] for _ in range(2)]
    assert 2 == len(site.call("GET", path)[1])


def test_deleting_a_remote_link_wants_a_content_type() -> None:
    """415 without the header, as a client saw; 204 with it, 404 afterwards."""
    site = Site()
    path = f"issue/{site.make()}/remotelink"
    site.call("POST", path, LINK)

    site.content_type = None
    assert 415 == site.call("DELETE", path, globalId="pf=1042")[0]
    site.content_type = "application/json"
    assert [204, 404] == [site.call("DELETE", path, globalId="pf=1042")[0] for _ in range(2)]


def test_issues_are_linked_once() -> None:
    """The same link again is 201 and changes nothing."""
    site = Site()
    first, second = site.make(), site.make()
    body = {"type": {"name": "Blocks"}, "inwardIssue": {"key": first}, "outwardIssue": {"key": second}}

    assert [201, 201] == [site.call("POST", "issueLink", body)[0] for _ in range(2)]

    links = site.fields(first, "issuelinks")["issuelinks"]
    assert [("Blocks", second)] == [(one["type"]["name"], one["outwardIssue"]["key"]) for one in links]
    assert 404 == site.call("POST", "issueLink", {**body, "type": {"name": "Hates"}})[0]


@pytest.mark.parametrize(
    "content",
    [
        [],
        [{"type": "paragraph"}],
        [{"type": "paragraph", "content": [{"type": "text", "text": "a"}, {"type": "hardBreak"}]}],
        [{"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "a"}]}],
        [{"type": "bulletList", "content": [{"type": "listItem", "content": [{"type": "paragraph", "content": []}]}]}],
        [{"type": "paragraph", "content": [
            {"type": "text", "text": "a", "marks": [{"type": "link", "attrs": {"href": "https://x.invalid"}}]}]}],
        [{"type": "codeBlock", "content": [{"type": "text", "text": "a\nb"}]}, {"type": "rule"}],
    ],
)  # fmt: skip
def test_documents_that_jira_takes(content: list[Any]) -> None:
    """Blocks, lists, marks and breaks where they may stand."""
    assert adf.is_document({"type": "doc", "version": 1, "content": content})


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        {"type": "doc", "content": []},
        {"type": "doc", "version": 2, "content": []},
        {"type": "doc", "version": 1},
        *(
            {"type": "doc", "version": 1, "content": content}
            for content in (
                [{"type": "text", "text": "no block around"}],
                [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}],
                [{"type": "paragraph", "content": [{"type": "paragraph"}]}],
                [{"type": "heading", "content": []}],
                [{"type": "heading", "attrs": {"level": 7}, "content": []}],
                [{"type": "bulletList", "content": []}],
                [{"type": "bulletList", "content": [{"type": "paragraph"}]}],
                [{"type": "paragraph", "content": [{"type": "text", "text": "a", "marks": [{"type": "loud"}]}]}],
                [{"type": "paragraph", "content": [{"type": "text", "text": "x" * 32_768}]}],
                [{"type": "html", "content": []}],
            )
        ),
    ],
)
def test_documents_that_jira_refuses(value: Any) -> None:
    """Wrong version, empty text, nodes out of place, unknown marks, too long."""
    assert not adf.is_document(value)
