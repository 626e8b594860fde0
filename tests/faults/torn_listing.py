"""Listings that move or tear while they are read, from a seed; and the sweeps that read them, without any network.

The truth is kept here, beside what the reader says: which records were there all the time, and which were removed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from pfjira.connectors.base import HrSystem, Page, TicketSystem
from pfjira.engine.model import Record, Ref
from pfjira.engine.rules import RuleSet
from pfjira.ops.sweep import Reader, Sweep
from pfjira.ops.workspace import Workspace
from pfjira.state import snapshots
from pfjira.state.snapshots import Snapshot
from pfjira.state.store import Store

SIZE = 4
"""Rows of a page."""
FAULTS = ("remove read", "remove unread", "add", "complete", "half page", "no page", "same page", "end")
APART = timedelta(hours=2)

Tear = Callable[["Torn", str, int], str]
"""What happens after a page of a section was sent: one of FAULTS, or nothing."""


@dataclass
class Torn:
    """An HR system whose listings are torn as a plan says."""

    open: list[int]
    done: list[int]
    tear: Tear
    name: str = "peopleforce"
    removed: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    """Records that were made, completed or removed since the last sweep began: nobody can blame a reader for these."""
    landed: int = 0

    def sections(self, kind: str, paths: Collection[str] = ()) -> tuple[str, ...]:
        """Open ones and completed ones."""
        return ("open", "completed")

    def scan(self, kind: str, section: str, paths: Collection[str] = ()) -> Iterator[Page]:
        """Yield pages, newest first, of what is there at that moment; between two of them the world goes on."""
        rows = self.open if section == "open" else self.done
        number, answer = 1, "whole"
        while True:
            shown = rows[(number - 1) * SIZE : number * SIZE]
            count, pages = len(rows), -(-len(rows) // SIZE)
            if answer == "half page":
                shown = shown[: len(shown) // 2]
            elif answer == "same page":
                shown = rows[(number - 2) * SIZE : (number - 1) * SIZE]
            if not shown and number > 1:
                return
            records = tuple(Record(Ref(self.name, kind, str(one)), {"id": one}) for one in shown)
            yield Page(number, records, pages, count)
            if number >= pages:
                return
            answer = self._torn(section, number)
            number += 2 if answer == "no page" else 1
            if answer == "end":
                return

    def _torn(self, section: str, number: int) -> str:
        """Let happen what the plan says after this page; return what becomes of the next."""
        what = self.tear(self, section, number)
        rows = self.open if section == "open" else self.done
        read, unread = rows[: number * SIZE], rows[number * SIZE :]
        if not what:
            return ""
        self.landed += 1
        if what == "add":
            newest = max(self.open + self.done + list(self.removed)) + 1
            rows.insert(0, newest)
            self.moved.add(newest)
        elif what in ("remove read", "remove unread", "complete"):
            gone = (unread if what == "remove unread" else read)[0]
            rows.remove(gone)
            self.moved.add(gone)
            if what == "complete":
                other = self.done if section == "open" else self.open
                other.append(gone)
                other.sort(reverse=True)
            else:
                self.removed.add(gone)
        return what


@dataclass
class Watch:
    """Sweeps of a torn system, and what was concluded from them."""

    hr: Torn
    store: Store
    trusting: bool = False
    """The negative control: what one sweep does not show is gone."""
    now: datetime = datetime(2030, 3, 1, tzinfo=UTC)
    seen: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    """What counted as gone after the last sweep."""

    def __post_init__(self) -> None:
        everybody = (Ref("peopleforce", "task", str(one)) for one in self.hr.open + self.hr.done)
        with self.store.write():
            self.store.run("DELETE FROM snapshots")
            snapshots.save(self.store, (Snapshot(ref, "p", "r", "", "open") for ref in everybody))

    def sweep(self) -> Sweep:
        """Read everything once, as `sync --full` does, and conclude what it concludes."""
        self.hr.moved.clear()
        workspace = Workspace(
            self.store, cast(HrSystem, self.hr), cast(TicketSystem, self.hr), RuleSet((), "", ""), "here"
        )
        known = {str(one): "p" for one in self.hr.open + self.hr.done}
        sweep = Reader(workspace, "task", known, set(), lambda fields: "p").read_all()
        self.seen |= sweep.seen
        self.gone = set()
        if self.trusting:
            self.wrong |= {one for one in known if one in self.there and one not in sweep.seen}
        if sweep.complete:
            self.gone = snapshots.absentees(self.store, "task", sweep.seen, self.now)
            self.wrong |= self.gone & self.there
            with self.store.write():
                snapshots.note_missing(self.store, "task", sweep.seen, self.now)
        self.now += APART
        return sweep

    @property
    def there(self) -> set[str]:
        """What exists."""
        return {str(one) for one in self.hr.open + self.hr.done}


def at_random(seed: int) -> Torn:
    """Return a system whose pages are torn by chance, about every third one."""
    chance = random.Random(seed)
    every = list(range(60, 60 - chance.randint(14, 40), -1))
    done = sorted(chance.sample(every, len(every) // 3), reverse=True)
    often = chance.choice((0.1, 0.3, 0.6))
    return Torn(
        [one for one in every if one not in done],
        done,
        lambda hr, section, number: chance.choice(FAULTS) if chance.random() < often else "",
    )
