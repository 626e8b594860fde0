"""What begins on a day begins at the local midnight of the configured zone, once, though nobody changes anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from story import Story, story

LEAVER = 9012
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Kyiv")
MADE = {"create": 3, "link": 2}


def before_midnight(told: Story, zone: str, minutes: int) -> datetime:
    """Move to so many minutes before a local midnight, a day away at least; return the moment when that day begins."""
    now = told.tool.sandbox.clock.now().astimezone(ZoneInfo(zone))
    day = (now + timedelta(days=2)).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    told.tool.sandbox.clock.advance(midnight.timestamp() - now.timestamp() - 60 * minutes)
    told.tool.extra["PFJIRA_TIMEZONE"] = zone
    return midnight


@pytest.mark.parametrize("zone", ZONES)
def test_row_30_a_date_begins_at_local_midnight_and_acts_once(tmp_path: Path, zone: str) -> None:
    """Quiet until ten minutes before the local midnight, made by the first run after it, and quiet from then on."""
    with story(tmp_path, "offboarding") as told:
        midnight = before_midnight(told, zone, 60)
        told.hr.terminate(LEAVER, (midnight.date() + timedelta(days=14)).isoformat())
        assert ({}, []) == (told.sync(), told.issues())
        told.tool.sandbox.clock.advance(40 * 60 - 300)
        assert ({}, []) == (told.sync(), told.issues())
        assert midnight > told.tool.sandbox.clock.now()

        told.tool.sandbox.clock.advance(15 * 60)
        assert (MADE, 3) == (told.sync(), len(told.issues()))
        assert {(midnight.date() + timedelta(days=14)).isoformat()} == {i.fields["duedate"] for i in told.issues()}
        for hours in (1, 11, 12, 24):
            told.tool.sandbox.clock.advance(hours * 3600)
            assert ({}, 3) == (told.sync(), len(told.issues()))


def test_row_30_three_zones_disagree_about_the_day(tmp_path: Path) -> None:
    """The same moment is the day in the east and not yet in the west: each zone acts on its own date."""
    for zone, expected in zip(ZONES, (MADE, {}, {}), strict=True):
        (tmp_path / zone.rpartition("/")[2]).mkdir()
        with story(tmp_path / zone.rpartition("/")[2], "offboarding") as told:
            midnight = before_midnight(told, "Pacific/Kiritimati", 10)
            told.tool.extra["PFJIRA_TIMEZONE"] = zone
            told.tool.sandbox.clock.advance(15 * 60)
            told.hr.terminate(LEAVER, (midnight.date() + timedelta(days=14)).isoformat())
            assert expected == told.sync()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("days", [1, 4])
def test_row_30_days_without_a_sync_are_caught_up_with_once(tmp_path: Path, zone: str, days: int) -> None:
    """The day on which the issue was due passes unseen, and more: the next run makes it, and later runs do not."""
    with story(tmp_path, "offboarding") as told:
        midnight = before_midnight(told, zone, 30)
        told.hr.terminate(LEAVER, (midnight.date() + timedelta(days=14)).isoformat())
        assert {} == told.sync()
        told.pass_days(days)
        assert MADE == told.sync()
        told.pass_days(1)
        assert ({}, 3) == (told.sync(), len(told.issues()))


def test_row_30_the_batch_at_one_utc_does_not_matter(tmp_path: Path) -> None:
    """On the last day the person reads as active until PeopleForce's batch: the issue neither waits nor doubles."""
    with story(tmp_path, "offboarding") as told:
        midnight = before_midnight(told, "Europe/Kyiv", 60)
        told.hr.terminate(LEAVER, midnight.date().isoformat())
        assert MADE == told.sync()
        told.tool.sandbox.clock.advance(55 * 60)
        assert ("employed", {}) == (told.person(LEAVER)["status"], told.sync())
        told.tool.sandbox.clock.advance(4 * 3600)
        assert ("terminated", {}) == (told.person(LEAVER)["status"], told.sync())
