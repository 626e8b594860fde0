"""Each kind of fault lands as it says, on the requests it names, and leaves the systems' state as it should be."""

from __future__ import annotations

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from plainclient import PlainClient, peopleforce_client

from pfjira.sandbox.exchange import exchange
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox
from pfjira.sandbox.wire import CutShort, Reply, Request

COMPLETE = "/tasks/7001/complete"


@pytest.fixture
def open_first(sandbox: Sandbox) -> None:
    """Task 7001 is open."""
    sandbox.peopleforce.reopen(7001)


@pytest.mark.parametrize(("kind", "completed"), [("drop_before", False), ("drop_after", True), ("cut_after", True)])
@pytest.mark.usefixtures("open_first")
def test_an_answer_can_be_lost(sandbox: Sandbox, peopleforce: PlainClient, kind: Any, completed: bool) -> None:
    """The client sees a broken connection; whether the task was completed depends on the kind alone."""
    fault = sandbox.faults.add(Fault(kind, method="PUT"))

    with pytest.raises((http.client.HTTPException, OSError)):
        peopleforce.send("PUT", COMPLETE)

    assert (1, completed) == (fault.landed, sandbox.peopleforce.tasks[7001]["completed"])
    assert 200 == peopleforce.get("/tasks").status


@pytest.mark.parametrize(
    ("fault", "status", "completed"),
    [
        (Fault("status_before", status=503, method="PUT"), 503, False),
        (Fault("status_after", status=502, method="PUT"), 502, True),
        (Fault("rate_limited", method="PUT"), 429, False),
        (Fault("forbidden", method="PUT"), 403, False),
        (Fault("unauthorized", method="PUT"), 401, False),
        (Fault("html", method="PUT"), 200, False),
        (Fault("delay", delay_s=0.02, method="PUT"), 200, True),
        (Fault("drip", delay_s=0.00001, method="PUT"), 200, True),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
@pytest.mark.usefixtures("open_first")
def test_an_answer_can_be_another(
    sandbox: Sandbox, peopleforce: PlainClient, fault: Fault, status: int, completed: bool
) -> None:
    """The status is the fault's; the task is completed only by kinds that handle the request."""
    sandbox.faults.add(fault)

    answer = peopleforce.send("PUT", COMPLETE)

    assert (status, completed) == (answer.status, sandbox.peopleforce.tasks[7001]["completed"])
    assert 1 == fault.landed


@pytest.mark.parametrize(("retry_after", "expected"), [(None, None), (7, "7"), ("0", "0")])
def test_a_limit_may_say_when_to_return(
    sandbox: Sandbox, peopleforce: PlainClient, retry_after: Any, expected: str | None
) -> None:
    """`Retry-After` is sent only when the fault gives one."""
    sandbox.faults.add(Fault("rate_limited", retry_after=retry_after))

    assert expected == peopleforce.get("/tasks").headers["Retry-After"]


def test_a_login_page_is_html_with_200(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """A gateway in front of the API says 200 and means no."""
    sandbox.faults.add(Fault("html"))

    answer = peopleforce.get("/tasks")

    assert (200, "text/html; charset=utf-8") == (answer.status, answer.headers["Content-Type"])


def test_a_cut_can_fall_anywhere(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """`keep` counts bytes of the whole answer: within the status line there is no status at all."""
    sandbox.faults.add(Fault("cut_after", keep=5))

    with pytest.raises((http.client.BadStatusLine, ConnectionError)):
        peopleforce.get("/tasks")


def test_an_empty_list_is_consistent_in_itself(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """No row, and counters that agree: only memory can tell that this is wrong."""
    sandbox.faults.add(Fault("empty_list"))

    empty = {"data": [], "metadata": {"pagination": {"page": 1, "pages": 1, "count": 0, "items": 0}}}
    assert empty == peopleforce.get("/tasks").json()
    assert 50 == len(peopleforce.get("/tasks").json()["data"])


def test_a_cut_list_keeps_its_counters(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Half the rows are missing although the counters promise all."""
    sandbox.faults.add(Fault("cut_list", nth=2))

    rows = peopleforce.sweep("/tasks")

    assert (275, 1) == (len(rows), sandbox.faults[0].landed)


def test_a_shift_hides_one_row_from_one_sweep(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """From page 2 on all rows stand one place higher; the next sweep, without the fault, is whole."""
    fault = sandbox.faults.add(Fault("shift", path="/tasks$"))
    whole = list(reversed(sandbox.peopleforce.task_ids(completed=False)))

    first = [row["id"] for row in peopleforce.sweep("/tasks")]
    second = [row["id"] for row in peopleforce.sweep("/tasks")]

    assert (whole[:50] + whole[51:], whole) == (first, second)
    assert 1 == fault.landed


def test_a_shift_is_visible_in_the_counters(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """As if a row had vanished from page 1: the count is one less from page 2 on."""
    sandbox.faults.add(Fault("shift"))

    counts = [peopleforce.get("/tasks", page=n).json()["metadata"]["pagination"]["count"] for n in (1, 2, 3)]

    assert [300, 299, 299] == counts


def test_a_list_fault_does_not_land_on_what_is_no_list(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """`landed` counts effects, not attempts."""
    fault = sandbox.faults.add(Fault("cut_list"))

    assert 200 == peopleforce.get("/employees/9002").status
    assert (1, 0) == (fault.seen, fault.landed)


def test_a_fault_fires_from_the_nth_match_on_so_many_times(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Requests that do not match are not counted."""
    fault = sandbox.faults.add(Fault("status_before", path="/tasks$", nth=2, times=2))

    statuses = [peopleforce.get(path).status for path in ("/tasks", "/positions", "/tasks", "/tasks", "/tasks")]

    assert [200, 200, 503, 503, 200] == statuses
    assert (4, 2) == (fault.seen, fault.landed)


def test_requests_at_once_do_not_share_a_turn(sandbox: Sandbox) -> None:
    """A fault planned once lands once, however many requests race for it."""
    fault = sandbox.faults.add(Fault("status_after", times=1))

    def ask(_: int) -> int:
        with peopleforce_client(sandbox) as client:
            return client.get("/employees", status="all").status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(ask, range(16)))

    assert ([200] * 15 + [503], 1) == (statuses, fault.landed)


def test_a_lost_login_stays_lost(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """`unauthorized` answers 401 until it is cleared, in the system's own words."""
    sandbox.faults.add(Fault("unauthorized", nth=2))

    answers = [peopleforce.get("/tasks") for _ in range(4)]

    assert [200, 401, 401, 401] == [answer.status for answer in answers]
    assert {"message": "Bad Credentials"} == answers[-1].json()
    sandbox.faults.clear()
    assert 200 == peopleforce.get("/tasks").status


def test_a_fault_of_one_system_leaves_the_other_alone(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """`system` chooses."""
    sandbox.faults.add(Fault("drop_before", system="jira", times=None))

    assert 200 == peopleforce.get("/tasks").status


def test_a_bulk_request_can_stop_half_way() -> None:
    """`partial` passes `stop_after` on, and a system that stopped is not answered for."""
    seen: list[int | None] = []

    def system(request: Request) -> Reply:
        seen.append(request.stop_after)
        raise CutShort

    delivery = exchange(Fault("partial", keep=3), "jira", Request("POST", "/", {}, {}, b""), system)

    assert ([3], None, True) == (seen, delivery.reply, delivery.landed)


def test_a_slow_answer_is_cut_by_a_clean_stop(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Neither a delay nor a drip keeps a sandbox from stopping at once."""
    sandbox.faults.add(Fault("delay", delay_s=60, times=None))
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            peopleforce.get("/tasks")
        except (OSError, http.client.HTTPException) as error:
            failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not sandbox.faults[0].landed:
        time.sleep(0.001)
    started = time.monotonic()
    sandbox.stop()
    asking.join()

    assert time.monotonic() - started < 2
    assert 1 == len(failures)


@pytest.mark.parametrize("plan", [{"kind": "nonsense"}, {"kind": "html", "nth": 0}, {"kind": "html", "times": 0}])
def test_a_fault_that_could_never_land_is_refused(plan: dict[str, Any]) -> None:
    """A misspelt plan must not pass as a test without faults."""
    with pytest.raises(ValueError, match="fault"):
        Fault(**plan)
