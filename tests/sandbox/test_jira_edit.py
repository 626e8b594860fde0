"""Editing, assigning and moving issues through the simulated workflows."""

from __future__ import annotations

from typing import Any

import pytest
from jira_site import ANNA, GONE, JAN, Site, document


def transition(site: Site, key: str, step: str, **body: Any) -> tuple[int, Any]:
    """Carry out a transition by its name."""
    steps = site.call("GET", f"issue/{key}/transitions")[1]["transitions"]
    number = next(one["id"] for one in steps if one["name"] == step)
    return site.call("POST", f"issue/{key}/transitions", {"transition": {"id": number}, **body})


def test_an_edit_sets_fields_and_adds_labels() -> None:
    """`fields` replaces, `update` adds and removes, a null clears."""
    site = Site()
    key = site.make(labels=["pfjira", "q3"], duedate="2026-12-01")

    status, _ = site.call(
        "PUT",
        f"issue/{key}",
        {
            "fields": {"summary": "New", "duedate": None},
            "update": {"labels": [{"add": "moved"}, {"remove": "q3"}]},
        },
    )

    assert 204 == status
    assert {"summary": "New", "duedate": None, "labels": ["moved", "pfjira"]} == site.fields(
        key, "summary", "duedate", "labels"
    )


def test_one_bad_field_refuses_the_whole_edit() -> None:
    """Nothing of a refused edit is stored, not even its good half."""
    site = Site()
    key = site.make()

    status, body = site.call("PUT", f"issue/{key}", {"fields": {"summary": "New", "nonsense": 1}})

    assert (400, {"nonsense"}) == (status, set(body["errors"]))
    assert "Order a laptop" == site.fields(key)["summary"]


@pytest.mark.parametrize(
    "body",
    [
        {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}},
        {"update": {"summary": [{"add": "x"}]}},
        {"update": {"labels": {"add": "x"}}},
        {"update": {"comment": [{"add": {"body": "plain"}}]}},
        {"properties": [{"key": "pfjira"}]},
        {"fields": {"project": {"key": "ITOPS"}}},
    ],
)
def test_an_edit_that_contradicts_itself_is_refused(body: dict[str, Any]) -> None:
    """A field in both places, an operation that the field has not, a property without a value: 400."""
    site = Site()

    assert 400 == site.call("PUT", f"issue/{site.make()}", body)[0]


def test_a_missing_issue_is_404_for_every_write() -> None:
    """Jira does not tell missing from invisible."""
    site = Site()
    text = "Issue does not exist or you do not have permission to see it."

    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", {"fields": {}}),
        ("PUT", "/assignee", {"accountId": None}),
        ("POST", "/transitions", {"transition": {"id": "11"}}),
        ("POST", "/comment", {"body": document("x")}),
        ("DELETE", "", None),
    ):
        assert (404, [text]) == (
            site.call(method, f"issue/HR-1{path}", body)[0],
            site.call(method, f"issue/HR-1{path}", body)[1]["errorMessages"],
        )


def test_people_are_assigned_by_account_only() -> None:
    """An account, null and -1 are taken; people who cannot be assigned and old user names are refused."""
    site = Site()
    key = site.make()

    def assign(body: dict[str, Any]) -> tuple[int, Any]:
        status, _ = site.call("PUT", f"issue/{key}/assignee", body)
        shown = site.fields(key, "assignee")["assignee"]
        return status, shown and shown["accountId"]

    assert (204, JAN) == assign({"accountId": JAN})
    assert (400, JAN) == assign({"accountId": GONE})
    assert (400, JAN) == assign({"name": "anna"})
    assert (204, None) == assign({"accountId": None})
    assert (204, ANNA) == assign({"accountId": ANNA})
    assert (204, None) == assign({"accountId": "-1"})


def test_a_hidden_address_does_not_show_inside_issues() -> None:
    """The assignee object leaves out what the person hides."""
    site = Site()
    key = site.make(assignee={"accountId": JAN})

    assert "emailAddress" not in site.fields(key, "assignee")["assignee"]


def test_the_done_screen_wants_a_resolution() -> None:
    """Done needs it, Cancelled takes it, reopening clears it."""
    site = Site()
    key = site.make()

    status, body = transition(site, key, "Done")
    assert (400, {"resolution": "Resolution is required."}) == (status, body["errors"])
    assert 400 == transition(site, key, "Done", fields={"resolution": {"name": "Nope"}})[0]
    assert 204 == transition(site, key, "Done", fields={"resolution": {"name": "Won't Do"}})[0]
    assert "Won't Do" == site.fields(key)["resolution"]["name"]
    assert site.fields(key)["resolutiondate"] is not None
    assert 204 == transition(site, key, "To Do")[0]
    assert (None, None) == (site.fields(key)["resolution"], site.fields(key)["resolutiondate"])
    assert 204 == transition(site, key, "Cancelled")[0]
    assert "Cancelled" == site.fields(key)["resolution"]["name"]


def test_only_fields_of_the_screen_are_taken() -> None:
    """A transition without a screen takes no fields and no comment."""
    site = Site()
    key = site.make()
    comment = {"comment": [{"add": {"body": document("On it")}}]}

    assert {"resolution"} == set(
        transition(site, key, "In Progress", fields={"resolution": {"name": "Done"}})[1]["errors"]
    )
    assert {"comment"} == set(transition(site, key, "In Progress", update=comment)[1]["errors"])
    assert 204 == transition(site, key, "Done", fields={"resolution": {"name": "Done"}}, update=comment)[0]
    assert 1 == site.fields(key, "comment")["comment"]["total"]


def test_the_linear_workflow_goes_one_step_at_a_time() -> None:
    """FLOW offers the next and the previous step only; an id from elsewhere is refused."""
    site = Site()
    key = site.make(project="FLOW")

    def offered() -> list[str]:
        return [one["to"]["name"] for one in site.call("GET", f"issue/{key}/transitions")[1]["transitions"]]

    assert ["In Progress"] == offered()
    assert 400 == site.call("POST", f"issue/{key}/transitions", {"transition": {"id": "301"}})[0]
    transition(site, key, "To In Progress")
    assert {"To Do", "Review"} == set(offered())
    transition(site, key, "To Review")
    transition(site, key, "To Done")
    assert ["Review"] == offered()
    assert "Done" == site.fields(key)["resolution"]["name"]


def test_a_transition_needs_an_id() -> None:
    """A name or nothing is not enough."""
    site = Site()
    key = site.make()

    bodies: list[dict[str, Any]] = [{}, {"transition": {}}, {"transition": {"name": "Done"}}]
    for body in bodies:
        status, answer = site.call("POST", f"issue/{key}/transitions", body)
        assert (400, ["Missing 'transition' identifier"]) == (status, answer["errorMessages"])


def test_the_screen_of_a_transition_shows_on_request() -> None:
    """`expand=transitions.fields` tells required fields and allowed values; without it there are none."""
    site = Site()
    key = site.make()

    bare = site.call("GET", f"issue/{key}/transitions")[1]["transitions"]
    full = site.call("GET", f"issue/{key}/transitions", expand="transitions.fields")[1]["transitions"]

    resolution = next(one for one in full if one["name"] == "Done")["fields"]["resolution"]
    assert all("fields" not in one for one in bare)
    assert (True, ["Done", "Won't Do", "Cancelled"]) == (
        resolution["required"],
        [value["name"] for value in resolution["allowedValues"]],
    )


def test_updated_moves_with_edits_and_not_with_properties() -> None:
    """The time a poll looks at: edits move it, property writes do not unless switched."""

    def moved(act: Any, **options: Any) -> bool:
        site = Site(**options)
        key = site.make()
        before = site.fields(key)["updated"]
        site.clock.advance(5)
        act(site, key)
        return bool(site.fields(key)["updated"] != before)

    def same(site: Site, key: str) -> None:
        site.call("PUT", f"issue/{key}", {"fields": {"summary": "Order a laptop"}})

    def mark(site: Site, key: str) -> None:
        site.call("PUT", f"issue/{key}/properties/pfjira", {"op": "x"})

    assert (True, False) == (moved(same), moved(same, noop_edit_touches=False))
    assert (False, True) == (moved(mark), moved(mark, property_touches=True))


def test_the_changelog_tells_who_changed_what() -> None:
    """Each edit leaves its items, oldest first."""
    site = Site()
    key = site.make(duedate="2026-12-01")
    site.call("PUT", f"issue/{key}", {"fields": {"duedate": "2026-12-15"}})
    site.system.act("transition", key=key, to="In Progress")

    values = site.call("GET", f"issue/{key}/changelog")[1]["values"]

    assert [("duedate", "2026-12-01", "2026-12-15"), ("status", "To Do", "In Progress")] == [
        (item["field"], item["fromString"], item["toString"]) for value in values for item in value["items"]
    ]
    assert [site.system.accounts.myself.account_id, ANNA] == [value["author"]["accountId"] for value in values]


def test_deleting_asks_about_sub_tasks() -> None:
    """400 with sub-tasks unless they are to go too."""
    site = Site()
    parent = site.make()
    site.make(parent={"key": parent}, issuetype={"id": "10003"})

    assert 400 == site.call("DELETE", f"issue/{parent}")[0]
    assert 204 == site.call("DELETE", f"issue/{parent}", deleteSubtasks="true")[0]
    assert {} == site.system.issues


def test_conflicts_and_permissions_can_be_switched_on() -> None:
    """409 for each n-th write, 403 without the right to edit."""
    site = Site(conflict_every=2)
    key = site.make()
    edit = {"fields": {"summary": "x"}}

    assert [204, 409, 204, 409] == [site.call("PUT", f"issue/{key}", edit)[0] for _ in range(4)]
    locked = Site(may_edit=False)
    assert 403 == locked.call("PUT", f"issue/{locked.make()}", edit)[0]


def test_an_edit_may_answer_the_issue() -> None:
    """`returnIssue=true` answers 200 and what is there now."""
    site = Site()
    key = site.make()

    status, body = site.call("PUT", f"issue/{key}", {"fields": {"summary": "New"}}, returnIssue="true")

    assert (200, "New") == (status, body["fields"]["summary"])


def test_a_child_may_change_its_parent_but_a_sub_task_needs_one() -> None:
    """The children of both parents follow; an orphan sub-task is refused."""
    site = Site()
    first, second = site.make(), site.make()
    child = site.make(parent={"key": first}, issuetype={"id": "10003"})

    assert 204 == site.call("PUT", f"issue/{child}", {"fields": {"parent": {"key": second}}})[0]
    assert 400 == site.call("PUT", f"issue/{child}", {"update": {"parent": [{"set": {"none": True}}]}})[0]
    assert 400 == site.call("PUT", f"issue/{child}", {"fields": {"issuetype": {"name": "Task"}}})[0]
    assert ([], [child]) == (
        site.fields(first, "subtasks")["subtasks"],
        [one["key"] for one in site.fields(second, "subtasks")["subtasks"]],
    )


def test_an_edit_may_bring_a_comment_and_a_property() -> None:
    """Both are stored with the fields, or not at all."""
    site = Site()
    key = site.make()
    mark = [{"key": "pfjira", "value": {"op": "e1"}}]

    comment = {"comment": [{"add": {"body": document("Changed")}}]}
    site.call("PUT", f"issue/{key}", {"update": comment, "properties": mark})
    site.call("PUT", f"issue/{key}", {"update": comment, "fields": {"duedate": "soon"}})

    shown = site.call("GET", f"issue/{key}", fields="comment", properties="pfjira")[1]
    assert (1, {"pfjira": {"op": "e1"}}) == (shown["fields"]["comment"]["total"], shown["properties"])
