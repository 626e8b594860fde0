"""How fast each system is called, beside its budget: in the few words of the Overview, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from furnished import BOOTED_S, paced

from pfjira.state import rates, timetable
from pfjira.state.rates import Rate
from pfjira.tui import pace


def test_a_rate_is_told_beside_its_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars as high as the share that was used, in as many as there is room for; a pause, of all or of some, below."""
    monkeypatch.setattr(timetable, "boot_time", lambda: BOOTED_S)
    assert ["PeopleForce  no requests counted yet", "Jira         no requests counted yet"] == pace.lines((), wide=True)
    paced(tmp_path / "state.db", BOOTED_S)
    found = rates.read(tmp_path / "state.db")
    partly = Rate("jira", "j", 0.0, (*[0] * 57, 1, 100, 50), 1.25, 90.0, True)

    hr, jira, paused = pace.lines(found, wide=False)
    assert (13 + 30, "  3.2/s of 4") == (hr.rindex("  "), hr[43:])
    assert ("  8.0/s of 10", f"{'':13}paused 30 s by the system") == (jira[43:], paused)
    _, line, below = pace.lines((partly,), wide=True)
    assert (f"Jira         {'▁' * 57}▂█▅  1.2/s", True) == (line, "some requests are paused 1 min" in below)


def test_status_tells_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`pfjira status --json`: system, site, budget, the sixty minutes, the speed now, and how long it is paused."""
    from harness import COMMAND

    from pfjira.cli.app import main

    monkeypatch.setattr(timetable, "boot_time", lambda: BOOTED_S)
    monkeypatch.setenv("PFJIRA_STATE", str(tmp_path / "state.db"))
    paced(tmp_path / "state.db", BOOTED_S)
    main(["status", "--json"], run=COMMAND)
    jira, hr = json.loads(capsys.readouterr().out)["requests"]

    assert ("jira", "example.test", 10.0, 8.0, 30.0, False) == tuple(
        value for name, value in jira.items() if name != "minutes"
    )
    assert (60, 144, 0.0) == (len(hr["minutes"]), hr["minutes"][-1], hr["paused_s"])
