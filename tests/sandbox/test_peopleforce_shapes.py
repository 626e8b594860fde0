"""Every list and every record of the simulated PeopleForce looks as the reference says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from plainclient import PlainClient

SCHEMAS = json.loads((Path(__file__).parent / "peopleforce_schemas.json").read_text())

LISTS = {
    "/employees": "EmployeeListItem",
    "/employees/terminated": "Employee",
    "/employees/9002/employment_statuses": "EmployeeEmploymentStatus",
    "/employee_fields": "EmployeeField",
    "/positions": "Position",
    "/departments": "Department",
    "/locations": "Location",
    "/divisions": "Division",
    "/employment_types": "EmploymentType",
    "/job_levels": "JobLevel",
    "/termination_types": "TerminationType",
    "/termination_reasons": "TerminationReason",
    "/leave_requests": "LeaveRequest",
    "/leave_types": "LeaveType",
    "/assets": "Asset",
    "/asset_categories": "AssetCategory",
    "/teams": "Team",
    "/recruitment/candidates": "CandidateListItem",
    "/recruitment/pipelines": "Pipeline",
    "/recruitment/vacancies": "Vacancy",
    "/recruitment/vacancies/131/applications": "VacancyApplication",
    "/recruitment/movements": "CandidateMovement",
}


def complaints(schema: str, value: Any) -> list[str]:
    """Return what the reference's schema says against a value."""
    validator = jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **SCHEMAS})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_every_list_looks_as_the_reference_says(peopleforce: PlainClient) -> None:
    """Rows and counters of each list validate, and no list of a usual company is empty."""
    wrong: list[str] = []
    for path, schema in LISTS.items():
        body = peopleforce.get(path).json()
        wrong += [f"{path} {one}" for row in body["data"] for one in complaints(schema, row)]
        wrong += [f"{path} {one}" for one in complaints("ListMetadata", body["metadata"])]
        wrong += [] if body["data"] else [f"{path} is empty"]

    assert [] == wrong


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/employees/9041", "Employee"),
        ("/leave_requests/6001", "LeaveRequest"),
        ("/assets/101", "Asset"),
        ("/recruitment/candidates/8001", "Candidate"),
    ],
)
def test_every_record_looks_as_the_reference_says(peopleforce: PlainClient, path: str, schema: str) -> None:
    """A single object comes inside `data`; one id further than all there is nothing."""
    answer = peopleforce.get(path)

    assert (200, []) == (answer.status, complaints(schema, answer.json()["data"]))
    assert 404 == peopleforce.get(path.rpartition("/")[0] + "/999999").status


def test_ids_may_come_as_text(switched: Any) -> None:
    """Assets, candidates and stages are declared with text ids, decimals as numbers; both stay valid."""
    client = switched(people=60, string_ids=True, decimal_numbers=True)
    paths = ("/assets", "/recruitment/candidates", "/recruitment/pipelines", "/leave_requests", "/asset_categories")

    rows = {path: client.get(path).json()["data"] for path in paths}

    assert [] == [one for path in paths for row in rows[path] for one in complaints(LISTS[path], row)]
    assert isinstance(rows["/assets"][0]["id"], str)
    assert isinstance(rows["/leave_requests"][0]["amount"], float)


def test_an_accepted_offer_is_named_so(peopleforce: PlainClient) -> None:
    """Some candidates of the usual company have accepted; their last movement has no end."""
    rows = peopleforce.sweep("/recruitment/candidates")
    accepted = [row for row in rows if row["applications"][0]["pipeline_state"]["name"] == "Offer accepted"]
    moves = peopleforce.sweep("/recruitment/movements", **{"applicant_ids[]": accepted[0]["id"]})

    assert ["Applied", "Screening", "Interview", "Offer sent", "Offer accepted"] == [
        move["stage"]["name"] for move in moves
    ]
    assert [True] * 4 + [False] == [move["exited_at"] is not None for move in moves]


def test_leave_is_listed_by_first_day_a_hundred_a_page(switched: Any) -> None:
    """Leave requests have pages of their own size and the one documented order."""
    client = switched(people=1500)

    body = client.get("/leave_requests").json()
    rows = client.sweep("/leave_requests")

    assert (100, 150) == (len(body["data"]), body["metadata"]["pagination"]["count"])
    assert sorted((row["starts_on"], row["id"]) for row in rows) == [(row["starts_on"], row["id"]) for row in rows]


@pytest.mark.parametrize(("counted", "names"), [(True, {"data", "metadata"}), (False, {"data"})])
def test_job_levels_may_have_no_counters(switched: Any, counted: bool, names: set[str]) -> None:
    """The reference says both."""
    assert names == switched(job_levels_counted=counted).get("/job_levels").json().keys()
