"""The lines themselves: whole, few, on the right stream, and never leading in a circle."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress as RichProgress

from pfjira.cli import output, progress, reports


def test_many_different_things_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """Ten lines, and how many more there are."""
    reports.say_list("failed", [(f"task {number}", f"reason {number}") for number in range(25)])
    lines = capsys.readouterr().out.splitlines()

    assert (11, "… and 15 more (`pfjira status --json`)") == (len(lines), lines[-1].strip())


def test_a_long_line_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that spans two lines cannot be copied."""
    output.say("x" * 300)
    assert "x" * 300 + "\n" == capsys.readouterr().out


def test_stages_are_commentary(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each on stderr, none on stdout."""
    with progress.shown() as shown:
        shown.stage("Reading")
        shown.step(3)
    assert ("", "Reading: 3\n") == capsys.readouterr()


def test_a_hint_never_leads_to_the_command_that_runs() -> None:
    """To be told to run what one is running is no help."""
    told = [
        output.without("doctor", "Check the right (`pfjira doctor`)."),
        output.without("doctor", "The next run goes on. Check the network with `pfjira doctor`."),
        output.without("doctor", "Run `pfjira doctor`; it looks at everything."),
        output.without("sync", "Run `pfjira sync --full`."),
    ]
    assert ["Check the right.", "The next run goes on. Check the network.", "", "Run `pfjira sync --full`."] == told


def test_a_stage_with_nothing_in_it_shows_no_bar() -> None:
    """`1/1` for nothing was a lie."""
    with RichProgress(console=Console(file=io.StringIO())) as bars:
        bar = progress.Bar(bars)
        bar.stage("Creating", 0)
        bar.stage("Reading")
        bar.step(3)
        bar.end()

    assert [(False, 0), (True, 3)] == [(task.visible, task.completed) for task in bars.tasks]
