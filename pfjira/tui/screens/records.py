"""Lists that are only looked at: runs, deliveries, and what people did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pfjira.ops import wording
from pfjira.state import figures, listings, runs
from pfjira.state.store import Store
from pfjira.tui import words
from pfjira.tui.screens.view import StateList
from pfjira.tui.widgets.table import Cell, Column
from pfjira.tui.words import Pair

LOOKED_AT = {
    runs.SWEEP: "a full sweep",
    runs.MOVED: "what moved",
    runs.WEBHOOK: "what deliveries named",
    runs.ONLY: "what --only or --rule named",
    runs.REPLAY: "what was tried again",
}
"""What a run of each kind looked at, in words."""


class Runs(StateList):
    """The history of runs."""

    title = "Runs"
    help = "Every run, the newest first: how it ended, what it wrote. A run without an end goes on, or was killed."
    listing = listings.RUNS
    noun = ("run", "runs")
    empty = "no run yet; S starts the first one"
    columns: ClassVar[Sequence[Column]] = (
        Column("run", 7),
        Column("started", 11),
        Column("took", 8),
        Column("kind", 7),
        Column("outcome", 10),
        Column("written, or why it stopped"),
    )

    def cells(self, row: Any) -> Sequence[Cell]:
        """One run."""
        one = self.named(row)
        outcome, tone = outcome_of(one["ended_at"], one["exit_code"])
        return (
            (str(one["number"]), "dim"),
            (words.brief(one["started_at"]), ""),
            (_took(one["started_at"], one["ended_at"]), ""),
            (one["kind"], "dim"),
            (outcome, tone),
            (one["error"] or (written(one["counts"]) if one["ended_at"] else "—"), "bad" if one["error"] else ""),
        )

    def identity(self, row: Any) -> object:
        """Its number."""
        return row[0]

    def detail(self, row: Any) -> list[Pair]:
        """One run, whole."""
        one = self.named(row)
        looked = _counts(one["counts"]).get("looked_at", 0)
        code = "none" if one["exit_code"] is None else str(one["exit_code"])
        found = [
            ("run", f"{one['number']}, {LOOKED_AT.get(one['kind'], one['kind'])}"),
            ("started", words.moment(one["started_at"], seconds=True)),
            ("ended", words.moment(one["ended_at"], seconds=True)),
            ("outcome", f"{outcome_of(one['ended_at'], one['exit_code'])[0]} (exit {code})"),
            ("looked at", words.counted(looked, "record")),
            ("written", written(one["counts"])),
        ]
        return found + ([("stopped", one["error"])] if one["error"] else [])

    def more(self, store: Store, row: Any) -> list[str]:
        """Return what became of the writes of its plan."""
        return [f"{count:6,} {action}: {state}" for action, state, count in figures.writes_of(store, row[0])]


class Deliveries(StateList):
    """What other programs and the two systems delivered."""

    title = "Deliveries"
    help = (
        "What arrived at hooks or by `pfjira deliver`. A document of a generic hook is erased once it was worked off; "
        "a webhook of PeopleForce or Jira only says which records to look at."
    )
    listing = listings.DELIVERIES
    noun = ("delivery", "deliveries")
    empty = "nothing was delivered yet"
    columns: ClassVar[Sequence[Column]] = (
        Column("received", 11),
        Column("hook", 12),
        Column("topic", 20),
        Column("what"),
        Column("state", 16),
    )

    def cells(self, row: Any) -> Sequence[Cell]:
        """One delivery."""
        one = self.named(row)
        waits = one["state"] == "pending"
        return (
            (words.brief(one["received_at"]), ""),
            (one["source"], ""),
            (one["topic"] or "document", "" if one["topic"] else "dim"),
            (_named(one), ""),
            ("waits" if waits else _settled(one), "warn" if waits or one["state"] == "unwanted" else "dim"),
        )

    def identity(self, row: Any) -> object:
        """Its sort, its hook, and what its repetitions have in common."""
        return row[:3]

    def detail(self, row: Any) -> list[Pair]:
        """One delivery, whole."""
        one = self.named(row)
        found = [("hook", one["source"]), ("id", one["id"])]
        if one["sort"] == "webhook":
            found += [("topic", one["topic"]), ("look at", _named(one))]
        return [
            *found,
            ("received", words.moment(one["received_at"], seconds=True)),
            ("worked off", "not yet" if one["state"] == "pending" else _settled(one, seconds=True)),
        ]


class Audit(StateList):
    """Who did what."""

    title = "Audit"
    help = "Every act of a person, with the name of the operating-system user, the newest first."
    listing = listings.AUDIT
    noun = ("act", "acts")
    empty = "nobody has done anything by hand yet"
    columns: ClassVar[Sequence[Column]] = (
        Column("at", 11),
        Column("who", 14),
        Column("act", 22),
        Column("subject"),
    )

    def cells(self, row: Any) -> Sequence[Cell]:
        """One act."""
        one = self.named(row)
        return (words.brief(one["at"]), ""), (one["who"], ""), (one["act"], ""), (one["subject"], "")

    def identity(self, row: Any) -> object:
        """Its number."""
        return row[0]

    def detail(self, row: Any) -> list[Pair]:
        """One act, whole."""
        one = self.named(row)
        return [
            ("at", words.moment(one["at"], seconds=True)),
            ("who", one["who"]),
            ("act", one["act"]),
            ("subject", one["subject"]),
        ]


def _named(delivery: Mapping[str, Any]) -> str:
    """Return what a delivery is about: its own id, or the records to look at."""
    if delivery["sort"] == "document":
        return str(delivery["id"])
    return delivery["refs"] or (f"every {delivery['sweep']}" if delivery["sweep"] else "nothing")


def _settled(delivery: Mapping[str, Any], *, seconds: bool = False) -> str:
    match delivery["state"]:
        case "ignored":
            return "ignored"
        case "unwanted":
            return "not yet: no rule reads it; erased after two weeks" if seconds else "no rule reads it"
    at, how = delivery["settled_at"], delivery["state"]
    if not seconds:
        return f"{how} {words.brief(at)}"
    return words.moment(at, seconds=True) + (", unread: no rule read it" if how == "erased" else "")


def outcome_of(ended_at: object, exit_code: int | None) -> tuple[str, str]:
    """Return how a run ended, in a word, and its tone."""
    if not ended_at:
        return "no end yet", "warn"
    return {None: ("stopped", "bad"), 0: ("agreed", "good")}.get(exit_code, ("left open", "warn"))


def written(counts: str) -> str:
    """Return what a run wrote, in words."""
    return wording.written(_counts(counts))


def _counts(text: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(text)
    return found


def _took(started: str, ended: str | None) -> str:
    if not ended:
        return "—"
    span = (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()
    return f"{span:.1f} s" if span < 600 else f"{span / 60:.0f} min"
