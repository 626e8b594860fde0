"""What is hung on an issue: mark, link, comment, work, parent; each once, also after a lost answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import orjson
import pytest
from connector_clock import FakeClock

from pfjira.connectors.base import Draft, Stamp
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.engine.model import Desired, ValueKind
from pfjira.errors import Forbidden, Missing, Unavailable
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

OP = "0123456789abcdef0123"
STARTED = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=1)))
SECRET_TEXT = "Anna Kowalska has a bad back"

Add = Callable[[Jira, str, str], None]


def made(jira: Jira, op: str = OP, *, issue_type: str = "Task", parent: str | None = None) -> str:
    """Create one issue without label; return its id."""
    wish = Desired("summary", ValueKind.TEXT, "Task")
    ((number, _),) = jira.create([Draft(op, "ITOPS", issue_type, (wish,), None, parent)]).issues
    return number


def comment(jira: Jira, issue_id: str, op: str) -> None:
    jira.comment(issue_id, SECRET_TEXT, op=op)


def work(jira: Jira, issue_id: str, op: str) -> None:
    jira.log_work(issue_id, SECRET_TEXT, 3600, STARTED, op=op)


def ops_of(sandbox: Sandbox, issue_id: str) -> list[str]:
    """Return the ops on the comments and worklogs of an issue."""
    issue = sandbox.jira.issue(issue_id)
    parts = [*issue.comments, *issue.worklogs]
    return [entry["value"]["op"] for part in parts for entry in part["properties"]]


def test_a_child_is_made_below_its_parent(sandbox: Sandbox, jira: Jira) -> None:
    """The parent travels inside the create, because a sub-task cannot be without one."""
    parent = made(jira)

    child = made(jira, "1" * 20, issue_type="Sub-task", parent=parent)

    assert parent == sandbox.jira.issue(child).fields["parent"]


@pytest.mark.parametrize(("label", "labels", "requests"), [("pfjira", {"theirs", "pfjira"}, 2), (None, {"theirs"}, 1)])
def test_a_mark_is_property_and_label(
    sandbox: Sandbox, jira: Jira, label: str | None, labels: set[str], requests: int
) -> None:
    """Other labels stay; twice is as once."""
    issue_id = made(jira)
    jira.edit(issue_id, [Desired("labels", ValueKind.LABELS, {"add": ["theirs"]})])
    before = len(list(sandbox.requests))

    jira.mark(issue_id, Stamp("f" * 20, 7), label)
    after = len(list(sandbox.requests))
    jira.mark(issue_id, Stamp("f" * 20, 7), label)

    (issue,) = jira.fetch_many([issue_id], [])
    assert ("f" * 20, labels, requests) == (issue.op, set(issue.labels), after - before)
    assert {"op": "f" * 20, "v": 1, "run": 7} == sandbox.jira.issue(issue_id).properties["pfjira"]


def test_two_issues_are_linked_once(sandbox: Sandbox, jira: Jira) -> None:
    """By their ids; the second request makes no second link."""
    one, other = made(jira), made(jira, "1" * 20)

    jira.link(one, other, "Blocks")
    jira.link(one, other, "Blocks")

    assert [("10000", "outwardIssue", other)] == sandbox.jira.issue(one).links
    assert [("10000", "inwardIssue", one)] == sandbox.jira.issue(other).links


def test_a_lost_answer_to_a_link_is_no_matter(sandbox: Sandbox, jira: Jira) -> None:
    """It is sent again at once."""
    one, other = made(jira), made(jira, "1" * 20)
    fault = sandbox.faults.add(Fault("drop_after", path="issueLink"))

    jira.link(one, other)

    assert (1, 1) == (fault.landed, len(sandbox.jira.issue(one).links))


def test_a_kind_of_link_that_is_not_there_is_missing(jira: Jira) -> None:
    """As is an issue that is not there."""
    with pytest.raises(Missing):
        jira.link(made(jira), made(jira, "1" * 20), "Nosuch")


@pytest.mark.parametrize("add", [comment, work])
def test_a_remark_is_added_once_for_each_op(sandbox: Sandbox, jira: Jira, add: Add) -> None:
    """The same op again adds nothing and writes nothing; another op is another remark."""
    issue_id = made(jira)

    for op in ("a" * 20, "a" * 20, "b" * 20):
        add(jira, issue_id, op)

    writes = [entry.method for entry in sandbox.requests if entry.path.endswith(("/comment", "/worklog"))]
    assert ["a" * 20, "b" * 20] == ops_of(sandbox, issue_id)
    assert ["GET", "POST", "GET", "GET", "POST"] == writes


@pytest.mark.parametrize("kind", ["drop_after", "cut_after", "status_after"])
@pytest.mark.parametrize(("add", "part"), [(comment, "comment"), (work, "worklog")])
def test_a_lost_answer_to_a_remark_is_repeated_safely(
    sandbox: Sandbox, jira: Jira, add: Add, part: str, kind: Any
) -> None:
    """It is Unavailable, not unknown: the next call finds what the lost one did."""
    issue_id = made(jira)
    fault = sandbox.faults.add(Fault(kind, method="POST", path=part, keep=20))

    with pytest.raises(Unavailable) as caught:
        add(jira, issue_id, OP)
    add(jira, issue_id, OP)

    assert (1, [OP]) == (fault.landed, ops_of(sandbox, issue_id))
    assert "Anna" not in str(caught.value) + caught.value.hint


def test_work_is_written_in_jiras_form(sandbox: Sandbox, jira: Jira) -> None:
    """UTC without a colon, seconds, a document; the estimate is left and nobody gets mail."""
    issue_id = made(jira)

    work(jira, issue_id, OP)

    (worklog,) = sandbox.jira.issue(issue_id).worklogs
    sent = next(entry for entry in sandbox.requests if entry.method == "POST" and "worklog" in entry.path)
    assert ("2026-11-23T09:00:00.000+0000", 3600, "doc") == (
        worklog["started"],
        worklog["timeSpentSeconds"],
        worklog["comment"]["type"],
    )
    assert {"adjustEstimate": ["leave"], "notifyUsers": ["false"]} == sent.query


def test_work_without_words_has_no_comment(sandbox: Sandbox, jira: Jira) -> None:
    """An empty document would be shown as an empty line."""
    issue_id = made(jira)

    jira.log_work(issue_id, "", 60, datetime(2026, 11, 23, tzinfo=UTC), op=OP)

    assert "comment" not in sandbox.jira.issue(issue_id).worklogs[0]


@pytest.mark.parametrize("add", [comment, work])
def test_a_remark_that_is_not_allowed_names_the_right(sandbox: Sandbox, jira: Jira, add: Add) -> None:
    """And not what was to be said."""
    issue_id = made(jira)
    sandbox.faults.add(Fault("forbidden", method="POST", path="comment|worklog"))

    with pytest.raises(Forbidden) as caught:
        add(jira, issue_id, OP)

    assert (True, False) == ("right: " in caught.value.hint, "Anna" in str(caught.value))


def test_all_pages_of_worklogs_are_looked_through(clock: FakeClock) -> None:
    """The vendor's schema counts a page's rows as the total: only a page that is not full ends it."""
    asked: list[str] = []

    def site(request: httpx.Request) -> httpx.Response:
        start = request.url.params.get("startAt")
        asked.append(f"{request.method} {start}")
        mine = [{"key": "pfjira", "value": {"op": OP, "v": 1}}] if start == "2" else []
        rows = [{"id": "1"}, {"id": "2", "properties": mine}]
        return httpx.Response(200, content=orjson.dumps({"worklogs": rows, "maxResults": 2, "total": 2}))

    config = JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": "t", "rate": 0})
    jira = Jira(config, clock=clock, sleep=clock.sleep, transport=httpx.MockTransport(site))

    work(jira, "7", OP)

    assert ["GET 0", "GET 2"] == asked
