"""Jira's adapter must survive whatever comes with 200: shapes from hand-picked to random."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import orjson
from connector_clock import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

from pfjira.connectors.base import Draft
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.engine.kinds import TASK
from pfjira.engine.model import Desired, Ref, Target, ValueKind
from pfjira.errors import ConnectorError

NAMES = [
    *TASK,
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
    ref = Ref("peopleforce", "task", "7")

    for act in (
        lambda: list(peopleforce.scan("task", "open")),
        lambda: peopleforce.fetch(ref),
        lambda: peopleforce.complete(ref),
        peopleforce.check,
    ):
        survives(act)
