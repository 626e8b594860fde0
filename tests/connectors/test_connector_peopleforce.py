"""PeopleForce as the operations see it, over sockets and over every shape that the reference leaves open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from connector_clock import FakeClock

from pfjira.connectors.peopleforce import codec
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.engine.kinds import TASK
from pfjira.engine.model import Ref
from pfjira.errors import BadReply, ConfigError, Missing, Unauthorized, Unavailable
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.sandbox.server import Sandbox

Start = Callable[..., Sandbox]
Connect = Callable[..., PeopleForce]


def ids(peopleforce: PeopleForce, section: str) -> list[str]:
    """Return the ids of a whole listing."""
    return [record.ref.id for page in peopleforce.scan("task", section) for record in page.records]


def stored(sandbox: Sandbox, *, completed: bool) -> list[str]:
    """Return the ids that the sandbox holds, newest first."""
    numbers = [number for number, task in sandbox.peopleforce.tasks.items() if task["completed"] is completed]
    return [str(number) for number in sorted(numbers, reverse=True)]


def test_a_listing_is_read_to_its_end(sandbox: Sandbox, peopleforce: PeopleForce) -> None:
    """All pages, each with its counters, newest first; the two sections hold all there is."""
    pages = list(peopleforce.scan("task", "open"))

    expected = [(1, 3, 120, 50), (2, 3, 120, 50), (3, 3, 120, 20)]
    assert expected == [(page.number, page.pages, page.count, len(page.records)) for page in pages]
    assert [stored(sandbox, completed=False), stored(sandbox, completed=True)] == [
        ids(peopleforce, section) for section in peopleforce.sections("task")
    ]


@pytest.mark.parametrize("metadata", ["nested", "flat", "both", "none"])
@pytest.mark.parametrize("past_end", ["empty", "last", "first", "not_found"])
def test_row_21_every_way_to_count_and_to_end_is_understood(
    start: Start, to_peopleforce: Connect, metadata: Any, past_end: Any
) -> None:
    """A listing without counters ends where nothing new comes."""
    sandbox = start(peopleforce=PeopleForceOptions(metadata=metadata, past_end=past_end))

    seen = ids(to_peopleforce(sandbox), "open")

    assert stored(sandbox, completed=False) == seen


@pytest.mark.parametrize("metadata", ["nested", "none"])
def test_row_21_a_list_that_ignores_the_page_does_not_hold_us(
    start: Start, to_peopleforce: Connect, metadata: Any
) -> None:
    """It shows page 1 again and again; the scan ends, and the counters (if any) betray it."""
    sandbox = start(peopleforce=PeopleForceOptions(metadata=metadata, ignores_page=("tasks",)))

    pages = list(to_peopleforce(sandbox).scan("task", "open"))

    distinct = {record.ref.id for page in pages for record in page.records}
    assert (50, 120 if metadata == "nested" else None) == (len(distinct), pages[-1].count)


@pytest.mark.parametrize("null", [True, False])
def test_row_21_an_empty_listing_is_one_empty_page(start: Start, to_peopleforce: Connect, null: bool) -> None:
    """`data: null` is no error; the count is told."""
    sandbox = start(tasks=0, completed_tasks=0, peopleforce=PeopleForceOptions(null_when_empty=null))

    pages = list(to_peopleforce(sandbox).scan("task", "open"))

    assert [(1, (), 0)] == [(page.number, page.records, page.count) for page in pages]


@pytest.mark.parametrize("body", ["task", "empty", "no_content", "success"])
@pytest.mark.parametrize("repeated", ["unchanged", "touched", "unprocessable"])
def test_completing_is_safe_to_repeat(start: Start, to_peopleforce: Connect, body: Any, repeated: Any) -> None:
    """Whatever the undocumented answers are, done twice is done once."""
    options = PeopleForceOptions(completion_body=body, repeated_completion=repeated)
    sandbox = start(peopleforce=options)
    peopleforce = to_peopleforce(sandbox)
    ref = Ref("peopleforce", "task", stored(sandbox, completed=False)[60])

    states = []
    for act in (peopleforce.complete, peopleforce.complete, peopleforce.reopen, peopleforce.reopen):
        act(ref)
        states.append(sandbox.peopleforce.tasks[int(ref.id)]["completed"])

    assert [True, True, False, False] == states


@pytest.mark.parametrize("not_found", ["message", "rails", "empty", "html"])
def test_a_task_that_is_gone_is_missing(start: Start, to_peopleforce: Connect, not_found: Any) -> None:
    """By its 404 when it is to be changed, by complete listings when it is to be read."""
    sandbox = start(peopleforce=PeopleForceOptions(not_found_body=not_found))
    peopleforce = to_peopleforce(sandbox)

    for act in (peopleforce.complete, peopleforce.reopen, peopleforce.fetch):
        for number in ("1", "no-number/../7"):
            with pytest.raises(Missing):
                act(Ref("peopleforce", "task", number))


def test_one_task_is_found_in_the_listings(sandbox: Sandbox, peopleforce: PeopleForce) -> None:
    """Open or completed, although the API has no read by id."""
    wanted = [stored(sandbox, completed=False)[-1], stored(sandbox, completed=True)[-1]]

    found = [peopleforce.fetch(Ref("peopleforce", "task", number)) for number in wanted]

    assert [(wanted[0], False), (wanted[1], True)] == [(record.ref.id, record.fields["completed"]) for record in found]


def test_a_listing_that_does_not_add_up_proves_no_absence(sandbox: Sandbox, peopleforce: PeopleForce) -> None:
    """Half a page is missing: the task may be there, so it is not Missing."""
    sandbox.faults.add(Fault("cut_list", system="peopleforce", times=None))

    with pytest.raises(Unavailable):
        peopleforce.fetch(Ref("peopleforce", "task", "1"))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("drop_before", times=None), Unavailable),
        (Fault("drop_after", times=None), Unavailable),
        (Fault("cut_after", keep=300, times=None), Unavailable),
        (Fault("status_before", status=500, times=None), Unavailable),
        (Fault("rate_limited", times=None), Unavailable),
        (Fault("html", times=None), BadReply),
        (Fault("unauthorized"), Unauthorized),
        (Fault("forbidden", times=None), Unauthorized),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_each_fault_is_told_as_what_it_is(
    sandbox: Sandbox, peopleforce: PeopleForce, fault: Fault, error: type[Exception]
) -> None:
    """Trouble is never an empty list, and it lands."""
    sandbox.faults.add(fault)

    with pytest.raises(error):
        ids(peopleforce, "open")
    with pytest.raises(error):
        peopleforce.complete(Ref("peopleforce", "task", stored(sandbox, completed=False)[0]))

    assert fault.landed >= 2


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "cut_after", "status_before", "rate_limited"])
def test_a_short_trouble_is_not_noticed(sandbox: Sandbox, peopleforce: PeopleForce, kind: Any) -> None:
    """Two failures in the middle of a listing, and one while completing."""
    reading = sandbox.faults.add(Fault(kind, nth=2, times=2, keep=200, method="GET"))
    writing = sandbox.faults.add(Fault(kind, keep=20, method="PUT"))
    number = stored(sandbox, completed=False)[0]

    seen = ids(peopleforce, "open")
    peopleforce.complete(Ref("peopleforce", "task", number))

    assert stored(sandbox, completed=False) == seen[1:]
    assert (2, 1) == (reading.landed, writing.landed)


def test_the_preflight_says_what_is_wrong(sandbox: Sandbox, to_peopleforce: Connect) -> None:
    """With the right key all is well; with a wrong one there is something to try; nothing is raised."""
    right, wrong = to_peopleforce(sandbox).check(), to_peopleforce(sandbox, "other-key").check()

    assert [True, True, True] == [finding.ok for finding in right]
    assert [(False, True)] == [(finding.ok, bool(finding.hint)) for finding in wrong]


def test_a_kind_that_cannot_be_read_is_a_configuration_error(peopleforce: PeopleForce) -> None:
    """Not a silent nothing."""
    with pytest.raises(ConfigError):
        peopleforce.sections("planet")


def test_a_task_has_exactly_the_fields_that_rules_know() -> None:
    """Also when the row shows nothing: objects are there with all their members."""
    record = codec.task({"id": "7"})

    members = {name: tuple(value) if isinstance(value, dict) else () for name, value in record.fields.items()}
    assert ({name: tuple(shape) for name, shape in TASK.items()}, "7", False) == (
        members,
        record.ref.id,
        record.fields["completed"],
    )


@pytest.mark.parametrize(
    ("row", "completed"),
    [
        ({"completed": True}, True),
        ({"completed": "true"}, True),
        ({"completed": "false", "completed_at": "2026-01-01"}, False),
        ({"completed": 1}, True),
        ({"completed": None, "completed_at": "2026-01-01T00:00:00.000Z"}, True),
        ({}, False),
    ],
)
def test_completion_is_always_a_truth_value(row: dict[str, Any], completed: bool) -> None:
    """However it is spelt."""
    assert completed is codec.task({"id": 1, **row}).fields["completed"]


@pytest.mark.parametrize(
    "payload",
    [
        b"3",
        b'"tasks"',
        b"{}",
        b'{"data": {"id": 1}}',
        b'{"data": [{"title": "no id"}]}',
        b'{"data": [null]}',
        b'{"data": [{"id": null}]}',
        b'{"data": [{"id": {"a": 1}}]}',
    ],
)
def test_a_shape_that_is_none_of_the_known_ones_is_a_bad_reply(clock: FakeClock, payload: bytes) -> None:
    """Never half a list, never a crash."""
    config = PeopleForceConfig.model_validate({"url": "https://x.test", "api_key": "k", "rate": 0})
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=payload))
    peopleforce = PeopleForce(config, clock=clock, sleep=clock.sleep, transport=transport)

    with pytest.raises(BadReply):
        ids(peopleforce, "open")


def test_row_21_a_bare_array_and_text_counters_are_read(clock: FakeClock) -> None:
    """Two more shapes from the reference."""
    texts = {"data": [{"id": "9"}], "metadata": {"page": "1", "pages": "1", "count": "1", "items": "50"}}

    assert [([{"id": 1}], None, None), ([{"id": "9"}], 1, 1)] == [
        codec.listing(orjson.loads(orjson.dumps(payload))) for payload in ([{"id": 1}], texts)
    ]
