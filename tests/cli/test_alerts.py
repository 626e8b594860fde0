"""People are told: once a day and cause, by the way that works, with signs of life around every run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from harness import Tool, company, matching
from small_world import a_new_task

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox
from pfjira.state import pause

TOKEN = "4711:a-telegram-token"


@pytest.fixture
def told(tool: Tool) -> Tool:
    """Lend a tool whose alerts go to the sandbox's targets."""
    base = tool.sandbox.environment()["PFJIRA_JIRA_URL"] + "/__target__"
    tool.extra |= {
        "PFJIRA_ALERTS_SLACK": f"{base}/slack",
        "PFJIRA_ALERTS_TELEGRAM": f"{TOKEN} 42 {base}",
        "PFJIRA_ALERTS_PING": f"{base}/ping",
    }
    return tool


def arrived(tool: Tool) -> list[str]:
    """Return which addresses were posted to, in order, and forget them."""
    names = [one.target for one in tool.sandbox.targets]
    tool.sandbox.targets.clear()
    return names


def test_an_alert_is_told_once_a_day_and_its_end_once(told: Tool) -> None:
    """Three refused runs: one message. An hour of good runs: one that it is over. The day after: one more."""
    fault = Fault("empty_list", "peopleforce", times=None)
    for _ in range(3):
        told.sandbox.faults.add(fault)
        assert 65 == told.run("sync").code
    assert 1 == arrived(told).count("slack")
    told.sandbox.faults.clear()
    told.run("sync")
    assert 0 == arrived(told).count("slack")
    told.sandbox.clock.advance(3_600)
    told.run("sync")
    told.run("sync")
    assert 1 == arrived(told).count("slack")
    told.sandbox.clock.advance(86_400)
    told.sandbox.faults.add(fault)
    told.run("sync")
    assert 1 == arrived(told).count("slack")


def test_when_slack_is_down_telegram_is_asked(told: Tool) -> None:
    """The second way is for the failure of the first, and neither address is said anywhere."""
    told.sandbox.faults.add(Fault("status_before", "target", status=500, path="slack", times=None))
    told.sandbox.faults.add(Fault("empty_list", "peopleforce", times=None))
    answer = told.run("sync")
    posts = list(told.sandbox.targets)
    (message,) = [one for one in posts if one.target.endswith("sendMessage")]
    assert ("42", True) == (message.body["chat_id"], "guard" in message.body["text"] or "empty" in message.body["text"])
    logs = "".join(path.read_text() for path in told.folder.glob("logs/*"))
    assert TOKEN not in answer.out + answer.err + logs


def test_what_cannot_be_told_is_told_later_and_fails_nothing(told: Tool) -> None:
    """Nobody answers: the run is what it was. With somebody there again, `alerts send` tells."""
    told.sandbox.faults.add(Fault("drop_before", "target", times=None))
    told.sandbox.faults.add(Fault("empty_list", "peopleforce", times=None))
    assert [65, 69] == [told.run("sync").code, told.run("alerts", "send").code]
    told.sandbox.faults.clear()
    assert (0, ["slack"]) == (told.run("alerts", "send").code, arrived(told))
    (row,) = told.run("alerts", "list", "--json").json
    assert row["told"] is not None


def test_each_run_gives_signs_of_life(told: Tool) -> None:
    """Start and success, or start and fail; a part of the work is no sign that the timer lives."""
    told.run("sync", "--rule", "it-tasks")
    assert [] == arrived(told)
    told.run("sync")
    assert ["ping/start", "ping"] == arrived(told)
    told.sandbox.faults.add(Fault("html", "jira", times=None))
    told.run("sync")
    assert ["ping/start", "ping/fail"] == [name for name in arrived(told) if name.startswith("ping")]


def test_a_pause_is_a_sign_of_life_for_a_day_and_then_told(told: Tool) -> None:
    """Whoever pauses on purpose is not called for it; for a pause that was forgotten there is an alarm."""
    a_new_task(told, "while it is paused")
    pause.switch_on(told.state, who="ann", why="a move", now=told.now())
    assert (75, ["ping/start", "ping"]) == (told.run("sync").code, arrived(told))
    told.sandbox.clock.advance(86_401)
    assert (75, ["ping/start", "slack"]) == (told.run("sync").code, arrived(told))
    assert (75, ["ping/start"]) == (told.run("sync").code, arrived(told))
    pause.switch_off(told.state)
    assert (0, ["ping/start", "ping"]) == (told.run("sync").code, arrived(told))
    told.sandbox.clock.advance(3_600)
    told.run("sync")
    assert ["ping/start", "ping", "slack"] == arrived(told)


def test_a_command_of_the_house_gets_the_text_and_no_secret(tool: Tool, tmp_path: Path) -> None:
    """The text on standard input; nothing of the credentials in its environment."""
    script = tmp_path / "tell.sh"
    script.write_text(f"#!/bin/sh\ncat > {tmp_path}/text; env > {tmp_path}/env\n")
    script.chmod(0o700)
    tool.extra["PFJIRA_ALERTS_COMMAND"] = str(script)
    assert 0 == tool.run("alerts", "send", "--test").code
    assert "a test, all is well" in (tmp_path / "text").read_text()
    assert "PFJIRA" not in (tmp_path / "env").read_text()


def test_a_unit_that_failed_is_told_with_the_last_error(told: Tool) -> None:
    """`alerts send --failed`, which OnFailure= calls; a run that told its own trouble is not told twice."""
    assert 0 == told.run("alerts", "send", "--failed").code
    assert ["slack"] == arrived(told)
    told.run("sync")
    arrived(told)
    told.sandbox.faults.add(Fault("empty_list", "peopleforce", times=None))
    told.run("sync")
    assert 0 == told.run("alerts", "send", "--failed").code
    assert 1 == arrived(told).count("slack")


def test_a_failed_unit_is_over_when_that_unit_did_its_work_again(told: Tool) -> None:
    """A good sync says nothing of the backup; the backup's own failure is told though the last run told its own."""
    told.sandbox.faults.add(Fault("empty_list", "peopleforce", times=None))
    told.run("sync")
    told.sandbox.faults.clear()

    def failed_units() -> list[tuple[str, str]]:
        rows = told.run("alerts", "list", "--json").json
        return [(row["subject"], row["sentence"]) for row in rows if row["cause"] == "unit failed"]

    assert 0 == told.run("alerts", "send", "--failed", MONITOR_UNIT="pfjira-backup@acme.service").code
    told.run("sync", "--full")
    assert [("backup", "The unit pfjira-backup failed; the journal says why.")] == failed_units()
    assert 0 == told.run("backup").code
    assert [] == failed_units()
    assert 0 == told.run("alerts", "send", "--failed", MONITOR_UNIT="pfjira-sweep.service").code
    told.run("sync", "--full")  # by hand, which proves nothing of the unit
    assert ["sweep"] == [subject for subject, _ in failed_units()]
    told.run("sync", "--full", INVOCATION_ID="0123456789abcdef")
    assert [] == failed_units()


@pytest.mark.parametrize(("stop", "code", "calls"), [(KeyboardInterrupt, 130, 0), (MemoryError, 75, 1)])
def test_what_is_no_fault_of_the_run_is_no_failed_sign_of_life(
    told: Tool, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException], code: int, calls: int
) -> None:
    """Ctrl-C ends at once and calls nobody; a machine without memory is called by its name, not a bug."""

    def stopped(_: object) -> None:
        raise stop

    monkeypatch.setattr("pfjira.ops.sync.recover", stopped)
    assert code == told.run("sync").code
    texts = [one.body["text"] for one in told.sandbox.targets if one.target == "slack"]
    assert (calls, [], 0) == (len(texts), [text for text in texts if "bug" in text], arrived(told).count("ping/fail"))


def test_a_state_that_cannot_be_used_is_told_all_the_same(told: Tool) -> None:
    """Damaged: whoever `OnFailure=` calls says so by the working way, once a day, though nothing can remember it."""
    told.state.write_bytes(b"x" * 4096)
    assert [74, 74, 74] == [told.run(*words).code for words in (("sync",), *[("alerts", "send", "--failed")] * 2)]
    assert ["slack"] == arrived(told)


def test_a_run_that_could_not_begin_is_told_by_itself(told: Tool) -> None:
    """The rules call a field by its name, and Jira refuses the login before the run: told at once, and once."""
    named = told.folder / "named.yaml"
    named.write_text(told.rules.read_text().replace("duedate:", "First day:"))
    told.rules = named
    told.sandbox.faults.add(Fault("unauthorized", "jira", path="/field", times=None))
    assert [77, 77] == [told.run("sync").code, told.run("sync").code]
    names = arrived(told)
    assert (1, 2) == (names.count("slack"), names.count("ping/fail"))


def test_a_project_that_takes_no_issues_calls(told: Tool) -> None:
    """It ends each run with 78, and the timer has no other way to say so."""
    told.sandbox.peopleforce.create_task(
        title="New", assigned_to=next(iter(matching(told.sandbox).values()))["assigned_to"]
    )
    told.sandbox.faults.add(Fault("forbidden", "jira", path="createmeta", times=None))
    assert (78, ["slack"]) == (told.run("sync").code, [name for name in arrived(told) if name == "slack"])


def test_a_place_for_figures_that_cannot_be_written_keeps_no_alert_back(told: Tool) -> None:
    """It is complained about, and people are told."""
    told.sandbox.faults.add(Fault("empty_list", "peopleforce", times=None))
    answer = told.run("sync", PFJIRA_METRICS=str(told.folder / "no" / "folder.prom"))
    assert (65, True, 1) == (answer.code, "metrics file" in answer.err, arrived(told).count("slack"))


def test_an_empty_credential_is_one_that_is_not_used(told: Tool) -> None:
    """A unit does not start without the file: `init` leaves it empty, and the variable counts then, or nothing."""
    (told.folder / "alerts.slack").write_text("\n")
    (told.folder / "alerts.telegram").write_text(told.extra.pop("PFJIRA_ALERTS_TELEGRAM"))
    where = {"CREDENTIALS_DIRECTORY": str(told.folder)}
    assert 0 == told.run("alerts", "send", "--test", **where).code
    del told.extra["PFJIRA_ALERTS_SLACK"]
    assert 0 == told.run("alerts", "send", "--test", **where).code
    assert ["slack", True] == [name if name == "slack" else name.endswith("sendMessage") for name in arrived(told)]


def test_without_an_address_it_says_so(tmp_path: Path) -> None:
    """78 with the names of the settings; a Telegram secret or a command that is none is refused before anything."""
    with Sandbox(company(tasks=2)) as sandbox:
        tool = Tool(sandbox, tmp_path)
        assert [78, 78, 78] == [
            tool.run("alerts", "send").code,
            tool.run("sync", PFJIRA_ALERTS_COMMAND='mail "me').code,
            tool.run("sync", PFJIRA_ALERTS_TELEGRAM="just-a-token").code,
        ]
        assert not tool.state.exists()


def test_a_rule_that_jira_contradicts_and_a_login_that_ends_call(told: Tool) -> None:
    """Both go on working, and a person must do something: told once, and again only at the next step."""
    rules = told.folder / "rules.yaml"
    rules.write_text(told.rules.read_text().replace("project: ITOPS", "project: NOWHERE"))
    told.rules = rules
    soon = (told.now() + timedelta(days=20)).date().isoformat()
    for _ in range(3):
        told.run("sync", PFJIRA_JIRA_TOKEN_EXPIRES=soon)
    causes = {row["cause"] for row in told.run("alerts", "list", "--json").json}
    assert ({"rules", "login ends"}, 2) == (causes, arrived(told).count("slack"))
    told.sandbox.clock.advance(86_400)
    told.run("sync", PFJIRA_JIRA_TOKEN_EXPIRES=soon)
    assert 1 == arrived(told).count("slack")
    told.run("sync", PFJIRA_JIRA_TOKEN_EXPIRES=(told.now() + timedelta(days=6)).date().isoformat())
    assert 1 == arrived(told).count("slack")
