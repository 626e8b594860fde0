"""What a run cost is kept, written for a collector, and a machine at its limits calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import Tool

from pfjira.ops.pulse import keep, keep_minute
from pfjira.state import alerts, samples
from pfjira.state.store import Store
from pfjira.telemetry import sample

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)


def test_each_sync_leaves_a_sample(tool: Tool) -> None:
    """Processor, memory, disk and time of the run, and how many writes it made."""
    with Store.open(tool.state, read_only=True) as store:
        (one,) = samples.since(store, datetime(2000, 1, 1, tzinfo=UTC))
    assert {"command": "sync", "open": 0.0} == {name: one[name] for name in ("command", "open")}
    assert all(isinstance(one[name], float) for name in ("cpu_s", "memory_mb", "free_disk_mb", "elapsed_s", "writes"))


def test_the_figures_are_written_for_a_collector(tool: Tool, tmp_path: Path) -> None:
    """One file, whole, readable by others; a place that cannot be written fails no run."""
    path = tmp_path / "pfjira.prom"
    assert 0 == tool.run("sync", PFJIRA_METRICS=str(path)).code
    lines = dict(line.split() for line in path.read_text().splitlines() if not line.startswith("#"))
    assert ("0.0", "0.0", True) == (
        lines["pfjira_last_exit_code"], lines["pfjira_dead_letters"], float(lines["pfjira_run_memory_bytes"]) > 1e6,
    )  # fmt: skip
    assert 0 == tool.run("sync", PFJIRA_METRICS=str(tmp_path / "no" / "such" / "folder.prom")).code


@pytest.mark.parametrize(
    ("values", "subjects"),
    [({"free_disk_mb": 499.0}, ["disk"]), ({"memory_mb": 401.0}, ["memory"]), ({"free_disk_mb": 500.0}, []), ({}, [])],
)
def test_a_machine_at_its_limits_calls(values: dict[str, float | None], subjects: list[str]) -> None:
    """Below or above the limit an alert, at it none, and none for what the machine does not tell; it ends by itself."""
    with Store.memory() as store:
        keep(store, "sync", values, NOW)
        assert subjects == [one.subject for one in alerts.open_now(store)]
        keep(store, "sync", {"free_disk_mb": 9000.0, "memory_mb": 90.0}, NOW + timedelta(minutes=5))
        assert [] == alerts.open_now(store)


def test_samples_of_long_ago_are_forgotten() -> None:
    """Thirty days are kept."""
    with Store.memory() as store:
        for days in (0, 20, 40):
            keep(store, "sync", {}, NOW + timedelta(days=days))
        assert 2 == len(samples.since(store, NOW - timedelta(days=1)))


def test_what_a_receiver_leaves_each_minute_is_forgotten_sooner() -> None:
    """Two days of it, beside thirty of the runs; it ends no alert that a run raised."""
    with Store.memory() as store:
        keep(store, "sync", {"memory_mb": 401.0}, NOW)
        for hours in (0, 1, 49):
            keep_minute(store, "webhook-serve", {"memory_mb": 40.0}, NOW + timedelta(hours=hours))
        found = [one["command"] for one in samples.since(store, NOW - timedelta(days=1))]
        assert (["sync", "webhook-serve", "webhook-serve"], ["memory"]) == (
            found, [one.subject for one in alerts.open_now(store)],
        )  # fmt: skip


def test_a_sample_needs_no_particular_machine(tmp_path: Path) -> None:
    """What every machine tells is there; a folder that is not there is no room."""
    one = sample(tmp_path / "nowhere")
    assert (True, 0.0) == (one.memory_mb > 1, one.free_disk_mb)
