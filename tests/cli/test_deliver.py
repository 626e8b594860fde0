"""`deliver`: what is taken, what is refused and where, and what every refusal leaves behind: nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pfjira.cli.app import main
from pfjira.state import deliveries
from pfjira.state.locks import sole_writer
from pfjira.state.store import Store

RULES = """
version: 1
sources:
  helpdesk: { id: ticket.id, fields: [ticket, ticket.title, ticket.tags, priority] }
  unread: { id: id, fields: [id] }
rules:
  - id: ticket
    for: hook.helpdesk
    make: issue
    in: { project: ITOPS, type: Task }
    set: { summary: "{{ hook.ticket.title }}" }
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder with these rules."""
    (tmp_path / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PFJIRA_STATE", str(tmp_path / "state.db"))


def pending(folder: Path, source: str = "helpdesk") -> list[tuple[str, dict[str, Any]]]:
    """Return what the state keeps of a source."""
    with Store.open(folder / "state.db", read_only=True) as store:
        return deliveries.pending(store, source)


def delivered(content: bytes, *more: str) -> int:
    """Deliver the content of a file and return the exit code."""
    Path("event.json").write_bytes(content)
    return main(["deliver", "helpdesk", "event.json", *more])


def test_only_what_is_declared_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each declared path by its name, None where the document has none; nothing else."""
    code = delivered(b'{"ticket": {"id": 7, "title": "Printer", "phone": "555", "tags": ["a", "b"]}, "x": [{}]}')

    assert (0, "1 delivery taken.\nThe next `pfjira sync` works them off.\n") == (code, capsys.readouterr().out)
    values = {"ticket.title": "Printer", "ticket.tags": ["a", "b"], "priority": None, "ticket.id": 7}
    assert [("7", values)] == pending(tmp_path)


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (b'\xef\xbb\xbf{"ticket": {"id": "a"}}', ["a"]),
        (b'{\n  "ticket": {\n    "id": " a "\n  }\n}\n', ["a"]),
        (b'{"ticket": {"id": "a"}}\r\n\r\n{"ticket": {"id": "b"}}\r\n', ["a", "b"]),
        (b'{"ticket": {"id": "a", "title": "first"}}\n{"ticket": {"id": "a"}}', ["a"]),
    ],
    ids=["a byte-order mark", "many lines", "a line each", "one id twice"],
)
def test_a_document_comes_in_several_forms(tmp_path: Path, content: bytes, ids: list[str]) -> None:
    """One object over many lines, or one in each; the last of an id counts."""
    assert 0 == delivered(content)
    assert ids == [number for number, fields in pending(tmp_path) if fields["ticket.title"] is None]


DEEP = b'{"ticket": {"id": 1}, "x": ' + b"[" * 64 + b"]" * 64 + b"}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "event.json: it is empty"),
        (b" \n\n", "event.json: it is empty"),
        (b"{", "event.json:1:"),
        (b'{"ticket": {"id": 1,}}', "event.json:1:20: this is no JSON: trailing comma is not allowed"),
        (b'{\n "ticket": {\n  "id": NaN }}', "event.json:3:9: this is no JSON"),
        (b'{"ticket": {"id": 1e999}}', "event.json:1:19: this is no JSON"),
        (b'{"ticket": {"id": "\\ud800"}}', "event.json:1:20: this is no JSON"),
        (b'{"ticket": {"id": "\xff"}}', "event.json:1:1: this is no JSON"),
        (b'{"ticket": {"id": 1}}\n{"ticket": }', "event.json:2:12: this is no JSON"),
        (b'{"ticket": {"id": 1}}\n[]', "event.json:2: a delivery is one JSON object, not a list or a value"),
        (b'[{"ticket": {"id": 1}}]', "event.json:1: a delivery is one JSON object"),
        (b'"text"', "event.json:1: a delivery is one JSON object"),
        (b'{"ticket": {}}', "event.json:1: it has no id: ticket.id is empty or not there"),
        (b'{"ticket": null}', "event.json:1: it has no id"),
        (b'{"ticket": {"id": ""}}', "event.json:1: it has no id"),
        (b'{"ticket": {"id": true}}', "event.json:1: ticket.id is neither a text nor a whole number"),
        (b'{"ticket": {"id": 1.5}}', "event.json:1: ticket.id is neither a text nor a whole number"),
        (b'{"ticket": {"id": ["a"]}}', "event.json:1: ticket.id is neither a text nor a whole number"),
        (b'{"ticket": {"id": "a\\nb"}}', "event.json:1: ticket.id must be one line of at most 200 characters"),
        (b'{"ticket": {"id": "' + b"a" * 201 + b'"}}', "event.json:1: ticket.id must be one line of at most 200"),
        (b'{"ticket": 5}', "event.json:1: ticket.title leads through what is no object"),
        (b'{"ticket": {"id": 1, "title": {}}}', "event.json:1: ticket.title is an object, and a rule reads a value"),
        (b'{"ticket": {"id": 1, "tags": [[]]}}', "event.json:1: ticket.tags is an object"),
        (DEEP, "event.json:1: it is nested more than 64 deep"),
        (b"[" * 5000 + b"]" * 5000, "event.json:1:1026: this is no JSON: depth limit exceeded"),
        (b'{"x": "' + b"a" * 5 * 1024 * 1024 + b'"}', "event.json: it is larger than 5 MB"),
    ],
    ids=range(26),
)
def test_what_cannot_be_taken_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    """One sentence without any value of it, exit 78, and nothing of the whole is kept."""
    code = delivered(content)
    answer = capsys.readouterr()

    assert (78, "", True, 2) == (
        code,
        answer.out,
        answer.err.startswith(f"pfjira: {said}"),
        len(answer.err.splitlines()),
    ), answer.err
    assert [] == pending(tmp_path)


def test_a_document_may_be_as_deep_as_that() -> None:
    """The bound is exact."""
    assert 0 == delivered(DEEP.replace(b"[" * 64, b"[" * 62).replace(b"]" * 64, b"]" * 62))


def test_a_refusal_is_a_document_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json`: sentence, hint and code; and the ids where it was taken."""
    assert 78 == delivered(b"{}", "--json")
    assert {
        "error": "event.json:1: it has no id: ticket.id is empty or not there",
        "hint": "Nothing of it was taken: mend the document and deliver it again.",
        "exit": 78,
    } == json.loads(capsys.readouterr().out)
    assert 0 == delivered(b'{"ticket": {"id": 1}}\n{"ticket": {"id": 1}}', "--json")
    assert {"source": "helpdesk", "taken": ["1"], "known": ["1"], "replaced": [], "read_by_a_rule": True} == json.loads(
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["helpdisk"], 2, "the rules declare no source 'helpdisk', did you mean 'helpdesk'?"),
        (["x"], 2, "the rules declare no source 'x'; there is helpdesk, unread"),
        (["helpdesk", "nowhere.json"], 78, "nowhere.json cannot be read: No such file or directory."),
        (["helpdesk", "."], 78, ". cannot be read: Is a directory."),
        (["helpdesk", "pipe"], 78, "pipe is no ordinary file."),
    ],
)
def test_a_wrong_command_leaves_no_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    """Not even an empty state file; a pipe that nobody writes to holds nobody."""
    os.mkfifo("pipe")
    assert code == main(["deliver", *words])
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "state.db").exists()


def test_an_id_comes_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it was worked off the newer one counts, which mends what was refused; afterwards it is not taken."""
    assert 0 == delivered(b'{"ticket": {"id": 1, "title": "Printr"}}')
    assert 0 == delivered(b'{"ticket": {"id": 1, "title": "Printer"}}')
    assert "1 of the same id stands in the place of what was not worked off yet." in capsys.readouterr().out
    assert [("1", "Printer")] == [(number, fields["ticket.title"]) for number, fields in pending(tmp_path)]

    with Store.open(tmp_path / "state.db") as store, store.write():
        worked_off = [(number, version) for number, _, version in deliveries.held(store, "helpdesk")]
        deliveries.settle(store, "helpdesk", worked_off, datetime.now(UTC))
    assert 0 == delivered(b'{"ticket": {"id": 1, "title": "Print"}}')
    assert ("0 deliveries taken.\n1 id was taken before, and not again.\n", []) == (
        capsys.readouterr().out,
        pending(tmp_path),
    )


def test_what_no_rule_reads_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """It waits for a rule."""
    Path("event.json").write_text('{"id": 1}')
    assert 0 == main(["deliver", "unread", "event.json"])
    assert "No rule is for hook.unread: it waits until one is, for two weeks at most." in capsys.readouterr().out


def test_another_writer_is_waited_for_by_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While a sync runs: exit 75, and nothing is taken."""
    with sole_writer(tmp_path / "state.db", "sync"):
        assert 75 == delivered(b'{"ticket": {"id": 1}}')
    assert "sync" in capsys.readouterr().err
    assert not (tmp_path / "state.db").stat().st_size


def test_it_is_read_from_a_pipe(tmp_path: Path) -> None:
    """Without FILE, or with a dash."""
    for number, more in (("1", []), ("2", ["-"])):
        done = subprocess.run(
            [sys.executable, "-m", "pfjira", "deliver", "helpdesk", *more],
            input=f'{{"ticket": {{"id": {number}}}}}',
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert 0 == done.returncode, done.stderr

    assert ["1", "2"] == [number for number, _ in pending(tmp_path)]
