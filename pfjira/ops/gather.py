"""Read the streams of HR records other than tasks: people, leave, assets, candidates, teams, deliveries.

A listing shows less than a single read, and a read costs a request for each record. So a row is read whole only where
it moved (it looks different, or the system says so) or was asked for, and only where some rule could come to anything
by what the row shows. Absence is never a fact here; it becomes one only through `Sweep.complete`, twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice

from pfjira.connectors.base import Page
from pfjira.engine import mapping
from pfjira.engine.model import Json, Record, Ref
from pfjira.engine.views import FACTS, ROWS
from pfjira.errors import Forbidden, Missing
from pfjira.ops import completeness
from pfjira.ops.facts import Facts
from pfjira.ops.sweep import Sighting, Sweep, empty_side
from pfjira.ops.workspace import Workspace
from pfjira.state import deliveries, links, runs, snapshots

OVERLAP = timedelta(minutes=10)
"""Ask again for what moved in this time before the last run, for clocks that differ and answers that lag."""
BATCH = 50
CANARIES = 3
"""So many listed records are read by id: one may have gone in the meantime, not all of them."""
BATCH_AT = timedelta(hours=1, minutes=10)
"""When PeopleForce's nightly batch is surely through, after midnight UTC."""
NOT_LISTED = "-"
"""In place of a row's fingerprint, where only a part of the row was seen."""


def cursor_of(stream: str) -> str:
    """Return the name of the watermark of a stream."""
    return f"hr {stream}"


def swept_as(workspace: Workspace, stream: str, day: str) -> tuple[str, str]:
    """Return a name, and what the state remembers under it: the rules and the day of the last whole reading.

    PeopleForce ends and begins employments in a batch at 01:00 UTC (reference section 11), which need not move the
    record: where rules read the status, the lists are read once more after it.
    """
    rules = workspace.rules
    batch = (workspace.now - BATCH_AT).date().isoformat() if "status" in rules.reads(stream) else ""
    return f"swept {stream}", f"{workspace.rules_hash} {day if rules.reads_today(stream) else ''} {batch}".rstrip()


def watermark(workspace: Workspace, stream: str) -> datetime | None:
    """Return since when to ask; None where there is nothing to go by: what lies ahead would hide all that moves."""
    since = runs.cursor(workspace.store, cursor_of(stream))
    return None if since is None or since > workspace.now + OVERLAP else since


class Gatherer:
    """Reads one stream, given what is known and what somebody asks about."""

    def __init__(self, workspace: Workspace, stream: str, day: str, look: set[str], facts: Facts) -> None:
        """Prepare the fingerprints, and what the state knows."""
        rules, store = workspace.rules, workspace.store
        paths = rules.reads(stream)
        self.workspace, self.stream, self.look, self.facts = workspace, stream, look, facts
        self.today = date.fromisoformat(day)
        self.row_paths = [path.partition(".")[2] for path in paths if path.partition(".")[0] == ROWS]
        self.paths = [path for path in paths if path.partition(".")[0] != ROWS]
        self.listed = frozenset() if _is_hook(stream) else workspace.hr.listed(stream, self.paths)
        self.of_row = workspace.fingerprints.deep(sorted(self.listed))
        self.of_record = workspace.fingerprints.deep(paths)
        self.known = snapshots.listed(store, stream, workspace.rules_hash, day if rules.reads_today(stream) else "")
        self.held = links.holders(store, stream)
        self.sweep = Sweep()
        self.moved: set[str] = set()
        self.taken: set[tuple[str, str]] = set()
        """Id and fingerprint of rows that were looked at already: a listing may be read more than once."""
        self.canary: bool | None = None
        self.all_moved = False
        """Whether every row counts as moved, because nobody can tell."""

    @property
    def is_costly(self) -> bool:
        """Whether its records take a request each, because a listing does not show all that the rules read."""
        return bool(self.row_paths or not self.listed.issuperset(self.paths)) and not _is_hook(self.stream)

    def read(self, *, full: bool) -> Sweep:
        """Read the stream: wholly, or what moved since the last run. Raise SideWentEmpty, ConnectorError."""
        if _is_hook(self.stream):
            return self._read_deliveries()
        workspace = self.workspace
        since = watermark(workspace, self.stream)
        told = self._told(since) if since is not None else None
        # What a person is joined with moves without the row that names the person.
        self.all_moved = since is None or (full and self.stream != "employee")
        self.moved = {record.ref.id for record in told or ()}
        name, now = swept_as(workspace, self.stream, self.today.isoformat())
        if full or told is None or workspace.store.meta(name) != now:
            self._read_all()
            self.sweep.whole = True
        else:
            self._take(told, self.listed - {"status"})
            self._take(self._asked(), self.listed - {"status"})
            self.sweep.complete = False
        return self.sweep

    def read_named(self) -> Sweep:
        """Read only what somebody asks about."""
        if _is_hook(self.stream):
            return self._read_deliveries()
        self._take(self._asked(), self.listed - {"status"})
        self.sweep.complete = False
        return self.sweep

    def read_only(self, ids: Collection[str]) -> Sweep:
        """Read these records; nothing where there is none."""
        self.sweep.complete = False
        if _is_hook(self.stream):
            found = self._read_deliveries().found
            self.sweep.found = {key: value for key, value in found.items() if key in ids}
            return self.sweep
        if len(ids) > 1:
            # Some listings can be asked for many at once, and none is to be read once for each.
            self._take(self._asked(), self.listed - {"status"})
            return self.sweep
        for record_id in ids:
            try:
                record = self.workspace.hr.fetch(Ref(self.workspace.hr.name, self.stream, record_id), self.paths)
            except Missing:
                continue
            self._keep(self._with_rows(replace(record, whole=True)), NOT_LISTED)
        return self.sweep

    def recheck(self, record_id: str) -> bool:
        """Look by id for a record that two sweeps did not show; return whether it is gone for certain.

        A login that has lost the right to look gets the same answer, so somebody known must still be there.
        """
        hr, system = self.workspace.hr, self.workspace.hr.name
        try:
            record = hr.fetch(Ref(system, self.stream, record_id), self.paths)
        except Missing:
            return self._may_look()
        self._keep(self._with_rows(replace(record, whole=True)), NOT_LISTED)
        return False

    def _may_look(self) -> bool:
        """Say whether somebody known is still there; asked once. Raise Forbidden where nobody listed can be read."""
        if self.canary is None:
            known = list(islice(self.sweep.seen, CANARIES))
            self.canary = any(map(self._is_there, known))
            if known and not self.canary:
                system = self.workspace.hr.name
                raise Forbidden(
                    f"{system} lists {self.stream} records and shows none of them by its id. None was taken for gone.",
                    hint="Give the key the right to read them one by one (`pfjira doctor`).",
                    system=system,
                )
        return self.canary

    def _is_there(self, record_id: str) -> bool:
        try:
            self.workspace.hr.fetch(Ref(self.workspace.hr.name, self.stream, record_id), ())
        except Missing:
            return False
        return True

    def _told(self, since: datetime) -> list[Record] | None:
        """Return the rows that the system says have moved; None where it cannot tell."""
        pages = self.workspace.hr.moved(self.stream, since - OVERLAP, self.paths)
        if pages is None:
            return None
        self.workspace.progress.stage(f"Asking PeopleForce which {self.stream} records moved")
        return list(self._rows(pages))

    def _asked(self) -> Iterator[Record]:
        """Yield the rows of what somebody asks about and nobody has shown yet."""
        wanted = sorted(self.look - self.sweep.seen)
        if wanted:
            yield from self._rows(self.workspace.hr.named(self.stream, wanted, self.paths))

    def _rows(self, pages: Iterable[Page]) -> Iterator[Record]:
        for page in pages:
            self.workspace.progress.step(len(page.records))
            yield from page.records

    def _read_all(self) -> None:
        hr, progress, sweep = self.workspace.hr, self.workspace.progress, self.sweep
        sections = hr.sections(self.stream, self.paths)
        for section in sections:
            progress.stage(f"Reading {section} {self.stream} records from PeopleForce")
            pages = partial(hr.scan, self.stream, section, self.paths)
            self._take(completeness.read(pages, progress, sweep.note), self.listed, section)
        sweep.listings = ",".join(sections)
        held = snapshots.count(self.workspace.store, self.stream)
        if not self.sweep.rows and held:
            if self.stream == "employee":
                raise empty_side(self.workspace.hr.name, held)
            self.sweep.complete = False  # nobody has left that often; but it proves nothing

    def _take(self, rows: Iterable[Record], listed: frozenset[str], section: str = "") -> None:
        """Look at rows; read whole what moved and could matter."""
        unread: list[tuple[Record, str]] = []
        for record in rows:
            record_id = record.ref.id
            self.sweep.seen.add(record_id)
            row = self.of_row(record.fields) if listed == self.listed else NOT_LISTED
            known = self.known.get(record_id)
            asked = record_id in self.look
            quiet = known is not None and known[1] == row and record_id not in self.moved and not self.all_moved
            if (quiet and not asked) or (record_id, row) in self.taken:
                continue
            self.taken.add((record_id, row))
            if record.whole and not self.row_paths:
                self._keep(record, row, section)
            elif asked or self._may_matter(record, listed):
                unread.append((record, row))
            else:
                self.sweep.idle[record_id] = Sighting(record.ref, "", section, row)
            if len(unread) >= BATCH:
                self._read_whole(unread, section)
        self._read_whole(unread, section)

    def _may_matter(self, record: Record, listed: frozenset[str]) -> bool:
        held = self.held.get(record.ref.id, ())
        # Who has left may have never begun, which only a read of the person tells.
        known = listed - FACTS.keys()
        sure = known - {"status"} if record.fields.get("status") == "terminated" and not record.whole else known
        matters = mapping.may_matter(self.workspace.rules, record, sure, held, self.today)
        return matters or self.facts.may_be_marked(record, known | {"episode"})

    def _read_whole(self, unread: list[tuple[Record, str]], section: str) -> None:
        rows = {record.ref.id: row for record, row in unread}
        records = [record for record, _ in unread]
        unread.clear()
        if self.stream != "employee":
            for record in self.workspace.hr.join(records, self.paths) if records else ():
                self._keep(record, rows[record.ref.id], section)
            return
        for record in records:
            try:
                read = record if record.whole else self.workspace.hr.whole(record, self.paths)
                self._keep(self._with_rows(read), rows[record.ref.id], section)
            except Missing:
                self.sweep.seen.discard(record.ref.id)
                self.sweep.complete = False

    def _with_rows(self, record: Record) -> Record:
        """Return a person with the dated positions, where any rule reads them."""
        if not self.row_paths or record.ref.kind != "employee":
            return record
        shell = Record(replace(record.ref, kind="position"), {"rows": None, "employee": record.fields}, whole=False)
        placed = self.workspace.hr.whole(shell, self.row_paths)
        return replace(record, fields={**record.fields, ROWS: placed.fields["rows"]})

    def _keep(self, record: Record, row: str, section: str = "") -> None:
        """Add what must be looked at; what looks as it did when it was settled needs only its row remembered."""
        record = self.facts.complete(record)
        record_id = record.ref.id
        self.sweep.seen.add(record_id)
        print_ = self.of_record(record.fields)
        known = self.known.get(record_id)
        if known is not None and known[0] == print_ and record_id not in self.look:
            if known[1] != row:
                self.sweep.relisted[record_id] = row
            return
        self.sweep.found[record_id] = record, Sighting(record.ref, print_, section, row)

    def _read_deliveries(self) -> Sweep:
        """Take everything that was delivered and not worked off yet."""
        name = self.stream.partition(".")[2]
        source = next(one for one in self.workspace.rules.sources if one.name == name)
        self.sweep.complete = False
        for number, fields, version in deliveries.held(self.workspace.store, name):
            # What was declared when it arrived may be another choice than what is declared now.
            shown = {path: fields.get(path) for path in source.leaves}
            record = Record(Ref(self.workspace.hr.name, self.stream, number), _shaped(shown))
            self.sweep.found[number] = record, Sighting(record.ref, self.of_record(record.fields), "", version)
        return self.sweep


def _is_hook(stream: str) -> bool:
    return stream.startswith("hook.")


def _shaped(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Return `{"ticket.id": 7}` as nested objects, with `gone` as every record has it."""
    found: dict[str, Json] = {"gone": False}
    for path, value in fields.items():
        inner = found
        *outer, last = path.split(".")
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return found
