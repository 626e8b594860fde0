"""Jira has no idempotency key: an answer lost after the commit must never make a second issue, nor lose one."""

from __future__ import annotations

import base64
import http.client
import json
from pathlib import Path

import pytest
from harness import CLEAN, Tool, company, matching, standing

from pfjira.sandbox.company import SERVICE_EMAIL, SERVICE_TOKEN
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox

LAG = JiraOptions(index_lag_s=60.0)
ONE_BY_ONE = {"people": 40, "tasks": 64, "completed_tasks": 4, "jira": LAG}
CREATE = r"/issue$"
BULK = r"/issue/bulk$"


def survive(folder: Path, fault: Fault, bulk: int) -> tuple[int, int, dict[str, int]]:
    """Sync with the fault in the way, then until it settles; return landings, last exit code and what stands."""
    with Sandbox(company(**ONE_BY_ONE)) as sandbox:
        tool = Tool(sandbox, folder, extra={"PFJIRA_JIRA_BULK": str(bulk)})
        sandbox.faults.add(fault)
        settled = tool.settle()
        return fault.landed, settled.code, standing(sandbox)


def test_the_company_has_about_fifty_tasks_to_create() -> None:
    """The numbers in this file mean something: there is an n-th request for each n that is tried."""
    with Sandbox(company(**ONE_BY_ONE)) as sandbox:
        assert len(matching(sandbox)) in range(48, 54)


@pytest.mark.parametrize("nth", [1, 2, 25, 46])
def test_row_6_an_answer_lost_after_the_commit_is_looked_up(tmp_path: Path, nth: int) -> None:
    """With an index that lags, the n-th creation whose answer was lost exists once, as do all others."""
    assert (1, 0, CLEAN) == survive(tmp_path, Fault("drop_after", "jira", "POST", CREATE, nth=nth), bulk=1)


@pytest.mark.long
@pytest.mark.parametrize("nth", range(1, 47))
def test_row_6_an_answer_lost_at_each_creation_is_looked_up(tmp_path: Path, nth: int) -> None:
    """The same at every single one of the creations."""
    assert (1, 0, CLEAN) == survive(tmp_path, Fault("drop_after", "jira", "POST", CREATE, nth=nth), bulk=1)


@pytest.mark.parametrize("nth", range(1, 6))
@pytest.mark.parametrize("kind", ["drop_after", "cut_after", "status_after"])
def test_row_6_a_lost_bulk_answer_is_looked_up(tmp_path: Path, kind: str, nth: int) -> None:
    """The answer to ten creations at once is lost, cut short, or replaced by a proxy's 503 after the success."""
    fault = Fault(kind, "jira", "POST", BULK, nth=nth)  # type: ignore[arg-type]  # the words above are all kinds
    assert (1, 0, CLEAN) == survive(tmp_path, fault, bulk=10)


@pytest.mark.parametrize(("nth", "kept"), [(1, 0), (1, 1), (2, 5), (3, 9), (5, 3)])
def test_half_a_bulk_request_is_completed(tmp_path: Path, nth: int, kept: int) -> None:
    """Jira makes the first k of ten and drops the connection: the others follow, the k stay single."""
    assert (1, 0, CLEAN) == survive(tmp_path, Fault("partial", "jira", "POST", BULK, nth=nth, keep=kept), bulk=10)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_row_6_all_answers_lost_are_looked_up(tmp_path: Path, kind: str) -> None:
    """Three lost answers in a row count as an outage; what they did is found, what they did not is done later."""
    fault = Fault(kind, "jira", "POST", BULK, times=3)  # type: ignore[arg-type]
    assert (3, 0, CLEAN) == survive(tmp_path, fault, bulk=10)


@pytest.mark.parametrize("kind", ["drop_after", "html", "unauthorized"])
def test_a_lost_look_back_is_no_lost_issue(tmp_path: Path, kind: str) -> None:
    """The creations were answered, the reading back of the new issues failed: they are found all the same."""
    with Sandbox(company(**ONE_BY_ONE)) as sandbox:
        tool = Tool(sandbox, tmp_path, extra={"PFJIRA_JIRA_BULK": "10"})
        fault = sandbox.faults.add(Fault(kind, "jira", "POST", "bulkfetch", nth=2, times=4))  # type: ignore[arg-type]
        tool.run("sync")
        sandbox.faults.clear()
        settled = tool.settle()
        assert (True, 0, CLEAN) == (fault.landed > 0, settled.code, standing(sandbox))


@pytest.mark.parametrize("lag", [0.0, 600.0])
def test_row_3_marks_that_appear_late_are_waited_for(tmp_path: Path, lag: float) -> None:
    """Issues whose mark shows only seconds later, behind an index that lags ten minutes, are not made again."""
    jira = JiraOptions(index_lag_s=lag, property_lag_s=5.0, key_gap_every=7)
    with Sandbox(company(jira=jira)) as sandbox:
        tool = Tool(sandbox, tmp_path, extra={"PFJIRA_JIRA_BULK": "10"})
        fault = sandbox.faults.add(Fault("drop_after", "jira", "POST", BULK, nth=2))
        settled = tool.settle(minutes=40)
        assert (1, 0, CLEAN) == (fault.landed, settled.code, standing(sandbox))


def test_a_naive_loop_is_caught_doubling() -> None:
    """The negative control: who creates again when an answer is lost makes a double, and this harness sees it."""
    with Sandbox(company(**ONE_BY_ONE)) as sandbox:
        fault = sandbox.faults.add(Fault("drop_after", "jira", "POST", CREATE, nth=20))
        for task_id, task in matching(sandbox).items():
            while not _create_naively(sandbox, task_id, str(task["title"])):
                pass
        assert (1, {**CLEAN, "doubled": 1, "stray": 1}) == (fault.landed, standing(sandbox))


def _create_naively(sandbox: Sandbox, task_id: int, title: str) -> bool:
    """Create one issue; return whether an answer said that it exists."""
    login = base64.b64encode(f"{SERVICE_EMAIL}:{SERVICE_TOKEN}".encode()).decode()
    body = {
        "fields": {"project": {"key": "ITOPS"}, "issuetype": {"name": "Task"}, "summary": title},
        "properties": [{"key": "pfjira", "value": {"op": f"task-{task_id}"}}],
    }
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    try:
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        connection.request("POST", "/rest/api/3/issue", json.dumps(body), headers)
        return connection.getresponse().status == 201
    except (http.client.HTTPException, OSError):
        return False
    finally:
        connection.close()
