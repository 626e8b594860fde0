"""How the receiver is started and stopped: secrets first, any kind of socket, in good order at the end."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from load import Outcome, load
from receiving import RULES, SECRETS, employee_update, issue_updated, receiver, signed

from pfjira.cli.app import main
from pfjira.state.store import Store
from pfjira.webhook.record import Recorder, redacted
from pfjira.webhook.sockets import at_path

ACTIVATED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, "-m", "pfjira", *sys.argv[2:]])
"""
"""Starts pfjira as systemd does: the socket is the first descriptor after the usual three."""


@pytest.fixture
def places(tmp_path: Path) -> list[str]:
    """Return the options that name a rules file and a state."""
    (tmp_path / "rules.yaml").write_text(RULES)
    return ["--rules", str(tmp_path / "rules.yaml"), "--state", str(tmp_path / "state.db")]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PFJIRA_JIRA_WEBHOOK_SECRET", None, "PFJIRA_JIRA_WEBHOOK_SECRET is not set"),
        ("PFJIRA_PEOPLEFORCE_WEBHOOK_SECRET", "", "PFJIRA_PEOPLEFORCE_WEBHOOK_SECRET is not set"),
        ("PFJIRA_JIRA_WEBHOOK_SECRET", "short", "must be 32 bytes or more"),
        ("PFJIRA_JIRA_WEBHOOK_SECRET", f"{'k' * 40},", None),
        ("PFJIRA_JIRA_WEBHOOK_SECRET", f"{'k' * 40},short", "must be 32 bytes or more"),
        ("PFJIRA_HOOK_HELPDESK", None, "PFJIRA_HOOK_HELPDESK is not set"),
    ],
)
def test_without_a_good_secret_nothing_is_served(
    places: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str | None,
    said: str | None,
) -> None:
    """Each hook that is served needs one, of 32 bytes or more; it is never shown."""
    for name, text in {**SECRETS, variable: value}.items():
        if text is not None:
            monkeypatch.setenv(name, text)
    descriptor = os.open(os.devnull, os.O_RDONLY)  # no socket: a start that gets so far fails there

    code = main(["webhook-serve", "--fd", str(descriptor), *places])
    err = capsys.readouterr().err
    assert 78 == code
    assert ((said or "is no socket") in err, False) == (True, "k" * 40 in err)


def test_a_hook_that_there_is_not_is_told(places: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Serving fewer is a choice, and it is said which there are."""
    assert 78 == main(["webhook-serve", "--hook", "jria", *places])
    assert "There is no hook 'jria': there is peopleforce, jira, helpdesk" in capsys.readouterr().err


def test_it_lives_on_a_socket_that_was_opened_for_it_and_talks_to_the_service_manager(
    tmp_path: Path, places: list[str]
) -> None:
    """Socket activation in a network of its own without any way out; ready, alive, stopping, and exit 0."""
    environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(tmp_path / "notify.sock"), "LISTEN_FDS": "1"}
    environment |= {"WATCHDOG_USEC": "400000", **SECRETS}
    alone = ["unshare", "--map-root-user", "--net"] if _may_unshare() else []
    body = issue_updated()
    with (
        at_path(tmp_path / "hooks.sock") as listener,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told,
        closing(_Local(str(tmp_path / "hooks.sock"))) as connection,
    ):
        told.bind(str(tmp_path / "notify.sock"))
        told.settimeout(20)
        command = [*alone, sys.executable, "-c", ACTIVATED, str(listener.fileno()), "webhook-serve", *places]
        with subprocess.Popen(command, env=environment, pass_fds=[listener.fileno()]) as process:
            said = [told.recv(100)]
            connection.request("POST", "/hooks/jira", body, signed("jira", body))
            status = connection.getresponse().status
            said += [told.recv(100), told.recv(100)]
            process.send_signal(signal.SIGTERM)
            while said[-1] == b"WATCHDOG=1":
                said.append(told.recv(100))

    assert ([b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"], b"STOPPING=1") == (said[:3], said[-1])
    assert (202, 0, True) == (status, process.returncode, (tmp_path / "hooks.sock").is_socket())


def test_a_stop_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """What was begun is answered; nobody else is let in."""
    outcomes: list[Outcome] = []
    with receiver(tmp_path) as found:
        sender = threading.Thread(target=lambda: outcomes.append(load(found.port, seconds=5, connections=16)))
        sender.start()
        time.sleep(0.5)
    sender.join()
    with Store.open(tmp_path / "state.db") as store:
        kept = {int(refs.rpartition("/")[2]) for (refs,) in store.rows("SELECT refs FROM inbox")}

    assert (True, set(), 0) == (len(kept) > 16, set(outcomes[0].acknowledged) - kept, outcomes[0].refused)
    assert len(kept) - len(outcomes[0].acknowledged) <= 16


def test_it_speaks_tls_itself_where_it_must(tmp_path: Path) -> None:
    """With a certificate and its key; what is no TLS is hung up on."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    make += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    body = employee_update()
    with receiver(tmp_path, certificate=(certificate, key)) as found:
        trusted = ssl.create_default_context(cafile=str(certificate))
        with closing(http.client.HTTPSConnection("localhost", found.port, context=trusted, timeout=5)) as connection:
            connection.request("POST", "/hooks/peopleforce", body, signed("peopleforce", body))
            status = connection.getresponse().status
        plain = found.raw(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", 3)

    assert (202, b"") == (status, plain)


def test_a_recorded_body_holds_names_and_ids_and_nothing_of_a_person(tmp_path: Path) -> None:
    """A fixture can be made of it: every member is there, no value but ids and the sender's own words."""
    raw = employee_update(
        9101, attributes={"first_name": "Anna", "born": "1990-02-03", "pay": 1234, "Anna Nowak": [1.5]}
    )
    recorder = Recorder(tmp_path / "shapes")
    for depth in (300, 900):  # stored, and answered 202, all the same
        recorder.keep("peopleforce", b'{"a":' * depth + b"1" + b"}" * depth)
    recorder.keep("peopleforce", raw)
    (file,) = (tmp_path / "shapes").iterdir()

    text = file.read_text()
    assert ("peopleforce-0001.json", 0o600) == (file.name, file.stat().st_mode & 0o777)
    assert [True, True, True] == [word in text for word in ('"employee_update"', '"id": 9101', '"0000-00-00"')]
    assert [False] * 5 == [word in text for word in ("Anna", "Nowak", "1990", "1234", "1.5")]
    assert {"id": "10001", "key": "xxxxx-0"} == redacted({"id": "10001", "key": "ITOPS-7"})


class _Local(http.client.HTTPConnection):
    """HTTP over a local socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        """Connect to the path."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


def _may_unshare() -> bool:
    """Say whether this machine lets a user make a network of his own; containers often do not."""
    found = shutil.which("unshare")
    return (
        found is not None and subprocess.run([found, "--map-root-user", "--net", "true"], check=False).returncode == 0
    )
