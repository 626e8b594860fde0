"""`doctor` looks at the machine, too: each check can fail, and says what to do then."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from harness import Tool
from small_world import world

from pfjira.state.locks import sole_writer
from pfjira.state.store import Store

Usage = namedtuple("Usage", "total used free")


def finding(tool: Tool, subject: str, **environment: str) -> dict[str, Any]:
    """Return what `doctor` says of one subject."""
    found = tool.run("doctor", "--json", **environment).json["findings"]
    (one,) = [one for one in found if one["subject"] == subject]
    return dict(one)


def test_doctor_finds_what_is_not_well_with_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thing is well at first, then spoilt, then named with its remedy; nothing is written meanwhile."""
    with world(tmp_path) as tool:
        secret = tmp_path / "token"
        secret.write_text("sandbox-token")
        secret.chmod(0o600)
        first = {one["subject"]: one["ok"] for one in tool.run("doctor", "--json").json["findings"]}
        looked_at = ("disk", "modes", "last run", "lock", "switch", "way out")
        assert [True, True, True, True, None, True] == [first.get(subject) for subject in looked_at]

        secret.chmod(0o604)
        modes = finding(tool, "modes", PFJIRA_JIRA_API_TOKEN_FILE=str(secret))
        assert (False, str(secret), f"chmod o= {secret}") == (modes["ok"], modes["detail"], modes["hint"])
        with sole_writer(tool.state, "sync"):
            assert "held by `pfjira sync`" in finding(tool, "lock")["detail"]
        assert "free" == finding(tool, "lock")["detail"]
        with Store.open(tool.state) as store, store.write():
            store.run("UPDATE runs SET started_at = '2020-01-01T00:00:00+00:00'")
        assert (False, True) == ((old := finding(tool, "last run"))["ok"], "systemctl list-timers" in old["hint"])
        assert 0 == tool.run("pause", "--because", "moving").code
        assert "`pfjira resume` lets writing go on." == finding(tool, "switch")["hint"]
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 100 * 2**20))
        assert (False, "0.1 GB free for the state") == ((disk := finding(tool, "disk"))["ok"], disk["detail"])


def test_doctor_says_whom_this_configuration_speaks_with(tmp_path: Path) -> None:
    """Hosts for a firewall, and no path: the path of an address for alerts is a secret."""
    with world(tmp_path, sync=False) as tool:
        alerts = {
            "PFJIRA_ALERTS_SLACK": "https://hooks.slack.example/services/T0/canary-slack",
            "PFJIRA_ALERTS_TELEGRAM": "4711:canary-token 42",
            "PFJIRA_SEQ_URL": "https://seq.example:5341/",
        }
        said = finding(tool, "way out", **alerts)

    assert (True, "127.0.0.1, seq.example, hooks.slack.example, api.telegram.org; nothing else") == (
        said["ok"],
        said["detail"],
    )


def test_doctor_says_how_much_of_the_log_waits_for_seq(tmp_path: Path) -> None:
    """A little is no fault; what waits for days is."""
    with world(tmp_path) as tool:
        seq = {"PFJIRA_SEQ_URL": "http://127.0.0.1:9"}
        fresh = finding(tool, "Seq", **seq)
        (log,) = (tmp_path / "logs").glob("*.jsonl")
        log.rename(log.with_name("pfjira-2020-01-01.jsonl"))
        late = finding(tool, "Seq", **seq)
        wrong = finding(tool, "Seq", PFJIRA_SEQ_URL="http://seq.example")

    assert [True, False, False] == [fresh["ok"], late["ok"], wrong["ok"]]
    assert "of the log wait, the oldest of 2020-01-01" in late["detail"]
