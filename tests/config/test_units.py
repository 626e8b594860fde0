"""The systemd units: what the repository shows is what is installed, systemd accepts it, and little stands open."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pfjira.config.units import sudoers, sysusers, units

SHOWN = Path(__file__).parents[2] / "systemd"
ANALYZE = shutil.which("systemd-analyze")
OPEN = {"sync": 1.2, "sweep": 1.2, "worker": 1.2, "notify": 1.2, "backup": 0.3, "webhook": 0.3}
"""Exposure by `systemd-analyze security` that each service must stay below."""


def test_the_repository_shows_what_is_installed() -> None:
    """Plain and template form, and the account, file by file."""
    made = [*units(), *units(instances=True), sysusers()]
    assert {unit.name: unit.text for unit in made} == {path.name: path.read_text() for path in SHOWN.iterdir()}


def test_every_directive_of_a_service_has_a_reason() -> None:
    """A directive stands under a comment, or under one that shares its reason."""
    bare = [
        unit.name
        for unit in units()
        for section in unit.text.split("\n\n")
        if (lines := section.splitlines()) and lines[0] in ("[Service]", "[Socket]", "[Path]")
        if not lines[1].startswith(("#", "ListenStream", "OnCalendar"))
    ]
    assert [] == bare


def test_a_service_is_given_the_secrets_it_needs_and_no_other() -> None:
    """A sync tells people itself; the receiver holds no key of an API, and the backup none at all."""
    given = {unit.name: set(re.findall(r"LoadCredential=([\w.]+):", unit.text)) for unit in units()}
    alerts = {"alerts.slack", "alerts.telegram"}
    assert {"peopleforce.api_key", "jira.api_token", "alerts.ping", "seq.api_key", *alerts} == given[
        "pfjira-sync.service"
    ]
    assert alerts == given["pfjira-notify.service"]
    assert {"peopleforce.webhook_secret", "jira.webhook_secret"} == given["pfjira-webhook.service"]
    assert set() == given["pfjira-backup.service"]


def test_what_is_delivered_during_a_run_begins_the_next() -> None:
    """A change of a path is not seen while the unit runs, its existence is seen afterwards; the run takes it away."""
    text = {unit.name: unit.text for unit in units()}
    assert "\nPathExists=/var/lib/pfjira/state.db.pending\n" in text["pfjira-worker.path"]
    assert " sync --pending " in text["pfjira-worker.service"]


@pytest.mark.skipif(ANALYZE is None, reason="there is no systemd-analyze here")
def test_systemd_accepts_every_unit_and_little_stands_open(tmp_path: Path) -> None:
    """`verify` has nothing to say, and the exposure of each service is within its figure."""
    assert ANALYZE is not None
    for unit in [*units("/bin/true"), *units("/bin/true", instances=True)]:
        (tmp_path / unit.name).write_text(unit.text)
    names = [str(tmp_path / unit.name) for unit in units("/bin/true")]
    verified = subprocess.run([ANALYZE, "verify", "--man=no", *names], capture_output=True, text=True, check=False)
    said = [line for line in verified.stderr.splitlines() if "pfjira" in line]
    services = [name for name in names if name.endswith(".service")]
    exposure = {}
    for name in services:
        answer = subprocess.run(
            [ANALYZE, "security", "--offline=yes", name], capture_output=True, text=True, check=False
        )
        exposure[Path(name).stem.removeprefix("pfjira-")] = float(re.findall(r"service: ([\d.]+)", answer.stdout)[0])
    assert ([], {}) == (said, {what: found for what, found in exposure.items() if found > OPEN[what]})


def test_the_guide_shows_the_lines_of_sudoers_that_init_prints() -> None:
    """Whoever copies them from either place gives the same rights; a viewer's line leaves no word to choose."""
    guide = (SHOWN.parent / "pfjira" / "guide" / "security.md").read_text(encoding="utf-8")

    assert [] == [line for line in sudoers() if line not in guide.splitlines()]
    assert "NOPASSWD: /opt/p tui, /opt/p status, /opt/p doctor" in sudoers("/opt/p")[1]
