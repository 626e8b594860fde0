"""What is built is whole: wheel and source archive, installed elsewhere, from nothing to a first sync."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UV = str(ROOT / ".ci" / "uv")
UNIT = ROOT / "systemd" / "pfjira-sync.service"
MINUTES_S = 600.0


def run(*words: str, folder: Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program as somebody who has nothing of the repository at hand."""
    plain = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return subprocess.run(
        words, cwd=folder, env=plain | {"HOME": str(folder)} | dict(environment or {}),
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """Build, make an environment and install the wheel into it, offline; return the program and how long it took."""
    folder = tmp_path_factory.mktemp("packaging")
    cache = os.environ.get("UV_CACHE_DIR") or f"{pwd.getpwuid(os.getuid()).pw_dir}/.cache/uv"
    offline = {"UV_OFFLINE": "1", "UV_CACHE_DIR": cache}
    began = time.monotonic()
    built = run(UV, "build", "-o", str(folder / "dist"), folder=ROOT, environment=offline)
    assert 0 == built.returncode, built.stderr
    assert [".gz", ".whl"] == sorted(path.suffix for path in (folder / "dist").glob("pfjira-*"))
    (wheel,) = (folder / "dist").glob("*.whl")
    made = run(UV, "venv", "--python", sys.executable, str(folder / "venv"), folder=folder, environment=offline)
    assert 0 == made.returncode, made.stderr
    python = str(folder / "venv" / "bin" / "python")
    into = ("pip", "install", "--compile-bytecode", "--python", python)
    tested = str(folder / "pylock.toml")
    export = ("export", "--frozen", "--no-dev", "--no-emit-project", "--format", "pylock.toml", "-q", "-o", tested)
    listed = run(UV, *export, folder=ROOT, environment=offline)
    assert 0 == listed.returncode, listed.stderr
    rests = run(UV, *into, "-r", tested, folder=folder, environment=offline)
    if "network was disabled" in rests.stderr:
        pytest.skip("what pfjira rests on is not in uv's cache on this machine")
    for words in ((*into, "--no-deps", str(wheel)), ("pip", "check", "--python", python)):
        done = run(UV, *words, folder=folder, environment=offline)
        assert 0 == done.returncode, rests.stderr + done.stderr
    return folder / "venv" / "bin" / "pfjira", time.monotonic() - began


@pytest.fixture
def exports(installed: tuple[Path, float], tmp_path: Path) -> Iterator[dict[str, str]]:
    """Lend what `pfjira sandbox` prints, as long as it serves."""
    plain = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [str(installed[0]), "sandbox"], cwd=tmp_path, env=plain, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found: dict[str, str] = {}
        while "PFJIRA_RULES" not in found:
            line = process.stdout.readline()
            assert line, "the sandbox said too little"
            name, _, value = line.removeprefix("export ").strip().partition("=")
            found[name] = shlex.split(value)[0]
        yield found
        process.terminate()


@pytest.mark.long
def test_an_installed_pfjira_needs_nothing_of_the_repository(installed: tuple[Path, float], tmp_path: Path) -> None:
    """Demo, manual, rules and settings come out of the wheel; every module is compiled already."""
    program = str(installed[0])

    def ask(*words: str) -> str:
        done = run(program, *words, folder=tmp_path)
        assert 0 == done.returncode, done.stderr
        return done.stdout

    assert "Nothing is left behind" in ask("demo", "--tasks", "30")
    assert "`runbook`" in ask("guide")
    assert "version: 1" in ask("guide", "onboarding", "--yaml")
    ask(
        "init",
        "--folder",
        str(tmp_path / "etc"),
        "--jira-url",
        "https://x.atlassian.net",
        "--jira-email",
        "a@b.example",
    )
    ask("rules", "lint", "--rules", str(tmp_path / "etc" / "rules.yaml"))
    assert "ExecStart=" in ask("init", "--systemd")
    assert re.fullmatch(r"pfjira \d+\.\d+\.\d+\n", ask("--version"))
    words = {"_PFJIRA_COMPLETE": "complete_bash", "COMP_WORDS": "pfjira rules l", "COMP_CWORD": "2"}
    assert ["lint", "list"] == run(program, folder=tmp_path, environment=words).stdout.split()
    package = next((installed[0].parents[1] / "lib").glob("*/site-packages/pfjira"))
    assert [] == [path for path in package.rglob("*.py") if not [*path.parent.glob(f"__pycache__/{path.stem}.*")]]


@pytest.mark.long
def test_a_newcomer_is_at_his_first_sync_within_minutes(
    installed: tuple[Path, float],
    exports: dict[str, str],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """From the built wheel to a sync by the very command line of the timer's unit, against the sandbox."""
    began = time.monotonic()
    (line,) = re.findall(r"^ExecStart=(.*)$", UNIT.read_text(), re.MULTILINE)
    words = shlex.split(line)
    assert "pfjira" == Path(words[0]).name

    for _ in range(2):
        done = run(str(installed[0]), *words[1:], folder=tmp_path, environment=exports)
        assert 0 == done.returncode, done.stderr
    told = run(str(installed[0]), "status", "--json", folder=tmp_path, environment=exports)

    took_s = installed[1] + time.monotonic() - began
    record_property("newcomer_s", round(took_s, 1))
    assert '"verdict": "critical"' not in told.stdout
    assert took_s < MINUTES_S
