"""What somebody should be told, once per cause and day; a cause that is over stays for looking back.

A row holds a sentence without values: ids, names of rules and fields, and counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pfjira.state.store import Row, Store

KEEP = timedelta(days=90)
SETTLED = timedelta(hours=1)
"""So long a cause must be away before anybody is told that it is over."""


class Cause(StrEnum):
    """Why somebody is called."""

    GUARD = "guard"
    """A plan waits for an approval."""
    EMPTY = "empty side"
    LOGIN = "login"
    DEAD_LETTERS = "dead letters"
    PING_PONG = "ping-pong"
    RULES = "rules"
    """A rule, or the whole file, is not in force though a person wants it to be."""
    LOGIN_ENDS = "login ends"
    """The login ends soon."""
    OVERWRITTEN = "overwritten"
    """A person's edit that ours came over."""
    FORGED = "forged mark"
    """An issue names a run that there cannot have been."""
    STOPPED = "run stopped"
    PAUSED = "paused"
    """Somebody may have forgotten that he paused."""
    UNIT = "unit failed"
    """A unit of the service manager failed, whose own good run alone tells that it is over."""
    LIMIT = "limit"
    """The machine comes to its end: disk, memory, queue."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One cause on one day."""

    cause: Cause
    subject: str
    """What it is about, the same from run to run: a fuse, a system, a rule."""
    day: str
    """In the rules' time zone."""
    sentence: str
    first_at: datetime
    last_at: datetime
    times: int
    told_at: datetime | None = None
    over_at: datetime | None = None
    over_told_at: datetime | None = None


def put(store: Store, cause: Cause, subject: str, sentence: str, *, day: str, now: datetime, full: bool) -> bool:
    """Note a cause, and return whether it is new; the same on the same day is one more time; inside `write()`.

    `full`: a whole sweep found it, and only another can tell that it is over.
    """
    at = now.isoformat()
    row = store.one(
        "INSERT INTO alerts (cause, subject, day, sentence, full, first_at, last_at, times) VALUES (?,?,?,?,?,?,?,1) "
        "ON CONFLICT (cause, subject, day) DO UPDATE SET sentence = excluded.sentence, full = excluded.full, "
        "last_at = excluded.last_at, times = times + 1, over_at = NULL RETURNING times",
        (cause.value, subject, day, sentence, int(full), at, at),
    )
    store.run("DELETE FROM alerts WHERE last_at < ?", ((now - KEEP).isoformat(),))
    return row == (1,)


def end(store: Store, cause: Cause, *, now: datetime, but: Iterable[str] = (), full: bool = True) -> None:
    """Note that a cause is over, for all subjects but these; inside `write()`.

    Without `full`, what a whole sweep found stays.
    """
    left = sorted(set(but))
    marks = ",".join("?" * len(left))
    store.run(
        f"UPDATE alerts SET over_at = ? WHERE cause = ? AND over_at IS NULL AND full <= ? AND subject NOT IN ({marks})",
        (now.isoformat(), cause.value, int(full), *left),
    )


def unit_did_well(store: Store, *units: str, now: datetime) -> None:
    """Note that units did their work to its end; one that failed before is over. Nothing is written where none did."""
    failed = {alert.subject for alert in _read(store, "over_at IS NULL") if alert.cause is Cause.UNIT}
    if failed.intersection(units):
        with store.write():
            end(store, Cause.UNIT, now=now, but=failed.difference(units))


def every(store: Store) -> list[Alert]:
    """Return all that is remembered, oldest first."""
    return _read(store, "1")


def untold(store: Store) -> list[Alert]:
    """Return what goes on and nobody was told of yet, oldest first."""
    return _read(store, "told_at IS NULL AND over_at IS NULL")


def ended(store: Store, now: datetime) -> list[Alert]:
    """Return what somebody was told of, is over for an hour, and nobody was told so: what comes and goes is not."""
    newest = "day = (SELECT max(day) FROM alerts AS a WHERE (a.cause, a.subject) = (alerts.cause, alerts.subject))"
    settled = f"over_at <= '{(now - SETTLED).isoformat()}'"
    return _read(store, f"told_at IS NOT NULL AND {settled} AND over_told_at IS NULL AND {newest}")


def note_told(store: Store, alert: Alert, now: datetime, *, over: bool = False) -> None:
    """Remember that somebody was told, of it or of its end; inside `write()`."""
    store.run(
        f"UPDATE alerts SET {'over_told_at' if over else 'told_at'} = ? WHERE cause = ? AND subject = ? AND day = ?",
        (now.isoformat(), alert.cause.value, alert.subject, alert.day),
    )


def open_now(store: Store) -> list[Alert]:
    """Return each cause that is not over, once: since when, how often in all, and what was said last."""
    found: dict[tuple[Cause, str], Alert] = {}
    for alert in _read(store, "over_at IS NULL"):
        name = alert.cause, alert.subject
        before = found.get(name)
        found[name] = alert if before is None else _joined(before, alert)
    return list(found.values())


def _joined(before: Alert, alert: Alert) -> Alert:
    return Alert(
        alert.cause, alert.subject, before.day, alert.sentence, before.first_at, alert.last_at,
        before.times + alert.times, alert.told_at,
    )  # fmt: skip


def _read(store: Store, condition: str) -> list[Alert]:
    rows = store.rows(
        "SELECT cause, subject, day, sentence, first_at, last_at, times, told_at, over_at, over_told_at FROM alerts "
        f"WHERE {condition} ORDER BY first_at, cause, subject"
    )
    return [_alert(row) for row in rows]


def _alert(row: Row) -> Alert:
    cause, subject, day, sentence, first_at, last_at, times, told_at, over_at, over_told_at = row
    return Alert(
        Cause(cause), subject, day, sentence, datetime.fromisoformat(first_at), datetime.fromisoformat(last_at), times,
        _moment(told_at), _moment(over_at), _moment(over_told_at),
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
