"""What the site is made of: accounts, fields, screens, the login; and the preflight over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from connector_clock import FakeClock

from pfjira.connectors.jira import codec
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.errors import BadReply, Rejected, Unauthorized
from pfjira.sandbox.company import Account
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox

Start = Callable[..., Sandbox]
Connect = Callable[..., Jira]


def accounts_of(sandbox: Sandbox, kind: str) -> tuple[str, list[Account]]:
    """Return the address of an irregular person, and the accounts that the sandbox holds for it."""
    number = sandbox.company.irregular[kind][0]
    email = next(person.email for person in sandbox.company.people if person.id == number)
    assert email is not None
    return email, [account for account in sandbox.company.accounts if account.email == email]


def answering(clock: FakeClock, payload: Any, status: int = 200) -> Jira:
    """Return a connector to a site that answers everything alike."""
    body = orjson.dumps(payload)
    config = JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": "t", "rate": 0})
    transport = httpx.MockTransport(
        lambda request: httpx.Response(status, content=body, headers={"content-type": "application/json"})
    )
    return Jira(config, clock=clock, sleep=clock.sleep, transport=transport)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("hidden_email", [(True, None)]),
        ("twice", [(True, "shown"), (True, "shown")]),
        ("no_account", []),
        ("not_assignable", [(True, "shown")]),
    ],
)
def test_all_that_the_site_offers_is_handed_back(start: Start, to_jira: Connect, kind: str, expected: Any) -> None:
    """Which account is the person's is not decided here."""
    sandbox = start(people=200, tasks=300)
    email, held = accounts_of(sandbox, kind)

    found = to_jira(sandbox).find_accounts([email, "nobody@example.com", "", email])

    assert {"nobody@example.com", email} == set(found)
    assert expected == [(account.active, account.email and "shown") for account in found[email]]
    assert {account.account_id for account in held} == {account.account_id for account in found[email]}


def test_an_account_is_read_by_its_id_whether_active_or_not(start: Start, to_jira: Connect) -> None:
    """A hidden address stays hidden; an id that the site does not know is no account."""
    sandbox = start(people=200, tasks=300)
    (gone,), (shy,) = accounts_of(sandbox, "inactive")[1], accounts_of(sandbox, "hidden_email")[1]
    jira = to_jira(sandbox)
    found = [jira.account(account.account_id) for account in (gone, shy)]

    assert [(gone.account_id, False), (shy.account_id, True)] == [(a.account_id, a.active) for a in found if a]
    assert [None, None, None] == [found[1] and found[1].email, jira.account("no-such-account"), jira.account("")]


def test_only_some_may_be_assigned(start: Start, to_jira: Connect) -> None:
    """Accounts that exist and accounts that may be assigned are two questions."""
    sandbox = start(people=200, tasks=300)
    _, (refused,) = accounts_of(sandbox, "not_assignable")
    _, taken = accounts_of(sandbox, "twice")
    asked = [account.account_id for account in (refused, *taken)]

    may = to_jira(sandbox).assignable("ITOPS", [*asked, "no-such-account"])

    assert frozenset(asked[1:]) == may


def test_many_are_asked_at_once_but_not_too_many(start: Start, to_jira: Connect) -> None:
    """The limit on requests in flight holds for people too."""
    sandbox = start(people=60)
    emails = [person.email for person in sandbox.company.people if person.email]
    sandbox.faults.add(Fault("delay", path="user/search", times=None, delay_s=0.005))

    to_jira(sandbox, concurrency=3).find_accounts(emails)

    assert (len(set(emails)), True) == (len(list(sandbox.requests)), max(e.in_flight for e in sandbox.requests) <= 3)


@pytest.mark.parametrize("member", ["fields", "results"])
def test_a_create_screen_tells_what_it_takes(start: Start, to_jira: Connect, member: Any) -> None:
    """By the type's name in any case, or its id; under both names that the vendor gives the list."""
    jira = to_jira(start(jira=JiraOptions(createmeta_member=member)))

    easy, strict = jira.create_screen("ITOPS", "task"), jira.create_screen("STRICT", "10002")

    assert (frozenset({"summary"}), frozenset({"summary", "customfield_10060"})) == (easy.required, strict.required)
    assert (True, False) == ("labels" in easy.fields, "labels" in strict.fields)


@pytest.mark.parametrize(("project", "issue_type"), [("NOPE", "Task"), ("HR", "Story"), ("../field", "Task")])
def test_a_screen_that_is_not_there_is_refused(jira: Jira, project: str, issue_type: str) -> None:
    """With a sentence that says what there is, and a hint."""
    with pytest.raises(Rejected) as caught:
        jira.create_screen(project, issue_type)

    assert (True, True) == (project in str(caught.value), bool(caught.value.hint))


def test_fields_are_known_by_name_and_id(jira: Jira) -> None:
    """Names without regard to case; ids as they are."""
    ids = jira.field_ids()

    expected = ("customfield_10051", "customfield_10051", "duedate")
    assert expected == (ids["office"], ids["customfield_10051"], ids["due date"])


def test_a_name_that_two_fields_share_is_left_out(clock: FakeClock) -> None:
    """Neither is the right one; an id is never hidden by another field's name."""
    rows = [
        {"id": "customfield_1", "name": "Start"},
        {"id": "customfield_2", "name": "start"},
        {"id": "summary", "name": "Summary"},
        {"id": "customfield_3", "name": "duedate"},
        {"id": "duedate", "name": "Due"},
    ]

    ids = answering(clock, rows).field_ids()

    assert ("start" in ids, ids["customfield_1"], ids["duedate"]) == (False, "customfield_1", "duedate")


def test_the_preflight_says_what_is_wrong(jira: Jira) -> None:
    """One finding for each thing looked at, and something to try for each that is wrong."""
    findings = jira.check([("ITOPS", "Task"), ("STRICT", "Task"), ("NOPE", "Task")], ["summary", "Office", "nosuch"])

    told = {finding.subject: finding.ok for finding in findings}
    expected = {
        "Jira login": True,
        "Jira clock": True,
        "Jira fields": False,
        "Jira project ITOPS, Task": True,
        "Jira project STRICT, Task": False,
        "Jira project NOPE, Task": False,
        "Jira people": True,
    }
    assert expected == told
    assert all(finding.hint for finding in findings if not finding.ok)


def test_labels_missing_from_the_screen_are_worth_a_word(jira: Jira) -> None:
    """It works, but lost answers are harder to find."""
    (finding,) = [f for f in jira.check([("STRICT", "Task")], ["customfield_10060"]) if "STRICT" in f.subject]

    assert (True, True) == (finding.ok, "labels" in finding.detail)


def test_a_login_that_sees_nobody_is_told(start: Start, to_jira: Connect) -> None:
    """Without the right to browse users, Jira answers with empty lists and no complaint."""
    *_, finding = to_jira(start(jira=JiraOptions(may_browse_users=False))).check([], [])

    assert ("Jira people", False, True) == (finding.subject, finding.ok, "Browse users" in finding.hint)


def test_a_withdrawn_login_stops_the_asking(start: Start, to_jira: Connect) -> None:
    """Those who wait for their turn are not sent to be refused too."""
    sandbox = start(people=60)
    sandbox.faults.add(Fault("unauthorized", path="user/search", nth=5))
    emails = [person.email for person in sandbox.company.people if person.email]

    with pytest.raises(Unauthorized):
        to_jira(sandbox, concurrency=2).find_accounts(emails)

    assert len(list(sandbox.requests)) < len(set(emails)) / 2


@pytest.mark.parametrize("anonymous", ["refuse", "empty"])
@pytest.mark.parametrize("bad_login", ["text", "json", "anonymous"])
def test_a_wrong_login_is_found_out(start: Start, to_jira: Connect, bad_login: Any, anonymous: Any) -> None:
    """`myself` needs a login even where a stranger gets empty lists; nothing is tried twice."""
    sandbox = start(jira=JiraOptions(bad_login=bad_login, anonymous=anonymous))
    jira = to_jira(sandbox, token="wrong-token")

    with pytest.raises(Unauthorized) as caught:
        jira.check_login()
    asked = len(list(sandbox.requests))
    (finding,) = jira.check([("ITOPS", "Task")], [])

    assert (1, False, True) == (asked, finding.ok, bool(finding.hint))
    assert "wrong-token" not in str(caught.value) + finding.detail


@pytest.mark.parametrize(
    "payload",
    [{"issues": [], "nextPageToken": "again", "isLast": False}, {"issues": [{"id": "1"}], "nextPageToken": "again"}],
)
def test_a_search_that_turns_in_a_circle_is_a_bad_reply(clock: FakeClock, payload: Any) -> None:
    """The same token twice would go on for ever."""
    with pytest.raises(BadReply):
        list(answering(clock, payload).changed_since(None, "pfjira"))


def test_issues_that_could_not_be_shown_just_now_are_asked_for_alone(clock: FakeClock) -> None:
    """An entry in `issueErrors` is not an absent issue."""
    shown = {"id": "7", "key": "X-7", "fields": {"status": {"name": "To Do", "statusCategory": {"key": "new"}}}}

    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/issue/7"):
            return httpx.Response(200, content=orjson.dumps(shown))
        if request.url.path.endswith("/issue/8"):
            return httpx.Response(404)
        return httpx.Response(200, content=orjson.dumps({"issues": [], "issueErrors": [{"id": "7"}, {"id": "8"}, {}]}))

    config = JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": "t", "rate": 0})
    jira = Jira(config, clock=clock, sleep=clock.sleep, transport=httpx.MockTransport(site))

    assert ["X-7"] == [issue.key for issue in jira.fetch_many(["7", "8"], [])]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("text", "text"),
        (3.5, 3.5),
        ({"accountId": "a", "displayName": "Anna"}, "a"),
        ({"self": "…", "value": "Lviv", "id": "1"}, "Lviv"),
        ({"name": "High", "id": "2"}, "High"),
        ({"key": "X-1", "id": "9"}, "X-1"),
        ([{"value": "a"}, {"value": "b"}], ["a", "b"]),
        ({"type": "doc", "version": 1, "content": []}, {"type": "doc", "version": 1, "content": []}),
        ({"odd": 1}, {"odd": 1}),
    ],
)
def test_values_are_comparable(value: Any, expected: Any) -> None:
    """One form for each kind of field."""
    assert expected == codec.comparable(value)


def test_texts_enter_a_query_as_one_literal() -> None:
    """Quotes and backslashes do not end it, line breaks do not enter it."""
    assert r'"a\" OR \\x  y"' == codec.quoted('a" OR \\x \ny')


def test_a_comment_is_a_valid_document() -> None:
    """A line is a paragraph, an empty one holds no text node."""
    content = codec.paragraph("one\n\ntwo")["content"]

    assert [1, 0, 1] == [len(paragraph["content"]) for paragraph in content]
