"""Moving issues: directly, through several steps, with resolution and comment, and again after a lost answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from connector_clock import FakeClock

from pfjira.connectors.base import Draft
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.engine.model import Desired, Target, ValueKind
from pfjira.errors import Missing, Rejected, Stale, Unavailable
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox

OP = "0123456789abcdef0123"


def made(jira: Jira, project: str = "ITOPS") -> str:
    """Create one issue; return its id."""
    wish = Desired("summary", ValueKind.TEXT, "Task")
    return jira.create([Draft(OP, project, "Task", (wish,))]).issues[0][0]


def place(jira: Jira, issue_id: str) -> tuple[str, Any]:
    """Return where an issue is: status and resolution."""
    (issue,) = jira.fetch_many([issue_id], ["resolution"])
    return issue.status, issue.fields["resolution"]


def moves(sandbox: Sandbox) -> int:
    """Count the transitions that were asked for."""
    return sum(1 for entry in sandbox.requests if entry.method == "POST" and entry.path.endswith("/transitions"))


@pytest.mark.parametrize(
    ("project", "route", "expected", "steps"),
    [
        ("ITOPS", [Target("done")], ("Done", "Done"), 1),
        ("ITOPS", [Target("Done", resolution="Won't Do")], ("Done", "Won't Do"), 1),
        ("ITOPS", [Target("cancelled", resolution="Won't Do")], ("Cancelled", "Won't Do"), 1),
        ("ITOPS", [Target("done"), Target("new")], ("To Do", None), 2),
        ("ITOPS", [Target("indeterminate")], ("In Progress", None), 1),
        ("FLOW", [Target("done")], ("Done", None), 3),
        ("FLOW", [Target("Done"), Target("To Do")], ("To Do", None), 6),
        ("FLOW", [Target("done"), Target("indeterminate")], ("Review", None), 4),
        ("FLOW", [Target("Review"), Target("new")], ("To Do", None), 4),
    ],
)
def test_every_target_is_reached(
    sandbox: Sandbox, jira: Jira, project: str, route: list[Target], expected: tuple[str, Any], steps: int
) -> None:
    """A status by name in any case, or a category; as directly as the workflow allows."""
    issue_id = made(jira, project)

    for target in route:
        jira.move(issue_id, target, op=OP)

    status, resolution = place(jira, issue_id)
    assert (expected[0], steps) == (status, moves(sandbox))
    assert resolution == expected[1] or project == "FLOW"


@pytest.mark.parametrize("target", [Target("done"), Target("Cancelled"), Target("cancelled", comment="again")])
def test_an_issue_that_is_there_is_left_alone(sandbox: Sandbox, jira: Jira, target: Target) -> None:
    """Cancelled counts as done by category; not even a comment is added."""
    issue_id = made(jira)
    sandbox.jira.act("transition", key=issue_id, to="Cancelled")
    sandbox.requests.clear()

    jira.move(issue_id, target, op=OP)

    assert (["GET"], 0) == ([entry.method for entry in sandbox.requests], len(sandbox.jira.issue(issue_id).comments))


def test_a_status_that_the_workflow_lacks_is_refused_before_anything_moves(sandbox: Sandbox, jira: Jira) -> None:
    """The issue stays where it was; the message names what there is."""
    issue_id = made(jira, "FLOW")

    with pytest.raises(Rejected) as caught:
        jira.move(issue_id, Target("Cancelled", comment="gone"), op=OP)

    assert ("To Do", 0, 0) == (place(jira, issue_id)[0], moves(sandbox), len(sandbox.jira.issue(issue_id).comments))
    assert "To Do, In Progress, Review, Done" in str(caught.value)


def test_an_issue_that_is_gone_is_missing(jira: Jira) -> None:
    """404 is told as such."""
    with pytest.raises(Missing):
        jira.move("424242", Target("done"), op=OP)


@pytest.mark.parametrize("path", ["/comment$", "/transitions$"])
@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status_after", "cut_after"])
def test_a_lost_answer_is_made_good_by_asking_again(sandbox: Sandbox, jira: Jira, path: str, kind: Any) -> None:
    """One comment for each op, one arrival, whatever was lost in between."""
    issue_id = made(jira)
    target = Target("Cancelled", comment="The task was removed\n\nin PeopleForce", resolution="Won't Do")
    fault = sandbox.faults.add(Fault(kind, method="POST", path=path, keep=20))

    with pytest.raises(Unavailable):
        jira.move(issue_id, target, op=OP)
    for _ in range(2):
        jira.move(issue_id, target, op=OP)

    assert (1, "Cancelled", 1) == (fault.landed, place(jira, issue_id)[0], len(sandbox.jira.issue(issue_id).comments))


def test_another_op_comments_again(sandbox: Sandbox, jira: Jira) -> None:
    """Cancelled, reopened by a person, cancelled anew: each time is told once."""
    issue_id = made(jira)
    for op in ("a" * 20, "b" * 20):
        sandbox.jira.act("transition", key=issue_id, to="To Do")
        jira.move(issue_id, Target("Cancelled", comment="removed"), op=op)

    assert 2 == len(sandbox.jira.issue(issue_id).comments)


def test_two_who_move_at_once_is_stale(start: Callable[..., Sandbox], to_jira: Callable[..., Jira]) -> None:
    """409: plan again."""
    jira = to_jira(start(jira=JiraOptions(conflict_every=1)))

    with pytest.raises(Stale):
        jira.move(made(jira), Target("done"), op=OP)


class Workflow:
    """A site with one issue and a workflow of our choice: status to the statuses that may follow."""

    def __init__(self, steps: dict[str, list[str]], categories: dict[str, str], fields: dict[str, Any] | None = None):
        self.steps, self.categories, self.fields = steps, categories, fields or {}
        self.status = next(iter(steps))
        self.passed: list[str] = []
        self.sent: dict[str, Any] = {}

    def shown(self, name: str) -> dict[str, Any]:
        """Return a status as Jira shows it."""
        return {"name": name, "statusCategory": {"key": self.categories[name]}}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.url.path.endswith("/statuses"):
            return httpx.Response(404)
        if not request.url.path.endswith("/transitions"):
            return self.reply({"key": "X-1", "fields": {"status": self.shown(self.status)}})
        if request.method == "POST":
            self.sent = orjson.loads(request.content)
            self.status = self.sent["transition"]["id"]
            self.passed.append(self.status)
            return httpx.Response(204)
        rows = [{"id": name, "to": self.shown(name), "fields": self.fields} for name in self.steps[self.status]]
        return self.reply({"transitions": rows})

    def reply(self, body: Any) -> httpx.Response:
        """Answer with JSON."""
        return httpx.Response(200, content=orjson.dumps(body), headers={"content-type": "application/json"})

    def jira(self, clock: FakeClock) -> Jira:
        """Return a connector to this site."""
        login = {"url": "https://x.test", "email": "a@x.test", "api_token": "t", "rate": 0}
        config = JiraConfig.model_validate(login)
        return Jira(config, clock=clock, sleep=clock.sleep, transport=httpx.MockTransport(self))


CATEGORIES = {
    "Backlog": "new",
    "Doing": "indeterminate",
    "Testing": "indeterminate",
    "Shipped": "done",
    "Rejected": "done",
    "Closed": "done",
}


@pytest.mark.parametrize(
    ("steps", "to", "passed"),
    [
        ({"Backlog": ["Rejected", "Shipped", "Closed"]}, "done", ["Closed"]),
        ({"Backlog": ["Rejected", "Doing"], "Doing": ["Backlog", "Shipped"]}, "done", ["Doing", "Shipped"]),
        ({"Backlog": ["Rejected"]}, "done", ["Rejected"]),
        (
            {"Doing": ["Rejected", "Backlog", "Testing"], "Testing": ["Doing", "Closed"]},
            "Closed",
            ["Testing", "Closed"],
        ),
        ({"Shipped": ["Backlog", "Doing"]}, "indeterminate", ["Doing"]),
    ],
)
def test_done_means_done_where_the_workflow_knows_it(
    clock: FakeClock, steps: dict[str, list[str]], to: str, passed: list[str]
) -> None:
    """A conventional name first, a given-up status last, and never through a closed one on the way."""
    site = Workflow(steps, CATEGORIES)

    site.jira(clock).move("1", Target(to), op=OP)

    assert passed == site.passed


@pytest.mark.parametrize(
    "steps",
    [
        {"Backlog": []},
        {"Backlog": ["Doing"], "Doing": ["Backlog"]},
        {"Backlog": ["Doing"], "Doing": ["Testing"], "Testing": ["Doing", "Backlog"]},
    ],
)
def test_a_circle_is_not_walked(clock: FakeClock, steps: dict[str, list[str]]) -> None:
    """Where no way leads there, no status is visited twice."""
    site = Workflow(steps, CATEGORIES)

    with pytest.raises(Rejected):
        site.jira(clock).move("1", Target("Closed"), op=OP)

    assert len(set(site.passed)) == len(site.passed)


def test_only_fields_on_the_screen_are_sent(clock: FakeClock) -> None:
    """In the form that the screen's field takes."""
    screen = {
        "customfield_1": {"schema": {"type": "option"}},
        "customfield_2": {"schema": {"type": "array", "items": "user"}},
        "resolution": {"required": True, "allowedValues": [{"name": "Fixed"}, {"name": "Won't Fix"}]},
    }
    site = Workflow({"Backlog": ["Closed"]}, CATEGORIES, screen)
    fields = {"customfield_1": "Lviv", "customfield_2": "u1", "customfield_9": "not here"}

    site.jira(clock).move("1", Target("done", fields=fields), op=OP)

    expected = {
        "customfield_1": {"value": "Lviv"},
        "customfield_2": [{"accountId": "u1"}],
        "resolution": {"name": "Fixed"},
    }
    assert expected == site.sent["fields"]


def test_giving_up_chooses_a_fitting_resolution(clock: FakeClock) -> None:
    """Where the screen demands one and the rule names none."""
    screen = {"resolution": {"required": True, "allowedValues": [{"name": "Done"}, {"name": "Won't Do"}]}}
    site = Workflow({"Backlog": ["Rejected"]}, CATEGORIES, screen)

    site.jira(clock).move("1", Target("Rejected"), op=OP)

    assert {"name": "Won't Do"} == site.sent["fields"]["resolution"]
