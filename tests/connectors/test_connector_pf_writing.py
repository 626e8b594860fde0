"""What is written to PeopleForce: once per op, whatever becomes of the answer, and nothing that is so already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from peopleforce_fake import FakePeopleForce, asset, assignment, company

from pfjira.connectors.peopleforce.connector import PeopleForce
from pfjira.errors import ConnectorError, Missing, OutcomeUnknown, Rejected, Unavailable

OP = "0123456789abcdef0123"
OTHER = "fedcba98765432100000"

Act = Callable[[PeopleForce], object]


def note(peopleforce: PeopleForce) -> object:
    """Leave the note."""
    peopleforce.add_note("1", "Ticket OPS-1 is done", op=OP)
    return None


def task(peopleforce: PeopleForce) -> object:
    """Make the task."""
    values = {"title": "Grant access", "description": "<p>Please</p>", "starts_on": None, "ends_on": "2026-08-05"}
    return peopleforce.create_task("1", values, op=OP)


def hand_out(peopleforce: PeopleForce) -> object:
    """Hand the laptop out."""
    peopleforce.hand_out("101", "1", "2026-08-01")
    return None


POSTS = {"employees/1/notes": note, "tasks": task, "asset_assignments": hand_out}


def office() -> FakePeopleForce:
    """Return a company with a laptop that somebody else had before, and nothing on anybody yet."""
    fake = company(3)
    fake.lists |= {
        "employees/1/notes": [],
        "employees/1/tasks": [],
        "assets": [asset(7), asset(101, assignment(110, 101, 2, "2026-01-31"))],
    }
    return fake


def lost(request: httpx.Request) -> httpx.Response:
    """Break the connection before the answer."""
    raise httpx.ReadError("gone", request=request)


@pytest.mark.parametrize("path", sorted(POSTS))
def test_what_is_made_is_made_once(path: str) -> None:
    """The second time it is found, and nothing is sent."""
    fake = office()
    peopleforce = fake.connect()

    answers = [POSTS[path](peopleforce) for _ in range(3)]

    assert (1, 1, [path]) == (fake.count("POST "), len(set(answers)), [where for where, _ in fake.sent])


@pytest.mark.parametrize("path", sorted(POSTS))
@pytest.mark.parametrize(
    "answer",
    [lost, lambda request: httpx.Response(502), lambda request: httpx.Response(200, text="<html>")],
    ids=["lost", "gateway", "page"],
)
def test_an_answer_that_is_lost_is_no_second_write(
    path: str, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    """The outcome is unknown, the call is not repeated, and calling again later finds what was made."""
    fake = office()
    fake.after[f"POST {path}"] = answer
    peopleforce = fake.connect()

    with pytest.raises(OutcomeUnknown):
        POSTS[path](peopleforce)
    POSTS[path](peopleforce)

    assert 1 == fake.count("POST ")


@pytest.mark.parametrize("path", sorted(POSTS))
def test_a_refused_write_is_refused(path: str) -> None:
    """Sure no: nothing was made, and the text has nothing of what was sent."""
    fake = office()
    quoted = {"errors": [{"message": "Ticket OPS-1 is done, Grant access, 2026-08-01: not like this"}]}
    fake.answers[f"POST {path}"] = lambda request: httpx.Response(422, json=quoted)

    with pytest.raises(Rejected) as caught:
        POSTS[path](fake.connect())

    values = {"employees/1/notes": "OPS-1", "tasks": "Grant access", "asset_assignments": "2026-08-01"}
    assert (False, 1) == (values[path] in str(caught.value), fake.count("POST "))


def test_nothing_is_written_when_it_cannot_be_looked_for() -> None:
    """A creation whose place cannot be read might be a second one."""
    fake = office()
    for path in ("employees/1/notes", "employees/1/tasks", "assets/101"):
        fake.answers[f"GET {path}"] = lambda request: httpx.Response(503)
    peopleforce = fake.connect()

    for act in POSTS.values():
        with pytest.raises(Unavailable):
            act(peopleforce)

    assert 0 == fake.count("POST ")


def test_two_ops_are_two_notes() -> None:
    """Also when their texts are equal; each carries its marker."""
    fake = office()
    peopleforce = fake.connect()

    for op in (OP, OTHER, OP):
        peopleforce.add_note("1", "same", op=op)

    assert ["same\n\n(pfjira 01234567)", "same\n\n(pfjira fedcba98)"] == [body["body"] for _, body in fake.sent]


@pytest.mark.parametrize("shape", [lambda rows: rows, lambda rows: {"data": rows}, lambda rows: {"data": None}])
def test_notes_are_looked_through_in_every_shape(shape: Callable[[Any], Any]) -> None:
    """A bare array, a wrapped one, under the schema's name or the sample's (reference section 12)."""
    fake = office()
    rows = [3, {"id": 1, "text": "x (pfjira 01234567)"}]
    fake.answers["GET employees/1/notes"] = lambda request: httpx.Response(200, json=shape(rows))

    note(fake.connect())

    assert (0 if shape(rows) != {"data": None} else 1) == fake.count("POST ")


def test_a_task_is_looked_for_on_all_pages() -> None:
    """And its id is the one that is found."""
    fake = office()
    fake.lists["employees/1/tasks"] = [
        *({"id": number, "description": None} for number in range(200, 100, -1)),
        {"id": 100, "description_plain": "Please (pfjira 01234567)"},
    ]

    assert ("100", 0) == (task(fake.connect()), fake.count("POST "))


def test_a_task_is_made_as_the_reference_says() -> None:
    """What is None is left out; the marker is at the end of the description."""
    fake = office()

    number = task(fake.connect())

    expected = {
        "name": "Grant access",
        "description": "<p>Please</p><p>(pfjira 01234567)</p>",
        "employee_id": 1,
        "ends_on": "2026-08-05",
    }
    assert ([("tasks", expected)], "7001") == (fake.sent, number)


def test_a_task_whose_answer_names_none_is_open() -> None:
    """It was made, but which one it is takes another look."""
    fake = office()
    fake.after["POST tasks"] = lambda request: httpx.Response(204)
    peopleforce = fake.connect()

    with pytest.raises(OutcomeUnknown):
        task(peopleforce)

    assert ("7001", 1) == (task(peopleforce), fake.count("POST "))


def test_an_asset_goes_to_whoever_has_it_not() -> None:
    """What was returned counts for nothing; what is with somebody else is the system's to refuse."""
    fake = office()
    peopleforce = fake.connect()

    peopleforce.hand_out("101", "2", "2026-08-01")
    peopleforce.hand_out("101", "2", "2026-08-02")
    peopleforce.hand_out("101", "3", "2026-08-03")

    assert [(101, 2, "2026-08-01"), (101, 3, "2026-08-03")] == [
        (body["asset_id"], body["user_id"], body["issued_on"]) for _, body in fake.sent
    ]


def test_an_asset_is_taken_back_once() -> None:
    """With all that the API demands; an answer that is lost is asked for again, for it is safe to repeat."""
    fake = office()
    fake.lists["assets"].append(asset(102, assignment(111, 102, 3)))
    broken = iter([lost])
    fake.after["PUT asset_assignments/111"] = lambda request: next(broken, lambda _: httpx.Response(200))(request)
    peopleforce = fake.connect()

    for _ in range(2):
        peopleforce.take_back("111", "2026-08-31")

    body = {"asset_id": 102, "user_id": 3, "issued_on": "2026-03-01", "returned_on": "2026-08-31"}
    assert [("asset_assignments/111", body)] * 2 == fake.sent


def test_an_assignment_that_is_no_more_is_missing() -> None:
    """By listings that add up."""
    fake = office()

    with pytest.raises(Missing):
        fake.connect().take_back("999", "2026-08-31")

    assert 0 == fake.count("PUT ")


def test_fields_are_set_as_top_level_keys() -> None:
    """Profile and custom ones alike, safe to repeat; nothing to set is nothing sent."""
    fake = office()
    broken = iter([lost])
    fake.after["PUT employees/1"] = lambda request: next(broken, lambda _: httpx.Response(200))(request)
    peopleforce = fake.connect()

    peopleforce.set_fields("1", {"middle_name": "Q", "jira_account_id": "000"})
    peopleforce.set_fields("1", {})

    assert [("employees/1", {"middle_name": "Q", "jira_account_id": "000"})] * 2 == fake.sent


@pytest.mark.parametrize("number", ["404", "no-number/../7", ""])
@pytest.mark.parametrize(
    "act",
    [
        lambda peopleforce, number: peopleforce.set_fields(number, {"middle_name": "Q"}),
        lambda peopleforce, number: peopleforce.add_note(number, "t", op=OP),
        lambda peopleforce, number: peopleforce.create_task(number, {"title": "t"}, op=OP),
        lambda peopleforce, number: peopleforce.hand_out(number, "1", "2026-08-01"),
        lambda peopleforce, number: peopleforce.take_back(number, "2026-08-01"),
    ],
    ids=["fields", "note", "task", "hand_out", "take_back"],
)
def test_what_is_not_there_is_missing(act: Callable[[PeopleForce, str], object], number: str) -> None:
    """Also when the id is none, which then stands in no path."""
    fake = office()

    with pytest.raises(Missing):
        act(fake.connect(), number)

    assert 0 == fake.count("POST ")


def test_a_write_without_the_right_says_which() -> None:
    """The hint names it, the text no value."""
    fake = office()
    fake.answers["PUT employees/1"] = lambda request: httpx.Response(403)

    with pytest.raises(ConnectorError) as caught:
        fake.connect().set_fields("1", {"middle_name": "Secretname"})

    assert (True, False) == ("change employees" in caught.value.hint, "Secretname" in str(caught.value))
