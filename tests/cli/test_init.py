"""`init`: a company's files, private, written once, and good enough to begin with."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import RULES, Tool, company

from pfjira.cli.app import main
from pfjira.cli.init import _environment as settings
from pfjira.config.units import units as all_units
from pfjira.sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run the command; return its code and its answer."""
    code = main(["init", *arguments])
    return code, capsys.readouterr().out


def test_the_packaged_rules_are_the_delivered_ones() -> None:
    """What `init` writes is the file that the repository shows."""
    assert RULES.read_text() == (ROOT / "pfjira" / "guide" / "rules.yaml").read_text()


def test_files_are_private_and_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0600 below 0700 for secrets; a second time changes nothing and says so."""
    code, said = run(
        capsys, "--folder", str(tmp_path / "etc"), "--jira-url", "https://x.example", "--jira-email", "a@b.example"
    )
    secrets = sorted((tmp_path / "etc" / "credentials").iterdir())
    assert (0, 8, {0o600}) == (code, len(secrets), {path.stat().st_mode & 0o777 for path in secrets})
    assert 0o700 == secrets[0].parent.stat().st_mode & 0o777
    (tmp_path / "etc" / "rules.yaml").write_text("mine\n")
    code, said = run(capsys, "--folder", str(tmp_path / "etc"))
    assert (0, 10, "mine\n") == (code, said.count("kept "), (tmp_path / "etc" / "rules.yaml").read_text())


def test_its_files_carry_a_first_sync(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the secrets filled in, the settings file alone is enough for doctor and sync, as a timer calls it."""
    with Sandbox(company(tasks=5)) as sandbox:
        ours = sandbox.environment()
        run(
            capsys, "--folder", str(tmp_path / "etc"), "--jira-url", ours["PFJIRA_JIRA_URL"],
            "--jira-email", ours["PFJIRA_JIRA_EMAIL"], "--peopleforce-url", ours["PFJIRA_PEOPLEFORCE_URL"],
        )  # fmt: skip
        for name in ("peopleforce.api_key", "jira.api_token"):
            variable = f"PFJIRA_{name.replace('.', '_').upper()}"
            (tmp_path / "etc" / "credentials" / name).write_text(ours[variable] + "\n")
        lines = (tmp_path / "etc" / "environment").read_text().splitlines()
        given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        unset = {name: "" for name in ours if name not in given}
        tool = Tool(sandbox, tmp_path, rules=tmp_path / "etc" / "rules.yaml")
        assert [0, 0] == [tool.run(name, **unset, **given).code for name in ("doctor", "sync")]


@pytest.mark.parametrize("folder", ["pfjira", "pfjira/acme"])
def test_a_hand_works_on_the_state_of_the_units(folder: str) -> None:
    """What root writes for the units names their state and their logs, for sudo, a shell and cron; others name none."""
    kept = f"PFJIRA_STATE=/var/lib/{folder}/state.db\nLOGS_DIRECTORY=/var/log/{folder}\n"
    text = settings(Path("/etc") / folder, "", "", "", None)
    units = "".join(unit.text for unit in all_units("pfjira", instances="/" in folder)).replace("%i", "acme")

    assert (True, False) == (kept in text, "PFJIRA_STATE" in settings(Path("/home/a/.config/pfjira"), "", "", "", None))
    assert f"StateDirectory={folder}\n" in units
    assert f"LogsDirectory={folder}\n" in units
    assert f"EnvironmentFile=/etc/{folder}/environment\n" in units


def test_units_are_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed to look at; written where asked, once; templates for several companies."""
    assert "[Timer]" in run(capsys, "--systemd")[1]
    assert 0 == run(capsys, "--units", str(tmp_path), "--instances")[0]
    assert (tmp_path / "pfjira-sync@.service").is_file()
    assert 11 == run(capsys, "--units", str(tmp_path), "--instances")[1].count("kept ")


def test_an_unknown_recipe_and_a_place_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    """2 for a recipe that is none, 78 for a folder that is a file."""
    (tmp_path / "file").write_text("")
    assert [2, 78] == [
        main(["init", "--folder", str(tmp_path / "etc"), "--recipe", "nonsense"]),
        main(["init", "--folder", str(tmp_path / "file")]),
    ]
