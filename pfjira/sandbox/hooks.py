"""The webhooks of both simulated systems: signed as the references say, sent for whatever changes, whoever changed it.

What changed is found by looking, so that an act in the screens, a request of a client and a call from a test are told
alike. PeopleForce tells nothing of tasks, teams and assets (its reference, section 11).
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import queue
import threading
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.system import JiraSystem
from pfjira.sandbox.peopleforce.system import PeopleForceSystem

SECRETS = {"peopleforce": "sandbox-secret-of-peopleforce-hooks", "jira": "sandbox-secret-of-the-jira-hooks--"}
"""Used where none are given; invented, as everything here."""
FAULTS = ("late", "doubled", "reordered", "lost", "unsigned")
LATE_S = 3.0
HELD_S = 1.0
PEEP_S = 0.05
RETRIES, RETRY_S = 5, 1.0
"""Jira tries five times, minutes apart (its reference, section 10); here it has less time."""
_SHOWN = ("summary", "status", "issuetype", "project", "labels", "assignee", "created", "updated")


@dataclass(frozen=True, slots=True)
class Event:
    """One delivery to be."""

    system: str
    topic: str
    body: bytes
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    """Jira's, the same for all attempts."""

    def headers(self, secret: str | None) -> dict[str, str]:
        """Return the headers; without a secret it is not signed."""
        found = {"Content-Type": "application/json"}
        if self.system == "jira":
            found |= {"X-Atlassian-Webhook-Identifier": self.identifier, "X-Atlassian-Webhook-Flow": "Primary"}
        if secret is not None:
            digest = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
            found["X-Hub-Signature" if self.system == "jira" else "x-peopleforce-signature"] = f"sha256={digest}"
        return found


class Watch:
    """Finds what changed since the last look."""

    def __init__(self, peopleforce: PeopleForceSystem, jira: JiraSystem) -> None:
        self._hr, self._jira = peopleforce, jira
        self._render = Renderer(jira.store, jira.accounts)
        self._lock = threading.Lock()
        self._before: dict[str, dict[Any, Any]] = self._marks()

    def look(self) -> list[Event]:
        """Return what happened, in the order of kinds and ids."""
        with self._lock, self._hr.lock, self._jira.lock:
            before, self._before = self._before, self._marks()
            return [
                event
                for kind, now in self._before.items()
                for event in self._told(kind, before[kind], now)
            ]  # fmt: skip

    def _marks(self) -> dict[str, dict[Any, Any]]:
        people = self._hr.employees
        return {
            "employee": {number: people.moved_at(number)[0] for number in people.by_id},
            "position": {number: people.moved_at(number)[1] for number in people.by_id},
            "leave": {number: (one.updated_at, one.state) for number, one in self._hr.leave.by_id.items()},
            "candidate": {number: one.updated_at for number, one in self._hr.recruiting_store.by_id.items()},
            "issue": {number: one.updated for number, one in self._jira.store.issues.items()},
        }

    def _told(self, kind: str, before: Mapping[Any, Any], now: Mapping[Any, Any]) -> Iterator[Event]:
        for number in sorted({*before, *now}):
            if before.get(number) == now.get(number) and (number in before) == (number in now):
                continue
            verb = "create" if number not in before else "destroy" if number not in now else "update"
            if kind == "issue":
                yield self._issue(number, {"create": "created", "destroy": "deleted", "update": "updated"}[verb])
            elif event := self._hr_event(kind, number, verb):
                yield event

    def _hr_event(self, kind: str, number: int, verb: str) -> Event | None:
        data: dict[str, Any] = {"id": number}
        match kind, verb:
            case ("employee", "destroy") | ("position", "create" | "destroy"):
                return None  # no topic is known for it
            case "employee", _:
                person = self._hr.employees.by_id[number]
                topic = f"employee_{verb}"
                if number in self._hr.employees.terminations.by_person:
                    topic = "employee_terminate"
                names = ("employee_number", "hired_on", "first_name", "last_name", "email")
                data["attributes"] = {name: getattr(person, name) for name in names}
                data["meta"] = {"updated_at": self._hr.employees.updated_at(person).isoformat(timespec="milliseconds")}
            case "position", _:
                topic, data = "employee_position_create", {"id": number * 10, "employee_id": number}
            case "leave", "update":
                leave = self._hr.leave.by_id[number]
                words = {"approved": "approve", "rejected": "reject", "withdrawn": "withdraw"}
                topic = f"leave_request_{words.get(leave.state, 'create')}"
                data["attributes"] = {"employee_id": leave.person_id, "state": leave.state}
                data["meta"] = {"updated_at": leave.updated_at.isoformat(timespec="milliseconds")}
            case "leave", _:
                topic = f"leave_request_{verb}"
            case _:
                topic = "vacancy_application_movement" if verb == "update" else f"applicant_{verb}"
                data |= {"applicant_id": number} if verb == "update" else {}
        return Event("peopleforce", topic, _written({"action": topic, "data": data}))

    def _issue(self, number: str, verb: str) -> Event:
        issue = self._jira.store.issues.get(number)
        shown = {"id": number} if issue is None else self._render.issue(issue, _SHOWN)
        shown["self"] = f"{self._jira.options.base_url}/rest/api/2/issue/{number}"
        body = {
            "timestamp": int(self._jira.clock.now().timestamp() * 1000),
            "webhookEvent": f"jira:issue_{verb}",
            "issue_event_type_name": f"issue_{verb}",
            "issue": shown,
        }
        return Event("jira", f"jira:issue_{verb}", _written(body))


class Sender:
    """Looks, and sends what it finds to a receiver, from a thread of its own; a context manager."""

    def __init__(
        self, watch: Watch, url: str, *, secrets: Mapping[str, str] | None = None, faults: Collection[str] = ()
    ) -> None:
        """Prepare. ValueError for an address that is none, or a fault that there is not."""
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{url} is no http:// address")
        if strange := sorted(set(faults) - set(FAULTS)):
            raise ValueError(f"there is no fault {strange[0]!r}; there are {', '.join(FAULTS)}")
        self._watch, self._host, self._port, self._path = (
            watch,
            parts.hostname,
            parts.port or 80,
            parts.path.rstrip("/"),
        )
        self._secrets, self._faults = {**SECRETS, **(secrets or {})}, frozenset(faults)
        self._stopping = threading.Event()
        self._due: queue.SimpleQueue[tuple[Event, bool, int]] = queue.SimpleQueue()
        """Event, whether it is signed, and which attempt this is."""
        self._held: Event | None = None
        self._count = 0
        self.answers: Counter[int] = Counter()
        """What the receiver answered; 0 where it did not."""
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._look_on, self._send_on)]

    def __enter__(self) -> Sender:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for one in self._threads:
            one.join()

    def _look_on(self) -> None:
        while not self._stopping.wait(PEEP_S):
            for event in self._watch.look():
                self._plan(event)

    def _plan(self, event: Event) -> None:
        """Put one event into the queue, or spoil it as was asked for."""
        self._count += 1
        number = self._count
        if "lost" in self._faults and number % 5 == 0:
            return
        if "reordered" in self._faults and self._held is None and number % 2:
            self._held = event
            self._later(HELD_S, self._release)
            return
        signed = not ("unsigned" in self._faults and number % 4 == 0)
        if "late" in self._faults and number % 3 == 0:
            self._later(LATE_S, lambda: self._due.put((event, signed, 0)))
        else:
            self._due.put((event, signed, 0))
        if "doubled" in self._faults and number % 2 == 0:
            self._due.put((event, signed, 0))
        self._release()

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._due.put((held, True, 0))

    def _later(self, seconds: float, act: Any) -> None:
        timer = threading.Timer(seconds, act)
        timer.daemon = True
        timer.start()

    def _send_on(self) -> None:
        while not self._stopping.is_set():
            with suppress(queue.Empty):
                event, signed, attempt = self._due.get(timeout=PEEP_S)
                status = self._send(event, signed, attempt)
                self.answers[status] += 1
                if (
                    event.system == "jira"
                    and attempt < RETRIES
                    and (status in (0, 408, 409, 425, 429) or status >= 500)
                ):
                    again = (event, signed, attempt + 1)
                    self._later(RETRY_S, lambda again=again: self._due.put(again))

    def _send(self, event: Event, signed: bool, attempt: int) -> int:
        headers = event.headers(self._secrets[event.system] if signed else None)
        if attempt:
            headers["X-Atlassian-Webhook-Retry"] = str(attempt)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=10)
        try:
            connection.request("POST", f"{self._path}/hooks/{event.system}", event.body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


def _written(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str).encode()
