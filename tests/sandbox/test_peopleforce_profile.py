"""Writing a person's own record and notes over the simulated API."""

from __future__ import annotations

from typing import Any

import pytest
from plainclient import PlainClient
from test_peopleforce_shapes import complaints

from pfjira.sandbox.server import Sandbox


def test_custom_fields_are_written_flat_and_read_back_in_fields(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """One key is enough; the rest stays, and the stamp moves."""
    before = peopleforce.get("/employees/9005").json()["data"]
    since = sandbox.clock.now().isoformat()
    answer = peopleforce.send("PUT", "/employees/9005", {"jira_account_id": "712020:x", "middle_name": "Q"})

    after = peopleforce.get("/employees/9005").json()["data"]
    assert (200, after) == (answer.status, answer.json()["data"])
    assert [] == complaints("Employee", after)
    assert ("712020:x", "Q") == (after["fields"]["jira_account_id"]["value"], after["middle_name"])
    assert (before["email"], before["fields"]["github"]) == (after["email"], after["fields"]["github"])
    assert [9005] == [row["id"] for row in peopleforce.sweep("/employees", **{"updated_at[gte]": since})]


def test_profile_fields_show_where_they_belong(peopleforce: PlainClient) -> None:
    """Numbers live in `fields` of the detail and flat in the row; gender is an object in the detail."""
    peopleforce.send("PUT", "/employees/9005", {"employee_number": "E-X", "mobile_number": "+380", "gender": "female"})

    detail = peopleforce.get("/employees/9005").json()["data"]
    row = peopleforce.get("/employees", **{"employee_numbers[]": "E-X"}).json()["data"][0]
    assert ("E-X", "+380") == tuple(detail["fields"][name]["value"] for name in ("employee_number", "mobile_number"))
    assert ({"id": "female", "name": "Female"}, "female", "+380") == (
        detail["gender"], row["gender"], row["mobile_number"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"department_id": 32},
        {"first_name": ""},
        {"hired_on": "soon"},
        {"gender": "x"},
        {"t_shirt_size": "XXS"},
        {"github": {"a": 1}},
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_as_a_whole(peopleforce: PlainClient, body: dict[str, Any]) -> None:
    """Placement and unknown keys are not for PUT; nothing of a refused body is stored."""
    answer = peopleforce.send("PUT", "/employees/9005", {"middle_name": "Q", **body})

    assert 422 == answer.status
    assert peopleforce.get("/employees/9005").json()["data"]["middle_name"] is None


def test_addresses_are_unique(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """An address that somebody else has is refused, one's own is not."""
    mine, other = (sandbox.peopleforce.employees.by_id[number].email for number in (9005, 9006))

    statuses = [peopleforce.send("PUT", "/employees/9005", {"email": email}).status for email in (mine, other)]

    assert [200, 422] == statuses


@pytest.mark.parametrize(
    ("clears", "null", "empty"), [("both", None, None), ("null", None, ""), ("empty", "kept", None)]
)
def test_what_empties_a_field_is_a_switch(switched: Any, clears: str, null: object, empty: object) -> None:
    """How to clear a value is not documented."""
    client = switched(clears_field=clears)
    found = []
    for value in (None, ""):
        client.send("PUT", "/employees/9005", {"github": "kept"})
        answer = client.send("PUT", "/employees/9005", {"github": value})
        found.append(answer.json()["data"]["fields"]["github"]["value"])

    assert [null, empty] == found


def test_unknown_keys_may_be_ignored(switched: Any) -> None:
    """Silence instead of 422; nothing changes then."""
    client = switched(unknown_employee_key="ignored")
    before = client.get("/employees/9005").json()

    assert before == client.send("PUT", "/employees/9005", {"shoe_size": 4}).json()


def test_notes_are_written_and_listed(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Without a text the one documented 400; with one, 201 and a bare list."""
    refused = peopleforce.send("POST", "/employees/9005/notes", {"created_by_id": 9001})
    made = peopleforce.send("POST", "/employees/9005/notes", {"body": "Linked", "created_by_id": 9002})

    assert {"success": False, "errors": [{"message": "text is required"}]} == refused.json()
    assert (400, 201, 9002) == (refused.status, made.status, made.json()["data"]["author"]["id"])
    assert [made.json()["data"]] == peopleforce.get("/employees/9005/notes").json()
    assert [] == complaints("EmployeeNote", made.json()["data"])


def test_notes_come_in_every_shape(switched: Any) -> None:
    """Sample and schema disagree on the author, and the list may be wrapped."""
    client = switched(note_author_key="created_by", note_author_default="nobody", note_list="wrapped")
    client.send("POST", "/employees/9005/notes", {"body": "Linked"})

    (note,) = client.get("/employees/9005/notes").json()["data"]

    assert (None, False) == (note["created_by"], "author" in note)
