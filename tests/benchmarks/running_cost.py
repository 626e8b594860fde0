"""What it costs to keep pfjira running: processor time a day of a timer, growth of the state, many instances.

    python tests/benchmarks/running_cost.py [--people 1000]

Prints one JSON document. Whole processes over a company that was synced before, in which nothing happens. The sandbox
speaks no TLS: what the certificates cost is measured apart and added.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import noop
from measuring import MIB, Figure, compiled, process, spent

from pfjira import log
from pfjira.connectors.address import trust
from pfjira.ops import settle
from pfjira.state import runs, samples
from pfjira.state.store import Store

RUNS_A_DAY = 24 * 60 // 5
INSTANCES = 100
SAMPLES_DAYS, DEEDS_DAYS, LOG_DAYS = samples.KEEP.days, settle.KEEP.days, log.KEEP.days
START = (
    "from pfjira.cli import collector; collector.begin(['sync']); import pfjira.cli.app, pfjira.cli.agree, "
    "pfjira.cli.telling, pfjira.cli.wiring, pfjira.cli.plans, pfjira.cli.reports, pfjira.ops.sync; collector.end()"
)
"""What a sync imports before it does anything."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1000)
    found = measure(parser.parse_args().people)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0


def figures(size: str) -> Iterator[Figure]:
    """Yield the rows of the table."""
    for people in (1000, 20_000) if size == "full" else (1000,):
        found = measure(people)
        share = 100 * found["cpu_s_a_day"] / 86_400
        yield Figure(
            f"timer every 5 minutes and a full sweep a night, {people:,} employees",
            f"{found['cpu_s_a_day']:.0f} CPU s a day",
            "",
            f"{share:.2f} % of a core; a run {found['cpu_run_s']:.2f} s, of which {found['cpu_start_s']:.2f} s are its "
            f"start, a sweep {found['cpu_sweep_s']:.1f} s; {INSTANCES} such instances: "
            f"{INSTANCES * share / 100:.2f} cores, {found['peak_mib']:.0f} MiB for each that runs just now",
        )
        yield Figure(
            f"state of {people:,} employees",
            f"{found['state_mib']:.1f} MiB",
            "",
            f"and {found['runs_mib']:.1f} MiB in the first month for {RUNS_A_DAY} runs a day, then no more; "
            f"{found['bytes_a_write']:.0f} bytes for each change of an issue, kept {DEEDS_DAYS} days; "
            f"log {found['log_mib']:.1f} MiB in {LOG_DAYS} days",
        )


def measure(people: int) -> dict[str, Any]:
    """Return what one company of this size costs. Half as many tasks are open as there are people."""
    tasks = people // 2
    with noop.prepared(tasks=tasks, staff=people) as environment:
        full = compiled({**os.environ, **environment})
        sweep = ("-m", "pfjira", "sync", "--quiet", "--full")
        for _ in range(2):
            process(sweep, full)  # compiles, and settles what an hour of difference makes
        start_s = min(process(("-c", START), full).cpu_s for _ in range(5))
        run_s = min(process(sweep[:-1], full).cpu_s for _ in range(5))
        sweep_s = min(process(sweep, full).cpu_s for _ in range(2))
        path = Path(environment["PFJIRA_STATE"])
        logged = sum(file.stat().st_size for file in path.parent.glob("logs/*"))
        process(sweep[:-1], full)
        logged = sum(file.stat().st_size for file in path.parent.glob("logs/*")) - logged
        with Store.open(path) as store:
            state_mib = pages(store) / MIB
            a_write, a_run = a_write_leaves(store), a_run_leaves(store)
        peak = noop.whole_process_peak(environment, full=True)
    certificates = spent(lambda: [trust("https://example.com") for _ in range(2)])
    return {
        "people": people,
        "tasks": tasks,
        "cpu_start_s": round(start_s, 3),
        "cpu_run_s": round(run_s, 3),
        "cpu_sweep_s": round(sweep_s, 3),
        "cpu_certificates_s": round(certificates.cpu_s, 3),
        "cpu_s_a_day": round(RUNS_A_DAY * (run_s + certificates.cpu_s) + sweep_s, 1),
        "state_mib": round(state_mib, 2),
        "bytes_a_run": round(a_run),
        "runs_mib": round(a_run * RUNS_A_DAY * SAMPLES_DAYS / MIB, 2),
        "bytes_a_write": round(a_write),
        "log_mib": round(logged * RUNS_A_DAY * LOG_DAYS / MIB, 2),
        "peak_mib": peak,
    }


def a_run_leaves(store: Store) -> float:
    """Return the bytes that a run adds to the state, by adding many; a sample is kept for each run."""
    now, many = datetime.now(UTC), 2000
    before = pages(store)
    for number in range(many):
        at = now - timedelta(days=SAMPLES_DAYS) + timedelta(minutes=5) * (number + 1)
        run = runs.start(store, full=False, now=at)
        runs.finish(store, run, exit_code=0, counts={"looked_at": 3}, error="", now=at)
        with store.write():
            samples.save(store, "sync", dict.fromkeys(samples.COLUMNS, 12.345), at)
    return (pages(store) - before) / many


def pages(store: Store) -> int:
    """Return the bytes that the state's file has when its log is folded in."""
    (count,), (size,) = store.rows("PRAGMA page_count")[0], store.rows("PRAGMA page_size")[0]
    return int(count) * int(size)


def a_write_leaves(store: Store) -> float:
    """Return the bytes that a change of an issue takes in the state, by forgetting them all."""
    store.run("VACUUM")
    before, row = pages(store), store.one("SELECT count(*) FROM outbox")
    with store.write():
        store.run("DELETE FROM outbox")
    store.run("VACUUM")
    return (before - pages(store)) / row[0] if row and row[0] else 0.0


if __name__ == "__main__":
    sys.exit(main())
