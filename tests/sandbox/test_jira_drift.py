"""A site that its administrators change while it runs: names, screens, workflows, rights, accounts, groups."""

from __future__ import annotations

from typing import Any

import pytest
from jira_site import ANNA, JAN, Site
from plainclient import PlainClient

from pfjira.sandbox.jira import site as seeded
from pfjira.sandbox.server import Sandbox

OFFICE, COST = "customfield_10051", "customfield_10060"


def steps(site: Site, key: str) -> dict[str, Any]:
    """Return the transitions that an issue offers, by name, with their screens."""
    found = site.call("GET", f"issue/{key}/transitions", expand="transitions.fields")[1]["transitions"]
    return {step["name"]: step for step in found}


def go(site: Site, key: str, name: str, **fields: Any) -> int:
    """Take a step and return the status of the answer."""
    body = {"transition": {"id": steps(site, key)[name]["id"]}, **({"fields": fields} if fields else {})}
    return site.call("POST", f"issue/{key}/transitions", body)[0]


def screen(site: Site, project: str, type_id: str = "10002") -> dict[str, Any]:
    """Return the create screen of a project by field id."""
    body = site.call("GET", f"issue/createmeta/{project}/issuetypes/{type_id}", maxResults=200)[1]
    return {entry["fieldId"]: entry for entry in body["fields"]}


def test_done_is_two_steps_and_a_screen_away() -> None:
    """GATED: no way to Done from To Do; Finish wants a resolution and a cost centre."""
    site = Site()
    key = site.make(project="GATED")
    done = {"resolution": {"name": "Done"}}

    assert {"Start work", "Give up"} == set(steps(site, key))
    assert 204 == go(site, key, "Start work")
    needed = steps(site, key)["Finish"]["fields"]
    assert {"resolution": True, COST: True, "customfield_10050": False} == {n: f["required"] for n, f in needed.items()}
    assert ["CC-100", "CC-200"] == [v["value"] for v in needed[COST]["allowedValues"]]
    assert [400, 400] == [go(site, key, "Finish"), go(site, key, "Finish", **done)]
    assert 204 == go(site, key, "Finish", **done, **{COST: {"value": "CC-100"}})
    shown = site.fields(key, "status", "resolution", COST)
    assert ("Done", "Done", "CC-100") == (shown["status"]["name"], shown["resolution"]["name"], shown[COST]["value"])


def test_two_sites_never_meet() -> None:
    """What one site's administrators do is not seen on another, nor in the seed."""
    one, other = Site(), Site()

    one.system.act("rename_status", old="To Do", new="Backlog")
    one.system.act("remove_project", project="HR")

    assert ("Backlog", "To Do") == (one.fields(one.make(project="ITOPS"))["status"]["name"], seeded.TO_DO.name)
    assert (404, 200) == (one.call("GET", "project/HR")[0], other.call("GET", "project/HR")[0])
    assert "To Do" == other.fields(other.make())["status"]["name"]


def test_names_change_and_ids_stay() -> None:
    """A status, an option, a field: old issues show the new name, the old name is unknown."""
    site = Site()
    key = site.make(**{OFFICE: {"value": "Kyiv"}})
    site.system.act("rename_status", old="Done", new="Finished")
    site.system.act("rename_option", field=OFFICE, old="Kyiv", new="Kyiv HQ")
    site.system.act("rename_field", field=OFFICE, new="Place")

    assert 204 == go(site, key, "Done", resolution={"name": "Done"})
    shown = site.fields(key, "status", OFFICE)
    assert ("Finished", "10002") == (shown["status"]["name"], shown["status"]["id"])
    assert ("Kyiv HQ", "10100") == (shown[OFFICE]["value"], shown[OFFICE]["id"])
    assert "Place" == screen(site, "HR")[OFFICE]["name"]
    assert [key] == site.search("status = Finished AND Place = 'Kyiv HQ'")
    assert 400 == site.call("POST", "search/jql", {"jql": "status = Done"})[0]
    assert 400 == site.call("PUT", f"issue/{key}", {"fields": {OFFICE: {"value": "Kyiv"}}})[0]


def test_an_option_is_taken_away() -> None:
    """The issues lose it, and nobody can choose it."""
    site = Site(search_values="indexed", edit_lag_s=60)
    key = site.make(**{OFFICE: {"value": "Lviv"}})

    site.system.act("remove_option", field=OFFICE, option="Lviv")

    assert site.fields(key, OFFICE)[OFFICE] is None
    assert ["Kyiv", "Warsaw", "Remote"] == [v["value"] for v in screen(site, "HR")[OFFICE]["allowedValues"]]
    found = site.call("POST", "search/jql", {"jql": "project = HR", "fields": [OFFICE]})[1]["issues"]
    assert [None] == [issue["fields"][OFFICE] for issue in found]


def test_screens_and_types_change() -> None:
    """A field made compulsory, one taken off, a type taken out, a step changed and taken out."""
    site = Site()
    key = site.make()
    site.system.act("require_field", project="HR", field=COST)
    site.system.act("remove_field", project="HR", field="duedate")
    site.system.act("remove_type", project="HR", type="Onboarding")
    site.system.act("screen_field", project="HR", transition="Done", field=OFFICE)
    site.system.act("remove_transition", project="HR", name="Cancelled")

    assert (True, False) == (screen(site, "HR")[COST]["required"], "duedate" in screen(site, "HR"))
    draft = {"project": {"key": "HR"}, "summary": "x", COST: {"value": "CC-100"}}
    tries: list[dict[str, Any]] = [{}, {COST: None}, {"duedate": "2026-12-01"}, {"issuetype": {"name": "Onboarding"}}]
    bodies = [{"fields": {**draft, "issuetype": {"name": "Task"}, **one}} for one in tries]
    assert [201, 400, 400, 400] == [site.call("POST", "issue", body)[0] for body in bodies]
    assert (True, False) == (steps(site, key)["Done"]["fields"][OFFICE]["required"], "Cancelled" in steps(site, key))
    assert 400 == go(site, key, "Done", resolution={"name": "Done"})
    assert site.make(project="ITOPS", issuetype={"name": "Onboarding"}, duedate="2026-12-01")


def test_a_project_is_hidden_and_shown_again() -> None:
    """Its issues are neither found nor read nor counted; a person still sees them."""
    site = Site()
    key, other = site.make(labels=["pfjira"]), site.make(project="ITOPS", labels=["pfjira"])
    site.system.act("hide_project", project="HR")

    assert [other] == site.search("labels = pfjira")
    assert (404, 400) == (
        site.call("GET", f"issue/{key}")[0],
        site.call("POST", "search/jql", {"jql": "project = HR"})[0],
    )
    assert [] == site.call("POST", "issue/bulkfetch", {"issueIdsOrKeys": [key]})[1]["issues"]
    assert (key, "HR") == (site.system.issue(key).key, site.system.act("labels", key=key, add=["x"]).project.key)
    site.system.act("hide_project", project="HR", hidden=False)
    assert {key, other} == set(site.search("labels = pfjira"))


@pytest.mark.parametrize(
    ("permission", "method", "path", "body", "status"),
    [
        ("CREATE_ISSUES", "POST", "issue", {"fields": {"project": {"key": "HR"}, "summary": "x"}}, 403),
        ("EDIT_ISSUES", "PUT", "issue/HR-1", {"fields": {"summary": "x"}}, 403),
        ("EDIT_ISSUES", "PUT", "issue/HR-1/properties/p", {"op": "x"}, 403),
        ("ASSIGN_ISSUES", "PUT", "issue/HR-1/assignee", {"accountId": ANNA}, 403),
        ("ASSIGN_ISSUES", "PUT", "issue/HR-1", {"fields": {"assignee": {"accountId": ANNA}}}, 400),
        ("TRANSITION_ISSUES", "POST", "issue/HR-1/transitions", {"transition": {"id": "21"}}, 400),
        ("ADD_COMMENTS", "POST", "issue/HR-1/comment", {"body": {"type": "doc", "version": 1, "content": []}}, 400),
        ("WORK_ON_ISSUES", "POST", "issue/HR-1/worklog", {"timeSpentSeconds": 60}, 400),
        ("LINK_ISSUES", "POST", "issue/HR-1/remotelink", {"object": {"url": "https://x.invalid", "title": "x"}}, 403),
    ],
)
def test_a_right_is_lost_in_one_project(permission: str, method: str, path: str, body: Any, status: int) -> None:
    """The operation and `mypermissions` say the same, in that project only, until the right comes back."""
    site = Site()
    site.make()

    def have(**where: Any) -> bool:
        found = site.call("GET", "mypermissions", permissions=permission, **where)[1]["permissions"]
        return bool(found[permission]["havePermission"])

    site.system.act("revoke", permission=permission, project="HR")

    assert status == site.call(method, path, body)[0]
    assert [False, False, True, True] == [
        have(projectKey="HR"), have(issueKey="HR-1"), have(projectKey="ITOPS"), have()
    ]  # fmt: skip
    site.system.act("grant", permission=permission)
    assert have(projectKey="HR")
    if permission != "CREATE_ISSUES":
        assert site.call(method, path, body)[0] < 300


def test_create_metadata_names_what_may_be_chosen() -> None:
    """Schema everywhere; values for options, priorities and types; an address to ask for people."""
    fields = screen(Site(), "HR")

    assert ["Highest", "High", "Medium", "Low", "Lowest"] == [v["name"] for v in fields["priority"]["allowedValues"]]
    assert ["Kyiv", "Lviv", "Warsaw", "Remote"] == [v["value"] for v in fields[OFFICE]["allowedValues"]]
    assert ["Task"] == [v["name"] for v in fields["issuetype"]["allowedValues"]]
    kinds = {name: fields[name]["schema"]["type"] for name in ("priority", OFFICE, "customfield_10054")}
    assert {"priority": "priority", OFFICE: "option", "customfield_10054": "user"} == kinds
    assert "user/search" in fields["customfield_10054"]["autoCompleteUrl"]


def test_an_account_lives_its_life() -> None:
    """Opened, found, hidden, renamed, closed and deleted, while an issue names it."""
    site = Site()
    new = site.system.act("add_account", display_name="Ola Nowa", email="ola@example.com")

    def found(query: str) -> list[str]:
        return [user["accountId"] for user in site.call("GET", "user/search", query=query)[1]]

    key = site.make(assignee={"accountId": new})
    assert [new] == found("ola")
    site.system.act("edit_account", account_id=new, email="ola.nowa@example.com", email_hidden=True)
    assert ([], [new]) == (found("ola@example.com"), found("ola.nowa@example.com"))
    site.system.act("edit_account", account_id=new, assignable=False)
    assert 400 == site.call("PUT", f"issue/{key}/assignee", {"accountId": new})[0]
    site.system.act("edit_account", account_id=new, active=False)
    assert ([], False) == (found("ola"), site.call("GET", "user", accountId=new)[1]["active"])
    site.system.act("remove_account", account_id=new)
    assert (404, "Former user") == (
        site.call("GET", "user", accountId=new)[0], site.fields(key)["assignee"]["displayName"]
    )  # fmt: skip
    assert new != site.system.act("add_account", display_name="Ola Nowa", email="ola@example.com")


def test_membership_can_be_read_and_changed_from_outside() -> None:
    """By name; the API sees what the administrator did, and the other way round."""
    site = Site()
    group = next(i for i, name in site.system.groups.names.items() if name == "vpn-users")
    site.system.act("add_to_group", group="vpn-users", account_id=ANNA)

    assert 400 == site.call("POST", "group/user", {"accountId": ANNA}, groupId=group)[0]
    assert 201 == site.call("POST", "group/user", {"accountId": JAN}, groupId=group)[0]
    assert [ANNA, JAN] == site.system.groups.members_of("vpn-users")
    site.system.act("remove_from_group", group="vpn-users", account_id=ANNA)
    assert [JAN] == [one["accountId"] for one in site.call("GET", "group/member", groupId=group)[1]["values"]]
    site.system.act("remove_group", group="vpn-users")
    assert 404 == site.call("POST", "group/user", {"accountId": ANNA}, groupId=group)[0]


def test_a_change_that_makes_no_sense_is_heard() -> None:
    """Unknown names are KeyErrors, unknown rights and members ValueErrors."""
    act = Site().system.act

    for verb, arguments in (
        ("rename_status", {"old": "Nowhere", "new": "x"}),
        ("remove_option", {"field": OFFICE, "option": "Paris"}),
        ("remove_type", {"project": "HR", "type": "Bug"}),
        ("remove_transition", {"project": "HR", "name": "Fly"}),
        ("hide_project", {"project": "NOPE"}),
        ("revoke", {"permission": "EDIT_ISSUES", "project": "NOPE"}),
        ("remove_account", {"account_id": "x"}),
        ("remove_from_group", {"group": "it-staff", "account_id": ANNA}),
    ):
        with pytest.raises(KeyError):
            act(verb, **arguments)
    with pytest.raises(ValueError, match="FLY"):
        act("revoke", permission="FLY")
    with pytest.raises(ValueError, match="shoe"):
        act("edit_account", account_id=ANNA, shoe=44)


def test_verbs_reach_a_sandbox_from_outside(sandbox: Sandbox, control: PlainClient) -> None:
    """Over the steering address too: an account id comes back, a change of the site says nothing."""
    act = {"system": "jira", "verb": "add_account", "display_name": "Ola Nowa", "email": "ola@example.com"}

    opened = control.send("POST", "/act", act).json()["result"]
    changed = control.send("POST", "/act", {"system": "jira", "verb": "rename_status", "old": "Done", "new": "Over"})

    assert opened == sandbox.company.accounts[-1].account_id
    assert (200, {"result": None}) == (changed.status, changed.json())
    assert "Over" == sandbox.jira.store.site.statuses["10002"].name
