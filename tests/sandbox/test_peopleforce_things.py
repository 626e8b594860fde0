"""Leave, things lent, teams and candidates of the simulated PeopleForce: filters and writes."""

from __future__ import annotations

from typing import Any

import pytest
from plainclient import PlainClient
from test_peopleforce_shapes import complaints

from pfjira.sandbox.server import Sandbox


def test_leave_can_be_filtered(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """People, states, and a window that must hold the whole request."""
    act = sandbox.peopleforce
    short = act.request_leave(9005, "2031-03-03", "2031-03-04")["id"]
    long = act.request_leave(9006, "2031-03-01", "2031-03-31", state="pending")["id"]

    def found(**query: Any) -> list[int]:
        return [row["id"] for row in peopleforce.sweep("/leave_requests", **query)]

    assert [long, short] == found(starts_on="2031-03-01")
    assert [short] == found(starts_on="2031-03-03", ends_on="2031-03-04")
    assert [short] == found(**{"employee_ids[]": [9005], "starts_on": "2031-01-01"})
    assert [long] == found(**{"states[]": ["pending", "rejected"], "starts_on": "2031-01-01"})


def test_changed_leave_is_found_by_unix_seconds(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """The bounds are strict and take Unix seconds only."""
    leave = sandbox.peopleforce.request_leave(9005, "2031-03-03", "2031-03-04", state="pending")
    sandbox.clock.advance(120)
    since = int(sandbox.clock.now().timestamp()) - 1
    decided = sandbox.peopleforce.set_leave_state(leave["id"], "approved")

    changed = peopleforce.sweep("/leave_requests", **{"updated_at[gt]": since})
    assert [decided] == changed
    assert [] == peopleforce.sweep("/leave_requests", **{"updated_at[gt]": since, "created_at[gt]": since})
    assert decided["id"] not in [row["id"] for row in peopleforce.sweep("/leave_requests", **{"updated_at[lt]": since})]
    assert 422 == peopleforce.get("/leave_requests", **{"updated_at[gt]": "2026-01-01"}).status


def test_leave_is_asked_for_and_deleted_over_the_api(peopleforce: PlainClient) -> None:
    """Pending, or approved at once when approval is skipped; a weekend does not count."""
    body = {"employee_id": 9005, "leave_type_id": 81, "starts_on": "2031-03-07", "ends_on": "2031-03-10"}
    made = peopleforce.send("POST", "/leave_requests", body)
    skipped = peopleforce.send("POST", "/leave_requests", {**body, "skip_approval": True}).json()["data"]
    row = made.json()["data"]

    assert (201, "pending", "2.0", "approved") == (made.status, row["state"], row["amount"], skipped["state"])
    assert [] == complaints("LeaveRequest", row)
    assert 422 == peopleforce.send("POST", "/leave_requests", {**body, "ends_on": "2031-03-01"}).status
    assert 204 == peopleforce.send("DELETE", f"/leave_requests/{row['id']}").status
    assert 404 == peopleforce.get(f"/leave_requests/{row['id']}").status


def test_a_thing_is_lent_and_comes_back_over_the_api(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """Assignments are embedded in the asset and move its stamp."""
    asset = sandbox.peopleforce.add_asset("Laptop", "NEW-1")
    sandbox.clock.advance(5)
    body = {"asset_id": asset["id"], "user_id": 9005, "issued_on": "2026-11-02"}
    lent = peopleforce.send("POST", "/asset_assignments", body).json()["data"]
    path = f"/asset_assignments/{lent['id']}"
    back = peopleforce.send("PUT", path, {"returned_on": "2026-11-20"}).json()["data"]
    held = peopleforce.get(f"/assets/{asset['id']}").json()["data"]

    assert [] == complaints("AssetAssignment", lent)
    assert ([back], "2026-11-20") == (held["asset_assignments"], back["returned_on"])
    assert held["updated_at"] > asset["updated_at"]
    assert 422 == peopleforce.send("POST", "/asset_assignments", {**body, "user_id": 1}).status
    assert [204, 404] == [peopleforce.send("DELETE", path).status for _ in range(2)]
    assert [] == peopleforce.get(f"/assets/{asset['id']}").json()["data"]["asset_assignments"]


@pytest.mark.parametrize(
    ("which", "statuses"), [("either", [200, 200]), ("membership", [200, 404]), ("user", [404, 200])]
)
def test_which_id_removes_a_member_is_a_switch(switched: Any, which: str, statuses: list[int]) -> None:
    """The reference does not know; the list shows both ids."""
    client = switched(team_member_id=which)
    made = client.send("POST", "/teams", {"name": "Night shift", "team_lead_id": 9001, "team_members": [{"id": 1}]})
    team = made.json()["data"]["id"]
    memberships = [
        client.send("POST", f"/teams/{team}/team_members", {"user_id": number}).json()["data"]["id"]
        for number in (9005, 9006)
    ]

    found = [client.send("DELETE", f"/teams/{team}/team_members/{one}").status for one in (memberships[0], 9006)]

    members = next(row for row in client.sweep("/teams") if row["id"] == team)["team_members"]
    assert (201, [{"id": 1}]) == (made.status, made.json()["data"]["team_members"])
    assert (statuses, statuses.count(404)) == (found, len(members))


def test_an_offer_is_accepted(sandbox: Sandbox, peopleforce: PlainClient) -> None:
    """A moved candidate is found by time and address, and shows the stage below the vacancy too."""
    made = sandbox.peopleforce.add_candidate("New Face", "New.Face@mail.example.org", vacancy="Support Engineer")
    sandbox.clock.advance(3600)
    since = sandbox.clock.now().isoformat()
    moved = sandbox.peopleforce.move_candidate(made["id"], "Offer accepted")

    changed = peopleforce.sweep("/recruitment/candidates", **{"updated_at[gte]": since})
    below = peopleforce.sweep("/recruitment/vacancies/131/applications")
    (application,) = [row for row in below if row["applicant"]["id"] == made["id"]]
    moves = peopleforce.sweep("/recruitment/movements", **{"applicant_ids[]": made["id"]})
    assert [moved] == changed == peopleforce.sweep("/recruitment/candidates", email="new.face@mail.example.org")
    assert "Offer accepted" == application["pipeline_state"]["name"]
    assert (["Applied", "Offer accepted"], 3600) == ([move["stage"]["name"] for move in moves], moves[0]["duration"])
