"""A site that changes under the rules, a service desk and targets over real sockets: the sandbox's own judgement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from connector_clock import FakeClock

from pfjira.connectors.base import Demand, Draft, Stamp
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.connector import Jira
from pfjira.connectors.target.connector import Targets
from pfjira.engine.model import Desired, ValueKind
from pfjira.errors import OutcomeUnknown, Unavailable
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

OP = "0123456789abcdef0123"
OFFICE, COST = "customfield_10051", "customfield_10060"


def demands(own_group: str) -> list[Demand]:
    """Return a rule for issues and one for requests, both fulfilled by the fresh sandbox."""
    rights = ("CREATE_ISSUES", "TRANSITION_ISSUES")
    fields = {"summary": (), OFFICE: ("Lviv",)}
    return [
        Demand("issues", "HR", "Task", False, None, fields, [("Done", "Done")], rights, [own_group]),
        Demand("requests", "HELP", "Laptop", True, None, fields, [("done", None)], ("CREATE_ISSUES",)),
    ]


DRIFT: list[tuple[str, dict[str, Any], dict[str, list[str]]]] = [
    (
        "rename_option",
        {"field": OFFICE, "old": "Lviv", "new": "Lwów"},
        {
            "issues": [f"field Office ({OFFICE}) of HR, Task has no option Lviv"],
            "requests": [f"field Office ({OFFICE}) of HELP, Laptop has no option Lviv"],
        },
    ),
    ("remove_type", {"project": "HR", "type": "Task"}, {"issues": ["project HR has no issue type Task; it has Onb"]}),
    ("remove_project", {"project": "HR"}, {"issues": ["the site has no project HR; it has"]}),
    ("hide_project", {"project": "HR"}, {"issues": ["the site has no project HR; it has"]}),
    (
        "require_field",
        {"project": "HR", "field": COST},
        {"issues": [f"HR, Task requires Cost centre ({COST}) at creation, and the rule does not set it"]},
    ),
    (
        "require_field",
        {"project": "HELP", "field": COST},
        {"requests": [f"HELP, Laptop requires Cost centre ({COST}) at creation, and the rule does not set it"]},
    ),
    (
        "remove_field",
        {"project": "HR", "field": OFFICE},
        {"issues": [f"field Office ({OFFICE}) is neither on the create nor on the edit screen of HR, Task"]},
    ),
    ("rename_status", {"old": "Done", "new": "Finished"}, {"issues": ["HR, Task has no status Done; it has To Do,"]}),
    ("remove_request_type", {"name": "Laptop"}, {"requests": ["service project HELP has no request type Laptop; it"]}),
    (
        "revoke",
        {"permission": "TRANSITION_ISSUES", "project": "HR"},
        {"issues": ["the login lacks TRANSITION_ISSUES in project HR"]},
    ),
    ("rename_field", {"field": OFFICE, "new": "Place"}, {}),
]


@pytest.mark.parametrize(("verb", "change", "expected"), DRIFT)
def test_row_38_drift_is_seen_in_the_rules_it_concerns(
    sandbox: Sandbox, jira: Jira, verb: str, change: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    """Before the change all is well; after it, exactly the rules concerned are told."""
    jira.create([Draft(OP, "HR", "Task", (Desired("summary", ValueKind.TEXT, "Task"),), None)])
    before = jira.contradictions(demands("it-staff"))

    sandbox.jira.act(verb, **change)
    found = jira.contradictions(demands("it-staff"))

    assert ({}, {rule: len(said) for rule, said in expected.items()}) == (
        before,
        {rule: len(said) for rule, said in found.items()},
    ), found
    for rule, beginnings in expected.items():
        assert [True] * len(beginnings) == [s.startswith(b) for s, b in zip(found[rule], beginnings, strict=True)], (
            found
        )


def laptop() -> Draft:
    """Draft a request with a document and an option."""
    values = (
        Desired("summary", ValueKind.TEXT, "A laptop"),
        Desired("description", ValueKind.HTML, codec.paragraph("with a long\nscreen")),
        Desired(OFFICE, ValueKind.OPTION, "Lviv"),
    )
    return Draft(OP, "HELP", "laptop", values)


def test_a_request_is_made_and_marked(sandbox: Sandbox, jira: Jira) -> None:
    """It reads as any issue of ours afterwards; the description is the document that was wished."""
    ((number, key),) = jira.create_request(laptop()).issues
    jira.mark(number, Stamp(OP, 3), "pfjira")

    (issue,) = jira.fetch_many([key], ["summary", "description", OFFICE])
    expected = {"summary": "A laptop", "description": codec.paragraph("with a long\nscreen"), OFFICE: "Lviv"}
    assert (OP, "HELP", {"pfjira"}, expected) == (issue.op, issue.project, set(issue.labels), dict(issue.fields))


def test_a_request_that_lacks_something_is_refused(jira: Jira) -> None:
    """In the result, in the desk's own words."""
    draft = Draft(OP, "HELP", "Laptop", (Desired(OFFICE, ValueKind.OPTION, "Lviv"),))

    refused = jira.create_request(draft).refused[OP]

    assert "jira: POST request: refused (400): The following fields are required: summary" in str(refused)


@pytest.mark.parametrize("kind", ["drop_after", "cut_after", "status_after", "drop_before"])
def test_a_request_whose_answer_is_lost_is_not_repeated(sandbox: Sandbox, jira: Jira, kind: Any) -> None:
    """At most one is there, and the caller is told that it may be."""
    fault = sandbox.faults.add(Fault(kind, method="POST", path="servicedeskapi/request$", keep=10))

    with pytest.raises(OutcomeUnknown):
        jira.create_request(laptop())

    made = [issue for issue in sandbox.jira.issues.values() if issue.project.key == "HELP"]
    assert (1, kind != "drop_before") == (fault.landed, len(made) == 1)


def test_a_target_gets_a_post_once(sandbox: Sandbox) -> None:
    """Over a real connection, with its key, and not again after a lost answer."""
    clock = FakeClock()
    now = datetime(2026, 11, 23, tzinfo=UTC)
    address = {"badge": (sandbox.target_url("badge"), "secret")}
    targets = Targets(address, now=lambda: now, clock=clock, sleep=clock.sleep)
    targets.post("badge", {"id": 7}, op=OP)
    sandbox.faults.add(Fault("drop_after", system="target"))

    with pytest.raises(OutcomeUnknown):
        targets.post("badge", {"id": 8}, op="f" * 20)
    sandbox.targets.answer_with("badge", 500)
    with pytest.raises(Unavailable):
        targets.post("badge", {"id": 9}, op="e" * 20)
    targets.close()

    got = [(one.body["id"], one.headers["idempotency-key"]) for one in sandbox.targets]
    assert [(7, OP), (8, "f" * 20), (9, "e" * 20)] == got
