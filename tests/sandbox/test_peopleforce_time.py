"""HR stories of the simulated PeopleForce as they are played in time, by the sandbox's clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plainclient import PlainClient

from pfjira.sandbox.server import Sandbox

DAY_S = 86_400.0


def day(sandbox: Sandbox, ahead: int) -> str:
    """Return a day so many days from today, by the sandbox's clock."""
    return (sandbox.clock.now().date() + timedelta(days=ahead)).isoformat()


def advance_to(sandbox: Sandbox, text: str, hour: int, minute: int = 0) -> None:
    """Move the clock to an hour of a day, UTC."""
    goal = datetime.fromisoformat(text).replace(hour=hour, minute=minute, tzinfo=UTC)
    sandbox.clock.advance((goal - sandbox.clock.now()).total_seconds())


def detail(client: PlainClient, person: int) -> dict[str, Any]:
    """Return a person's full record."""
    found: dict[str, Any] = client.get(f"/employees/{person}").json()["data"]
    return found


def shown(client: PlainClient, **query: Any) -> list[int]:
    """Return the ids of a list of people."""
    return [row["id"] for row in client.sweep("/employees", **query)]


def test_a_position_dated_ahead_takes_effect_by_clock_alone(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """The record, the list row and the manager filter change on the day, without a write and without a stamp."""
    starts = day(sandbox, 3)
    answer = peopleforce.send(
        "POST",
        "/employees/9005/positions",
        {"effective_from": starts, "department_id": 37, "position_id": 707, "reporting_to_id": 9003},
    )
    before = detail(peopleforce, 9005)
    advance_to(sandbox, starts, 0, 1)
    after = detail(peopleforce, 9005)

    assert (201, starts) == (answer.status, answer.json()["data"]["effective_on"])
    assert "Finance" != before["department"]["name"]
    assert ("Finance", "Accountant", 9003) == (
        after["department"]["name"], after["position"]["name"], after["reporting_to"]["id"],
    )  # fmt: skip
    assert (before["location"], before["updated_at"]) == (after["location"], after["updated_at"])
    assert "Finance" == peopleforce.get("/employees", **{"ids[]": 9005}).json()["data"][0]["department"]["name"]
    assert 9005 in shown(peopleforce, manager_id=9003)
    assert 9005 in [row["id"] for row in detail(peopleforce, 9003)["direct_reports"]]


def test_dated_positions_are_listed_newest_first_and_can_be_corrected(
    sandbox: Sandbox, peopleforce: PlainClient
) -> None:
    """A second POST makes a second row; PUT corrects one, DELETE drops one, and the record follows."""
    first, second = (
        peopleforce.send(
            "POST", "/employees/9005/positions", {"effective_from": day(sandbox, -ago), "location_id": 24}
        ).json()["data"]["id"]
        for ago in (10, 5)
    )
    listed = [row["id"] for row in peopleforce.get("/employees/9005/positions").json()["data"]]
    peopleforce.send("PUT", f"/employees/9005/positions/{second}", {"location_id": 23})
    corrected = detail(peopleforce, 9005)["location"]["name"]
    gone = peopleforce.send("DELETE", f"/employees/9005/positions/{second}").status

    assert [second, first] == listed[:2]
    assert 3 == len(listed)
    assert ("Warsaw", 204, "Remote") == (corrected, gone, detail(peopleforce, 9005)["location"]["name"])
    assert 404 == peopleforce.send("DELETE", f"/employees/9005/positions/{second}").status


@pytest.mark.parametrize("body", [{}, {"effective_from": "soon"}, {"effective_from": "2026-01-01", "department_id": 1}])
def test_a_position_that_makes_no_sense_is_refused(peopleforce: PlainClient, body: dict[str, Any]) -> None:
    """The day is mandatory, and what is pointed to must exist."""
    assert 422 == peopleforce.send("POST", "/employees/9005/positions", body).status
    assert 1 == len(peopleforce.get("/employees/9005/positions").json()["data"])


def test_an_employment_status_takes_effect_on_its_day(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Employment types are dated like positions."""
    starts = day(sandbox, 1)
    row = peopleforce.send(
        "POST", "/employees/9005/employment_statuses", {"effective_from": starts, "employment_type_id": 42}
    ).json()["data"]
    before = detail(peopleforce, 9005)["employment_type"]["name"]
    sandbox.clock.advance(DAY_S)
    after = detail(peopleforce, 9005)["employment_type"]["name"]
    peopleforce.send("PUT", f"/employees/9005/employment_statuses/{row['id']}", {"employment_type_id": 43})
    changed = detail(peopleforce, 9005)["employment_type"]["name"]
    peopleforce.send("DELETE", f"/employees/9005/employment_statuses/{row['id']}")

    assert ("Full-time", "Part-time", "Contractor") == (before, after, changed)
    assert "Full-time" == detail(peopleforce, 9005)["employment_type"]["name"]


def test_a_leaver_leaves_by_the_batch_of_one_in_the_morning(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Until 01:00 UTC of the day only the termination data shows; then the person is out of the default list."""
    last = day(sandbox, 5)
    answer = peopleforce.send(
        "POST",
        "/employees/9005/terminate",
        {
            "effective_from": last,
            "termination_type_id": 61,
            "termination_reason_id": 62,
            "eligible_for_rehire": False,
            "comment": "Moves away",
        },
    )
    advance_to(sandbox, last, 0, 59)
    early = (detail(peopleforce, 9005)["status"], 9005 in shown(peopleforce))
    advance_to(sandbox, last, 1)
    late = detail(peopleforce, 9005)

    assert (200, last) == (answer.status, answer.json()["data"]["termination_effective_on"])
    assert ("employed", True) == early
    assert ("terminated", False, "Voluntary", "Better offer", False, "Moves away") == (
        late["status"], late["access"], late["termination_type"]["name"], late["termination_reason"]["name"],
        late["termination_eligible_for_rehire"], late["termination_comment"],
    )  # fmt: skip
    assert 9005 not in shown(peopleforce)
    assert 9005 in shown(peopleforce, status="terminated")
    window = {"terminated_on[gte]": last, "terminated_on[lte]": last}
    assert [9005] == [row["id"] for row in peopleforce.sweep("/employees/terminated", **window)]


def test_a_termination_can_be_taken_back(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """`activate` works after the day; status and lists are as before, the stamp has moved."""
    sandbox.peopleforce.terminate(9005, day(sandbox, 0), type="Involuntary")
    gone = detail(peopleforce, 9005)
    sandbox.clock.advance(60)
    back = peopleforce.send("POST", "/employees/9005/activate").json()["data"]

    assert ("terminated", "employed", None) == (gone["status"], back["status"], back["termination_effective_on"])
    assert back["updated_at"] > gone["updated_at"]
    assert 200 == peopleforce.send("POST", "/employees/9005/activate").status
    assert 9005 in shown(peopleforce)


def test_a_termination_needs_its_four_fields(peopleforce: PlainClient) -> None:
    """Nothing is stored when one is missing."""
    answer = peopleforce.send("POST", "/employees/9005/terminate", {"effective_from": "2020-01-01"})

    assert (422, 3) == (answer.status, len(answer.json()["errors"]))
    assert "employed" == detail(peopleforce, 9005)["status"]


def test_when_terminations_act_is_a_switch(switched: Any) -> None:
    """Dated today it may wait for the next batch; dated ahead it may act from midnight."""
    client = switched(late_termination="next_batch", termination_acts="at_once", termination_shown_ahead=False)
    box = client.sandbox
    advance_to(box, day(box, 1), 12)
    box.peopleforce.terminate(9005, day(box, 0))
    box.peopleforce.terminate(9006, day(box, 1))
    today = [(detail(client, one)["status"], detail(client, one)["termination_effective_on"]) for one in (9005, 9006)]
    advance_to(box, day(box, 1), 0, 30)
    midnight = [detail(client, one)["status"] for one in (9005, 9006)]
    advance_to(box, day(box, 0), 1)

    assert [("employed", None)] * 2 == today
    assert ["employed", "terminated"] == midnight
    assert "terminated" == detail(client, 9005)["status"]


def test_somebody_hired_ahead_starts_on_the_day(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Hired, then on probation, then employed, each by the clock; the place shows from the beginning."""
    first, ends = day(sandbox, 2), day(sandbox, 4)
    made = sandbox.peopleforce.hire(
        "Nova", "Person", first, department="Service Desk", manager=9003, probation_ends_on=ends
    )
    seen = []
    for _ in range(5):
        seen.append(detail(peopleforce, made["id"])["status"])
        sandbox.clock.advance(DAY_S)

    assert ["hired", "hired", "probation", "probation", "employed"] == seen
    assert ("Service Desk", 9003, None) == (made["department"]["name"], made["reporting_to"]["id"], made["email"])
    assert made["created_at"][:10] < first
    assert [made["id"]] == shown(peopleforce, **{"hired_on[gte]": first})


def test_a_postponed_start_takes_the_first_place_along(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """A new first day moves the rows that begin on it, and nobody becomes younger in the system."""
    made = sandbox.peopleforce.hire("Nova", "Person", day(sandbox, 2))
    moved = sandbox.peopleforce.edit_employee(made["id"], hired_on=day(sandbox, 9))

    rows = peopleforce.get(f"/employees/{made['id']}/positions").json()["data"]
    assert [day(sandbox, 9)] == [row["effective_on"] for row in rows]
    assert made["created_at"] == moved["created_at"]


def test_somebody_may_come_back_under_the_same_id(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Hired again: the first placement stays in the history, the new one counts from the new day."""
    sandbox.peopleforce.terminate(9005, day(sandbox, -30))
    created = detail(peopleforce, 9005)["created_at"]
    back = sandbox.peopleforce.rehire(9005, day(sandbox, 0), department="IT")

    rows = peopleforce.get("/employees/9005/positions").json()["data"]
    assert ("employed", "IT", day(sandbox, 0)) == (back["status"], back["department"]["name"], back["hired_on"])
    assert (2, created) == (len(rows), back["created_at"])
    assert rows[1]["effective_on"] < rows[0]["effective_on"]


def test_what_the_clock_does_may_move_the_stamp(switched: Any) -> None:
    """By default only writes do, related rows included; both can be switched."""
    usual, other = switched(), switched(related_rows_touch=False, clock_touches=True)
    stamps: list[tuple[bool, bool]] = []
    for client in (usual, other):
        box = client.sandbox
        before = detail(client, 9005)["updated_at"]
        box.peopleforce.place(9005, day(box, 0), location="Lviv")
        placed = detail(client, 9005)["updated_at"]
        box.peopleforce.terminate(9005, day(box, 2))
        noted = detail(client, 9005)["updated_at"]
        box.clock.advance(3 * DAY_S)
        stamps.append((before != placed, noted != detail(client, 9005)["updated_at"]))

    assert [(True, False), (False, True)] == stamps


def test_switches_of_starting_and_leaving(switched: Any) -> None:
    """Before the first day: out of the default list, without a place. Leaving: other bodies, a refused activation."""
    client = switched(
        hired_are_active=False, placement_before_start="none", terminate_body="success",
        repeated_activation="unprocessable",
    )  # fmt: skip
    made = client.sandbox.peopleforce.hire("Nova", "Person", day(client.sandbox, 3))["id"]
    body = {
        "effective_from": day(client.sandbox, 3), "termination_type_id": 61, "termination_reason_id": 62,
        "eligible_for_rehire": True,
    }  # fmt: skip
    terminated = client.send("POST", f"/employees/{made}/terminate", body).json()
    before = (made in shown(client), detail(client, made)["department"])
    activations = [client.send("POST", f"/employees/{made}/activate").status for _ in range(2)]
    client.sandbox.clock.advance(3 * DAY_S)

    assert ({"success": True}, (False, None), [200, 422]) == (terminated, before, activations)
    assert (True, "IT") == (made in shown(client), detail(client, made)["department"]["name"])


def test_pages_of_one_question_stay_true_when_somebody_changes(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """A list kept for its next pages is dropped by a write, and by the hour in which the clock changes people."""
    count = len(shown(peopleforce))
    sandbox.peopleforce.remove_employee(9005)
    removed = len(shown(peopleforce))
    sandbox.peopleforce.terminate(9006, day(sandbox, 1))
    advance_to(sandbox, day(sandbox, 1), 0, 59)
    waiting = len(shown(peopleforce))
    sandbox.clock.advance(60)

    assert [count - 1, count - 1, count - 2] == [removed, waiting, len(shown(peopleforce))]
