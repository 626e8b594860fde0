"""What the connector sends is what Atlassian's own document allows, and no sooner than Jira asked."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
import pytest

from pfjira.connectors.base import Demand, Draft, Stamp
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.engine.model import Desired, Target, ValueKind
from pfjira.errors import Missing, Rejected
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox


def checker() -> Callable[..., list[str]]:
    """Load the check against the vendor's document, which belongs to the sandbox's tests."""
    path = Path(__file__).parents[1] / "sandbox" / "openapi_check.py"
    spec = importlib.util.spec_from_file_location("openapi_check_of_the_sandbox", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    check: Callable[..., list[str]] = module.check_exchange
    return check


class Recorder(httpx.BaseTransport):
    """Passes requests on to real sockets and keeps each exchange."""

    def __init__(self) -> None:
        self.inner = httpx.HTTPTransport()
        self.exchanges: list[tuple[str, str, dict[str, list[str]], Any, int, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read its answer."""
        response = self.inner.handle_request(request)
        content = response.read()
        response.close()
        sent = orjson.loads(request.content) if request.content else None
        got = orjson.loads(content) if content else None
        query = parse_qs(request.url.query.decode(), keep_blank_values=True)
        self.exchanges.append((request.method, request.url.path, query, sent, response.status_code, got))
        return httpx.Response(response.status_code, headers=response.headers, content=content)

    def close(self) -> None:
        """Close the sockets."""
        self.inner.close()


def wish(field: str, value: Any, kind: ValueKind = ValueKind.TEXT) -> Desired:
    """Wish for a value."""
    return Desired(field, kind, value)


def tour(jira: Jira) -> None:
    """Use every operation that the connector has, with good and bad ends."""
    own = jira.check_login()
    document = {"type": "doc", "version": 1, "content": []}
    values = (
        wish("summary", "Task"),
        wish("duedate", "2026-12-01"),
        wish("assignee", own, ValueKind.PERSON),
        wish("description", document, ValueKind.HTML),
        wish("customfield_10051", "Lviv", ValueKind.OPTION),
        wish("labels", {"add": ["theirs"]}, ValueKind.LABELS),
    )
    bad = Draft("bad", "ITOPS", "Task", (wish("summary", "x" * 300),))
    jira.create([Draft("0", "ITOPS", "Task", values)])
    created = jira.create([Draft(str(number), "FLOW", "Task", values) for number in range(1, 4)])
    jira.create([bad])
    jira.create([bad, bad])
    jira.create([Draft("9", "ITOPS", "10002", values), bad])
    issue_id = created.issues[0][0]
    jira.fetch_many([issue_id, "FLOW-999"], ["summary", "assignee", "description", "resolution"])
    jira.edit(issue_id, [wish("duedate", None), wish("labels", {"add": ["a"], "remove": ["theirs"]}, ValueKind.LABELS)])
    for to in ("done", "To Do", "Cancelled"):
        try:
            jira.move(issue_id, Target(to, comment="told", resolution="Done"), op=to)
        except Rejected:
            assert to == "Cancelled"
    with pytest.raises(Missing):
        jira.edit("424242", values)
    with pytest.raises(Missing):
        jira.move("424242", Target("done"), op="x")
    list(jira.changed_since(10, "pfjira"))
    list(jira.changed_since(None, "pfjira"))
    list(jira.created_since(10, "pfjira"))
    jira.probe("FLOW", jira.highest_key("FLOW") - 1)
    jira.find_accounts(["sync@example.com", "nobody@example.com"])
    jira.assignable("ITOPS", [own, "nobody"])
    jira.account(own)
    jira.account("nobody")
    jira.check([("ITOPS", "Task"), ("STRICT", "Task"), ("NOPE", "Task")], ["summary", "Office"])


def wide_tour(jira: Jira) -> None:
    """Use what goes beyond fields: children, requests, marks, links, remarks, groups, contradictions."""
    own = jira.check_login()
    summary = wish("summary", "Task")
    document = {"type": "doc", "version": 1, "content": []}
    subtask = jira.create_screen("ITOPS", "").type_id
    ((parent, _),) = jira.create([Draft("0", "ITOPS", "Task", (summary,))]).issues
    ((child, _),) = jira.create([Draft("1", "ITOPS", subtask, (summary,), parent=parent)]).issues
    ask = Draft("2", "HELP", "Laptop", (summary, wish("description", document, ValueKind.HTML)), raise_for=own)
    jira.request_type("HELP", "Access")
    ((request, _),) = jira.create_request(ask).issues
    assert ["3"] == list(jira.create_request(Draft("3", "HELP", "Laptop", ())).refused)
    jira.mark(request, Stamp("2", 3), "pfjira")
    jira.link(parent, request)
    for _ in range(2):
        jira.comment(child, "told", op="4")
        jira.log_work(child, "done", 3600, datetime(2026, 11, 23, tzinfo=UTC), op="5")
    group = jira.group_id("it-staff")
    for change in (jira.add_member, jira.add_member, jira.remove_member, jira.remove_member):
        change(group, own)
    fields: dict[str, tuple[str, ...]] = {"summary": (), "customfield_10060": ("CC-1",)}
    for project, kind, is_request in (("ITOPS", "Task", False), ("HELP", "Laptop", True), ("NO", "Task", False)):
        moves, rights = [("Done", "Done"), ("Closed", "No")], ("CREATE_ISSUES", "WORK_ON_ISSUES")
        demand = Demand("r", project, kind, is_request, None, fields, moves, rights, ("it-staff", "nosuch"))
        assert jira.contradictions([demand])


@pytest.mark.parametrize(("route", "exchanges"), [(tour, 50), (wide_tour, 40)])
def test_every_exchange_is_as_atlassian_describes_it(
    sandbox: Sandbox, route: Callable[[Jira], None], exchanges: int
) -> None:
    """No parameter, member or form that the vendor's document does not know, in both directions."""
    check = checker()
    recorder = Recorder()
    login = {"url": sandbox.jira_url, "email": "sync@example.com", "api_token": "sandbox-token", "rate": 0}
    jira = Jira(JiraConfig.model_validate(login), transport=recorder)

    route(jira)

    jira.close()
    assert [] == [complaint for exchange in recorder.exchanges for complaint in check(*exchange)]
    assert len(recorder.exchanges) > exchanges


def test_eight_threads_respect_one_retry_after(sandbox: Sandbox) -> None:
    """After a 429, whatever was not yet on its way waits; first one request tries, and all get their answer."""
    login = {"url": sandbox.jira_url, "email": "sync@example.com", "api_token": "sandbox-token", "rate": 0}
    jira = Jira(JiraConfig.model_validate(login))
    fault = sandbox.faults.add(Fault("rate_limited", nth=20, retry_after=1, path="myself"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: jira.check_login(), range(64)))

    jira.close()
    entries = sorted(sandbox.requests, key=lambda entry: entry.at)
    refused = next(entry.at for entry in entries if entry.status == 429)
    after = [(entry.at - refused).total_seconds() for entry in entries if entry.at > refused]
    assert (1, 64, 1) == (fault.landed, len(answers), len(set(answers)))
    assert (65, []) == (len(entries), [seconds for seconds in after if 0.2 < seconds < 0.99])


def test_a_thousand_reads_cost_little(sandbox: Sandbox) -> None:
    """Pacing, limits and error sorting are no reason to be slow: far below a millisecond of our own time each."""
    login = {"url": sandbox.jira_url, "email": "a@x.test", "api_token": "t", "rate": 0}
    body = orjson.dumps({"accountId": "a"})
    jira = Jira(
        JiraConfig.model_validate(login),
        transport=httpx.MockTransport(lambda request: httpx.Response(200, content=body)),
    )
    started = time.thread_time()

    for _ in range(1000):
        jira.check_login()

    assert time.thread_time() - started < 1.0
