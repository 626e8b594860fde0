"""Everything that can go wrong outside: one exit code, one sentence, one hint; and no harm once it is over."""

from __future__ import annotations

import re
import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness import CLEAN, SECRETS, Answer, Tool, company, matching, standing, writes
from worlds import synced

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

CLOSED = "http://127.0.0.1:9"
"""The discard port; nothing listens there."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong for one run, and the exit code that it must have."""

    code: int
    faults: tuple[Callable[[], Fault], ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    writes_nothing: bool = True


def _pf(kind: str, **more: object) -> Callable[[], Fault]:
    return lambda: Fault(kind, "peopleforce", **more)  # type: ignore[arg-type]


def _jira(kind: str, **more: object) -> Callable[[], Fault]:
    return lambda: Fault(kind, "jira", **more)  # type: ignore[arg-type]


TROUBLES = {
    "wrong PeopleForce key": Trouble(77, environment={"PFJIRA_PEOPLEFORCE_API_KEY": "wrong-key-4711"}),
    "wrong Jira token": Trouble(77, environment={"PFJIRA_JIRA_API_TOKEN": "wrong-key-4711"}),
    "PeopleForce key with a line break": Trouble(78, environment={"PFJIRA_PEOPLEFORCE_API_KEY": "wrong-\nkey-4711"}),
    "no Jira token": Trouble(78, environment={"PFJIRA_JIRA_API_TOKEN": ""}),
    "no Jira address": Trouble(78, environment={"PFJIRA_JIRA_URL": ""}),
    "another PeopleForce address": Trouble(78, environment={"PFJIRA_PEOPLEFORCE_URL": CLOSED + "/api"}),
    "another Jira address": Trouble(78, environment={"PFJIRA_JIRA_URL": CLOSED}),
    "PeopleForce without TLS": Trouble(78, environment={"PFJIRA_PEOPLEFORCE_URL": "http://app.example.com/api"}),
    "Jira without TLS": Trouble(78, environment={"PFJIRA_JIRA_URL": "http://jira.example.com"}),
    "a rate that is no number": Trouble(78, environment={"PFJIRA_JIRA_RATE": "fast"}),
    "token ends while reading": Trouble(77, (_jira("unauthorized", nth=2),)),
    "token ends while creating": Trouble(77, (_jira("unauthorized", method="POST", path="/issue"),)),
    "key ends while reading": Trouble(77, (_pf("unauthorized"),)),
    "no open tasks": Trouble(65, (_pf("empty_list", times=None),)),
    "no open tasks, full sweep": Trouble(65, (_pf("empty_list", times=None),), arguments=("--full",)),
    "Jira shows no issue any more": Trouble(
        65, (_jira("empty_list", path="search|bulkfetch", times=None),), arguments=("--full",)
    ),
    "both sides show nothing": Trouble(
        65, (_pf("empty_list", times=None), _jira("empty_list", times=None)), arguments=("--full",)
    ),
    "both sides show nothing to a quick run": Trouble(65, (lambda: Fault("empty_list", times=None),)),
    "login page from PeopleForce": Trouble(76, (_pf("html", times=None),)),
    "login page from Jira": Trouble(76, (_jira("html", times=None),)),
    "Jira asks to wait too long": Trouble(75, (_jira("rate_limited", retry_after=900, times=None),)),
    "PeopleForce asks to wait too long": Trouble(75, (_pf("rate_limited", retry_after=900, times=None),)),
    "creations are limited": Trouble(75, (_jira("rate_limited", path="/issue", retry_after=900, times=None),)),
    "Jira is down": Trouble(69, (_jira("status_before", status=503, times=None),)),
    "Jira goes down while creating": Trouble(69, (_jira("status_before", method="POST", path="/issue$", times=None),)),
    "PeopleForce is down": Trouble(69, (_pf("status_before", status=502, times=None),)),
    "Jira drops every connection": Trouble(69, (_jira("drop_before", times=None),)),
    "rights lost while creating": Trouble(77, (_jira("forbidden", times=None, path="search"),)),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_has_one_code_one_sentence_and_no_aftermath(tmp_path: Path, name: str) -> None:
    """After a good sync there is new work and trouble; then the trouble ends and the work is done, once."""
    trouble = TROUBLES[name]
    with synced(tmp_path) as tool:
        tool.extra, sandbox = {"PFJIRA_JIRA_BULK": "1"}, tool.sandbox
        _more_work(sandbox)
        faults = [sandbox.faults.add(make()) for make in trouble.faults]
        sandbox.requests.clear()

        answer = tool.run("sync", *trouble.arguments, **trouble.environment)

        assert trouble.code == answer.code, answer.err
        _check_words(answer)
        assert any(fault.landed for fault in faults) or not faults
        assert [] == [entry for entry in writes(sandbox.requests) if entry.status and entry.status < 300]
        sandbox.faults.clear()
        assert (0, CLEAN) == (tool.settle().code, standing(sandbox))


AT_FIRST = {
    "wrong PeopleForce key": TROUBLES["wrong PeopleForce key"],
    "login page from Jira": TROUBLES["login page from Jira"],
    "Jira is down": TROUBLES["Jira is down"],
    "nobody at the PeopleForce address": Trouble(69, environment={"PFJIRA_PEOPLEFORCE_URL": CLOSED + "/api"}),
    "nobody at the Jira address": Trouble(69, environment={"PFJIRA_JIRA_URL": CLOSED}),
}


@pytest.mark.parametrize("name", AT_FIRST)
def test_trouble_at_the_very_first_sync_does_not_spoil_the_next(tmp_path: Path, name: str) -> None:
    """A first run that could not begin has one code and one sentence; with the trouble gone all is done."""
    trouble = AT_FIRST[name]
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        for make in trouble.faults:
            sandbox.faults.add(make())
        answer = tool.run("sync", **trouble.environment)
        assert trouble.code == answer.code, answer.err
        _check_words(answer)
        sandbox.faults.clear()
        assert (0, CLEAN) == (tool.settle().code, standing(sandbox))


@pytest.mark.parametrize("retry_after", ["0", "1", None])
def test_a_short_storm_of_429_is_waited_out(tmp_path: Path, retry_after: str | None) -> None:
    """Two refusals in a row, whatever they say about waiting, cost seconds and nothing else."""
    with Sandbox(company()) as sandbox:
        fault = sandbox.faults.add(Fault("rate_limited", "jira", "GET", retry_after=retry_after, times=2))
        answer = Tool(sandbox, tmp_path).run("sync")
        assert (2, 0, CLEAN) == (fault.landed, answer.code, standing(sandbox)), answer.err


RULES = {
    "no file": (None, "rules.yaml"),
    "a folder": (b"", "rules.yaml"),
    "not YAML": (b"rules: [\n  - id: {", "rules.yaml:"),
    "a word that is none": (b"version: 1\nruels: []\nrules: []\n", "rules.yaml:2:"),
    "not text": (b"\xff\xfe\x00\x01", "rules.yaml"),
    "empty": (b" ", "rules.yaml"),
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("command", ["sync", "diff", "rules"])
def test_rules_that_cannot_be_used_are_refused_before_anything(tmp_path: Path, name: str, command: str) -> None:
    """78, naming the file and, where there is one, the line; no system is asked."""
    text, place = RULES[name]
    path = tmp_path / "rules.yaml"
    if name == "a folder":
        path.mkdir()
    elif text is not None:
        path.write_bytes(text)
    with Sandbox(company(tasks=5)) as sandbox:
        tool = Tool(sandbox, tmp_path, rules=path)
        answer = tool.run(*(("rules", "lint") if command == "rules" else (command,)))
        assert (78, 0) == (answer.code, len(sandbox.requests)), answer.err
        assert place in answer.err
        assert "Traceback" not in answer.err


def test_a_field_that_jira_does_not_know_is_named(tmp_path: Path) -> None:
    """A field called by a name that the site does not have: 1 with the place, and its rule writes nothing."""
    path = tmp_path / "rules.yaml"
    path.write_text(_default_rules().replace("      duedate:", '      "Offise": "x"\n      duedate:'))
    with Sandbox(company(tasks=5)) as sandbox:
        answer = Tool(sandbox, tmp_path, rules=path).run("sync")
        assert (1, []) == (answer.code, writes(sandbox.requests)), answer.err
        assert re.search(r"it-tasks: .*'Offise', or more than one \(line \d+\)", answer.out)


@pytest.mark.parametrize("limit_kb", [160, *(pytest.param(kb, marks=pytest.mark.long) for kb in (16, 96, 128, 192))])
def test_row_25_a_full_disk_stops_the_run_and_loses_nothing(tmp_path: Path, limit_kb: int) -> None:
    """No file may grow beyond a limit, as on a full disk: 74 (or enough room), and no effect goes unremembered."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path, extra={"PFJIRA_JIRA_BULK": "5"})
        limit = limit_kb * 1024
        process = tool.start("sync", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        out, err = process.communicate(timeout=30)
        answer = Answer(process.returncode, out, err)
        assert answer.code == 74 or limit_kb > 96, answer.err
        assert answer.code in (0, 74), answer.err
        if answer.code:
            _check_words(answer)
        assert (0, CLEAN) == (tool.settle().code, standing(sandbox))


def _more_work(sandbox: Sandbox) -> None:
    some = list(matching(sandbox).values())
    for number in range(4):
        sandbox.peopleforce.create_task(title=f"New chore {number}", assigned_to=some[0]["assigned_to"])
    sandbox.peopleforce.edit_task(some[1]["id"], title="Another title")


def _check_words(answer: Answer) -> None:
    """One sentence, a hint, no traceback, no credential."""
    assert 1 == len(answer.complaints), answer.err
    assert len(answer.hints) >= 1, answer.err
    said = answer.out + answer.err
    assert "Traceback" not in said
    assert [] == [secret for secret in (*SECRETS, "wrong-key-4711", "key-4711") if secret in said]


def _default_rules() -> str:
    from harness import RULES as DEFAULT

    return DEFAULT.read_text()
