"""The first look: whether it is healthy, what happened, what needs a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pfjira.ops.wording import written
from pfjira.state import runs
from pfjira.state.runs import Run
from pfjira.state.samples import Row
from pfjira.tui import pace, words
from pfjira.tui.messages import Sampled, TimersRead
from pfjira.tui.needs import fuses, needs
from pfjira.tui.screens.records import outcome_of
from pfjira.tui.screens.view import View
from pfjira.tui.widgets.gauge import Gauge

LEAST = len("next timers")
"""Letters of a title in both parts of what happened, so that they are in line."""
ROOMY = 112
"""Columns of a terminal that has room for a bar for each of sixty minutes."""
GAUGES = ("cpu", "memory", "disk", "heat")
SPENT: Mapping[str, tuple[str, str]] = {
    "cpu": ("cpu_s", "{:.1f} s, most {:.1f}"),
    "memory": ("memory_mb", "{:.0f} MB, most {:.0f}"),
    "wrote": ("writes", "{:,.0f}, most {:,.0f}"),
}
"""What each run cost: the column of its sample, and how the last one and the dearest are told."""


class Overview(View):
    """How things stand, at a glance."""

    title = "Overview"
    help = "Is it healthy, what happened, what needs me? The numbers before the lists are the keys of their screens."

    def __init__(self) -> None:
        super().__init__()
        self._next: list[str] = []

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with VerticalScroll(can_focus=True, classes="page"):
            with Vertical(classes="tile"):
                yield Static("What needs you", classes="head", markup=False)
                yield Static(id="needs", markup=False)
            with Horizontal(classes="tiles"):
                with Vertical(classes="tile"):
                    yield Static("Last run of each kind", classes="head", markup=False)
                    yield Static(id="kinds", markup=False)
                    yield Static("What happened", classes="head", markup=False)
                    yield Static(id="happened", markup=False)
                with Vertical(classes="tile"):
                    yield Static("This machine, now", classes="head", markup=False)
                    for name in GAUGES:
                        yield Gauge(name, top=100)
                    yield Static("Runs of the last 24 h", classes="head", markup=False)
                    yield Gauge("writes")
                    for name in SPENT:
                        yield Gauge(name, name=f"run-{name}")
            with Vertical(classes="tile"):
                yield Static("Requests: the last 60 minutes, and now", classes="head", markup=False)
                yield Static(id="pace", markup=False)
            with Vertical(classes="tile"):
                yield Static("Refused, by cause", classes="head", markup=False)
                yield Static(id="causes", markup=False)
            with Vertical(classes="tile"):
                yield Static("Last runs", classes="head", markup=False)
                yield Static(id="recent", markup=False)

    def aim(self) -> None:
        """Take the keys."""
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        """Draw as many bars as there is room for now."""
        self.read_again()

    def read_again(self) -> None:
        """Show what the app read last."""
        outlook, now = self.board.outlook, self.board.setting.clock()
        if outlook is None:
            return
        facts = outlook.health.facts
        happened = [
            ("last good", _run(outlook.last_good, now)),
            ("last stop", _run(outlook.last_stopped, now)),
            ("fuses", fuses(outlook)),
            ("issues kept", f"{facts['issues kept']:,}"),
            ("rules", str(facts["rules in force"])),
            ("next timers", ", ".join(self._next) or "none known"),
        ]
        self.query_one("#happened", Static).update(words.pairs(happened))
        self.query_one("#kinds", Static).update(_kinds(outlook.by_kind, now))
        self.query_one("#pace", Static).update(words.plain(pace.lines(outlook.rates, wide=self.app.size.width > ROOMY)))
        self.query_one("#needs", Static).update(needs(outlook))
        causes = [f"{count:6,} x {cause}" for cause, count in outlook.causes] or ["nothing was refused"]
        self.query_one("#causes", Static).update(words.plain(causes))
        writes = [float(count) for count in outlook.hourly]
        self.query_one("#gauge-writes", Gauge).replace(writes, f"{sum(outlook.hourly):,} in 24 h")
        self._spent(outlook.spent)
        recent = [_recent(run, now) for run in outlook.recent] or ["no run yet; S starts the first one"]
        self.query_one("#recent", Static).update(words.plain(recent))

    def _spent(self, samples: Sequence[Row]) -> None:
        """Show what the runs of the last day cost, where that was measured."""
        for name, (column, told) in SPENT.items():
            values = [value for one in samples if (value := one[column]) is not None]
            gauge = self.query_one(f"#gauge-run-{name}", Gauge)
            gauge.display = bool(values)
            if values:
                gauge.replace(values, told.format(values[-1], max(values)))

    def take(self, event: Sampled | TimersRead) -> None:
        """Learn how the machine fares, or what its timers start next."""
        if isinstance(event, TimersRead):
            self._next = event.lines
            self.read_again()
        else:
            self._sampled(event)

    def _sampled(self, event: Sampled) -> None:
        free = f"{event.disk_free / 2**30:.0f} GiB free"
        for name, share, text in (
            ("cpu", event.cpu, f"{event.cpu:3.0f} %"),
            ("memory", event.memory, f"{event.memory:3.0f} %"),
            ("disk", event.disk, f"{event.disk:3.0f} %, {free}"),
            ("heat", event.temperature, f"{event.temperature or 0:3.0f} °C"),
        ):
            gauge = self.query_one(f"#gauge-{name}", Gauge)
            gauge.display = share is not None
            if share is not None:
                gauge.add(share, text)


def _recent(run: Run, now: datetime) -> str:
    outcome, _ = outcome_of(run.ended_at, run.exit_code)
    said = run.error or written(run.counts)
    return f"{run.number:6} {words.ago(now - run.started_at):>11}  {run.kind:7}  {outcome:10}  {said}"


def _kinds(newest: Sequence[Run], now: datetime) -> Content:
    """Say of each kind when its last run was and how it ended; sweeps and what moved are expected, others come."""
    found = {run.kind: run for run in newest}
    kinds = [kind for kind in runs.KINDS if kind in found or kind in (runs.SWEEP, runs.MOVED)]
    return words.pairs([(kind, _ended(found.get(kind), now)) for kind in kinds], least=LEAST)


def _ended(run: Run | None, now: datetime) -> str:
    if run is None:
        return "none"
    return f"{words.ago(now - run.started_at)}, {outcome_of(run.ended_at, run.exit_code)[0]}"


def _run(run: Run | None, now: datetime) -> str:
    return f"{_ended(run, now)}: {run.error or written(run.counts)}" if run is not None else "none"
