"""Every switch of the simulated PeopleForce does what it says, and the default is what was seen on the wire."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import pytest
from plainclient import PlainClient

from pfjira.sandbox.faults import Fault


class Start(Protocol):
    """Starts a sandbox with switches and returns a client of it."""

    def __call__(self, **switches: Any) -> PlainClient:
        """Start."""
        ...


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("nested", {"pagination": {"page": 2, "pages": 3, "count": 120, "items": 50}}),
        ("flat", {"page": 2, "pages": 3, "count": 120, "items": 50}),
        (
            "both",
            {
                "page": 2, "pages": 3, "count": 120, "items": 50,
                "pagination": {"page": 2, "pages": 3, "count": 120, "items": 50},
            },
        ),
        ("none", None),
    ],
)  # fmt: skip
def test_counters_come_in_every_shape(switched: Start, shape: str, expected: object) -> None:
    """The vendor's schema and the wire disagree, so both are offered."""
    assert expected == switched(metadata=shape).get("/tasks", page=2).json().get("metadata")


@pytest.mark.parametrize("metadata", ["nested", "flat", "both", "none"])
def test_faulty_lists_keep_the_shape(switched: Start, metadata: str) -> None:
    """An emptied list and a shifted one have their counters where the others have them."""
    client = switched(metadata=metadata)
    usual = client.get("/tasks").json().get("metadata")
    client.sandbox.faults.add(Fault("empty_list"))
    empty = client.get("/tasks").json().get("metadata")
    client.sandbox.faults.add(Fault("shift"))
    shifted = client.get("/tasks", page=3).json()

    assert _names(usual) == _names(empty) == _names(shifted.get("metadata"))
    assert 19 == len(shifted["data"])


def _names(metadata: dict[str, Any] | None) -> set[str]:
    return set(metadata or ()) | set((metadata or {}).get("pagination") or ())


def test_items_may_count_rows(switched: Start) -> None:
    """The last page then says how many rows it has."""
    client = switched(items="rows")

    assert 20 == client.get("/tasks", page=3).json()["metadata"]["pagination"]["items"]


@pytest.mark.parametrize(
    ("past_end", "status", "first_id", "page"),
    [("empty", 200, None, 9), ("last", 200, 7020, 3), ("first", 200, 7120, 1), ("not_found", 404, None, None)],
)
def test_a_page_past_the_end(
    switched: Start, past_end: str, status: int, first_id: int | None, page: int | None
) -> None:
    """Not documented: no rows, another page, or 404."""
    answer = switched(completed_tasks=0, past_end=past_end).get("/tasks", page=9)

    body = answer.json()
    rows = body.get("data") or [{}]
    shown = body.get("metadata", {}).get("pagination", {}).get("page")
    assert (status, first_id, page) == (answer.status, rows[0].get("id"), shown)


def test_a_list_may_replay_its_first_page(switched: Start) -> None:
    """Some endpoints may ignore `page`."""
    client = switched(ignores_page=("tasks",))

    assert client.get("/tasks").json() == client.get("/tasks", page=2).json()


def test_small_switches_of_lists(switched: Start) -> None:
    """Null for an empty list, `per_page` with an effect, texts instead of nulls, numbers in rows."""
    client = switched(
        tasks=0, completed_tasks=30, null_when_empty=True, per_page_works=True, empty_text_for_null=True,
        employee_number_in_rows=True, string_position_ids=True,
    )  # fmt: skip

    assert None is client.get("/tasks").json()["data"]
    assert 3 == len(client.get("/tasks", completed="true", per_page=3).json()["data"])
    assert not [row for row in client.sweep("/tasks", completed="true") if row["description"] is None]
    assert "E-00001" == client.get("/employees").json()["data"][0]["employee_number"]
    assert isinstance(client.get("/employees/9002/positions").json()["data"][0]["id"], str)


def test_unknown_parameters_may_be_refused(switched: Start) -> None:
    """A misspelt filter answers 400 instead of everything; known ones still pass."""
    client = switched(refuses_unknown_parameters=True)

    statuses = [
        client.get(path, **query).status
        for path, query in (("/tasks", {"complete": 1}), ("/tasks", {"completed": "true", "page": 1}),
                            ("/employees", {"ids[]": 1}), ("/employees", {"ids": 1}))
    ]  # fmt: skip

    assert [400, 200, 200, 400] == statuses


@pytest.mark.parametrize(
    ("switches", "status", "expected"),
    [
        ({}, 200, {"data"}),
        ({"wrap_single": False}, 200, {"id", "title"}),
        ({"completion_body": "success"}, 200, {"success"}),
        ({"completion_body": "empty"}, 200, None),
        ({"completion_body": "no_content"}, 204, None),
    ],
)
def test_what_completing_answers(switched: Start, switches: Any, status: int, expected: set[str] | None) -> None:
    """The vendor does not describe the body."""
    client = switched(completed_tasks=0, **switches)

    answer = client.send("PUT", "/tasks/7001/complete")

    assert status == answer.status
    assert (expected is None) == (answer.body == b"")
    assert expected is None or expected <= answer.json().keys()
    assert client.sandbox.peopleforce.tasks[7001]["completed"]


@pytest.mark.parametrize(("repeated", "status", "moves"), [("unchanged", 200, False), ("touched", 200, True),
                                                          ("unprocessable", 422, False)])  # fmt: skip
def test_completing_twice(switched: Start, repeated: str, status: int, moves: bool) -> None:
    """Not documented: nothing, a moved timestamp, or a refusal."""
    client = switched(repeated_completion=repeated, completed_tasks=0)
    client.send("PUT", "/tasks/7001/complete")
    before = client.sandbox.peopleforce.tasks[7001]["updated_at"]
    client.sandbox.clock.advance(60)

    answer = client.send("PUT", "/tasks/7001/complete")

    assert (status, moves) == (answer.status, before != client.sandbox.peopleforce.tasks[7001]["updated_at"])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("errors", {"success": False, "errors": [{"message": "name can't be blank"}]}),
        ("map", {"errors": {"name": ["can't be blank"]}}),
        ("message", {"message": "Validation failed: name can't be blank"}),
    ],
)
def test_how_a_refusal_is_worded(switched: Start, shape: str, expected: object) -> None:
    """422 has no documented body."""
    answer = switched(validation_body=shape).send("POST", "/tasks", {"employee_id": 9002})

    assert (422, expected) == (answer.status, answer.json())


def test_creating_may_answer_201(switched: Start) -> None:
    """200 and 201 are mixed up in the vendor's file."""
    assert 201 == switched(create_status=201).send("POST", "/tasks", {"name": "x", "employee_id": 9002}).status


@pytest.mark.parametrize("shape", ["message", "rails", "empty", "html"])
def test_how_absence_is_worded(switched: Start, shape: str) -> None:
    """404 has no documented body, not even a documented type."""
    answer = switched(not_found_body=shape).send("PUT", "/tasks/1/complete")

    kinds = {"message": "application/json", "rails": "application/json", "html": "text/html", "empty": None}
    assert (404, kinds[shape]) == (answer.status, (answer.headers["Content-Type"] or "").split(";")[0] or None)


@pytest.mark.parametrize("status", [403, 404])
def test_a_module_may_be_off(switched: Start, status: int) -> None:
    """A whole part of the API answers as if the key had no access to it."""
    client = switched(modules_off=("tasks",), module_off_status=status)

    assert (status, 200) == (client.get("/tasks").status, client.get("/employees").status)


@pytest.mark.parametrize(
    ("form", "accepted"), [("any", {"iso", "date", "unix"}), ("iso", {"iso"}), ("date", {"date"}), ("unix", {"unix"})]
)
def test_times_of_people_may_be_taken_in_one_format_only(switched: Start, form: str, accepted: set[str]) -> None:
    """The vendor declares plain text; what is not taken is refused with 422."""
    client = switched(employee_filter_format=form)
    samples = {"iso": "2020-01-01T00:00:00Z", "date": "2020-01-01", "unix": "1577836800"}

    statuses = {name: client.get("/employees", **{"updated_at[gte]": text}).status for name, text in samples.items()}

    assert {name: 200 if name in accepted else 422 for name in samples} == statuses


def test_a_filter_by_time_may_show_leavers(switched: Start) -> None:
    """Whether the default cohort holds while `updated_at` filters is not known."""
    query = {"updated_at[gte]": "2000-01-01"}

    counts = [
        switched(people=50, delta_widens_status=widens).get("/employees", **query).json()["metadata"]["pagination"]
        for widens in (False, True)
    ]

    assert [49, 50] == [found["count"] for found in counts]


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_the_limit_ends_with_its_window(switched: Start, window: str) -> None:
    """So many requests a minute pass; the next ones wait until the window has moved."""
    client = switched(rate_limit_per_minute=3, rate_limit_window=window, rate_limit_headers=True)
    client.sandbox.clock.advance(60 - client.sandbox.clock.now().timestamp() % 60)

    answers = [client.get("/locations") for _ in range(5)]
    wait = int(answers[-1].headers["Retry-After"])
    client.sandbox.clock.advance(wait)

    assert [200, 200, 200, 429, 429] == [answer.status for answer in answers]
    assert ["2", "1", "0", "0", "0"] == [answer.headers["X-RateLimit-Remaining"] for answer in answers]
    assert 0 < wait <= 60
    assert 200 == client.get("/locations").status


@pytest.mark.parametrize("form", ["seconds", "date", "zero", "none"])
def test_when_to_return_comes_in_every_form(switched: Start, form: str) -> None:
    """`Retry-After` was never recorded on the wire."""
    client = switched(rate_limit_per_minute=1, retry_after=form)
    client.get("/locations")
    client.get("/locations")

    said = client.get("/locations").headers["Retry-After"]

    match form:
        case "seconds":
            assert 1 <= int(said) <= 60
        case "date":
            assert parsedate_to_datetime(said) > client.sandbox.clock.now()
        case "zero":
            assert "0" == said
        case "none":
            assert said is None


@pytest.mark.parametrize(
    ("shape", "kind"),
    [("message", "application/json"), ("text", "text/plain"), ("html", "text/html"), ("empty", "")],
)
def test_how_the_limit_is_worded(switched: Start, shape: str, kind: str) -> None:
    """429 has no documented body; a wrong key is limited like a right one."""
    client = switched(rate_limit_per_minute=1, rate_limit_body=shape, rate_limit_scope="company")
    client.get("/locations")
    client.get("/locations")
    client.headers = {"X-API-KEY": "another"}

    answer = client.get("/locations")

    assert (429, kind) == (answer.status, (answer.headers["Content-Type"] or "").split(";")[0])
