"""What becomes of an answer that nobody takes: a reader who left, a full disk, a closed stream, an early Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from harness import Answer, Tool, company

from pfjira.cli import interrupts, streams
from pfjira.errors import AnswerLost
from pfjira.sandbox.server import Sandbox

RULES = {"bad": "version: 1\nrulez: []\n", "good": ""}
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")


def ended(*command: str, **options: Any) -> Answer:
    """Run a process of ours to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "pfjira", *command],
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(Path.home()), "PYTHONDONTWRITEBYTECODE": "1"},
        **options,
    )
    return Answer(done.returncode, done.stdout or "", done.stderr)


@needs_full
@pytest.mark.parametrize(
    "command", [("--version",), ("--help",), ("status",), ("sync", "--help"), ("status", "--json")]
)
def test_an_answer_that_cannot_be_stored_is_said(command: tuple[str, ...]) -> None:
    """A full disk under stdout: 74, one sentence, no traceback."""
    with FULL.open("w") as full:
        answer = ended(*command, stdout=full)

    assert (74, 1) == (answer.code, len(answer.complaints)), answer.err
    assert "the answer could not be written: No space left on device" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("command", ["--version", "status"])
def test_a_closed_stdout_is_said(command: str) -> None:
    """As a full disk: nobody could be told."""
    answer = ended(command, stdout=None, preexec_fn=lambda: os.close(1))

    assert (74, True) == (answer.code, "standard output is closed" in answer.err), answer.err


def test_closed_commentary_is_nobodys_loss(tmp_path: Path) -> None:
    """Without stderr a sync does its work, and answers."""
    with Sandbox(company(tasks=20)) as sandbox:
        process = Tool(sandbox, tmp_path).start("sync", preexec_fn=lambda: os.close(2))
        out, err = process.communicate(timeout=60)
    assert (0, True, "") == (process.returncode, "issues created" in out, err)


@pytest.mark.parametrize("rules", RULES)
def test_a_reader_who_leaves_does_not_change_the_code(tmp_path: Path, rules: str) -> None:
    """`rules lint | true`, `status | true`: the code says what it would have said."""
    path = tmp_path / "rules.yaml"
    path.write_text(RULES[rules] or (Path(__file__).parents[2] / "rules.yaml").read_text())
    command = ("rules", "lint", "--json", "--rules", str(path))
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:
        lint, status = ended(*command, stdout=gone), ended("status", stdout=gone)

    assert (78 if rules == "bad" else 0, 2, "", "") == (lint.code, status.code, lint.err, status.err)


def test_an_outlet_complains_once(tmp_path: Path) -> None:
    """After the first failure the rest goes nowhere, so that the end of the process is quiet."""
    outlet = streams.Outlet(None, answers=True)
    with pytest.raises(AnswerLost):
        outlet.write("lost")

    assert 5 == outlet.write("quiet")


def test_a_character_that_the_terminal_cannot_show_is_no_failure(tmp_path: Path) -> None:
    """An old locale gets an escape sequence instead of a traceback."""
    path = tmp_path / "out"
    with path.open("w", encoding="ascii") as file, redirect_stdout(streams.Outlet(file, answers=True)):
        sys.stdout.write("a → b")

    assert "a \\u2192 b" == path.read_text()


@pytest.fixture
def starting() -> Iterator[subprocess.Popen[str]]:
    """Start a command and lend it while it imports."""
    code = (
        "import sys, time, pfjira.__main__ as way_in\n"
        # Many short sleeps: a signal that comes just before a system call does not interrupt that one.
        "way_in._command = lambda: (print('listening', flush=True), [time.sleep(0.05) for _ in range(400)])\n"
        "sys.exit(way_in.main())"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_before_the_command_is_imported_is_one_sentence(
    starting: subprocess.Popen[str], number: signal.Signals
) -> None:
    """Whoever thinks better of it at once gets 130 and no traceback."""
    assert starting.stdout is not None
    starting.stdout.readline()
    begun = time.monotonic()
    starting.send_signal(number)
    _, err = starting.communicate(timeout=20)

    assert (130, interrupts.SENTENCE + "\n") == (starting.returncode, err)
    assert time.monotonic() - begun < interrupts.GRACE_S
