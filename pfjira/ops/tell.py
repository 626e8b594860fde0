"""Tell people what calls for them: each alert once, and once more when it is over. What cannot be told, stays."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pfjira.engine.fingerprint import op_id
from pfjira.ops.journal import Journal
from pfjira.state import alerts
from pfjira.state.alerts import Alert
from pfjira.state.store import Store


class Teller(Protocol):
    """Who carries a text to people."""

    def tell(self, text: str, *, op: str) -> str:
        """Tell people; return by which way, empty where every way failed."""
        ...


def tell(store: Store, teller: Teller, journal: Journal, *, host: str, now: datetime) -> int:
    """Tell what nobody was told of yet, and what is over; return how many could not be told.

    Where one cannot be told, the others wait: each try takes its time, and others wait for the state.
    """
    waiting = [(one, False) for one in alerts.untold(store)] + [(one, True) for one in alerts.ended(store, now)]
    for told, (alert, is_over) in enumerate(waiting):
        op = op_id(alert.cause.value, alert.subject, alert.day, "over" if is_over else "")
        way = teller.tell(_text(alert, host, is_over=is_over), op=op)
        journal.note("alert.told" if way else "alert.untold", cause=alert.cause.value, subject=alert.subject, way=way)
        if not way:
            return len(waiting) - told
        with store.write():
            alerts.note_told(store, alert, now, over=is_over)
    return 0


def _text(alert: Alert, host: str, *, is_over: bool) -> str:
    since = alert.first_at.strftime("%Y-%m-%d %H:%M UTC")
    if is_over:
        return f"pfjira on {host}: over: {alert.cause.value} ({alert.subject}), since {since}."
    often = f", {alert.times} times" if alert.times > 1 else ""
    return f"pfjira on {host}: {alert.cause.value}: {alert.sentence}\nSince {since}{often}. `pfjira status` shows more."
