"""Read the tasks of the HR side: every open one as a stream, and of the others only those somebody asks about.

A record that looks as it did when it was settled costs one fingerprint and is dropped at once, so that memory stays
flat. Absence is never a fact here; it becomes one only through `Sweep.complete`, twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pfjira.connectors.base import Page
from pfjira.engine.model import Json, Record, Ref
from pfjira.errors import SideWentEmpty
from pfjira.ops import completeness
from pfjira.ops.workspace import Workspace
from pfjira.state import snapshots


@dataclass(frozen=True, slots=True)
class Sighting:
    """That a record was seen and must be looked at; what is kept of it once the rules were evaluated."""

    ref: Ref
    fingerprint: str
    section: str
    listed: str = ""
    """Fingerprint of its row, where that shows less than the whole record."""


@dataclass(slots=True)
class Sweep:
    """What a reading of the HR side showed."""

    found: dict[str, tuple[Record, Sighting]] = field(default_factory=dict)
    """What must be looked at. The records are dropped as they are evaluated: they are large, and hold values."""
    seen: set[str] = field(default_factory=set)
    idle: dict[str, Sighting] = field(default_factory=dict)
    """What no rule could come to anything for, as far as its row shows."""
    relisted: dict[str, str] = field(default_factory=dict)
    """Id to fingerprint of rows that look different though the record does not."""
    vanished: set[str] = field(default_factory=set)
    """Ids that a listing held which shows nothing at all now."""
    rows: int = 0
    whole: bool = False
    """Every listing was read, for better or worse."""
    complete: bool = True
    """Every listing was read wholly: see `ops.completeness`."""
    listings: str = ""
    """Which listings were read wholly, for comparing their length with that of an earlier sweep."""

    def note(self, reading: completeness.Reading) -> None:
        """Take what the reading of one more listing came to."""
        self.rows += reading.rows
        self.complete = self.complete and reading.is_whole


@dataclass(slots=True)
class Reader:
    """Reads the listings of one kind, given what is known and what somebody asks about."""

    workspace: Workspace
    kind: str
    known: Mapping[str, str]
    """Id to fingerprint of what was settled under these rules."""
    look: set[str]
    """Ids to look at even when they did not move."""
    fingerprint: Callable[[Mapping[str, Json]], str]
    sweep: Sweep = field(default_factory=Sweep)

    def read_all(self) -> Sweep:
        """Read every listing wholly."""
        empty = []
        sections = self.workspace.hr.sections(self.kind)
        for section in sections:
            rows = self.sweep.rows
            self._read_wholly(section)
            if self.sweep.rows == rows:
                empty.append(section)
        self.sweep.listings = ",".join(sections)
        if not self.sweep.rows and (held := snapshots.count(self.workspace.store, self.kind)):
            raise empty_side(self.workspace.hr.name, held)
        for section in empty:
            self._doubt(section)
        return self.sweep

    def _doubt(self, section: str) -> None:
        """Ask again for a listing that showed nothing, where records that it held are nowhere now.

        They may all have been removed; from an empty answer it is concluded late (`vanished`).
        """
        if not self._lost(section):
            return
        rows = self.sweep.rows
        self._read_wholly(section)
        if self.sweep.rows == rows:
            self.sweep.vanished |= self._lost(section)

    def _lost(self, section: str) -> set[str]:
        return snapshots.ids_in(self.workspace.store, self.kind, section) - self.sweep.seen

    def read_open(self, were_open: set[str]) -> Sweep:
        """Read the first listing wholly, and in the others find what left it or is asked about."""
        first, *others = self.workspace.hr.sections(self.kind)
        self._read_wholly(first)
        nothing_open = not self.sweep.rows
        wanted = (were_open | self.look) - self.sweep.seen
        for section in others:
            if wanted:
                self._stage(section)
                pages = self._until_found(section, wanted)
                self._take(section, (record for page in pages for record in page.records))
                wanted -= self.sweep.seen
        if nothing_open and wanted & were_open:
            raise empty_side(self.workspace.hr.name, len(were_open))
        self.sweep.complete = False
        return self.sweep

    def read_named(self) -> Sweep:
        """Read only what somebody asks about, listing by listing until it is found."""
        for section in self.workspace.hr.sections(self.kind):
            if wanted := self.look - self.sweep.seen:
                self._stage(section)
                pages = self._until_found(section, wanted)
                self._take(section, (record for page in pages for record in page.records))
        self.sweep.found = {key: value for key, value in self.sweep.found.items() if key in self.look}
        self.sweep.complete = False
        return self.sweep

    def _until_found(self, section: str, wanted: set[str]) -> Iterator[Page]:
        """Yield pages, newest first, until all are found or only older ones can follow."""
        left = set(wanted)
        oldest = min((int(record_id) for record_id in left if record_id.isdigit()), default=0)
        previous: int | None = None
        descending = True
        for page in self.workspace.hr.scan(self.kind, section):
            self.workspace.progress.step(len(page.records))
            yield page
            for record in page.records:
                left.discard(record.ref.id)
                number = int(record.ref.id) if record.ref.id.isdigit() else -1
                descending = descending and (previous is None or number < previous)
                previous = number
            if not left or (descending and previous is not None and previous < oldest):
                return

    def _read_wholly(self, section: str) -> None:
        self._stage(section)
        hr, sweep = self.workspace.hr, self.sweep
        rows = completeness.read(lambda: hr.scan(self.kind, section), self.workspace.progress, sweep.note)
        self._take(section, rows)

    def _stage(self, section: str) -> None:
        self.workspace.progress.stage(f"Reading {section} {self.kind}s from PeopleForce")

    def _take(self, section: str, rows: Iterator[Record]) -> None:
        sweep, known, look, fingerprint = self.sweep, self.known, self.look, self.fingerprint
        ids = set()
        for record in rows:
            record_id = record.ref.id
            ids.add(record_id)
            print_ = fingerprint(record.fields)
            if known.get(record_id) != print_ or record_id in look:
                sweep.found[record_id] = record, Sighting(record.ref, print_, section)
        sweep.seen |= ids


def empty_side(system: str, held: int) -> SideWentEmpty:
    """Make the error for a side that shows nothing any more."""
    return SideWentEmpty(
        f"{system} shows no records at all, though it held {held} before. Nothing was written.",
        hint="Check that the API key still belongs to the same company and sees all records (`pfjira doctor`).",
        fuse=system,
    )
