"""Searching the simulated Jira: JQL, pages, and reads by id."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from jira_site import ANNA, Site, document

UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


@pytest.fixture
def site() -> Site:
    """Five issues in two projects, one of them done, two of them ours, made 50 seconds apart."""
    site = Site()
    site.make("Laptop for Jan", labels=["pfjira"], op="a")
    site.clock.advance(50)
    site.make("Accounts", labels=["pfjira", "onboarding"], assignee={"accountId": ANNA}, duedate="2026-12-01")
    site.clock.advance(50)
    site.make("Desk", project="ITOPS", customfield_10051={"value": "Lviv"}, customfield_10053=7)
    site.clock.advance(50)
    site.make("Old business", project="ITOPS", description=document("the quick brown fox"))
    site.system.act("transition", key="ITOPS-2", to="Done", resolution="Won't Do")
    site.clock.advance(50)
    site.system.act("create", project="HR", summary="Made by hand", customfield_10050="pf:1042")
    return site


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = HR", ["HR-3", "HR-2", "HR-1"]),
        ("project = People", ["HR-3", "HR-2", "HR-1"]),
        ("labels = pfjira", ["HR-2", "HR-1"]),
        ('labels = "pfjira" AND project = HR ORDER BY created ASC', ["HR-1", "HR-2"]),
        ("labels in (onboarding, other)", ["HR-2"]),
        ("labels is EMPTY and project = HR", ["HR-3"]),
        ("labels != pfjira", []),
        ("creator = currentUser() ORDER BY id", ["HR-1", "HR-2", "ITOPS-1", "ITOPS-2"]),
        (f"assignee = {ANNA}", ["HR-2"]),
        ("assignee is not EMPTY", ["HR-2"]),
        ("statusCategory != Done AND project = ITOPS", ["ITOPS-1"]),
        ("statusCategory = done", ["ITOPS-2"]),
        ('status = "To Do" and project = ITOPS', ["ITOPS-1"]),
        ("resolution = Unresolved AND project = ITOPS", ["ITOPS-1"]),
        ('resolution = "Won\'t Do"', ["ITOPS-2"]),
        ("id in (10001, 10003)", ["ITOPS-1", "HR-1"]),
        ("key in (HR-2, itops-1) ORDER BY key DESC", ["ITOPS-1", "HR-2"]),
        ("key > HR-1 and key <= HR-2", ["HR-2"]),
        ("created >= -1m", ["HR-3", "ITOPS-2"]),
        ("updated >= -1m", ["HR-3", "ITOPS-2"]),
        ("created < -3m ORDER BY created", ["HR-1"]),
        ("due = 2026-12-01 OR customfield_10053 = 7", ["ITOPS-1", "HR-2"]),
        ("due >= 2026-11-01 OR cf[10053] > 6", ["ITOPS-1", "HR-2"]),
        ("due <= 2026-11-01", []),
        ("due > now() and due < startOfDay(500w)", ["HR-2"]),
        ("created >= startOfDay(-2d) and created <= now() and project = HR", ["HR-3", "HR-2", "HR-1"]),
        ("created > 1700000000000 and key = HR-1", ["HR-1"]),
        ("resolved >= startOfDay(-2d)", ["ITOPS-2"]),
        ("parent = HR-1", []),
        ("assignee = currentUser()", []),
        ("creator != currentUser()", ["HR-3"]),
        ("priority not in (High, Low) and labels not in (pfjira)", []),
        ("id != HR-1 and project = HR", ["HR-3", "HR-2"]),
        ("labels = none or labels = onboarding", ["HR-2"]),
        ('summary !~ "laptop" and project = HR', ["HR-3", "HR-2"]),
        ("Office = Lviv", ["ITOPS-1"]),
        ("cf[10050] ~ 1042", ["HR-3"]),
        ("summary ~ laptop", ["HR-1"]),
        ("summary ~ lap*", ["HR-1"]),
        ("description ~ 'brown fox'", ["ITOPS-2"]),
        ("NOT project = HR AND NOT (statusCategory = Done)", ["ITOPS-1"]),
        ("project = HR && (labels = onboarding || summary ~ hand)", ["HR-3", "HR-2"]),
        ("issuetype = Task AND priority = Medium AND project = ITOPS ORDER BY status, id DESC", ["ITOPS-1", "ITOPS-2"]),
    ],
)
def test_jql_finds_what_it_says(site: Site, jql: str, keys: list[str]) -> None:
    """The queries a sync tool writes, newest first unless ordered."""
    assert keys == site.search(jql)


@pytest.mark.parametrize(
    ("jql", "text"),
    [
        ("", UNBOUNDED),
        ("ORDER BY created", UNBOUNDED),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("nonsense = 1", "Field 'nonsense' does not exist or you do not have permission to view it."),
        ("issue.property[pfjira].op = a", "Field 'issue.property[pfjira].op' does not exist"),
        ("project = HR AND", "Expecting a field name but the query ended."),
        ("project HR", "Expecting an operator but got 'HR'."),
        ("project = HR created > -1d", "Expecting 'AND' or 'OR'"),
        ("(project = HR", "Expecting ')'"),
        ("labels = (", "Expecting a value"),
        ("created >= yesterday", "Date value 'yesterday' for field 'created' is invalid."),
        ("created >= -90s", "Date value '-90s'"),
        ("created >= -99999999999w", "is out of range"),
        ("customfield_10053 = many", "is not a number"),
        ("created is EMPTY", "The operator '=' is not supported"),
        ("project = HR ORDER created", "Expecting 'by'"),
        ("labels is full", "Expecting 'EMPTY' or 'NULL'"),
        ("status was Done", "is not simulated"),
        ("labels ~ x", "The operator '~' is not supported"),
        ("cf[10050] = x", "The operator '=' is not supported"),
        ("summary > a", "The operator '>' is not supported"),
        ("id = 99", "An issue with key '99' does not exist for field 'id'."),
        ("assignee = membersOf(x)", "Unable to find JQL function 'membersof(x)'."),
        ("project = HR ORDER BY a, b, c, d, e, f, g, h", "exceeds the limit of 7"),
        ('project = "HR', "is not expected here"),
    ],
)
def test_jql_that_jira_refuses(site: Site, jql: str, text: str) -> None:
    """400 with a message that names the reason."""
    status, body = site.call("POST", "search/jql", {"jql": jql})

    assert status == 400
    assert text in body["errorMessages"][0]


def test_times_are_read_in_the_zone_of_the_caller(site: Site) -> None:
    """`created >= "yyyy-MM-dd HH:mm"` means the clock on the wall of the calling account."""
    wall = site.clock.now().astimezone(ZoneInfo("Europe/Kyiv"))

    assert "HR-3" in site.search(f'created >= "{wall - timedelta(minutes=1):%Y-%m-%d %H:%M}"')
    assert [] == site.search(f'created >= "{wall + timedelta(hours=1):%Y-%m-%d %H:%M}"')
    assert 5 == len(site.search(f'created >= "{wall - timedelta(hours=1):%Y/%m/%d %H:%M}"'))


def test_only_ids_come_unless_fields_are_asked_for(site: Site) -> None:
    """The default is ids alone; fields and properties are named."""
    ids = site.call("POST", "search/jql", {"jql": "labels = pfjira"})[1]
    full = site.call("POST", "search/jql", {"jql": "key = HR-1", "fields": ["summary"], "properties": ["pfjira"]})[1]

    assert {"issues": [{"id": "10002"}, {"id": "10001"}], "isLast": True} == ids
    assert ({"summary": "Laptop for Jan"}, {"pfjira": {"op": "a", "v": 1}}) == (
        full["issues"][0]["fields"],
        full["issues"][0]["properties"],
    )


def test_pages_follow_their_tokens(site: Site) -> None:
    """No total, no startAt: tokens lead from page to page, and a foreign, stale or mismatched one is refused."""
    query = {"jql": "project = HR ORDER BY created", "maxResults": 2}
    first = site.call("POST", "search/jql", query)[1]
    token = first["nextPageToken"]
    second = site.call("POST", "search/jql", query | {"nextPageToken": token})[1]

    assert (["10001", "10002"], False) == ([one["id"] for one in first["issues"]], first["isLast"])
    assert ({"issues": [{"id": "10005"}], "isLast": True}) == second
    assert 400 == site.call("POST", "search/jql", query | {"nextPageToken": "forged"})[0]
    assert 400 == site.call("POST", "search/jql", query | {"nextPageToken": token, "jql": "project = ITOPS"})[0]
    site.clock.advance(8 * 86_400)
    assert 400 == site.call("POST", "search/jql", query | {"nextPageToken": token})[0]


def test_a_page_may_be_shorter_than_asked_for() -> None:
    """The more fields, the fewer issues a page holds, and a short page is no end."""
    site = Site(page_cap=9, page_cap_few_fields=4, page_cap_with_fields=2)
    for _ in range(10):
        site.make()

    def first(*fields: str) -> int:
        body = {"jql": "project = HR", "maxResults": 5000, "fields": list(fields)}
        return len(site.call("POST", "search/jql", body)[1]["issues"])

    assert (9, 4, 2) == (first(), first("summary", "updated"), first("*all"))
    assert 10 == len(site.search("project = HR", fields=["*all"]))


@pytest.mark.parametrize(("paging", "keys"), [("snapshot", ["HR-2", "HR-1"]), ("shifting", ["HR-1"])])
def test_rows_may_shift_between_pages(paging: str, keys: list[str]) -> None:
    """Without a snapshot an issue that leaves the result pulls the next one onto the page before."""
    site = Site(paging=paging)
    for _ in range(3):
        site.make(labels=["pfjira"])
    query = {"jql": "labels = pfjira", "maxResults": 1, "fields": ["summary"]}
    token = site.call("POST", "search/jql", query)[1]["nextPageToken"]

    site.system.act("labels", key="HR-3", remove=["pfjira"])

    rest = []
    while token:
        page = site.call("POST", "search/jql", query | {"nextPageToken": token})[1]
        rest += [issue["key"] for issue in page["issues"]]
        token = page.get("nextPageToken")
    assert keys == rest


def test_the_body_is_closed(site: Site) -> None:
    """A member that the schema does not have, or of the wrong type, is refused with the generic words."""
    for body in ({"startAt": 0}, {"maxResults": "5"}, {"fields": "summary"}, {"reconcileIssues": ["10001"]}):
        status, answer = site.call("POST", "search/jql", {"jql": "project = HR", **body})
        assert (400, True) == (status, answer["errorMessages"][0].startswith("Invalid request payload."))
    for size in (0, 5001):
        answer = site.call("POST", "search/jql", {"jql": "project = HR", "maxResults": size})[1]
        assert ["The max results parameter has to be between 1 and 5,000."] == answer["errorMessages"]


def test_the_old_search_is_gone(site: Site) -> None:
    """410 with the way to the new one."""
    assert 410 == site.unchecked("POST", "search", {"jql": "project = HR"}).status
    assert 410 == site.unchecked("GET", "search").status


def test_unknown_names_may_find_nothing_instead() -> None:
    """What an anonymous-like site answers: 200 and an empty list."""
    site = Site(unknown_jql_names="empty", property_jql="empty")

    for jql in ("project = NOPE", "nonsense = 1", "issue.property[pfjira].op = a", "key = HR-77"):
        assert [] == site.search(jql)


def test_a_remote_link_finds_its_issue(site: Site) -> None:
    """`issuesWithRemoteLinksByGlobalId` works like any other search."""
    link = {"globalId": "pf=1042", "object": {"url": "https://x.invalid", "title": "Jan"}}
    site.call("POST", "issue/HR-2/remotelink", link)

    assert ["HR-2"] == site.search('issue in issuesWithRemoteLinksByGlobalId("pf=1042")')


def test_a_batch_read_leaves_out_what_is_missing(site: Site) -> None:
    """Ids or keys in any case, ordered by id, at most 100, doubles once."""
    wanted = ["itops-1", "HR-1", "10001", "HR-99"]

    body = site.call("POST", "issue/bulkfetch", {"issueIdsOrKeys": wanted, "fields": ["summary"]})[1]

    assert (["HR-1", "ITOPS-1"], []) == ([one["key"] for one in body["issues"]], body["issueErrors"])
    assert 400 == site.call("POST", "issue/bulkfetch", {"issueIdsOrKeys": [str(n) for n in range(101)]})[0]
    assert 400 == site.call("POST", "issue/bulkfetch", {"issueIdsOrKeys": [1]})[0]
    assert 400 == site.call("POST", "issue/bulkfetch", {"issueIdsOrKeys": ["1"], "startAt": 0})[0]


def test_a_moved_issue_is_found_under_both_keys(site: Site) -> None:
    """The id stays, the key changes, the old key still resolves."""
    site.system.act("move", key="HR-1", project="ITOPS")

    assert {"10001"} == {site.call("GET", f"issue/{key}")[1]["id"] for key in ("HR-1", "ITOPS-3", "10001")}
    assert "ITOPS-3" == site.call("GET", "issue/HR-1")[1]["key"]
