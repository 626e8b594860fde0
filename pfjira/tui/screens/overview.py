"""The first look: whether it is healthy, what happened, what needs a person."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pfjira.state.runs import Run
from pfjira.tui import words
from pfjira.tui.messages import Sampled, TimersRead
from pfjira.tui.screens.records import outcome_of
from pfjira.tui.screens.view import View
from pfjira.tui.widgets.gauge import Gauge

GAUGES = ("cpu", "memory", "disk", "heat")


class Overview(View):
    """How things stand, at a glance."""

    title = "Overview"
    help = "Is it healthy, what happened, what needs me? The numbers before the lists are the keys of their screens."

    def __init__(self) -> None:
        super().__init__()
        self._next: list[str] = []

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with VerticalScroll(can_focus=True, classes="page"), Container(id="tiles"):
            with Vertical(classes="tile"):
                yield Static("What happened", classes="head", markup=False)
                yield Static(id="happened", markup=False)
            with Vertical(classes="tile"):
                yield Static("What needs you", classes="head", markup=False)
                yield Static(id="needs", markup=False)
            with Vertical(classes="tile"):
                yield Static("Refused, by cause", classes="head", markup=False)
                yield Static(id="causes", markup=False)
            with Vertical(classes="tile"):
                yield Static("This machine", classes="head", markup=False)
                for name in GAUGES:
                    yield Gauge(name, top=100)
                yield Gauge("writes")
            with Vertical(classes="tile across"):
                yield Static("Last runs", classes="head", markup=False)
                yield Static(id="recent", markup=False)

    def aim(self) -> None:
        """Take the keys."""
        self.query_one(VerticalScroll).focus()

    def read_again(self) -> None:
        """Show what the app read last."""
        outlook, now = self.board.outlook, self.board.setting.clock()
        if outlook is None:
            return
        facts = outlook.health.facts
        happened = [
            ("last run", _run(outlook.last, now)),
            ("last sweep", _run(outlook.last_full, now)),
            ("last stop", _run(outlook.last_stopped, now)),
            ("wrote last", facts["last good run"].partition(", ")[2] or "—"),
            ("issues kept", f"{facts['issues kept']:,}"),
            ("rules", str(facts["rules in force"])),
            ("next timers", ", ".join(self._next) or "none known"),
        ]
        self.query_one("#happened", Static).update(words.pairs(happened))
        self.query_one("#needs", Static).update(
            _needs(
                [
                    ("5", facts["conflicts"], "conflict", "conflicts"),
                    ("4", facts["people in review"], "person in review", "people in review"),
                    ("6", facts["dead letters"], "dead letter", "dead letters"),
                    ("8", len(outlook.health.rules_off), "rule off", "rules off"),
                    ("3", facts["writes to finish"], "write to finish", "writes to finish"),
                    ("7", outlook.deliveries, "delivery waiting", "deliveries waiting"),
                ]
            )
        )
        causes = [f"{count:6,} x {cause}" for cause, count in outlook.causes] or ["nothing was refused"]
        self.query_one("#causes", Static).update(words.plain(causes))
        writes = [float(count) for count in outlook.hourly]
        self.query_one("#gauge-writes", Gauge).replace(writes, f"{sum(outlook.hourly):,} in 24 h")
        recent = [_recent(run, now) for run in outlook.recent] or ["no run yet; S starts the first one"]
        self.query_one("#recent", Static).update(words.plain(recent))

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
    kind = "full " if run.full else "moved"
    said = run.error or ", ".join(f"{count} {name}" for name, count in run.counts.items() if name != "looked_at")
    return f"{run.number:6} {words.ago(now - run.started_at):>11}  {kind}  {outcome:9}  {said or 'nothing to write'}"


def _run(run: Run | None, now: datetime) -> str:
    if run is None:
        return "none"
    outcome, _ = outcome_of(run.ended_at, run.exit_code)
    return f"{words.ago(now - run.started_at)}, {outcome}" + (f": {run.error}" if run.error else "")


def _needs(found: list[tuple[str, int, str, str]]) -> Content:
    parts = [
        Content.assemble((f"[{key}] ", "bold"), words.counted(count, one, many) + "\n")
        for key, count, one, many in found
        if count
    ]
    return Content("").join(parts) if parts else Content("nothing: all is settled")
