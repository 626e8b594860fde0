"""Reading PeopleForce's answers: listings page by page in every shape they come in, and answers about one thing.

Must never conclude anything from absence: it yields what is shown and says how many there should be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pfjira.connectors.base import Page
from pfjira.connectors.http import Api
from pfjira.connectors.peopleforce import codec
from pfjira.engine.model import Json, Record
from pfjira.errors import BadReply, Missing, Rejected

MOST_PAGES = 100_000
"""Where a listing that never ends is given up."""

Decode = Callable[[list[Json]], tuple[Record, ...]]
Result = TypeVar("Result")

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_MOMENTS: tuple[Callable[[datetime], str], ...] = (
    lambda since: since.strftime("%Y-%m-%dT%H:%M:%SZ"),
    lambda since: (since - timedelta(days=1)).strftime("%Y-%m-%d"),  # a day earlier: whose midnight it is, is not known
    lambda since: str(int(since.timestamp())),
)
"""The ways to write `updated_at[gte]`; which ones the API takes is not documented (reference section 5)."""


class Listings:
    """The reading half of the API."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._taken: dict[str, int] = {}
        """Path to the place in `_MOMENTS` of what was taken there."""

    def pages(
        self, path: str, decode: Decode, params: Mapping[str, Any] | None = None, *, what: str, said: str = ""
    ) -> Iterator[Page]:
        """Yield a listing page by page.

        Ends at the last page announced, at an empty or missing one, or, without counters, when a page comes twice.
        """
        said = said or path
        shown: set[tuple[str, ...]] = set()
        for number in range(1, MOST_PAGES + 1):
            try:
                payload = self._api.get(path, {"page": number, **(params or {})}, said=said, right=f"read {what}")
            except Missing:
                if number > 1:  # one of the ways in which a page past the end may look
                    return
                raise Missing(
                    f"{self._api.system}: there is no list of {what} at this address (404)",
                    hint="PFJIRA_PEOPLEFORCE_URL must end in /api/public/v3; a module that is off may look so too.",
                    system=self._api.system,
                ) from None
            try:
                rows, pages, count = codec.listing(payload)
                records = decode(rows)
            except codec.Misshapen as error:
                raise self.unexpected(said, str(error)) from None
            if pages is None:
                # Nothing announces the end, and a page past it may be an old one again (reference section 4).
                ids = tuple(str(row.get("id")) if isinstance(row, dict) else "" for row in rows)
                if ids in shown:
                    return
                shown.add(ids)
            if number > 1 and not rows:
                return
            yield Page(number, records, pages, count)
            if not rows or (pages is not None and number >= pages):
                return
        raise self._api.unexpected(f"GET {said}", "a listing without an end")

    def moved(
        self, path: str, decode: Decode, since: datetime, params: Mapping[str, Any] | None = None, *, what: str
    ) -> Iterator[Page]:
        """Yield what changed since a moment, written as the API takes it: refused forms are not tried again."""
        since = since.astimezone(UTC)
        said = f"{path}?updated_at[gte]"
        for form in range(self._taken.get(path, 0), len(_MOMENTS)):
            moment = {"updated_at[gte]": _MOMENTS[form](since)}
            pages = self.pages(path, decode, {**(params or {}), **moment}, what=what, said=said)
            try:
                first = next(pages, None)
            except Rejected as error:
                if error.status not in (400, 422) or form == len(_MOMENTS) - 1:
                    raise
                continue
            self._taken[path] = form
            if first is not None:
                yield first
                yield from pages
            return

    def rows(self, path: str, *, what: str, said: str) -> list[Json]:
        """Return all rows of a listing that has no pages by its schema (reference section 4), but may have them."""
        found: list[Json] = []
        last: list[Json] = []
        for number in range(1, MOST_PAGES + 1):
            payload = self._api.get(path, {"page": number} if number > 1 else None, said=said, right=f"read {what}")
            try:
                rows, pages, _ = codec.listing(payload)
            except codec.Misshapen as error:
                raise self.unexpected(said, str(error)) from None
            if rows == last and number > 1:  # the page is ignored
                return found
            found, last = found + rows, rows
            if not rows or pages is None or number >= pages:
                return found
        raise self._api.unexpected(f"GET {said}", "a listing without an end")

    def one(self, path: str, number: str, decode: Callable[[Json], Result], *, what: str) -> Result:
        """Return one thing by id. Raise Missing when there is none."""
        said = f"{path}/{{id}}"
        payload = self._api.get(f"{path}/{self.checked(number)}", said=said, right=f"read {what}")
        return self.decoded(said, lambda: decode(codec.single(payload)))

    def decoded(self, said: str, decode: Callable[[], Result]) -> Result:
        """Decode what GET returned; an unknown shape is a BadReply."""
        try:
            return decode()
        except codec.Misshapen as error:
            problem = self.unexpected(said, str(error))
        raise problem

    def unexpected(self, said: str, what: str) -> BadReply:
        """Make the error for an answer that contradicts another."""
        return self._api.unexpected(f"GET {said}", what)

    def checked(self, number: str) -> str:
        """Return an id that may stand in a path. Raise Missing for what can be no id."""
        if _ID.fullmatch(number) is None:
            raise Missing(f"{self._api.system}: what was asked for has no possible id", system=self._api.system)
        return number

    def possible(self, numbers: Collection[str]) -> list[str]:
        """Return the ids that may be asked for, each once, in their order."""
        return [number for number in dict.fromkeys(numbers) if _ID.fullmatch(number)]


def each(decode: Callable[[Json], Record]) -> Decode:
    """Make a decoder of rows that are one record each."""
    return lambda rows: tuple(map(decode, rows))
