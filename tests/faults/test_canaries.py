"""Canaries: planted secrets and planted values of people, looked for byte by byte wherever pfjira leaves anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import pytest
from harness import COMMAND, SECRETS, Answer
from test_trouble import TROUBLES, Trouble
from whole_story import WRITES, WholeStory, whole_story

from pfjira.sandbox.company import Account
from pfjira.sandbox.faults import Fault, Kind

RAW = b"canary-signing-secret-0001"
PLANTED = {
    "PFJIRA_ALERTS_SLACK": "URL/__target__/slack/canary-slack-0002",
    "PFJIRA_ALERTS_TELEGRAM": "4711:canary-telegram-0003 42 URL/__target__/telegram",
    "PFJIRA_ALERTS_PING": "URL/__target__/ping/canary-ping-0004",
    "PFJIRA_SEQ_URL": "URL/__target__/seq",
    "PFJIRA_SEQ_API_KEY": "canary-seq-0005",
    "PFJIRA_PEOPLEFORCE_WEBHOOK_SECRET": "canary-hook-0006",
    "PFJIRA_JIRA_WEBHOOK_SECRET": "canary-hook-0007",
    "PFJIRA_TARGET_SIGNING": "whsec_" + base64.b64encode(RAW).decode(),
    "HTTPS_PROXY": "http://canary-user-0008:canary-password-0009@127.0.0.1:9",
    "HTTP_PROXY": "http://canary-user-0008:canary-password-0009@127.0.0.1:9",
}
"""Secrets in the environment; the sandbox's own two, and one in a credential file, are canaries as well."""
CANARIES = {
    "canary-slack-0002", "canary-telegram-0003", "canary-ping-0004", "canary-seq-0005", "canary-hook-0006",
    "canary-hook-0007", "canary-user-0008", "canary-password-0009", "wrong-key-4711", RAW.decode(),
    base64.b64encode(RAW).decode(), *SECRETS,
}  # fmt: skip
PEOPLE = [
    {
        "first_name": f"Quokkabert{n}",
        "last_name": f"JoinerNarwhal{n}",
        "email": f"axolotl{n}@it.example.com",
        "personal_email": f"pangolin{n}@home.example",
        "mobile_number": f"+38067555010{n}",
        "date_of_birth": f"1901-11-0{n + 1}",
        "employee_number": f"E-OKAPI-{n}",
    }
    for n in range(2)
]
EDITS = (
    "Xylophone summary",
    "Zanzibar comment",
    "Wombat renamed",
    "Platypus duty",
    "Capybara account 0",
    "Capybara account 1",
)
VALUES = {value for person in PEOPLE for value in person.values()} | set(EDITS)


class Planted(WholeStory):
    """A story whose people are made of canaries."""

    def join(self) -> None:
        """Hire them, each with an account."""
        for number, person in enumerate(PEOPLE):
            account = Account(f"712020:joiner{number}", EDITS[4 + number], person["email"])
            self.sandbox.company.accounts.append(account)
            hired = self.hr.hire(hired_on=self.today, manager=self.managers[0], **person)
            self.people.append(int(hired["id"]))

    def stir(self, number: int) -> None:
        """Let there be something to do: both sides edit."""
        issue = self.issues("")[number % 3]
        self.jira.act("edit", key=issue.key, field="summary", value=f"{EDITS[0]} {number}")
        self.jira.act("comment", key=issue.key, text=EDITS[1])
        self.hr.act("edit_employee", id=self.people[number % 2], middle_name=f"{EDITS[2]} {number}")
        self.hr.place(self.people[number % 2], self.today, manager=self.managers[number % 2])
        self.hr.create_task(title=f"{EDITS[3]} {number}", assigned_to=None)


@contextmanager
def planted(folder: Path) -> Iterator[Planted]:
    """Lend the story, its first chapter told, with every secret in its place and everything that can be kept, kept."""
    with whole_story(folder) as told:
        tool, url = told.tool, told.sandbox.url
        tool.rules.write_text(tool.rules.read_text().replace('/provision" }', '/provision", secret: signing }'))
        teller = folder / "teller.sh"
        teller.write_text(f'#!/bin/sh\n(env; tr "\\0" " " </proc/$$/cmdline; cat) >>{folder}/child.txt\n')
        teller.chmod(0o700)
        (folder / "credentials").mkdir()
        (folder / "credentials" / "jira.api_token").write_text(SECRETS[1] + "\n")
        tool.extra |= {name: value.replace("URL", url) for name, value in PLANTED.items()} | {
            "PFJIRA_ALERTS_COMMAND": str(teller),
            "PFJIRA_METRICS": str(folder / "metrics.prom"),
            "PFJIRA_LOG": "debug",
            "CREDENTIALS_DIRECTORY": str(folder / "credentials"),
        }
        yield Planted(tool, 2)


WAYS: tuple[tuple[Kind, int], ...] = (
    ("status_before", 400), ("drop_after", 0), ("cut_after", 40), ("html", 0), ("status_after", 503)
)  # fmt: skip


def failing(name: str, kind: Kind, number: int) -> Trouble:
    """Return the trouble that each write of a sort fails in one way."""
    system, method, path = WRITES[name]
    status, keep = (number, None) if kind.startswith("status") else (503, number or None)
    return Trouble(0, (lambda: Fault(kind, system, method, path, times=None, status=status, keep=keep),))


def troubles() -> list[Trouble]:
    """Return every sort of failing run: the world's troubles, and each sort of write failing in each way."""
    return [*TROUBLES.values(), *(failing(name, kind, number) for kind, number in WAYS for name in WRITES)]


def fail(told: Planted, number: int, trouble: Trouble) -> list[Answer]:
    """Let one run fail, with people being told in one way or another; and look around as a person would."""
    told.stir(number)
    told.sandbox.clock.advance(3600 * 5)
    faults = told.sandbox.faults
    for make in trouble.faults:
        faults.add(make())
    way = ("slack|telegram", "slack", "slack|telegram|seq", "nobody")[number % 4]
    faults.add(Fault("status_before", "target", path=way, status=500, times=None))
    said = [told.tool.run("sync", *(["--json"] if number % 2 else []), *trouble.arguments, **trouble.environment)]
    faults.clear()
    if said[0].code and number % 5 == 0:
        said += [told.tool.run(*words) for words in LOOKS]
    return said


LOOKS = (
    ("status",), ("status", "--json"), ("alerts", "list"), ("conflicts", "list"), ("people", "list", "--json"),
    ("audit", "list"), ("replay", "--list"), ("rules", "list"), ("backup",),
)  # fmt: skip


def everything(told: Planted, said: list[Answer]) -> dict[str, bytes]:
    """Return all that was left anywhere: what was said, every file, and what other systems were told."""
    folder = told.tool.folder
    inputs = {folder / "rules.yaml", folder / "credentials" / "jira.api_token"}
    found = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path not in inputs}
    found |= {f"answer {n} out": answer.out.encode() for n, answer in enumerate(said)}
    found |= {f"answer {n} err": answer.err.encode() for n, answer in enumerate(said)}
    posts = [one for one in told.sandbox.targets if one.target != "provision"]
    return found | {f"post {n}": json.dumps(one.body).encode() for n, one in enumerate(posts)}


def hits(found: dict[str, bytes], canaries: set[str]) -> list[str]:
    """Return where which canary was found."""
    return sorted(
        f"{canary} in {name}" for name, content in found.items() for canary in canaries if canary.encode() in content
    )


@pytest.mark.parametrize("runs", [15, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_no_canary_is_found_after_failing_runs(tmp_path: Path, runs: int) -> None:
    """0 hits of 13 secrets and 20 values in answers, log, state, copies, figures, child processes and messages."""
    assert (13, 20) == (len(CANARIES), len(VALUES))
    with planted(tmp_path) as told:
        told.join()
        given = hits({"": json.dumps(told.tool.environment() | {"raw": RAW.decode()}).encode()}, CANARIES)
        assert len(CANARIES) - 1 == len(given)  # all but the wrong key
        said = [told.settle()]
        assert 0 == said[0].code, said[0].err
        sorts = troubles()
        step = max(1, len(sorts) // runs)
        for number, trouble in enumerate(islice(cycle(sorts[::step]), runs)):
            said += fail(told, number, trouble)
        found = everything(told, said)

        shown = json.dumps([issue.fields for issue in told.issues("")], default=str)
        assert PEOPLE[0]["first_name"] in shown  # they did flow
        codes = {answer.code for answer in said}
        assert 70 not in codes
        assert len({1, 65, 69, 75, 76, 77, 78} & codes) > 4, codes
        assert {"child.txt", "metrics.prom", "state.db"} <= set(found)
        assert [] == hits(found, CANARIES)
        assert [] == hits(found, VALUES)


def test_a_bug_that_holds_a_value_does_not_show_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """70 with places only: an exception of ours may quote whatever it met."""
    with planted(tmp_path) as told:
        told.join()

        def stumble(*_: object) -> None:
            raise KeyError(PEOPLE[0]["email"], SECRETS[1])

        monkeypatch.setattr("pfjira.ops.sync.drain", stumble)
        said = told.tool.run("sync")
        assert 70 == said.code
        found = everything(told, [said])
        assert [] == hits(found, CANARIES | VALUES)


def test_no_option_takes_a_secret() -> None:
    """Whatever stands on a command line can be read by every user of the machine."""

    def options(command: object) -> Iterator[str]:
        for param in getattr(command, "params", []):
            yield from param.opts
        for inner in getattr(command, "commands", {}).values():
            yield from options(inner)

    words = ("secret", "token", "password", "key", "credential", "slack", "telegram")
    named = [name for name in options(COMMAND) if any(word in name.lower() for word in words)]
    assert ["--ssl-keyfile"] == named  # the place of a key, not a key
