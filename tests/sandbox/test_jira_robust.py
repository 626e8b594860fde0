"""Whatever a client sends, the simulated Jira answers: no request may break it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jira_site import Site

from pfjira.sandbox.jira import jql
from pfjira.sandbox.jira.refusal import Refusal

_MEMBERS = (
    "fields update properties transition project key id name issuetype summary labels assignee accountId parent "
    "description duedate priority customfield_10051 customfield_10053 value resolution comment add set remove body "
    "issueUpdates issueIdsOrKeys jql maxResults nextPageToken reconcileIssues expand object globalId url title type "
    "inwardIssue outwardIssue started timeSpent timeSpentSeconds issueIds jqls version content text attrs marks"
)
_NAMES = st.sampled_from(_MEMBERS.split(" "))
_QUERY_WORDS = (
    'project = != in not ( ) , HR labels pfjira updated >= -10m "2026-01-01" AND OR ORDER BY created is EMPTY '
    "currentUser() id 10001 statusCategory Done ~ cf[10053] key desc was issue.property[x].y < now() due"
)
_WORDS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 20_000), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["HR", "HR-1", "10001", "10002", "Task", "doc", "paragraph", "pfjira", "2026-12-01", "31",
                     "project = HR", "labels = pfjira ORDER BY id", "", "x y"]),
    st.text(max_size=5),
)  # fmt: skip
_JSON = st.recursive(
    _WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=12
)
_FIELDS = st.dictionaries(_NAMES, _JSON, max_size=4)
_DRAFT = st.builds(
    lambda fields, rest: {**rest, "fields": {"project": {"key": "HR"}, "issuetype": {"name": "Task"}, **fields}},
    _FIELDS, st.dictionaries(_NAMES, _JSON, max_size=3),
)  # fmt: skip
_CALLS = st.sampled_from([
    ("POST", "issue"), ("POST", "issue/bulk"), ("POST", "issue/bulkfetch"), ("POST", "search/jql"),
    ("PUT", "issue/HR-1"), ("PUT", "issue/HR-1/assignee"), ("POST", "issue/HR-1/transitions"),
    ("POST", "issue/HR-1/comment"), ("POST", "issue/HR-1/worklog"), ("PUT", "issue/HR-1/properties/p"),
    ("POST", "issue/HR-1/remotelink"), ("POST", "issueLink"), ("POST", "search/approximate-count"),
    ("POST", "jql/match"), ("POST", "group/user"),
])  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(call=_CALLS, body=st.one_of(_JSON, _FIELDS, _DRAFT))
def test_any_body_gets_an_answer(call: tuple[str, str], body: Any) -> None:
    """Nonsense of any shape is answered 2xx or 4xx."""
    site = Site()
    site.make()

    assert site.unchecked(*call, body, groupId="276f955c-63d7-42c8-9520-92d01dca0625").status < 500


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(_QUERY_WORDS.split(" ")), max_size=9))
def test_any_query_is_read_or_refused(words: list[str]) -> None:
    """Whatever the words, a search answers 200 or 400."""
    site = Site()
    site.make(labels=["pfjira"])

    assert site.unchecked("POST", "search/jql", {"jql": " ".join(words)}).status in {200, 400}


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """The reader of JQL ends with a tree or a refusal, never otherwise."""
    try:
        jql.parse(text)
    except Refusal as refused:
        assert refused.status == 400  # noqa: PT017 - both outcomes are fine, a third is not
