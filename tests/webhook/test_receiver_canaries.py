"""Canaries in deliveries, and in the environment of the receiver that a worker starts beside itself."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from harness import SECRETS, Tool, company
from receiving import SECRETS as SIGNING
from receiving import signed

from pfjira.cli.worker import poorer
from pfjira.sandbox.server import Sandbox
from pfjira.state.store import Store
from pfjira.tui import machine

HOOKS = {name: value for name, value in SIGNING.items() if "HELPDESK" not in name}
OTHERS = {
    "PFJIRA_ALERTS_SLACK": "https://hooks.example/canary-slack-0002",
    "PFJIRA_ALERTS_PING": "https://ping.example/canary-ping-0004",
    "PFJIRA_SEQ_API_KEY": "canary-seq-0005",
    "PFJIRA_TARGET_SIGNING": "canary-target-0006",
    "HTTPS_PROXY": "http://somebody:canary-proxy-0009@127.0.0.1:9",
}
CANARIES = {*SECRETS, *(value.rpartition("/")[2] for value in OTHERS.values())}
VALUES = {"Quokkabert", "JoinerNarwhal", "axolotl@it.example.com", "1901-11-30", "+380675550100", "Xylophone summary"}


def bodies() -> Iterator[tuple[str, bytes]]:
    """Yield what both vendors may send: whole persons, and whole issues with what they were."""
    person = dict(zip(("first_name", "last_name", "email", "date_of_birth", "mobile"), sorted(VALUES), strict=False))
    yield "peopleforce", json.dumps({"action": "employee_update", "data": {"id": 9001, **person}}).encode()
    yield "peopleforce", json.dumps({"action": "birthday", "data": {"id": 9002, "text": " ".join(VALUES)}}).encode()
    issue = {"id": "10001", "fields": {"summary": " ".join(VALUES)}}
    yield "jira", json.dumps({"webhookEvent": "jira:issue_updated", "issue": issue, "changelog": person}).encode()


def receivers(worker: psutil.Process) -> list[psutil.Process]:
    """Return the receivers that a worker has started."""
    return [one for one in worker.children() if "--until-eof" in one.cmdline()]


def test_what_a_receiver_is_given_holds_its_own_secrets_only() -> None:
    """Logins, addresses for alerts, secrets of targets and proxies stay with who calls others."""
    logins = {"PFJIRA_PEOPLEFORCE_API_KEY": SECRETS[0], "PFJIRA_JIRA_API_TOKEN": SECRETS[1]}

    assert {**HOOKS, "PATH": "/bin"} == poorer({**HOOKS, **OTHERS, **logins, "PATH": "/bin"})


@pytest.mark.long
def test_a_receiver_beside_a_worker_knows_its_own_secrets_only(tmp_path: Path) -> None:
    """No login, no address for alerts, no proxy's password in its environment or in any argv; no body is kept."""
    with Sandbox(company(tasks=2)) as sandbox:
        tool = Tool(sandbox, tmp_path, extra={**HOOKS, **OTHERS, "PFJIRA_LOG": "debug"})
        assert 0 == tool.run("sync", PFJIRA_ALERTS_PING="", HTTPS_PROXY="").code
        with tool.start("webhook-serve", "--work", "--port", "0") as process:
            worker = psutil.Process(process.pid)
            line = ""
            assert process.stderr is not None
            while "http://" not in line:
                line = process.stderr.readline()
                assert line
            (child,) = receivers(worker)
            given, lines = child.environ(), [word for one in worker.children() for word in one.cmdline()]
            address = line[line.index("http://") :].split()[0].rstrip(",.:;")
            for hook, body in bodies():
                request = urllib.request.Request(f"{address}/hooks/{hook}", body, signed(hook, body))
                with urllib.request.urlopen(request, timeout=10) as answer:
                    assert 202 == answer.status
            time.sleep(0.1)
            process.terminate()
            out, err = process.communicate(timeout=30)
    kept = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept |= {"out": out.encode(), "err": err.encode(), "lines": " ".join(lines).encode()}
    with Store.open(tool.state, read_only=True) as store:
        assert 3 == len(store.rows("SELECT number FROM inbox"))
    assert HOOKS.items() <= given.items()
    assert [] == [canary for canary in CANARIES for value in given.values() if canary in value]
    assert [] == [(one, name) for one in VALUES | CANARIES for name, text in kept.items() if one.encode() in text]


def test_what_asks_the_system_for_its_timers_gets_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dashboard asks systemctl, which has no need of a login."""
    tool, told = tmp_path / "systemctl", tmp_path / "told"
    tool.write_text(f"#!/bin/sh\nenv >{told}\necho '[]'\n")
    tool.chmod(0o700)
    for name, value in OTHERS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert [] == machine.timers(datetime.now(UTC))
    assert [] == [canary for canary in CANARIES if canary in told.read_text()]
