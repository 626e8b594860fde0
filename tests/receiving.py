"""A receiver in this process, on a loopback port, and what a vendor sends to it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pfjira.cli.hooks import hooks
from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.fingerprint import Fingerprinter
from pfjira.engine.rules import RuleSet
from pfjira.ops.journal import Fact
from pfjira.sandbox.hooks import SECRETS as SANDBOX
from pfjira.sandbox.hooks import Event
from pfjira.state import inbox
from pfjira.state.store import Store
from pfjira.webhook.app import Receiver
from pfjira.webhook.rates import Buckets
from pfjira.webhook.serve import Limits, Receiving
from pfjira.webhook.sockets import at_port
from pfjira.webhook.writer import LOCKED_S, TOGETHER, Writer

SECRETS = {
    "PFJIRA_PEOPLEFORCE_WEBHOOK_SECRET": "the-new-secret-of-peopleforce-hooks,the-old-secret-of-peopleforce-hooks",
    "PFJIRA_JIRA_WEBHOOK_SECRET": "the-only-secret-of-the-hooks-of-jira",
    "PFJIRA_HOOK_HELPDESK": "the-only-secret-of-the-helpdesk-hook",
}
RULES = """
version: 1
sources:
  helpdesk: { id: id, fields: [id, title], header: x-desk-signature }
rules:
  - id: ticket
    for: hook.helpdesk
    make: nothing
"""
HEADERS = {"peopleforce": "X-PeopleForce-Signature", "jira": "X-Hub-Signature", "helpdesk": "X-Desk-Signature"}


def secret(hook: str, number: int = 0) -> str:
    """Return a secret of a hook."""
    name = next(name for name in SECRETS if f"_{hook.upper()}" in name)
    return SECRETS[name].split(",")[number]


def signed(hook: str, body: bytes, number: int = 0) -> dict[str, str]:
    """Return the header that signs a body."""
    digest = hmac.new(secret(hook, number).encode(), body, hashlib.sha256).hexdigest()
    return {HEADERS[hook]: f"sha256={digest}"}


def employee_update(number: int = 9101, **more: Any) -> bytes:
    """Return a body of PeopleForce."""
    return json.dumps({"action": "employee_update", "data": {"id": number, **more}}).encode()


def issue_updated(number: int = 10_001, verb: str = "updated") -> bytes:
    """Return a body of Jira."""
    return json.dumps({"webhookEvent": f"jira:issue_{verb}", "issue": {"id": str(number)}}).encode()


@dataclass(slots=True)
class Notes:
    """A journal that keeps what it is told of refusals."""

    refusals: list[dict[str, Fact]] = field(default_factory=list)

    def note(self, event: str, **facts: Fact) -> None:
        """Write down one event."""
        if event == "receiver.refused":
            self.refusals.append(facts)


@dataclass(slots=True)
class Running:
    """A receiver that answers."""

    port: int
    state: Path
    writer: Writer
    woken: list[bool]
    told: list[dict[str, Fact]]
    """What was written down of refusals."""

    def post(self, path: str, body: bytes, headers: dict[str, str] | None = None, method: str = "POST") -> int:
        """Send one request and return the status."""
        return self.whole(path, body, headers, method)[0]

    def whole(
        self, path: str, body: bytes = b"", headers: dict[str, str] | None = None, method: str = "POST"
    ) -> tuple[int, bytes]:
        """Send one request and return status and body."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def deliver(self, hook: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        """Deliver a body as its sender does."""
        return self.post(f"/hooks/{hook}", body, signed(hook, body) | (headers or {}))

    def raw(self, sent: bytes, wait_s: float = 5.0) -> bytes:
        """Send bytes as they are; return all that comes until the other side hangs up, or nothing comes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait_s) as connection:
            found = b""
            with suppress(BrokenPipeError, ConnectionResetError):  # it may be sent away before it has said all
                connection.sendall(sent)
            try:
                while piece := connection.recv(65536):
                    found += piece
            except (TimeoutError, ConnectionResetError):
                pass
            return found

    def waiting(self) -> list[inbox.Waiting]:
        """Return what the state keeps."""
        with Store.open(self.state, read_only=True) as store:
            return inbox.pending(store)


def take(state: Path, events: Iterable[Event]) -> int:
    """Store deliveries of the sandbox as the receiver does, without a network; return how many were news."""
    environment = {f"PFJIRA_{system.upper()}_WEBHOOK_SECRET": text for system, text in SANDBOX.items()}
    with Store.open(state) as store:
        served = hooks(RuleSet((), ""), environment, Fingerprinter(store.salt), ())
        news = 0
        for event in events:
            sent = event.headers(SANDBOX[event.system]).items()
            headers = [(name.lower().encode(), value.encode()) for name, value in sent]
            hook = served[event.system]
            assert hook.seal.fits(headers, event.body, 0)
            with store.write():
                news += hook.read(event.body, headers).keep(store, _now())
    return news


@contextmanager
def receiver(
    folder: Path,
    *,
    limits: Limits | None = None,
    rate: float = 0,
    together: int = TOGETHER,
    proxies: tuple[str, ...] = (),
    certificate: tuple[Path, Path] | None = None,
    patience_s: float = LOCKED_S,
) -> Iterator[Running]:
    """Run a receiver on a state of its own."""
    state = folder / "state.db"
    with Store.open(state) as store:
        prints = Fingerprinter(store.salt)
    woken: list[bool] = []
    writer = Writer(
        lambda: Store.open(state, patience_s=patience_s),
        clock=_now,
        wake=lambda: woken.append(True),
        together=together,
    )
    served = hooks(parse_rules(RULES, "rules.yaml"), SECRETS, prints, ())
    notes = Notes()
    buckets = Buckets(rate, 2 * rate)
    app = Receiver(
        served,
        writer,
        clock=_now,
        buckets=buckets,
        proxies=proxies,
        journal=notes,
    ).app()
    listener = at_port("127.0.0.1", 0)
    ready = threading.Event()
    server = Receiving(app, writer, limits=limits, certificate=certificate, environment={}, ready=ready.set)
    thread = threading.Thread(target=server.serve_on, args=([listener],))
    thread.start()
    try:
        assert ready.wait(10)
        yield Running(listener.getsockname()[1], state, writer, woken, notes.refusals)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def _now() -> datetime:
    return datetime.now(UTC)
