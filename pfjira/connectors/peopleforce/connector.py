"""PeopleForce as the side that knows the people and their tasks.

It answers "what is there" and "make it so"; it must never decide, conclude anything from absence, or see the state.
The API has no single read of a task (reference section 8), which shapes `fetch`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pfjira.connectors.address import site_of
from pfjira.connectors.base import Page
from pfjira.connectors.http import Api, Transport
from pfjira.connectors.pacing import Timetable
from pfjira.connectors.peopleforce import codec, codec_leave, shown
from pfjira.connectors.peopleforce.codec_recruiting import candidate
from pfjira.connectors.peopleforce.listings import Listings, each
from pfjira.connectors.peopleforce.people import People
from pfjira.connectors.peopleforce.writes import Writes
from pfjira.engine.kinds import KINDS, PER_PERSON
from pfjira.engine.model import Finding, Json, Record, Ref
from pfjira.errors import (
    ConfigError,
    ConnectorError,
    Missing,
    Rejected,
    Unauthorized,
    Unavailable,
)

SKEW_S = 120.0
"""How far the two clocks may be apart before the preflight says so."""

_COMPLETED = {"open": "false", "completed": "true"}
"""Section of the tasks to the value of its `completed` parameter: the API has no "both" (reference section 8)."""


class PeopleForceConfig(BaseModel):
    """Where PeopleForce is and how to log in."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str = "https://app.peopleforce.io/api/public/v3"
    """Address of the API, version included."""
    api_key: SecretStr
    """A key of the kind "Company"."""
    rate: float = Field(default=4.0, ge=0, allow_inf_nan=False)
    """Requests a second; 0 is unpaced. PeopleForce allows 300 a minute (reference section 3)."""
    run_s: float = Field(default=math.inf, gt=0)
    """Seconds after which nothing is sent any more."""


class PeopleForce:
    """PeopleForce over its public API v3; see `connectors.base.HrSystem`."""

    name = "peopleforce"

    def __init__(
        self,
        config: PeopleForceConfig,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        transport: Transport | None = None,
        timetable: Timetable | None = None,
    ) -> None:
        """Prepare, without connecting. Raise ConfigError for an address that is not https.

        A `timetable` is where several processes keep the departures and pauses of this site.
        """
        key = config.api_key.get_secret_value()
        self._url = config.url
        self._api = Api(
            self.name,
            config.url,
            headers={"x-api-key": key},
            secrets=(key,),
            rate=config.rate,
            concurrency=4,
            clock=clock,
            sleep=sleep,
            transport=transport,
            run_s=config.run_s,
            timetable=timetable,
        )
        self._listings = Listings(self._api)
        self._people = People(self._listings)
        self._writes = Writes(self._api, self._listings)

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def site(self) -> str:
        """Return what names this tenant's API in ids: host and path, never the key."""
        return site_of(self._url)

    @property
    def server_time(self) -> datetime | None:
        """PeopleForce's own clock as of its last answer, aware UTC."""
        return self._api.server_time

    def sections(self, kind: str, paths: Collection[str] = ()) -> tuple[str, ...]:
        """Name the listings that together hold every record of a kind. Raise ConfigError for a kind it has not."""
        self._known(kind)
        if kind in PER_PERSON:
            return self._people.sections(kind, paths)
        return tuple(_COMPLETED) if kind == "task" else ("all",)

    def listed(self, kind: str, paths: Collection[str]) -> frozenset[str]:
        """Return those of the paths that rows show, status included where the listings are by status."""
        self._known(kind)
        return shown.listed(kind, paths)

    def scan(self, kind: str, section: str, paths: Collection[str] = ()) -> Iterator[Page]:
        """Yield a listing page by page, tasks by id descending (reference section 4)."""
        self._known(kind)
        pages = self._listings.pages
        match kind:
            case "task":
                completed = {"completed": _COMPLETED[section]}
                said = f"tasks?completed={_COMPLETED[section]}"
                return pages("tasks", each(codec.task), completed, what="tasks", said=said)
            case "leave":
                return pages("leave_requests", each(_leave(paths)), what="leave requests")
            case "candidate":
                return pages("recruitment/candidates", each(candidate), what="candidates")
            case "team":
                return pages("teams", each(codec.team), what="teams")
            case "assignment":
                return self._assignments(paths)
        return self._people.scan(kind, section, paths)

    def moved(self, kind: str, since: datetime, paths: Collection[str] = ()) -> Iterator[Page] | None:
        """Yield what changed since a moment; None for tasks, teams and assignments, which have no such filter."""
        self._known(kind)
        if kind in PER_PERSON:
            return self._people.moved(kind, since, paths)
        if kind == "leave":
            # A strict bound in whole seconds (reference section 7).
            after = {"updated_at[gt]": int(since.timestamp()) - 1}
            said = "leave_requests?updated_at[gt]"
            return self._listings.pages("leave_requests", each(_leave(paths)), after, what="leave requests", said=said)
        if kind == "candidate":
            return self._listings.moved("recruitment/candidates", each(candidate), since, what="candidates")
        return None

    def named(self, kind: str, ids: Sequence[str], paths: Collection[str] = ()) -> Iterator[Page]:
        """Yield the rows of these records: people many at once, leave and candidates singly, others by a sweep."""
        self._known(kind)
        if kind in PER_PERSON:
            return self._people.named(kind, ids, paths)
        if kind in ("leave", "candidate"):
            return self._singly(kind, ids, paths)
        return self._sifted(kind, ids, paths)

    def addressed(self, email: str) -> list[str]:
        """Return the ids of the people who have this e-mail address, whoever left included."""
        return self._people.addressed(email)

    def whole(self, record: Record, paths: Collection[str]) -> Record:
        """Return a record with everything of `paths`. Raise Missing when it is gone."""
        made = self.join([record], paths)[0]
        if made.fields["gone"]:
            raise Missing(f"{self.name}: no {record.ref.kind} {record.ref.id} (404)", system=self.name)
        return made

    def join(self, records: Sequence[Record], paths: Collection[str]) -> list[Record]:
        """Make many records of one kind whole: a single read for each, or one list request for 50 of their people."""
        whole = all(record.whole for record in records)
        return list(records) if whole else self._people.join(records, paths)

    def absent(self, ref: Ref) -> Record:
        """Return the empty shell of a record that exists no more."""
        self._known(ref.kind)
        return codec.absent(ref)

    def fetch(self, ref: Ref, paths: Collection[str] = ()) -> Record:
        """Read one record by id; tasks, teams and assignments by sweeping their listings.

        A sweep raises Missing only when listings whose counters add up do not hold it; Unavailable when they do not.
        """
        self._known(ref.kind)
        if ref.kind in PER_PERSON:
            return self._people.fetch(ref, paths)
        if ref.kind in ("leave", "candidate"):
            return self.whole(self._single(ref.kind, ref.id, paths), paths)
        return self.whole(self._swept(ref, paths), paths)

    def complete(self, ref: Ref) -> None:
        """Mark a task done. Safe to repeat (reference section 10). Raise Missing when it is gone."""
        self._put(ref, "complete", completed=True)

    def reopen(self, ref: Ref) -> None:
        """Mark a task not done. Safe to repeat (reference section 10). Raise Missing when it is gone."""
        self._put(ref, "incomplete", completed=False)

    def set_fields(self, employee: str, values: Mapping[str, Json]) -> None:
        """Set profile and custom fields of an employee. Safe to repeat. Raise Missing, Rejected."""
        self._writes.set_fields(employee, values)

    def add_note(self, employee: str, text: str, *, op: str) -> None:
        """Leave a note on an employee, once per op. Raise Missing, Rejected, OutcomeUnknown."""
        self._writes.add_note(employee, text, op=op)

    def create_task(self, employee: str, values: Mapping[str, Json], *, op: str) -> str:
        """Make a task for an employee, once per op, and return its id. Raise Missing, Rejected, OutcomeUnknown."""
        return self._writes.create_task(employee, values, op=op)

    def hand_out(self, asset: str, employee: str, issued_on: str, *, since: str = "") -> None:
        """Note that an asset is with an employee now. Raise Missing, Rejected, OutcomeUnknown."""
        self._writes.hand_out(asset, employee, issued_on, since=since)

    def take_back(self, assignment: str, returned_on: str) -> None:
        """Note that the asset of an assignment is back. Safe to repeat. Raise Missing, Rejected."""
        self._writes.take_back(assignment, returned_on, find=self.fetch)

    def check(self) -> list[Finding]:
        """Look whether address, key and rights are well (for `doctor`)."""
        findings = []
        try:
            page = next(self.scan("task", "open"))
        except Unauthorized as error:
            hint = "a key of the kind Company is needed: Settings, Open API keys; see its IP list too"
            return [Finding("PeopleForce login", False, str(error), hint)]
        except ConnectorError as error:
            return [Finding("PeopleForce address", False, str(error), error.hint)]
        findings.append(Finding("PeopleForce login", True, "the key is accepted"))
        count = "an unknown number of" if page.count is None else str(page.count)
        findings.append(Finding("PeopleForce tasks", True, f"{count} open tasks are visible"))
        there = self.server_time
        if there is not None:
            skew = (there - datetime.now(UTC)).total_seconds()
            hint = "" if abs(skew) < SKEW_S else "set this machine's clock (NTP)"
            words = "within 1 s of ours" if abs(skew) <= 1 else f"{skew:+.0f} s from ours"
            findings.append(Finding("PeopleForce clock", not hint, words, hint))
        return findings

    def _put(self, ref: Ref, verb: str, *, completed: bool) -> None:
        if not ref.id.isdecimal():
            raise Missing(f"{self.name}: {ref} is not a task's id", system=self.name)
        path, said = f"tasks/{ref.id}/{verb}", f"tasks/{{id}}/{verb}"
        try:
            # The body of the answer is not described by the vendor, so any will do.
            self._api.write("PUT", path, said=said, repeatable=True, any_body=True, right="change tasks")
        except Rejected:
            # What completing twice gives is not known (reference section 10): a refusal may mean "it is already".
            if self.fetch(ref).fields["completed"] is not completed:
                raise

    def _assignments(self, paths: Collection[str]) -> Iterator[Page]:
        """Yield the assignments inside the assets; what they should amount to is told at the end only."""
        assets: set[str] = set()
        counts: set[int] = set()
        rows = 0
        wanted = shown.wanted("assignment", paths)

        def decode(found: list[Json]) -> tuple[Record, ...]:
            assets.update(str(codec.identity(row, "asset")) for row in found)
            return tuple(record for row in found for record in codec_leave.assignments(row, wanted))

        held: Page | None = None
        for page in self._listings.pages("assets", decode, what="assets"):
            if held is not None:
                yield held
            rows += len(page.records)
            if page.count is not None:
                counts.add(page.count)
            held = replace(page, count=None)
        if held is not None:
            # Assets that are missing, or too many, make the total one that cannot be reached.
            yield replace(held, count=None if not counts else rows if counts == {len(assets)} else rows + 1)

    def _single(self, kind: str, number: str, paths: Collection[str]) -> Record:
        if kind == "leave":
            return self._listings.one("leave_requests", number, _leave(paths), what="leave requests")
        return self._listings.one("recruitment/candidates", number, candidate, what="candidates")

    def _singly(self, kind: str, ids: Sequence[str], paths: Collection[str]) -> Iterator[Page]:
        for number, record_id in enumerate(self._listings.possible(ids), 1):
            try:
                record = self._single(kind, record_id, paths)
            except Missing:
                continue
            yield Page(number, (record,), None, None)

    def _sifted(self, kind: str, ids: Sequence[str], paths: Collection[str]) -> Iterator[Page]:
        left = set(ids)
        for section in self.sections(kind, paths) if left else ():
            for page in self.scan(kind, section, paths):
                records = tuple(record for record in page.records if record.ref.id in left)
                left.difference_update(record.ref.id for record in records)
                yield Page(page.number, records, None, None)
                if not left:
                    return

    def _swept(self, ref: Ref, paths: Collection[str]) -> Record:
        for _ in range(3):
            sound = True
            # Open ones once more at the end: a task reopened meanwhile would otherwise slip through between the two.
            for section in (*self.sections(ref.kind), *(("open",) if ref.kind == "task" else ())):
                seen: set[str] = set()
                counts: set[int] = set()
                for page in self.scan(ref.kind, section, paths):
                    if page.count is not None:
                        counts.add(page.count)
                    for record in page.records:
                        if record.ref.id == ref.id:
                            return record
                        seen.add(record.ref.id)
                # A total that moves between two pages means that rows moved too, perhaps past us.
                sound = sound and (not counts or counts == {len(seen)})
            if sound:
                raise Missing(f"{self.name}: no {ref.kind} {ref.id} in the listings", system=self.name)
        raise Unavailable(f"{self.name}: the listings kept changing while {ref} was looked for", system=self.name)

    def _known(self, kind: str) -> None:
        if kind not in KINDS:
            raise ConfigError(
                f"{self.name}: records of kind {kind!r} cannot be read", hint=f"known: {', '.join(KINDS)}"
            )


def _leave(paths: Collection[str]) -> Callable[[Json], Record]:
    return partial(codec_leave.leave, wanted=shown.wanted("leave", paths))
