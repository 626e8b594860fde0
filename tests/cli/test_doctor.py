"""`doctor` finds before the first write what would fail in the middle of a run, and says what there is instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import RULES, Answer, Tool, writes
from worlds import synced

from pfjira.cli import play
from pfjira.state import links
from pfjira.state.store import Store


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company with a good state and rules that a test may spoil."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES.read_text())
    with synced(tmp_path, rules, tasks=20) as tool:
        tool.sandbox.requests.clear()
        yield tool


def failures(answer: Answer) -> list[dict[str, Any]]:
    """Return what is not well."""
    return [finding for finding in answer.json["findings"] if not finding["ok"]]


def spoil(tool: Tool, old: str, new: str) -> None:
    """Change the rules."""
    text = tool.rules.read_text()
    assert old in text
    tool.rules.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "detail", "listed"),
    [
        ("close: { to: Done,", "close: { to: Finished,", "there is no Finished", "Done"),
        ("cancel: { to: Cancelled,", "cancel: { to: Binned,", "there is no Binned", "Cancelled"),
        ("resolution: Done }", "resolution: Made }", "there is no Made", "Won't Do"),
    ],
)
def test_a_move_that_leads_nowhere_is_found(tool: Tool, old: str, new: str, detail: str, listed: str) -> None:
    """The status or resolution that does not exist, and in the hint those that do; 78, and nothing written."""
    spoil(tool, old, new)
    answer = tool.run("doctor", "--json")
    (found,) = failures(answer)

    assert (78, detail, True) == (answer.code, found["detail"], listed in found["hint"])
    assert [] == writes(tool.sandbox.requests)


def test_a_category_is_a_place_to_move_to(tool: Tool) -> None:
    """`to: done` names no status and is well all the same; case does not matter for a name."""
    spoil(tool, "close: { to: Done,", "close: { to: done,")
    spoil(tool, "cancel: { to: Cancelled,", "cancel: { to: cancelled,")
    assert [] == failures(tool.run("doctor", "--json"))


def test_a_state_of_another_pair_is_found(tool: Tool) -> None:
    """What sync would refuse, doctor says."""
    with Store.open(tool.state) as store, store.write():
        assert links.count(store)
        store.set_meta("sites", "elsewhere.example.com other.example.net")
    (found,) = failures(tool.run("doctor", "--json"))

    assert ("state", True) == (found["subject"], "another pair of systems" in found["detail"])
    assert 78 == tool.run("sync").code


def test_a_state_that_cannot_be_made_is_found(tool: Tool) -> None:
    """A file stands where a folder would have to be."""
    (tool.folder / "file").touch()
    (found,) = failures(tool.run("doctor", "--json", "--state", str(tool.folder / "file" / "deep" / "state.db")))

    assert "state" == found["subject"]


def test_a_missing_folder_is_made_by_the_first_sync(tool: Tool) -> None:
    """It is well when the nearest folder above lets us write; doctor makes nothing."""
    place = tool.folder / "new" / "deep" / "state.db"
    assert [] == failures(tool.run("doctor", "--json", "--state", str(place)))
    assert not (tool.folder / "new").exists()


def test_a_wrong_path_of_peopleforce_is_explained(tool: Tool) -> None:
    """404 at the list of tasks means that the address is not that of the API."""
    url = tool.sandbox.environment()["PFJIRA_PEOPLEFORCE_URL"].removesuffix("/v3")
    found = failures(tool.run("doctor", "--json", PFJIRA_PEOPLEFORCE_URL=url))

    assert [True] == ["must end in /api/public/v3" in one["hint"] for one in found if "PeopleForce" in one["subject"]]


def test_doctor_never_sends_to_doctor(tool: Tool) -> None:
    """Whatever is wrong, the way on is another one."""
    for environment in ({"PFJIRA_JIRA_API_TOKEN": "wrong"}, {"PFJIRA_JIRA_URL": "http://127.0.0.1:9"}):
        answer = tool.run("doctor", **environment)
        assert (78, False) == (answer.code, "`pfjira doctor`" in answer.out)


def test_clocks_that_agree_are_said_to_agree(tool: Tool) -> None:
    """`+0 s` and `-0 s` mean nothing to anybody."""
    assert 2 == tool.run("doctor").out.count("within 1 s of ours")


def test_the_sandbox_names_a_state_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is tried there never meets the real state; the folder goes with the sandbox."""
    seen: list[bool] = []

    def serve(options: object, port: int, announce: Any, hooks: object) -> None:
        announce({"PFJIRA_JIRA_URL": "http://127.0.0.1:1"})
        line = capsys.readouterr().out.splitlines()[-1]
        place = Path(line.removeprefix("export PFJIRA_STATE="))
        seen.extend([place.name == "state.db", place.parent.is_dir(), not any(place.parent.iterdir())])
        seen_folder.append(place.parent)
        raise KeyboardInterrupt

    seen_folder: list[Path] = []
    monkeypatch.setattr("pfjira.sandbox.server.serve", serve)
    play.sandbox(people=10, tasks=5, completed=0, seed=7, port=0, index_lag=0.0, switch=None)

    assert ([True, True, True], False) == (seen, seen_folder[0].exists())
