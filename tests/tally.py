"""Counts faults: what was planned, what landed, what came of it; and the table of the failure matrix made from that."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

MARKER = "faults"
"""Of every test that bears a row, or counts faults."""
COUNTS = ("planned", "landed", "lost", "doubled", "wrong_cancels")
ROW = re.compile(r"_rows?((?:_\d+)+)_")
ROWS = 40
TABLE = Path(__file__).parent / "faults" / "README.md"


@dataclass(slots=True)
class Tally:
    """The counts of one test."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, *rows: str, planned: int, landed: int, lost: int = 0, doubled: int = 0, wrong_cancels: int = 0
    ) -> None:
        """Count for these rows of the matrix ("1" to "40") and guarantees ("A1")."""
        counts = (planned, landed, lost, doubled, wrong_cancels)
        self.entries.append({"rows": list(rows), **dict(zip(COUNTS, counts, strict=True))})

    def judge(self) -> str:
        """Return what is wrong with the counts, or nothing."""
        for entry in self.entries:
            if entry["landed"] < 0.99 * entry["planned"] or not entry["planned"]:
                return f"only {entry['landed']} of {entry['planned']} faults landed: that proves nothing ({entry})"
            if entry["lost"] or entry["doubled"] or entry["wrong_cancels"]:
                return f"harm was done: {entry}"
        return ""


def rows_of(name: str) -> list[str]:
    """Return the rows of the matrix that a test's name bears: `test_row_8_...`, `test_rows_1_2_...`."""
    name, _, _ = name.partition("[")
    return [number for found in ROW.findall(name) for number in found.strip("_").split("_")]


def summed(entries: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return row to its counts, rows in order and guarantees after them."""
    sums: dict[str, dict[str, int]] = {}
    for entry in entries:
        for row in entry["rows"]:
            counts = sums.setdefault(row, dict.fromkeys(COUNTS, 0))
            for name in COUNTS:
                counts[name] += entry[name]
    return dict(sorted(sums.items(), key=lambda pair: _place(pair[0])))


def _place(row: str) -> tuple[str, int]:
    letter = row.rstrip("0123456789")
    return letter, int(row[len(letter) :])


def table(entries: Iterable[Mapping[str, Any]], seconds: float, date: str, tests: str = "") -> str:
    """Return the page that a run leaves behind; `tests` says what became of them."""
    lines = [
        f"| {row} | {counts['landed']} of {counts['planned']} | {counts['lost']} | {counts['doubled']} | "
        f"{counts['wrong_cancels']} |"
        for row, counts in summed(entries).items()
    ]
    return "\n".join(
        [
            "# Faults that landed",
            "",
            "Written by `pytest -m faults`, which runs every test that bears a row of the failure matrix in its name",
            "(`test_row_8_...`), short and long. Numbers are rows of the matrix; letters are guarantees that are",
            "counted as a whole. A test that plans no faults of its own counts as one case.",
            "",
            f"Last run: {date}, {seconds:.0f} s{tests}.",
            "",
            "| row | faults landed | lost | duplicated | wrong cancels |",
            "|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


class Collector:
    """Gathers the counts of a whole run where they come together."""

    def __init__(self, config: pytest.Config) -> None:
        """Begin to count."""
        self.config, self.begun = config, time.monotonic()
        self.entries: list[Mapping[str, Any]] = []
        self.passed, self.failed = 0, list[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the counts of one test; a test that counts nothing is one case of each row that its name bears."""
        if report.failed:
            self.passed -= report.when == "teardown"
            self.failed.append(report.nodeid.rpartition("::")[2])
        self.passed += report.when == "call" and report.passed
        if report.when != "teardown" or not report.passed:
            return
        counted: list[Any] = [value for name, value in report.user_properties if name == "tally"]
        rows = rows_of(report.nodeid.rpartition("::")[2])
        if not counted and rows:
            counted = [{"rows": rows, **dict.fromkeys(COUNTS, 0), "planned": 1, "landed": 1}]
        self.entries += counted

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the table, where every fault was asked for; a run that failed or broke off says so in it."""
        if self.config.option.markexpr == MARKER:
            seconds, today = time.monotonic() - self.begun, datetime.now(UTC).date().isoformat()
            failed = (
                f", {len(self.failed)} failed: {', '.join(f'`{name}`' for name in self.failed)}" if self.failed else ""
            )
            cut = ", broken off before its end" if exitstatus == pytest.ExitCode.INTERRUPTED else ""
            TABLE.write_text(table(self.entries, seconds, today, f", {self.passed} tests passed{failed}{cut}"))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say in one line what landed."""
        if self.entries:
            total = {name: sum(entry[name] for entry in self.entries) for name in COUNTS}
            terminalreporter.write_line("faults: " + ", ".join(f"{count} {name}" for name, count in total.items()))
