"""Read the HR side of each stream: wholly, or what moved and what somebody asks about; add what is gone for certain."""

from __future__ import annotations

from pfjira.engine.kinds import stream_of
from pfjira.engine.model import Ref
from pfjira.ops import hints as jira_side
from pfjira.ops.facts import Facts
from pfjira.ops.gather import Gatherer
from pfjira.ops.notices import Notices
from pfjira.ops.persons import PeopleBook
from pfjira.ops.sweep import Reader, Sighting, Sweep
from pfjira.ops.workspace import DAY, Scope, Workspace
from pfjira.state import links, snapshots
from pfjira.state.letters import stuck


class Sweeper:
    """Reads, for one plan, one stream after the other."""

    def __init__(
        self, workspace: Workspace, scope: Scope, told: Notices, book: PeopleBook, day: str, open_refs: set[Ref]
    ) -> None:
        """Prepare. `open_refs` are records with a write that has not come to its end."""
        self.workspace, self.scope, self.told, self.book = workspace, scope, told, book
        self.day, self.open_refs = day, open_refs
        self.again = scope.full or told.accounts
        """Whether people in doubt are asked about once more."""
        self.facts: list[Facts] = []
        """What was found out about people on the way, stream by stream."""
        self.costly: set[str] = set()
        """Streams whose records take a request each, and whose rules look at today."""

    def sweep(self, stream: str, hints: jira_side.Hints, *, full: bool) -> Sweep:
        """Read the HR side of one stream; add the records that are gone for certain."""
        store, rules = self.workspace.store, self.workspace.rules
        look = {
            row_id
            for row_id, people in snapshots.waiting(store, stream).items()
            if self.book.due_again(people, again=self.again) and (self.again or not self.scope.pending)
        }
        if self.scope.full:
            # What Jira refused may be taken now: somebody may have mended the project instead of the record.
            look |= {record_id for record_id, _, _ in stuck(store, stream, self.workspace.rules_hash)}
        named = hints.records | self.told.records | self.open_refs
        look |= {ref.id for ref in named if ref.kind == stream}
        if self.scope.pending and not full and not look and not stream.startswith("hook."):
            return Sweep(complete=False)
        if stream == "task":
            return self._sweep_tasks(look, full=full, forgotten=bool(hints.strangers))
        facts = Facts(self.workspace, frozenset(rules.reads(stream)), hints.strangers.keys())
        for earlier in self.facts:
            facts.met.update(earlier.met)
        self.facts.append(facts)
        wanted = self._named(stream)
        if wanted is not None and not wanted:
            return Sweep(complete=False)
        doubted = snapshots.doubted(store, stream)
        if not self.scope.full:
            # What was refused would be refused again, and each look costs a request: it waits until either side moves.
            doubted -= {record_id for record_id, _, _ in stuck(store, stream, self.workspace.rules_hash)}
        look |= set() if self.scope.pending else doubted
        gatherer = Gatherer(self.workspace, stream, self.day, wanted or look, facts)
        if stream == "employee" and gatherer.is_costly and rules.reads_today(stream):
            self.costly.add(stream)  # others are joined with people, who change without them
        if wanted is not None:
            return gatherer.read_only(wanted)
        sweep = gatherer.read_named() if self.scope.pending and not full else gatherer.read(full=full)
        if full and sweep.complete:
            self._add_gone(stream, sweep, gatherer)
        return sweep

    def _sweep_tasks(self, look: set[str], *, full: bool, forgotten: bool) -> Sweep:
        store, rules = self.workspace.store, self.workspace.rules
        day = self.day if rules.reads_today("task") else ""
        known = snapshots.known(store, "task", self.workspace.rules_hash, day)
        if self.scope.full and forgotten:
            # An issue that search showed late: its task may have been settled as one that needs none.
            known = {}
        wanted = self._named("task")
        if wanted is not None:
            if not wanted:
                return Sweep(complete=False)
            look = wanted
        paths = sorted({*rules.reads("task"), "completed"})
        reader = Reader(self.workspace, "task", known, look, self.workspace.fingerprints.projection(paths))
        if full:
            sweep = reader.read_all()
            if sweep.complete and wanted is None:
                self._add_gone("task", sweep, None)
        elif self.scope.pending:
            sweep = reader.read_named()
        else:
            sweep = reader.read_open(snapshots.ids_in(store, "task", self.workspace.hr.sections("task")[0]))
        if wanted is not None:
            sweep.found = {key: value for key, value in sweep.found.items() if key in look}
        return sweep

    def _named(self, stream: str) -> set[str] | None:
        """Return the ids in this stream that a person named; None where nobody named any."""
        if self.scope.refs is not None:
            return {ref.id for ref in self.scope.refs if ref.kind == stream}
        return None if self.scope.only is None else {one for one in [self._only(stream)] if one is not None}

    def _only(self, stream: str) -> str | None:
        """Return the id in this stream that `--only` names: an id, `KIND/ID`, or an issue key; None for another's."""
        kind, slash, name = (self.scope.only or "").rpartition("/")
        if slash and stream_of(kind) != stream:
            return None
        if "-" in name and (ref := links.record_of(self.workspace.store, name.upper())):
            return ref.id if ref.kind == stream else None
        return name

    def _add_gone(self, stream: str, sweep: Sweep, gatherer: Gatherer | None) -> None:
        """Add what is gone: two complete sweeps did not show it and, where a read by id is possible, nor did that.

        What a listing held that shows nothing at all counts as gone after a day only.
        """
        store = self.workspace.store
        known = snapshots.gone(store, stream, self.workspace.rules_hash) - {ref.id for ref in self.open_refs}
        absent = snapshots.absentees(store, stream, sweep.seen, self.workspace.now)
        # A system in trouble shows empty lists for hours.
        for_long = snapshots.absentees(store, stream, sweep.seen, self.workspace.now, apart=DAY)
        for record_id in (absent - sweep.vanished | for_long) - known:
            if gatherer is None or gatherer.recheck(record_id):
                record = self.workspace.hr.absent(Ref(self.workspace.hr.name, stream, record_id))
                if gatherer is not None:
                    record = gatherer.facts.complete(record)
                sweep.found[record_id] = record, Sighting(record.ref, "gone", "gone")
