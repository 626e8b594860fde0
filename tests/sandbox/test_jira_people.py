"""People of the simulated site: searching them without ever learning a hidden address."""

from __future__ import annotations

from typing import Any

import pytest
from jira_site import ANNA, GONE, JAN, ROBOT, Site

GROUP = "276f955c-63d7-42c8-9520-92d01dca0625"


def found(site: Site, path: str = "user/search", **query: Any) -> list[str]:
    """Return the account ids that a search answers."""
    status, body = site.call("GET", path, **query)
    assert status == 200, body
    return [user["accountId"] for user in body]


@pytest.mark.parametrize(
    ("query", "accounts"),
    [
        ("anna.kowalska@example.com", [ANNA]),
        ("ANNA.Kowalska@example.com", [ANNA]),
        ("anna", [ANNA]),
        ("kowal", [ANNA]),
        ("Anna Kow", [ANNA]),
        ("owalska", []),
        ("jan.nowak@example.com", [JAN]),
        ("jan.nowak@", []),
        ("Jan", [JAN]),
        ("piotr", []),
        ("nobody@example.com", []),
    ],
)
def test_a_search_matches_the_beginnings_of_words(query: str, accounts: list[str]) -> None:
    """Names and visible addresses by their beginnings, a hidden address only in full, inactive people never."""
    assert accounts == found(Site(), query=query)


def test_a_hidden_address_never_appears() -> None:
    """The server matches on it and leaves it out."""
    site = Site()

    shown = site.call("GET", "user/search", query="jan.nowak@example.com")[1]

    assert ["Jan Nowak"] == [user["displayName"] for user in shown]
    assert all("emailAddress" not in user for user in shown)
    assert "emailAddress" in site.call("GET", "user/search", query="anna")[1][0]


def test_a_search_needs_something_to_search_for() -> None:
    """400 without a query; without the browse permission 200 and nothing."""
    assert ["The username or property query parameter must be provided"] == Site().call("GET", "user/search")[1][
        "errorMessages"
    ]
    assert [] == found(Site(may_browse_users=False), query="anna")


def test_being_assignable_is_another_question() -> None:
    """Robots, inactive and excluded people are not; the project must exist."""
    site = Site()
    site.company.accounts[0].assignable = False

    path = "user/assignable/search"
    assert [JAN] == found(site, path, project="HR", accountId=JAN)
    assert [[], [], []] == [found(site, path, project="HR", accountId=who) for who in (ANNA, GONE, ROBOT)]
    assert [JAN] == found(site, path, issueKey=site.make(), query="jan.nowak@example.com")
    assert 404 == site.call("GET", path, project="NOPE", query="x")[0]
    assert 400 == site.call("GET", path, query="x")[0]
    many = "user/assignable/multiProjectSearch"
    assert [JAN] == found(site, many, projectKeys="HR,ITOPS", query="jan")
    assert 404 == site.call("GET", many, projectKeys="HR,NOPE", query="jan")[0]


def test_a_bulk_read_pages_by_ten() -> None:
    """Unknown ids are left out; ten a page unless told otherwise."""
    site = Site()

    body = site.call("GET", "user/bulk", accountId=[ANNA, "unknown", GONE])[1]

    assert ([ANNA, GONE], 2, True, 10) == (
        [user["accountId"] for user in body["values"]],
        body["total"],
        body["isLast"],
        body["maxResults"],
    )
    assert 400 == site.unchecked("GET", "user/bulk").status


def test_everyone_is_listed_with_the_inactive() -> None:
    """`users/search` shows all accounts, in pages."""
    site = Site()
    me = site.system.accounts.myself.account_id

    assert {me, ANNA, JAN, GONE, ROBOT} == set(found(site, "users/search"))
    assert 2 == len(found(site, "users/search", startAt=1, maxResults=2))


def test_one_person_by_id() -> None:
    """404 for an unknown account; a person who joins later is known at once."""
    site = Site()

    assert 404 == site.call("GET", "user", accountId="new")[0]
    site.company.accounts.append(type(site.company.accounts[0])("new", "New Person", "new@example.com"))
    assert "New Person" == site.call("GET", "user", accountId="new")[1]["displayName"]


def test_an_account_may_be_deactivated_while_it_holds_issues() -> None:
    """The issue goes on showing the assignee, now inactive."""
    site = Site()
    key = site.make(assignee={"accountId": ANNA})
    site.company.accounts[0].active = False

    assert site.fields(key, "assignee")["assignee"]["active"] is False
    assert [] == found(site, query="anna")


def test_groups_take_and_lose_people() -> None:
    """201, 400 for a member already, 200 for the removal, 400 for nobody to remove."""
    site = Site()

    def add() -> int:
        return site.call("POST", "group/user", {"accountId": ANNA}, groupId=GROUP)[0]

    assert [201, 400] == [add(), add()]
    assert [ANNA] == [u["accountId"] for u in site.call("GET", "group/member", groupId=GROUP)[1]["values"]]
    removals = [site.call("DELETE", "group/user", groupId=GROUP, accountId=ANNA)[0] for _ in range(2)]
    assert [200, 400] == removals
    assert 404 == site.call("POST", "group/user", {"accountId": ANNA}, groupId="none")[0]
    assert 403 == Site(groups_read_only=True).call("POST", "group/user", {"accountId": ANNA}, groupId=GROUP)[0]
    assert [404, 400] == [site.call("POST", "group/user", body, groupId=GROUP)[0] for body in ({"accountId": "x"}, {})]
    assert 404 == site.call("DELETE", "group/user", groupId=GROUP, accountId="x")[0]
    named = site.call("GET", "group/bulk", groupName="hr-onboarding")[1]["values"]
    assert [{"groupId": GROUP, "name": "hr-onboarding"}] == named
