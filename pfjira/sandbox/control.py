"""Steering a sandbox from another process, over HTTP under `/__sandbox__/`.

Never part of what is simulated: these requests are neither logged nor hit by faults. There is no password, because
the sandbox listens on loopback only and holds nothing real.

- GET `state` (`?ids=1` adds task ids), POST `advance` {"seconds": 90} or {"days": 3}, or both
- GET, POST, DELETE `faults` (the members of `Fault`), GET, DELETE `requests`
- GET, DELETE `targets`: what was posted to `/__target__/NAME`
- POST `act` {"system": "peopleforce", "verb": "complete", "id": 7001}: what a person would do in the screens
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.wire import Reply, Request, System

if TYPE_CHECKING:  # server.py imports this module
    from pfjira.sandbox.server import Sandbox

PREFIX = "/__sandbox__/"


def answer(sandbox: Sandbox, request: Request) -> Reply:
    """Carry out one steering request; 400 with a sentence when it makes no sense, 404 when there is no such act."""
    try:
        return _route(sandbox, request)
    except (KeyError, LookupError) as error:
        return Reply(404, {"error": f"there is no {error}"})
    except (TypeError, ValueError) as error:
        return Reply(400, {"error": str(error)})


def _route(sandbox: Sandbox, request: Request) -> Reply:
    match request.method, request.path.removeprefix(PREFIX):
        case "GET", "state":
            return Reply(body=_state(sandbox, with_ids=request.first("ids") == "1"))
        case "POST", "advance":
            sandbox.clock.advance(_seconds(**request.json()))
            return Reply(body={"now": sandbox.clock.now().isoformat()})
        case "GET", "faults":
            return Reply(body=[fault.describe() for fault in sandbox.faults])
        case "POST", "faults":
            return Reply(201, sandbox.faults.add(Fault(**request.json())).describe())
        case "DELETE", "faults":
            sandbox.faults.clear()
            return Reply(204)
        case "GET", "requests":
            return Reply(body=[entry.describe() for entry in sandbox.requests])
        case "DELETE", "requests":
            sandbox.requests.clear()
            return Reply(204)
        case "GET", "targets":
            return Reply(body=[one.describe() for one in sandbox.targets])
        case "DELETE", "targets":
            sandbox.targets.clear()
            return Reply(204)
        case "POST", "act":
            return _act(sandbox, **request.json())
        case method, name:
            return Reply(404, {"error": f"there is no {method} {name}"})


def _seconds(*, seconds: float | None = None, days: float | None = None) -> float:
    if seconds is None and days is None:
        raise ValueError("say how far: seconds, days, or both")
    return float(seconds or 0) + float(days or 0) * 86_400


def _state(sandbox: Sandbox, *, with_ids: bool) -> dict[str, Any]:
    open_ids = sandbox.peopleforce.task_ids(completed=False)
    completed_ids = sandbox.peopleforce.task_ids(completed=True)
    with sandbox.jira.lock:
        issues = len(sandbox.jira.issues)
        issues_by_op = {
            op: [sandbox.jira.issue(one).key for one in found] for op, found in sandbox.jira.issues_by_op().items()
        }
    state: dict[str, Any] = {
        "now": sandbox.clock.now().isoformat(),
        "people": len(sandbox.peopleforce.employees.by_id),
        "tasks": {"open": len(open_ids), "completed": len(completed_ids)},
        "issues": issues,
        "issues_by_op": issues_by_op,
        "requests": len(sandbox.requests),
        "faults": [fault.describe() for fault in sandbox.faults],
    }
    if with_ids:
        state["task_ids"] = {"open": open_ids, "completed": completed_ids}
    return state


def _act(sandbox: Sandbox, *, system: str, verb: str, **arguments: Any) -> Reply:
    systems: dict[str, System] = {"peopleforce": sandbox.peopleforce, "jira": sandbox.jira, "target": sandbox.targets}
    actor = systems[system]
    with actor.lock:
        result = actor.act(verb, **arguments)
    if isinstance(result, StoredIssue):
        result = {"id": result.id, "key": result.key}
    return Reply(body={"result": result})
