"""What the live site contradicts in the rules: one sentence each, one request a question, else silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from connector_clock import FakeClock

from pfjira.connectors.base import Demand, Draft
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.engine.model import Desired, Json, ValueKind
from pfjira.errors import Rejected, Unauthorized, Unavailable
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox

Start = Callable[..., Sandbox]
Connect = Callable[..., Jira]


def demand(**changes: Any) -> Demand:
    """Demand what the small sandbox has, but for the changes."""
    usual: dict[str, Any] = {
        "rule": "r",
        "project": "HR",
        "issue_type": "Task",
        "request": False,
        "parent": None,
        "fields": {"summary": (), "customfield_10051": ("Lviv", "Remote"), "priority": ("High",), "labels": ()},
        "moves": [("Done", "Done"), ("new", None), ("in progress", None)],
        "permissions": ["CREATE_ISSUES", "EDIT_ISSUES"],
        "groups": ["it-staff"],
    }
    return Demand(**{**usual, **changes})


def answering(clock: FakeClock, answers: dict[str, Json]) -> Jira:
    """Return a connector to a site that has these answers by the end of the path, and 404 for the rest."""

    def site(request: httpx.Request) -> httpx.Response:
        found = [answer for path, answer in answers.items() if request.url.path.endswith(path)]
        return httpx.Response(200, content=orjson.dumps(found[0])) if found else httpx.Response(404)

    config = JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": "t", "rate": 0})
    return Jira(config, clock=clock, sleep=clock.sleep, transport=httpx.MockTransport(site))


CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"issue_type": "10004"}, []),
    ({"issue_type": "", "parent": ("HR", "Task")}, []),
    ({"issue_type": "Onboarding", "parent": ("ITOPS", "Task")}, []),
    ({"project": "STRICT", "fields": {"customfield_10060": ("CC-100",), "labels": ()}}, []),
    ({"project": "XQ"}, ["the site has no project XQ; it has ITOPS, HR, FLOW, STRICT"]),
    ({"project": "ITOP"}, ["the site has no project ITOP; did you mean ITOPS?"]),
    ({"issue_type": "Onbording"}, ["project HR has no issue type Onbording; it has Onboarding, Sub-task, Task"]),
    ({"fields": {"sumary": ()}}, ["the site has no field sumary; did you mean summary?"]),
    ({"fields": {"offfice": ()}}, ["the site has no field offfice; did you mean Office (customfield_10051)?"]),
    ({"fields": {"customfield_10099": ()}}, ["the site has no field customfield_10099"]),
    ({"project": "STRICT", "fields": {}}, ["STRICT, Task requires Cost centre (customfield_10060) at creation, and"]),
    (
        {"fields": {"customfield_10051": ("lviv",)}},
        ["field Office (customfield_10051) of HR, Task has no option lviv; did you mean Lviv?"],
    ),
    (
        {"fields": {"customfield_10051": ("XY", "Kyiv")}},
        ["field Office (customfield_10051) of HR, Task has no option XY; it has Kyiv, Lviv, Warsaw, Remote"],
    ),
    ({"fields": {"priority": ("Hihg",)}}, ["field priority of HR, Task has no option Hihg; did you mean High?"]),
    (
        {"moves": [("Closed", None), ("done", None)]},
        ["HR, Task has no status Closed; it has To Do, In Progress, Done, Cancelled"],
    ),
    ({"moves": [("Done", "Fixed")]}, ["the site has no resolution Fixed; it has Done, Won't Do, Cancelled"]),
    (
        {"permissions": ["DELETE_ISSUES", "ADMINISTER", "CREATE_ISSUES"]},
        ["the login lacks ADMINISTER, DELETE_ISSUES in project HR"],
    ),
    ({"groups": ["it-stuff"]}, ["the site has no group it-stuff; did you mean it-staff?"]),
    ({"project": "", "issue_type": "", "fields": {}, "moves": [], "permissions": []}, []),
    ({"issue_type": ""}, ["HR, Sub-task is a sub-task type, and the rule gives it no parent"]),
    (
        {"issue_type": "", "parent": ("ITOPS", "Task")},
        ["HR, Sub-task is a sub-task type and must be in its parent's project ITOPS"],
    ),
    (
        {"issue_type": "sub-task", "parent": ("HR", "Sub-task")},
        ["HR, Sub-task is a sub-task type and cannot be below Sub-task, which is one too"],
    ),
    ({"issue_type": "sub-task", "parent": ("HR", "Nosuch")}, []),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_a_contradiction_is_a_sentence(jira: Jira, changes: dict[str, Any], expected: list[str]) -> None:
    """It names what the site has instead; a rule that the site fulfils is not mentioned."""
    found = jira.contradictions([demand(**changes)])

    said = found.get("r", [])
    assert (len(expected), bool(expected)) == (len(said), "r" in found), said
    assert all(sentence.startswith(beginning) for sentence, beginning in zip(said, expected, strict=True)), said


def test_several_contradictions_are_all_told(jira: Jira) -> None:
    """Each under its rule, whatever else is wrong there."""
    found = jira.contradictions(
        [demand(rule="a", project="NO", groups=["x"]), demand(rule="b"), demand(rule="c", fields={"nosuch": ()})]
    )

    assert {"a": 2, "c": 1} == {rule: len(said) for rule, said in found.items()}


def test_each_question_is_asked_once(sandbox: Sandbox, jira: Jira) -> None:
    """However many rules there are; nothing is written."""
    rules = [demand(rule=str(number), permissions=["CREATE_ISSUES", "EDIT_ISSUES"]) for number in range(20)]

    assert {} == jira.contradictions(rules)

    asked = Counter(entry.path.removeprefix("/rest/api/3/") for entry in sandbox.requests)
    expected = {
        "issue/createmeta/HR/issuetypes",
        "issue/createmeta/HR/issuetypes/10002",
        "field",
        "project/HR/statuses",
        "resolution/search",
        "mypermissions",
        "group/bulk",
    }
    assert dict.fromkeys(expected, 1) == dict(asked)


def test_the_desk_is_asked_once_for_all_its_rules(sandbox: Sandbox, jira: Jira) -> None:
    """Desks can be slow to list; each form is a question of its own."""
    usual: dict[str, Any] = {"project": "HELP", "request": True, "moves": [], "permissions": [], "groups": []}
    kinds = ("Laptop", "Access", "26", "Nosuch")

    found = jira.contradictions([demand(rule=kind, issue_type=kind, fields={}, **usual) for kind in kinds])

    asked = Counter(entry.path.rpartition("servicedeskapi/")[2] for entry in sandbox.requests)
    forms = [f"servicedesk/10/requesttype/{number}/field" for number in ("25", "26")]
    expected = ["servicedesk", "servicedesk/10/requesttype", *forms]
    assert (dict.fromkeys(expected, 1), True) == ({path: asked[path] for path in expected}, "Nosuch" in found)


def test_the_preflight_knows_subtasks(jira: Jira) -> None:
    """A rule for children names no type; that a sub-task needs its parent is no fault of the screen."""
    findings = jira.check([("HR", "")], ["summary"], [("HR", "", "Done", None), ("HR", "", "Nosuch", None)])

    told = {finding.subject: finding.ok for finding in findings if "sub-tasks" in finding.subject}
    assert {"Jira project HR, sub-tasks": True, "Jira project HR, sub-tasks, statuses": False} == told


def test_a_second_look_asks_again(sandbox: Sandbox, jira: Jira) -> None:
    """Sites drift while a process lives."""
    jira.contradictions([demand()])
    before = len(list(sandbox.requests))

    jira.contradictions([demand()])

    assert 2 * before == len(list(sandbox.requests))


def test_a_field_that_is_only_edited_later_is_well(sandbox: Sandbox, jira: Jira) -> None:
    """The edit screen is read from an issue of that sort."""
    wish = Desired("summary", ValueKind.TEXT, "Task")
    cost = Desired("customfield_10060", ValueKind.OPTION, "CC-100")
    jira.create([Draft("a" * 20, "STRICT", "Task", (wish, cost), None)])
    rule = demand(project="STRICT", fields={"labels": (), "customfield_10060": ("CC-200",)})

    assert {} == jira.contradictions([rule])
    assert 1 == sum(entry.path.endswith("/editmeta") for entry in sandbox.requests)


@pytest.mark.parametrize("issues", [0, 1])
def test_a_field_on_no_screen_is_told_only_where_that_can_be_known(sandbox: Sandbox, jira: Jira, issues: int) -> None:
    """Without any issue there is no edit screen to be read."""
    wish = Desired("summary", ValueKind.TEXT, "Task")
    for number in range(issues):
        jira.create([Draft(f"{number:020x}", "HR", "Task", (wish,), None)])

    found = jira.contradictions([demand(fields={"customfield_10060": ("CC-100",)})])

    sentence = "field Cost centre (customfield_10060) is neither on the create nor on the edit screen of HR, Task"
    assert ({"r": [sentence]} if issues else {}) == found


QUESTIONS = [
    "createmeta/HR/issuetypes$",
    "createmeta/HR/issuetypes/",
    "field$",
    "statuses",
    "resolution",
    "mypermissions",
    "group/bulk",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_that_may_not_be_asked_contradicts_nothing(sandbox: Sandbox, jira: Jira, question: str) -> None:
    """A right that lacks to look is no drift."""
    fault = sandbox.faults.add(Fault("forbidden", path=question, times=None))

    assert ({}, 1) == (jira.contradictions([demand()]), fault.landed)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("kind", "error"), [("status_before", Unavailable), ("unauthorized", Unauthorized)])
def test_a_system_that_fails_is_an_error(
    sandbox: Sandbox, jira: Jira, question: str, kind: Any, error: type[Exception]
) -> None:
    """Whoever asks must not take it for agreement."""
    sandbox.faults.add(Fault(kind, path=question, times=None))

    with pytest.raises(error) as caught:
        jira.contradictions([demand()])

    assert error is type(caught.value)


def test_a_login_that_may_not_edit_is_told(start: Start, to_jira: Connect) -> None:
    """All rules of a project share the question, each gets its own answer."""
    jira = to_jira(start(jira=JiraOptions(may_edit=False)))

    found = jira.contradictions([demand(rule="a"), demand(rule="b", permissions=["CREATE_ISSUES"])])

    assert {"a": ["the login lacks EDIT_ISSUES in project HR"]} == found


@pytest.mark.parametrize(
    ("types", "projects", "expected"),
    [
        ([], {"values": [{"key": "HR"}]}, "nothing may be created in project HR by this login"),
        (None, {"values": [{"key": "HR"}]}, "nothing may be created in project HR by this login"),
        (None, None, "project HR is not there, or nothing may be created in it"),
    ],
)
def test_a_project_that_is_closed_to_us_is_told_as_far_as_it_is_known(
    clock: FakeClock, types: Json, projects: Json, expected: str
) -> None:
    """Missing, and there without the right to create, are two sentences where the site shows its projects."""
    answers = {"createmeta/HR/issuetypes": {"issueTypes": types}} if types is not None else {}
    answers |= {"project/search": projects} if projects else {}

    found = answering(clock, answers).contradictions([demand(permissions=[], groups=[], moves=[])])

    assert {"r": [expected]} == found


DESK = {
    "/servicedesk": {"values": [{"id": "1", "projectKey": "HELP"}], "isLastPage": True},
    "/requesttype": {"values": [{"id": "25", "name": "Laptop", "issueTypeId": "9"}], "isLastPage": True},
    "/25/field": {
        "requestTypeFields": [
            {"fieldId": "summary", "name": "What", "required": True},
            {"fieldId": "customfield_1", "required": True, "validValues": [{"value": "77", "label": "Lviv"}]},
        ]
    },
    "/field": [{"id": "summary", "name": "Summary"}, {"id": "customfield_1", "name": "Office"}],
    "/statuses": [{"id": "9", "name": "Request", "statuses": [{"name": "Waiting"}]}],
    "/resolution/search": {"values": []},
    "/mypermissions": {"permissions": {"CREATE_ISSUES": {"havePermission": True}}},
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"fields": {"customfield_1": ("Lviv",)}}, []),
        ({"fields": {"customfield_1": ("77",)}}, []),
        (
            {"fields": {"customfield_1": ("Lvov",)}},
            ["field Office (customfield_1) of HELP, Laptop has no option Lvov; did you mean Lviv?"],
        ),
        ({}, ["HELP, Laptop requires Office (customfield_1) at creation, and the rule does not set it"]),
        ({"issue_type": "Phone"}, ["service project HELP has no request type Phone; it has Laptop"]),
        ({"project": "HR"}, ["HR is no service project that this login sees; it sees HELP"]),
        (
            {"fields": {"customfield_1": ()}, "moves": [("Done", None)]},
            ["HELP, Laptop has no status Done; it has Waiting"],
        ),
    ],
)
def test_a_request_form_is_looked_at_too(clock: FakeClock, changes: dict[str, Any], expected: list[str]) -> None:
    """With its own fields and options, and the workflow of the issue type underneath."""
    rule = {"project": "HELP", "issue_type": "Laptop", "request": True, "fields": {}, "moves": [], "groups": []}

    found = answering(clock, DESK).contradictions([demand(**{**rule, **changes})])

    assert expected == found.get("r", [])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"subtask": False, "hierarchyLevel": 1}, (False, 1)),
        ({"subtask": True}, (True, -1)),
        ({"subtask": False}, (False, 0)),
        ({"hierarchyLevel": None}, (False, 0)),
    ],
)
def test_a_create_screen_knows_its_place(clock: FakeClock, row: dict[str, Any], expected: tuple[bool, int]) -> None:
    """The level where the site says it; else sub-tasks are below the rest."""
    types = {"issueTypes": [{"id": "7", "name": "Thing", **row}]}
    jira = answering(clock, {"/issuetypes": types, "/issuetypes/7": {"fields": []}})

    screen = jira.create_screen("HR", "Thing")

    assert (*expected, "7") == (screen.subtask, screen.level, screen.type_id)


def test_no_type_is_the_projects_subtask_type(clock: FakeClock, jira: Jira) -> None:
    """The first one there is; without any, it is refused with what there is."""
    screen = jira.create_screen("HR", "")
    plain = answering(clock, {"/issuetypes": {"issueTypes": [{"id": "7", "name": "Thing", "subtask": False}]}})
    with pytest.raises(Rejected) as caught:
        plain.create_screen("HR", "")

    assert ("10003", True, -1) == (screen.type_id, screen.subtask, screen.level)
    assert "jira: project HR has no sub-task type; it has Thing" == str(caught.value)
