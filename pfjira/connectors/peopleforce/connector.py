"""PeopleForce as the side that knows the people and their tasks.

It answers "what is there" and "make it so"; it must never decide, conclude anything from absence, or see the state.
The API has no single read of a task (reference section 8), which shapes `fetch`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pfjira.connectors.address import site_of
from pfjira.connectors.base import Page
from pfjira.connectors.http import Api, Transport
from pfjira.connectors.peopleforce import codec
from pfjira.engine.model import Finding, Record, Ref
from pfjira.errors import (
    ConfigError,
    ConnectorError,
    Missing,
    Rejected,
    Unauthorized,
    Unavailable,
)

MOST_PAGES = 100_000
"""Where a listing that never ends is given up."""
SKEW_S = 120.0
"""How far the two clocks may be apart before the preflight says so."""

_SECTIONS = {"task": {"open": "false", "completed": "true"}}
"""Kind to section to the value of its `completed` parameter: the API has no "both" (reference section 8)."""


class PeopleForceConfig(BaseModel):
    """Where PeopleForce is and how to log in."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str = "https://app.peopleforce.io/api/public/v3"
    """Address of the API, version included."""
    api_key: SecretStr
    """A key of the kind "Company"."""
    rate: float = Field(default=4.0, ge=0, allow_inf_nan=False)
    """Requests a second; 0 is unpaced. PeopleForce allows 300 a minute (reference section 3)."""


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
    ) -> None:
        """Prepare, without connecting. Raise ConfigError for an address that is not https."""
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
        )

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

    def sections(self, kind: str) -> tuple[str, ...]:
        """Name the listings that together hold every record of a kind. Raise ConfigError for a kind it has not."""
        return tuple(self._kind(kind))

    def scan(self, kind: str, section: str) -> Iterator[Page]:
        """Yield a listing page by page, tasks by id descending (reference section 4).

        Ends at the last page announced, at an empty or missing one, or, without counters, when a page comes twice.
        """
        completed = self._kind(kind)[section]
        said = f"tasks?completed={completed}"
        shown: set[tuple[str, ...]] = set()
        for number in range(1, MOST_PAGES + 1):
            try:
                payload = self._api.get(
                    "tasks", {"page": number, "completed": completed}, said=said, right="read tasks"
                )
            except Missing:
                if number > 1:  # one of the ways in which a page past the end may look
                    return
                raise Missing(
                    f"{self.name}: there is no list of tasks at this address (404)",
                    hint="PFJIRA_PEOPLEFORCE_URL must end in /api/public/v3.",
                    system=self.name,
                ) from None
            try:
                rows, pages, count = codec.listing(payload)
                records = tuple(map(codec.task, rows))
            except codec.Misshapen as error:
                raise self._api.unexpected(f"GET {said}", str(error)) from None
            if pages is None:
                # Nothing announces the end, and a page past it may be an old one again (reference section 4).
                ids = tuple(record.ref.id for record in records)
                if ids in shown:
                    return
                shown.add(ids)
            if number > 1 and not records:
                return
            yield Page(number, records, pages, count)
            if not records or (pages is not None and number >= pages):
                return
        raise self._api.unexpected(f"GET {said}", "a listing without an end")

    def absent(self, ref: Ref) -> Record:
        """Return the empty shell of a record that exists no more."""
        self._kind(ref.kind)
        return codec.absent_task(ref.id)

    def fetch(self, ref: Ref) -> Record:
        """Find one record by id, by sweeping its listings: the API has no read by id.

        Raise Missing only when listings whose counters add up do not hold it; Unavailable when they do not add up.
        """
        for _ in range(3):
            sound = True
            # Open ones once more at the end: a task reopened meanwhile would otherwise slip through between the two.
            for section in (*self.sections(ref.kind), "open"):
                seen: set[str] = set()
                counts: set[int] = set()
                for page in self.scan(ref.kind, section):
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

    def complete(self, ref: Ref) -> None:
        """Mark a task done. Safe to repeat (reference section 10). Raise Missing when it is gone."""
        self._put(ref, "complete", completed=True)

    def reopen(self, ref: Ref) -> None:
        """Mark a task not done. Safe to repeat (reference section 10). Raise Missing when it is gone."""
        self._put(ref, "incomplete", completed=False)

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

    def _kind(self, kind: str) -> dict[str, str]:
        try:
            return _SECTIONS[kind]
        except KeyError:
            raise ConfigError(f"{self.name}: records of kind {kind!r} cannot be read", hint="known: task") from None
