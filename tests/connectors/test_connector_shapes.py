"""Jira's adapter must survive whatever comes with 200: shapes from hand-picked to random."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import orjson
from connector_clock import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

from pfjira.connectors.base import Draft
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.engine.kinds import KINDS
from pfjira.engine.model import Desired, Ref, Target, ValueKind
from pfjira.errors import ConnectorError

NAMES = [
    *dict.fromkeys(name for shape in KINDS.values() for name in shape),
    "asset_assignments",
    "team_members",
    "applications",
    "pipeline_state",
    "user_id",
    "full_name",
    "value",
    "first_name",
    "key",
    "fields",
    "status",
    "name",
    "statusCategory",
    "project",
    "labels",
    "properties",
    "pfjira",
    "op",
    "issues",
    "errors",
    "failedElementNumber",
    "elementErrors",
    "issueErrors",
    "nextPageToken",
    "isLast",
    "transitions",
    "to",
    "resolution",
    "allowedValues",
    "required",
    "comments",
    "total",
    "issueTypes",
    "accountId",
    "active",
    "emailAddress",
    "updated",
    "creator",
    "parent",
    "values",
    "data",
    "metadata",
    "pagination",
    "pages",
    "count",
    "schema",
    "statuses",
]
"""Member names that the connectors look at, so that random shapes get past the first look."""

SHAPES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 60)
    | st.sampled_from(["", "x", "done", "2026-01-01T00:00:00.000+0000"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=25,
)


def transport(payload: Any) -> httpx.MockTransport:
    """Answer everything alike."""
    body = orjson.dumps(payload)
    return httpx.MockTransport(lambda request: httpx.Response(200, content=body))


def survives(act: Callable[[], object]) -> None:
    """Act; only the connectors' own errors may come out."""
    with suppress(ConnectorError):
        act()


@given(SHAPES)
@settings(max_examples=100, deadline=None)
def test_no_shape_crashes_jira(payload: Any) -> None:
    """The connector finds something, finds nothing, or raises its own errors."""
    clock = FakeClock()
    config = JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": "t", "rate": 0})
    jira = Jira(config, clock=clock, sleep=clock.sleep, transport=transport(payload))
    draft = Draft("a" * 20, "X", "Task", (Desired("summary", ValueKind.TEXT, "t"),))

    for act in (
        jira.check_login,
        lambda: jira.create([draft]),
        lambda: jira.create([draft, draft]),
        lambda: jira.fetch_many(["1"], ["summary", "labels", "assignee"]),
        lambda: list(jira.changed_since(None, "pfjira")),
        lambda: list(jira.created_since(1, "pfjira")),
        lambda: jira.highest_key("X"),
        lambda: jira.probe("X", 1),
        lambda: jira.edit("1", draft.values),
        lambda: jira.move("1", Target("done", comment="c", resolution="Done"), op="a"),
        lambda: jira.create_screen("X", "x"),
        jira.field_ids,
        lambda: jira.find_accounts(["a@x.test"]),
        lambda: jira.assignable("X", ["a"]),
        lambda: jira.account("a"),
        lambda: jira.check([("X", "x")], ["summary"]),
    ):
        survives(act)


@given(SHAPES)
@settings(max_examples=100, deadline=None)
def test_no_shape_crashes_peopleforce(payload: Any) -> None:
    """Neither a listing nor a write nor the preflight."""
    clock = FakeClock()
    config = PeopleForceConfig.model_validate({"url": "https://x.test", "api_key": "k", "rate": 0})
    peopleforce = PeopleForce(config, clock=clock, sleep=clock.sleep, transport=transport(payload))
    acts: list[Callable[[], object]] = [
        lambda: peopleforce.complete(Ref("peopleforce", "task", "7")),
        lambda: peopleforce.set_fields("7", {"middle_name": "q"}),
        lambda: peopleforce.add_note("7", "t", op="a" * 20),
        lambda: peopleforce.create_task("7", {"title": "t"}, op="a" * 20),
        lambda: peopleforce.hand_out("7", "8", "2026-01-01"),
        lambda: peopleforce.take_back("7", "2026-01-01"),
        peopleforce.check,
    ]
    for kind in KINDS:
        acts += [
            partial(read_everything, peopleforce, kind),
            partial(peopleforce.fetch, Ref("peopleforce", kind, "7"), ALL_PATHS),
            partial(named_everything, peopleforce, kind),
        ]

    for act in acts:
        survives(act)


ALL_PATHS = ("status", "fields.x", "employee.department", "employee.status", "type.name")
"""Names below one or another kind, some of which take every read there is."""


def read_everything(peopleforce: PeopleForce, kind: str) -> None:
    """Read all listings of a kind and make their records whole."""
    for section in peopleforce.sections(kind, ALL_PATHS):
        for page in peopleforce.scan(kind, section, ALL_PATHS):
            peopleforce.join(page.records[:3], ALL_PATHS)
    list(peopleforce.moved(kind, datetime(2026, 1, 1, tzinfo=UTC), ALL_PATHS) or ())


def named_everything(peopleforce: PeopleForce, kind: str) -> None:
    """Ask for records by id."""
    list(peopleforce.named(kind, ["7", "a/b"], ALL_PATHS))
