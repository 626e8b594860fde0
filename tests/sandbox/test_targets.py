"""Outgoing targets: what is posted to them can be read."""

from __future__ import annotations

import http.client

import pytest
from plainclient import PlainClient

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox


def test_a_target_keeps_what_it_gets(sandbox: Sandbox, control: PlainClient) -> None:
    """Any name; in process and over HTTP; the status can be chosen."""
    client = PlainClient(sandbox, "/__target__", {"X-Op": "op1"})
    sandbox.targets.answer_with("badge", 201)

    statuses = [client.send("POST", path, {"id": 7}).status for path in ("/badge", "/door/front")]

    kept = [(one.target, one.method, one.headers["x-op"], one.body) for one in sandbox.targets]
    assert [201, 200] == statuses
    assert [("badge", "POST", "op1", {"id": 7}), ("door/front", "POST", "op1", {"id": 7})] == kept
    assert ["badge", "door/front"] == [one["target"] for one in control.get("/targets").json()]
    assert (1, 405) == (len(sandbox.targets.of("badge")), client.get("/badge").status)
    assert f"{sandbox.url}/__target__/badge" == sandbox.target_url("badge")
    act = {"system": "target", "verb": "answer_with", "target": "badge", "status": 500}
    assert (200, 500) == (control.send("POST", "/act", act).status, client.send("POST", "/badge", {}).status)
    assert (204, 0) == (control.send("DELETE", "/targets").status, len(sandbox.targets))
    client.close()


def test_a_fault_hits_a_target(sandbox: Sandbox) -> None:
    """Kept, and the sender never hears of it; the request is in the log as any other."""
    client = PlainClient(sandbox, "/__target__", {})
    fault = sandbox.faults.add(Fault("drop_after", system="target"))

    with pytest.raises((OSError, http.client.HTTPException)):
        client.send("POST", "/badge", {"id": 7})

    client.close()
    assert (1, 1) == (fault.landed, len(sandbox.targets))
    assert [("/__target__/badge", None)] == [(one.path, one.status) for one in sandbox.requests.of("target")]
