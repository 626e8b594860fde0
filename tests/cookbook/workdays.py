"""Working days counted one by one, by other means than the tool's own filter."""

from __future__ import annotations

from datetime import date, timedelta

from story import Story


def workday(day: str, number: int) -> str:
    """Return the day so many working days after (before) another one."""
    found, step = date.fromisoformat(day), 1 if number > 0 else -1
    for _ in range(abs(number)):
        found += timedelta(days=step)
        while found.weekday() > 4:
            found += timedelta(days=step)
    return found.isoformat()


def monday(told: Story, weeks: int) -> str:
    """Return the Monday of the week so many weeks from now."""
    return told.day(7 * weeks - told.today.weekday())
