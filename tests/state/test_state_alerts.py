"""Alerts: one per cause and day, told once, and over when the cause is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pfjira.state import alerts
from pfjira.state.alerts import Cause
from pfjira.state.store import Store

NOW = datetime(2030, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def put(store: Store, now: datetime = NOW, *, subject: str = "cancel task", full: bool = False) -> bool:
    """Raise an alert of a guard."""
    with store.write():
        return alerts.put(store, Cause.GUARD, subject, "A sentence.", day=now.date().isoformat(), now=now, full=full)


def end(store: Store, *but: str, full: bool = True, cause: Cause = Cause.GUARD) -> None:
    """Let a cause be over."""
    with store.write():
        alerts.end(store, cause, now=NOW, but=but, full=full)


def test_the_same_cause_is_told_once_a_day(store: Store) -> None:
    """Again on the same day, even after it was over, is one more time and nobody is told again; a new day is new."""
    first = [put(store), put(store, NOW + HOUR)]
    (alert,) = alerts.untold(store)
    with store.write():
        alerts.note_told(store, alert, NOW)
    end(store)
    again = [put(store, NOW + 2 * HOUR), put(store, NOW + 24 * HOUR)]

    assert [True, False, False, True] == first + again
    assert [("2030-03-02", 1)] == [(one.day, one.times) for one in alerts.untold(store)]
    (known,) = alerts.open_now(store)
    assert (NOW, NOW + 24 * HOUR, 4) == (known.first_at, known.last_at, known.times)


def test_subjects_are_causes_of_their_own(store: Store) -> None:
    """Another fuse is another alert; it stays while the first is over, and other causes end nothing."""
    put(store)
    put(store, subject="create leave")
    end(store, cause=Cause.LOGIN)
    end(store, "create leave")

    assert (["create leave"], 1) == ([one.subject for one in alerts.open_now(store)], len(alerts.untold(store)))


def test_what_a_whole_sweep_found_only_a_whole_sweep_ends(store: Store) -> None:
    """A quick run does not even look there."""
    put(store, full=True)
    end(store, full=False)
    after_quick = len(alerts.open_now(store))
    end(store)

    assert (1, 0) == (after_quick, len(alerts.open_now(store)))


def test_alerts_of_long_ago_are_forgotten(store: Store) -> None:
    """After three months nobody looks back."""
    put(store)
    put(store, NOW + alerts.KEEP + HOUR)

    assert 1 == len(alerts.untold(store))
