"""Jira as the operations see it: creating, reading, searching and editing issues over sockets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from connector_clock import FakeClock

from pfjira.connectors.base import Draft
from pfjira.connectors.jira.connector import Jira
from pfjira.engine.model import Desired, Issue, Json, ValueKind
from pfjira.errors import Missing, OutcomeUnknown, Rejected, Stale, Unauthorized, Unavailable
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox

Start = Callable[..., Sandbox]
Connect = Callable[..., Jira]
DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Order a laptop"}]}],
}


def text(field: str, value: Json) -> Desired:
    """Wish for a plain value."""
    return Desired(field, ValueKind.TEXT, value)


def draft(number: int, *values: Desired, project: str = "ITOPS", label: str | None = "pfjira") -> Draft:
    """Draft a small task."""
    return Draft(f"{number:020x}", project, "Task", (text("summary", f"Task {number}"), *values), label)


def bad_draft(number: int) -> Draft:
    """Draft a task that Jira refuses."""
    return draft(number, text("nosuch", "Anna Kowalska"))


def one(jira: Jira, issue_id: str, *fields: str) -> Issue:
    """Read one issue that is there."""
    (issue,) = jira.fetch_many([issue_id], fields)
    return issue


def made(jira: Jira, *values: Desired, project: str = "ITOPS") -> str:
    """Create one issue; return its id."""
    ((issue_id, _),) = jira.create([draft(1, *values, project=project)]).issues
    return issue_id


@pytest.mark.parametrize("size", [1, 2, 50])
def test_a_create_is_one_request_with_its_mark_inside(sandbox: Sandbox, jira: Jira, size: int) -> None:
    """Label and property travel in the same call, so that no crash can come between."""
    drafts = [draft(number) for number in range(size)]

    created = jira.create(drafts)

    requests = [entry.path for entry in sandbox.requests]
    issues = jira.fetch_many([issue_id for issue_id, _ in created.issues], ["summary"])
    assert ["/rest/api/3/issue" if size == 1 else "/rest/api/3/issue/bulk"] == requests
    wished = {(wanted.op, frozenset({"pfjira"}), wanted.values[0].value) for wanted in drafts}
    assert wished == {(issue.op, issue.labels, issue.fields["summary"]) for issue in issues}


def test_nothing_to_create_is_no_request(sandbox: Sandbox, jira: Jira) -> None:
    """An empty batch asks nobody."""
    created = jira.create([])

    assert ((), 0) == (created.issues, len(list(sandbox.requests)))


def test_values_come_back_as_they_were_wished(sandbox: Sandbox, jira: Jira) -> None:
    """Each kind of value has one comparable form, the same in both directions."""
    own = jira.check_login()
    wished = (
        Desired("description", ValueKind.HTML, DOCUMENT),
        text("duedate", "2026-12-01"),
        Desired("assignee", ValueKind.PERSON, own),
        Desired("priority", ValueKind.OPTION, "High"),
        text("customfield_10050", "7001"),
        Desired("customfield_10051", ValueKind.OPTION, "Lviv"),
        text("customfield_10052", "2026-12-24"),
        text("customfield_10053", 3),
        Desired("customfield_10054", ValueKind.PERSON, own),
    )
    names = [desired.field for desired in wished]

    issue = one(jira, made(jira, *wished), *names)

    assert {desired.field: desired.value for desired in wished} == dict(issue.fields)
    assert ("ITOPS", "To Do", "new", own) == (issue.project, issue.status, issue.category, issue.creator)


def test_an_edit_sets_clears_and_leaves_alone(sandbox: Sandbox, jira: Jira) -> None:
    """Labels are added and removed, never replaced; None clears; other fields stay."""
    issue_id = made(
        jira, text("duedate", "2026-12-01"), Desired("labels", ValueKind.LABELS, {"add": ["theirs", "old"]})
    )

    jira.edit(
        issue_id,
        [
            text("duedate", None),
            text("customfield_10050", "x"),
            Desired("labels", ValueKind.LABELS, {"add": ["new"], "remove": ["old"]}),
        ],
    )

    issue = one(jira, issue_id, "duedate", "customfield_10050", "summary", "assignee")
    assert {"pfjira", "theirs", "new"} == issue.labels
    expected = {"duedate": None, "customfield_10050": "x", "summary": "Task 1", "assignee": None}
    assert expected == dict(issue.fields)


def test_an_edit_of_nothing_is_no_request(sandbox: Sandbox, jira: Jira) -> None:
    """No wish, no write, no mail to anybody."""
    jira.edit("10001", [])

    assert 0 == len(list(sandbox.requests))


def test_an_edit_that_cannot_be_is_told_by_field(sandbox: Sandbox, jira: Jira) -> None:
    """One bad field refuses the whole edit; the message shows no value."""
    issue_id = made(jira)

    with pytest.raises(Rejected) as caught:
        jira.edit(issue_id, [text("duedate", "Anna Kowalska"), text("summary", "other")])

    assert (["duedate"], False) == (list(caught.value.fields), "Kowalska" in str(caught.value))
    with pytest.raises(Missing):
        jira.edit("424242", [text("summary", "x")])


def test_an_edit_at_the_same_time_is_stale(start: Start, to_jira: Connect) -> None:
    """409: plan again."""
    jira = to_jira(start(jira=JiraOptions(conflict_every=1)))
    issue_id = made(jira)

    with pytest.raises(Stale):
        jira.edit(issue_id, [text("summary", "x")])


@pytest.mark.parametrize("good", [0, 3])
def test_refused_drafts_are_told_one_by_one(sandbox: Sandbox, jira: Jira, good: int) -> None:
    """The others are made all the same; alone, in a mixed batch, or when none is good."""
    for bad in (1, 2):
        drafts = [draft(number) for number in range(good)] + [bad_draft(100 + number) for number in range(bad)]

        created = jira.create(drafts)

        assert (good, [wanted.op for wanted in drafts[good:]]) == (len(created.issues), list(created.refused))
        assert {"nosuch"} == {name for refused in created.refused.values() for name in refused.fields}
        assert "Kowalska" not in " ".join(map(str, created.refused.values()))


def test_missing_issues_are_simply_absent(sandbox: Sandbox, jira: Jira) -> None:
    """By id or key, each once, in as many calls as it takes."""
    created = jira.create([draft(number) for number in range(50)])
    names = [issue_id for issue_id, _ in created.issues] + [key for _, key in created.issues]
    sandbox.requests.clear()

    issues = jira.fetch_many([*names[:50], *names[:50], *(f"ITOPS-{number}" for number in range(900, 1000))], ())

    assert (50, 2) == (len(issues), len(list(sandbox.requests)))


def test_a_moved_issue_is_found_by_its_id(sandbox: Sandbox, jira: Jira) -> None:
    """The status and its category come along with every read."""
    issue_id = made(jira)
    sandbox.jira.act("transition", key=issue_id, to="In Progress")

    issue = one(jira, issue_id)

    assert ("In Progress", "indeterminate") == (issue.status, issue.category)


def test_searches_give_hints_with_their_op(sandbox: Sandbox, jira: Jira) -> None:
    """What carries the label, lately or ever; what we made, also without a label."""
    ids = [issue_id for issue_id, _ in jira.create([draft(number) for number in range(3)]).issues]
    bare, bare_key = jira.create([draft(9, label=None)]).issues[0]
    sandbox.clock.advance(3600)
    jira.edit(ids[0], [text("summary", "changed")])

    assert [(ids[0], draft(0).op, True)] == [
        (issue_id, op, updated == sandbox.jira.issue(issue_id).updated.replace(microsecond=updated.microsecond))
        for issue_id, op, updated, _ in jira.changed_since(10, "pfjira")
        if updated
    ]
    assert {*ids, bare} == {issue_id for issue_id, *_ in jira.changed_since(None, "pfjira")}
    # A label is a literal whatever it holds: it finds what no label finds, our own issues by their creator.
    assert list(jira.changed_since(10, "nobody-s")) == list(jira.changed_since(10, 'p"f \\ OR labels = pfjira'))
    assert [] == list(jira.created_since(10, "pfjira"))
    assert (bare, bare_key, draft(9).op) in list(jira.created_since(120, "pfjira"))
    assert 4 == len(list(jira.created_since(120, "pfjira")))


@pytest.mark.parametrize("paging", ["snapshot", "shifting"])
def test_a_search_is_read_page_by_page(start: Start, to_jira: Connect, paging: str) -> None:
    """Each issue once, whatever the size of the pages."""
    sandbox = start(jira=JiraOptions(page_cap=7, page_cap_with_fields=7, paging=paging))  # type: ignore[arg-type]  # a Literal
    jira = to_jira(sandbox)
    created = jira.create([draft(number) for number in range(50)])

    found = [issue_id for issue_id, *_ in jira.changed_since(None, "pfjira")]

    assert sorted(issue_id for issue_id, _ in created.issues) == sorted(found)


def test_the_highest_key_is_a_lower_bound_and_the_probe_goes_beyond(start: Start, to_jira: Connect) -> None:
    """Search lags; reading by key does not."""
    sandbox = start(jira=JiraOptions(index_lag_s=300))
    jira = to_jira(sandbox)
    empty = jira.highest_key("ITOPS")
    jira.create([draft(number) for number in range(40)])
    sandbox.clock.advance(301)
    jira.create([draft(number) for number in range(40, 80)])

    known = jira.highest_key("ITOPS")
    found, highest, gap = jira.probe("ITOPS", known)

    assert (0, 40, 80, True) == (empty, known, highest, gap)
    assert {draft(number).op for number in range(40, 80)} == {issue.op for issue in found}


def test_the_probe_of_an_empty_project_finds_nothing(jira: Jira) -> None:
    """A gap at once."""
    assert ([], 0, True) == jira.probe("HR", 0)


FATES: list[tuple[Fault, type[Exception], int]] = [
    (Fault("drop_before"), OutcomeUnknown, 0),
    (Fault("drop_after"), OutcomeUnknown, 5),
    (Fault("cut_after", keep=250), OutcomeUnknown, 5),
    (Fault("status_before", status=503), OutcomeUnknown, 0),
    (Fault("status_after", status=502), OutcomeUnknown, 5),
    (Fault("html"), OutcomeUnknown, 0),
    (Fault("rate_limited", retry_after=5), Unavailable, 0),
    (Fault("unauthorized"), Unauthorized, 0),
    (Fault("forbidden"), Unauthorized, 0),
]
"""A fault, what a create says then, and how many of five drafts exist after it."""


@pytest.mark.parametrize(
    ("size", "fault", "error", "may_exist"),
    [(size, *fate) for size in (1, 5) for fate in FATES] + [(5, Fault("partial", keep=2), OutcomeUnknown, 2)],
    ids=lambda value: getattr(value, "kind", None),
)
def test_a_create_is_sent_once_whatever_happens(
    sandbox: Sandbox, jira: Jira, size: int, fault: Fault, error: type[Exception], may_exist: int
) -> None:
    """One request; its end is sure, or said to be unknown."""
    landed = sandbox.faults.add(dataclasses.replace(fault, method="POST"))

    with pytest.raises(error):
        jira.create([draft(number) for number in range(size)])

    sent = [entry for entry in sandbox.requests if entry.path.startswith("/rest/api/3/issue")]
    assert (1, 1, min(may_exist, size)) == (len(sent), landed.landed, len(sandbox.jira.issues))


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "cut_after", "status_before", "rate_limited"])
def test_reads_and_edits_get_over_a_short_trouble(sandbox: Sandbox, jira: Jira, kind: str) -> None:
    """They may be repeated, so they are."""
    issue_id = made(jira)
    faults = [
        sandbox.faults.add(Fault(kind, path=path, keep=40))  # type: ignore[arg-type]  # one of the kinds
        for path in ("bulkfetch", "search/jql", rf"issue/{issue_id}$")
    ]

    jira.edit(issue_id, [text("summary", "new")])

    assert ("new", 1) == (one(jira, issue_id, "summary").fields["summary"], len(list(jira.changed_since(9, "pfjira"))))
    assert [1, 1, 1] == [fault.landed for fault in faults]


def test_writes_to_one_issue_keep_their_distance(sandbox: Sandbox, jira: Jira, clock: FakeClock) -> None:
    """A tenth of a second between two, or Jira refuses (reference: jira section 2)."""
    ids = [issue_id for issue_id, _ in jira.create([draft(1), draft(2)]).issues]

    for _ in range(3):
        for issue_id in ids:
            jira.edit(issue_id, [text("summary", "x")])

    assert [0.1, 0.1] == [round(seconds, 3) for seconds in clock.slept if seconds]
