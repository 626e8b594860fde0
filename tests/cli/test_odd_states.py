"""Whatever `--state` names: what is no state file of ours is refused before it is touched, on every path."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Tool, company
from small_world import world

from pfjira.config import paths
from pfjira.errors import StateUnwritable
from pfjira.sandbox.server import Sandbox
from pfjira.state import schema
from pfjira.state import store as store_module
from pfjira.state.store import Store


def _folder(path: Path) -> None:
    path.mkdir()


def _link(path: Path) -> None:
    target = path.with_name("target.db")
    target.write_bytes(b"")
    target.chmod(0o644)
    path.symlink_to(target)


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere.db"))


def _pipe(path: Path) -> None:
    os.mkfifo(path)


ODD: dict[str, Callable[[Path], None]] = {
    "a folder": _folder,
    "a symbolic link": _link,
    "a symbolic link ": _dangling,
    "no ordinary file": _pipe,
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("command", ["sync", "diff", "status"])
def test_what_is_no_file_is_refused_and_untouched(tmp_path: Path, kind: str, command: str) -> None:
    """74, a sentence that names what it is, a hint; modes, targets and the folder stay as they are."""
    path = tmp_path / "odd.db"
    ODD[kind](path)
    before = {entry.name: entry.lstat().st_mode for entry in tmp_path.iterdir()}
    with Sandbox(company(tasks=5)) as sandbox:
        answer = Tool(sandbox, tmp_path).run(command, "--state", str(path))
        requests = len(sandbox.requests)

    assert (74, 1, 1, 0) == (answer.code, len(answer.complaints), len(answer.hints), requests), answer.err
    assert f"is {kind.strip()} and cannot be the state file" in answer.err
    assert before == {entry.name: entry.lstat().st_mode for entry in tmp_path.iterdir()}


def test_a_file_of_somebody_else_keeps_its_mode(tmp_path: Path) -> None:
    """Only what SQLite accepted is made private."""
    path = tmp_path / "notes.db"
    path.write_bytes(b"These are my notes. " * 100)
    path.chmod(0o644)
    with Sandbox(company(tasks=5)) as sandbox:
        code = Tool(sandbox, tmp_path).run("sync", "--state", str(path)).code

    assert (74, 0o644) == (code, path.stat().st_mode & 0o777)


def test_a_state_of_an_older_pfjira_can_be_looked_at_before_it_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy in memory stands in, which is said; the file is not touched before a sync, which keeps it as it was."""
    with world(tmp_path, sync=False) as tool:
        now = schema.MIGRATIONS
        for module in (schema, store_module):
            monkeypatch.setattr(module, "MIGRATIONS", now[:1])
        Store.open(tool.state).close()
        for module in (schema, store_module):
            monkeypatch.setattr(module, "MIGRATIONS", now)
        before = tool.state.read_bytes()
        looks = [tool.run(*words) for words in (("diff",), ("status",), ("people", "list"))]

        assert [True] * 3 == ["is of an older pfjira" in answer.err for answer in looks]
        assert ([1, 2, 0], before) == ([answer.code for answer in looks], tool.state.read_bytes())
        with Store.open(tool.state, read_only=True, older=True) as copy, pytest.raises(Exception, match="readonly"):
            copy.set_meta("name", "value")
        assert (0, 1) == (tool.run("sync").code, len(list(tmp_path.glob("state.db.before-*"))))
        assert "older" not in tool.run("diff").err


def test_a_state_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    """A file of ours is closed to others when it is opened for writing."""
    path = tmp_path / "state.db"
    Store.open(path).close()
    path.chmod(0o644)
    Store.open(path).close()

    assert 0o600 == path.stat().st_mode & 0o777


def test_a_folder_that_does_not_let_us_look_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, whoever asks whether there is a state."""

    def refuse(self: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", refuse)
    with pytest.raises(StateUnwritable, match="cannot be looked at: Permission denied"):
        paths.present(tmp_path / "state.db")
    with Sandbox(company(tasks=5)) as sandbox:
        tool = Tool(sandbox, tmp_path)
        codes = {command: tool.run(command).code for command in ("status", "diff", "sync", "doctor")}

    assert {"status": 74, "diff": 74, "sync": 74, "doctor": 78} == codes


def test_a_rules_folder_that_does_not_let_us_look_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next place may hold the rules."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "rules.yaml").touch()
    real = Path.is_file

    def refuse(self: Path) -> bool:
        if "closed" in self.parts:
            raise PermissionError(13, "Permission denied")
        return real(self)

    monkeypatch.setattr(Path, "is_file", refuse)
    environment = {"CONFIGURATION_DIRECTORY": f"{tmp_path / 'closed'}:{tmp_path / 'open'}"}
    assert tmp_path / "open" / "rules.yaml" == paths.rules_file(None, environment)
