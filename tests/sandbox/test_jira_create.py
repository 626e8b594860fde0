"""Creating issues in the simulated Jira: what is needed, what is refused, what a lost answer leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from jira_site import ANNA, GONE, ROBOT, Site, document, draft

from pfjira.sandbox.wire import CutShort

NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


def refused(site: Site, **fields: Any) -> dict[str, str]:
    """Return the messages by field of a refused create."""
    status, body = site.call("POST", "issue", draft(**fields))
    assert status == 400
    errors: dict[str, str] = body["errors"]
    return errors


def test_an_issue_appears_with_everything_it_was_given() -> None:
    """What a create set is what a read shows, in the shapes of the API."""
    site = Site()

    key = site.make(
        op="abc",
        description=document("Employee 1042"),
        labels=["pfjira", "onboarding"],
        duedate="2026-12-01",
        assignee={"accountId": ANNA},
        priority={"name": "High"},
        customfield_10051={"value": "Kyiv"},
        customfield_10053=3,
    )

    shown = site.call("GET", f"issue/{key}", properties="pfjira")[1]
    fields = shown["fields"]
    assert {"pfjira": {"op": "abc", "v": 1}} == shown["properties"]
    assert (["onboarding", "pfjira"], "2026-12-01", ANNA) == (
        fields["labels"],
        fields["duedate"],
        fields["assignee"]["accountId"],
    )
    assert ("High", "Kyiv", 3.0) == (
        fields["priority"]["name"],
        fields["customfield_10051"]["value"],
        fields["customfield_10053"],
    )
    assert ("new", None, site.system.accounts.myself.account_id) == (
        fields["status"]["statusCategory"]["key"],
        fields["resolution"],
        fields["creator"]["accountId"],
    )


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"summary": " "}, "summary", "You must specify a summary of the issue."),
        ({"summary": "x" * 256}, "summary", "Summary can't exceed 255 characters."),
        ({"summary": "a\nb"}, "summary", "The summary is invalid because it contains newline characters."),
        (
            {"description": "plain text"},
            "description",
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
        ),
        ({"duedate": "01.12.2026"}, "duedate", 'Operation value must be a string in the format "yyyy-MM-dd"'),
        ({"duedate": "2026-02-30"}, "duedate", 'Operation value must be a string in the format "yyyy-MM-dd"'),
        ({"labels": ["two words"]}, "labels", "The label 'two words' contains spaces which is invalid."),
        ({"labels": "pfjira"}, "labels", "Operation value must be an array of strings"),
        ({"assignee": {"accountId": "nobody"}}, "assignee", "User 'nobody' cannot be assigned issues."),
        ({"assignee": {"accountId": GONE}}, "assignee", f"User '{GONE}' cannot be assigned issues."),
        ({"assignee": {"accountId": ROBOT}}, "assignee", f"User '{ROBOT}' cannot be assigned issues."),
        ({"assignee": {"name": "anna"}}, "assignee", "Specify the user by 'accountId'."),
        ({"priority": {"name": "Urgent"}}, "priority", "Specify a valid 'id' or 'name' for Priority"),
        ({"customfield_10051": {"value": "Mars"}}, "customfield_10051", "Specify a valid 'id' or 'value' for Office"),
        ({"customfield_10053": "3"}, "customfield_10053", "Operation value must be a number"),
        ({"customfield_99999": "x"}, "customfield_99999", NOT_ON_SCREEN.format("customfield_99999")),
        ({"status": {"name": "Done"}}, "status", NOT_ON_SCREEN.format("status")),
        ({"resolution": {"name": "Done"}}, "resolution", NOT_ON_SCREEN.format("resolution")),
        ({"parent": {"key": "HR-77"}}, "parent", "Could not find valid 'id' or 'key' of the parent issue."),
    ],
)
def test_a_bad_value_is_refused_by_name(fields: dict[str, Any], field: str, message: str) -> None:
    """400 names the field and nothing is stored."""
    site = Site()

    assert {field: message} == refused(site, **fields)
    assert {} == site.system.issues


def test_every_bad_field_is_named_at_once() -> None:
    """One refusal lists all that is wrong."""
    assert {"duedate", "labels", "nonsense"} == set(refused(Site(), duedate="soon", labels=[""], nonsense=1))


def test_project_and_type_are_checked_first() -> None:
    """Without a project or a type nothing else is judged."""
    site = Site()

    assert {"project": "Specify a valid project ID or key"} == refused(site, project="NOPE", duedate="soon")
    assert {"issuetype": "Specify an issue type"} == refused(site, issuetype=None)
    assert {"issuetype": "The issue type selected is invalid."} == refused(site, issuetype={"name": "Epic"})
    assert (400, ["No Issue Create payload supplied"]) == (
        site.call("POST", "issue")[0],
        site.call("POST", "issue")[1]["errorMessages"],
    )


def test_a_strict_create_screen_is_honoured() -> None:
    """STRICT takes no labels at creation and wants its cost centre, though a later edit may add labels."""
    site = Site()

    assert {"labels": NOT_ON_SCREEN.format("labels")} == refused(site, project="STRICT", labels=["pfjira"])
    assert {"customfield_10060": "Cost centre is required."} == refused(site, project="STRICT")
    key = site.make(project="STRICT", customfield_10060={"value": "CC-100"})
    assert 204 == site.call("PUT", f"issue/{key}", {"update": {"labels": [{"add": "pfjira"}]}})[0]


def test_a_sub_task_hangs_below_an_issue_of_its_project() -> None:
    """Without a parent, below another sub-task or across projects it is refused."""
    site = Site()
    parent, foreign = site.make(), site.make(project="ITOPS")
    kind = {"issuetype": {"id": "10003"}}

    child = site.make(parent={"key": parent}, **kind)

    assert [child] == [one["key"] for one in site.fields(parent, "subtasks")["subtasks"]]
    assert parent == site.fields(child, "parent")["parent"]["key"]
    assert {"parent"} == set(refused(site, **kind))
    assert {"parentId"} == set(refused(site, parent={"key": foreign}, **kind))
    assert {"parentId"} == set(refused(site, parent={"key": child}, **kind))
    assert {"parentId"} == set(refused(site, parent={"key": parent}))


def test_creating_twice_makes_two_issues() -> None:
    """There is no idempotency key: the same body again is another issue, which `issues_by_op` shows."""
    site = Site()
    site.make(op="same")
    site.make(op="same")

    assert {"same": ["10001", "10002"]} == site.system.issues_by_op()


def test_a_bulk_create_succeeds_in_parts() -> None:
    """201 with what was made and what failed by its position; 400 when all failed."""
    site = Site()
    bad = {"fields": {"project": {"key": "HR"}, "summary": "no type"}}

    status, body = site.call("POST", "issue/bulk", {"issueUpdates": [draft("a"), bad, draft("c")]})

    error = {"errorMessages": [], "errors": {"issuetype": "Specify an issue type"}}
    assert (201, ["HR-1", "HR-2"]) == (status, [made["key"] for made in body["issues"]])
    assert [{"status": 400, "elementErrors": error, "failedElementNumber": 1}] == body["errors"]
    assert 400 == site.call("POST", "issue/bulk", {"issueUpdates": [bad, bad]})[0]
    assert 400 == site.call("POST", "issue/bulk", {"issueUpdates": [draft()] * 51})[0]
    assert 2 == len(site.system.issues)


def test_a_bulk_create_that_is_cut_short_keeps_what_was_made() -> None:
    """The connection ends in the middle: the first elements exist, the others do not, nobody is told."""
    site = Site()

    with pytest.raises(CutShort):
        site.reply("POST", "issue/bulk", {"issueUpdates": [draft(op=str(n)) for n in range(5)]}, stop_after=2)

    assert {"0", "1"} == set(site.system.issues_by_op())


def test_bulk_answers_may_come_in_another_order() -> None:
    """The order of `issues` is nobody's promise, so it can be switched."""
    site = Site(bulk_keeps_order=False)

    body = site.call("POST", "issue/bulk", {"issueUpdates": [draft("a"), draft("b")]})[1]

    assert ["HR-2", "HR-1"] == [made["key"] for made in body["issues"]]


def test_key_counters_may_have_gaps() -> None:
    """Keys count up per project, with the gaps that real sites have."""
    site = Site(key_gap_every=3)

    assert ["HR-1", "HR-2", "HR-4", "HR-5"] == [site.make() for _ in range(4)]
    assert "ITOPS-1" == site.make(project="ITOPS")


def test_a_transition_may_be_asked_for_at_creation() -> None:
    """The issue is made in any case; the step has its own status."""
    site = Site()

    moved = site.call("POST", "issue", {**draft(), "transition": {"id": "21"}})[1]
    refused_step = site.call("POST", "issue", {**draft(), "transition": {"id": "31"}})[1]

    assert 200 == moved["transition"]["status"]
    assert 400 == refused_step["transition"]["status"]
    assert "In Progress" == site.fields(moved["key"], "status")["status"]["name"]


def test_properties_may_appear_later_than_their_issue() -> None:
    """A switch for what nobody states: that issue and property appear together."""
    site = Site(property_lag_s=5)
    key = site.make(op="abc")

    before = site.call("GET", f"issue/{key}", properties="pfjira")[1]["properties"]
    site.clock.advance(6)
    after = site.call("GET", f"issue/{key}", properties="pfjira")[1]["properties"]

    assert ({}, {"pfjira": {"op": "abc", "v": 1}}) == (before, after)
