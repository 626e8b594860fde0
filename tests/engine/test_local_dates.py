"""A date begins at local midnight of the rules' zone, once, through every change of the clocks from 2024 to 2030.

Runs of every five minutes are played in virtual time: the day as a run finds it, then the rules for that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.filters import workdays
from pfjira.engine.mapping import evaluate
from pfjira.engine.model import Record, Ref, Situation
from pfjira.ops.workspace import local_day

FIVE_MINUTES = timedelta(minutes=5)
A_DAY = timedelta(days=1)
ZONES = (
    "Europe/Kyiv",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
)
"""Six of the bar, and Cairo, where summer begins at a midnight that does not exist."""
CHANGES = {
    "Europe/Kyiv": 14,
    "America/New_York": 14,
    "Asia/Kathmandu": 0,
    "Pacific/Kiritimati": 0,
    "Pacific/Pago_Pago": 0,
    "Australia/Lord_Howe": 14,
    "Africa/Cairo": 14,
}
RULES = parse_rules(
    """
version: 1
rules:
  - id: onboarding
    for: employee
    when: employee.hired_on is within(-3, 0)
    key: "{{ employee.id }}"
    make: issue
    in: { project: OPS, type: Task }
    set: { summary: First day }
"""
)
Day = Callable[[datetime, tzinfo], str]


def utc_day(moment: datetime, zone: tzinfo) -> str:
    """Return the date by UTC whatever the zone: the mistake that this file must notice."""
    return moment.astimezone(UTC).date().isoformat()


def changes(zone: ZoneInfo) -> list[date]:
    """Return the local dates on which the clocks of a zone change, found by looking at each hour."""
    moment, found = datetime(2024, 1, 1, tzinfo=UTC), []
    before = moment.astimezone(zone).utcoffset()
    while moment.year < 2031:
        moment += timedelta(hours=1)
        now = moment.astimezone(zone)
        if now.utcoffset() != before:
            found.append(now.date())
            before = now.utcoffset()
    return found


def dates(zone: ZoneInfo) -> list[date]:
    """Return the dates to try: around each change of the clocks, and around each turn of the year and leap day."""
    days = {day + timedelta(days=off) for day in changes(zone) for off in (-1, 0, 1)}
    for year in range(2024, 2031):
        days |= {date(year, 1, 1), date(year, 12, 31), date(year, 2, 28), date(year, 3, 1)}
    return sorted(days | {date(2024, 2, 29), date(2028, 2, 29)})


def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """Return when a date begins in a zone, in UTC, found by looking at each quarter of an hour."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - A_DAY
    while moment.astimezone(zone).date() < day:
        moment += timedelta(minutes=15)
    return moment


@dataclass
class Played:
    """What the runs around one first day did; the rules are asked once for each day, since they are pure."""

    hired_on: date
    opened: list[datetime] = field(default_factory=list)
    held: set[tuple[str, str]] = field(default_factory=set)
    asked: dict[tuple[str, int], list[Situation]] = field(default_factory=dict)

    def run(self, moment: datetime, today: str) -> bool:
        """Play one run; return whether the rule's window is open."""
        wanted = self.asked.get((today, len(self.held)))
        if wanted is None:
            wanted = self.asked[today, len(self.held)] = self._evaluate(date.fromisoformat(today))
        for situation in wanted:
            pair = situation.rule, situation.key
            if pair not in self.held:
                self.opened.append(moment)
                self.held.add(pair)
        return bool(wanted)

    def _evaluate(self, today: date) -> list[Situation]:
        fields = {"id": 7, "status": "hired", "hired_on": self.hired_on.isoformat(), "gone": False}
        record = Record(Ref("peopleforce", "employee", "7"), fields)
        evaluation = evaluate(RULES, record, installation="test", held=self.held, today=today)
        assert () == evaluation.failures
        return [situation for situation in evaluation.situations if situation.opens]


def instants(begins: datetime, ends: datetime) -> Iterator[datetime]:
    """Yield every five minutes around both ends of a window, their last second."""
    for edge in (begins, ends):
        moment = edge - timedelta(hours=15)
        while moment < edge + timedelta(hours=15):
            yield moment
            moment += FIVE_MINUTES
        yield edge - timedelta(seconds=1)


def mistakes(zone: ZoneInfo, day: Day) -> list[str]:
    """Play each date of a zone; return what was early, late, doubled or missing."""
    found = []
    for hired_on in dates(zone):
        begins, ends = first_moment(hired_on, zone), first_moment(hired_on + timedelta(days=4), zone)
        played = Played(hired_on)
        for moment in sorted(set(instants(begins, ends))):
            is_open = played.run(moment, day(moment, zone))
            if is_open is not (begins <= moment < ends):
                found.append(f"{hired_on}: {'open' if is_open else 'closed'} at {moment.isoformat()}")
        if played.opened != [begins]:
            found.append(f"{hired_on}: opened at {[moment.isoformat() for moment in played.opened]}")
    return found


@pytest.mark.parametrize("name", ZONES)
def test_row_30_a_dated_rule_opens_once_at_local_midnight(name: str) -> None:
    """Around each change of the clocks: not a second early, once, and closed when its last local day has ended."""
    assert [] == mistakes(ZoneInfo(name), local_day)


@pytest.mark.parametrize("name", ZONES)
def test_row_30_the_date_of_utc_would_be_noticed(name: str) -> None:
    """The proof is worth something: rules evaluated for the date by UTC are wrong on every date of every zone."""
    zone = ZoneInfo(name)
    wrong = {line.partition(":")[0] for line in mistakes(zone, utc_day)}

    assert {day.isoformat() for day in dates(zone)} == wrong


@pytest.mark.parametrize("name", ZONES)
def test_row_30_each_change_of_the_clocks_is_among_the_dates(name: str) -> None:
    """Two in each year where there are any: the zone table of this machine is not an empty one."""
    assert CHANGES[name] == len(changes(ZoneInfo(name)))


def test_row_30_local_dates_follow_one_another() -> None:
    """A look each hour for seven years sees each local date, in order, and none of them twice."""
    for name in ZONES:
        zone = ZoneInfo(name)
        seen = [date(2023, 12, 31)]
        moment = first_moment(date(2024, 1, 1), zone)
        while moment.year < 2031:
            today = date.fromisoformat(local_day(moment, zone))
            if today != seen[-1]:
                seen.append(today)
            moment += timedelta(hours=1)
        expected = [seen[0] + timedelta(days=number) for number in range(len(seen))]
        assert expected == seen


@pytest.mark.parametrize("name", ZONES)
def test_row_30_working_days_never_land_on_a_weekend(name: str) -> None:
    """Counted from any local date around a change of the clocks, forwards and backwards."""
    for day in dates(ZoneInfo(name)):
        for number in (*range(-15, 0), *range(1, 16)):
            landed = workdays(day.isoformat(), number)
            assert date.fromisoformat(landed).weekday() < 5
