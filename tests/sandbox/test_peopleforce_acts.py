"""What people do in the screens of the simulated PeopleForce, reached from outside as other processes reach it."""

from __future__ import annotations

from typing import Any

import pytest
from plainclient import PlainClient

from pfjira.sandbox.company import build_company
from pfjira.sandbox.peopleforce.system import VERBS

STORY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("create", {"title": "By hand", "assigned_to": 9005}),
    ("complete", {"id": 7361}),
    ("reopen", {"id": 7361}),
    ("edit", {"id": 7361, "title": "By hand, again"}),
    ("remove", {"id": 7361}),
    ("hire", {"first_name": "Nova", "last_name": "Person", "hired_on": "2031-01-06", "personal_email": "n@x.example"}),
    ("edit_employee", {"id": 9201, "github": "nova", "hired_on": "2031-01-07"}),
    ("place", {"id": 9201, "effective_on": "2031-02-01", "department": "Finance", "manager": 9003}),
    ("edit_place", {"id": 9201, "row": 1_000_001, "job_level": "Senior", "division": 12}),
    ("remove_place", {"id": 9201, "row": 1_000_001}),
    ("change_employment", {"id": 9201, "effective_on": "2031-03-01", "employment_type": "Parental leave"}),
    ("write_note", {"id": 9201, "body": "Welcome"}),
    ("request_leave", {"employee": 9201, "starts_on": "2031-05-05", "ends_on": "2031-05-06", "type": "Time off"}),
    ("set_leave_state", {"id": 6021, "state": "rejected"}),
    ("remove_leave", {"id": 6021}),
    ("add_asset", {"name": "Phone", "code": "P-1", "category": "Phones"}),
    ("issue_asset", {"asset": 151, "employee": 9201, "issued_on": "2031-01-07"}),
    ("return_asset", {"assignment": None, "returned_on": "2031-06-01"}),
    ("remove_assignment", {"id": None}),
    ("add_candidate", {"full_name": "New Face", "email": None}),
    ("move_candidate", {"id": 8011, "stage": "Interview"}),
    ("disqualify", {"id": 8011}),
    ("remove_candidate", {"id": 8011}),
    ("add_team", {"name": "Night shift", "lead": 9001}),
    ("join_team", {"team": 54, "employee": 9201}),
    ("leave_team", {"team": 54, "employee": 9201}),
    ("terminate", {"id": 9201, "effective_on": "2032-01-01", "comment": "End"}),
    ("revert_termination", {"id": 9201}),
    ("terminate", {"id": 9201, "effective_on": "2026-01-01"}),
    ("rehire", {"id": 9201, "hired_on": "2032-02-01", "position": "Intern"}),
    ("remove_employee", {"id": 9201}),
)


def test_every_verb_can_be_reached_from_outside(control: PlainClient) -> None:
    """One story uses each of them over the steering address, and each answers in JSON."""
    lent = None
    for verb, arguments in STORY:
        known = {name: lent if value is None and name != "email" else value for name, value in arguments.items()}
        answer = control.send("POST", "/act", {"system": "peopleforce", "verb": verb, **known})
        assert (verb, 200) == (verb, answer.status), answer.body
        if verb == "issue_asset":
            lent = answer.json()["result"]["id"]

    assert set(VERBS) == {verb for verb, _ in STORY}


def test_who_is_removed_leaves_no_trace(control: PlainClient, peopleforce: PlainClient) -> None:
    """Person, rows, leave, memberships and assignments are gone; the manager's place is empty."""
    head = peopleforce.get("/employees/9005").json()["data"]["reporting_to"]["id"]
    for verb, arguments in (
        ("request_leave", {"employee": head, "starts_on": "2031-05-05", "ends_on": "2031-05-06"}),
        ("issue_asset", {"asset": 101, "employee": head, "issued_on": "2031-01-07"}),
        ("remove_employee", {"id": head}),
    ):
        assert 200 == control.send("POST", "/act", {"system": "peopleforce", "verb": verb, **arguments}).status

    everything = [peopleforce.sweep(path) for path in ("/leave_requests", "/assets", "/teams", "/departments")]
    assert 404 == peopleforce.get(f"/employees/{head}").status
    assert [] == peopleforce.sweep("/employees", status="all", **{"ids[]": head})
    assert str(head) not in str(everything)
    assert peopleforce.get("/employees/9005").json()["data"]["reporting_to"] is None
    assert 199 == control.get("/state").json()["people"]


@pytest.mark.parametrize(
    ("verb", "arguments", "status"),
    [
        ("hire", {"first_name": "A", "last_name": "B", "hired_on": "soon"}, 400),
        ("hire", {"first_name": "A", "last_name": "B", "hired_on": "2031-01-01", "department": "Nowhere"}, 404),
        ("edit_employee", {"id": 9005, "githup": "x"}, 400),
        ("place", {"id": 9005, "effective_on": "2031-01-01", "room": 4}, 400),
        ("terminate", {"id": 1, "effective_on": "2031-01-01"}, 404),
        ("rehire", {"id": 9005, "hired_on": "2031-01-01"}, 400),
        ("set_leave_state", {"id": 6001, "state": "maybe"}, 400),
        ("join_team", {"team": 49, "employee": 1}, 404),
        ("promote", {"id": 9005}, 400),
    ],
)
def test_an_act_that_makes_no_sense_is_refused(
    control: PlainClient, peopleforce: PlainClient, verb: str, arguments: dict[str, Any], status: int
) -> None:
    """A slip in a test must not pass silently, and changes nobody."""
    before = peopleforce.get("/employees/9005").json()

    assert status == control.send("POST", "/act", {"system": "peopleforce", "verb": verb, **arguments}).status
    assert before == peopleforce.get("/employees/9005").json()
    assert 200 == control.get("/state").json()["people"]


def test_belongings_have_a_dice_of_their_own() -> None:
    """The same seed gives the same belongings; another one gives others; they follow the number of people."""
    one, same, other = (build_company(80, 10, 2, seed).belongings for seed in (7, 7, 8))

    assert one == same != other
    assert [8, 20, 2, 6] == [len(kind) for kind in (one.leave, one.assets, one.teams, one.candidates)]
    assert not build_company(0, 0, 0, 7).belongings.leave
