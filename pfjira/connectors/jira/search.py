"""Search by JQL, page by page.

The index lags and may even forget for a moment (reference section 3): what is found here is a hint to look again, what
is not found proves nothing. Texts enter a query only through `codec.quoted`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec

PAGE = 1000
"""Rows asked for at once; fewer may come, which is no end (reference section 3)."""
MOST_PAGES = 10_000

_SAID = "search/jql"


class Search:
    """`POST search/jql` with token paging."""

    def __init__(self, api: Api) -> None:
        """Search through this interface."""
        self._api = api

    def rows(self, jql: str, fields: Sequence[str] = ("id",)) -> Iterator[dict[str, Any]]:
        """Yield the issues found, each once, with our property. Raise BadReply when the paging turns in a circle."""
        token: str | None = None
        tokens: set[str] = set()
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            issues, token = self._page(jql, fields, PAGE, token)
            for row in issues:
                number = str(row["id"])
                if number not in seen:
                    seen.add(number)
                    yield row
            if token is None:
                return
            if token in tokens:
                raise self._api.unexpected(_SAID, "the same page token came twice")
            tokens.add(token)
        raise self._api.unexpected(_SAID, "a search without an end")

    def first(self, jql: str, fields: Sequence[str] = ("id",)) -> dict[str, Any] | None:
        """Return the first issue found, if any."""
        issues, _ = self._page(jql, fields, 1, None)
        return issues[0] if issues else None

    def _page(
        self, jql: str, fields: Sequence[str], size: int, token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        # The schema of this body is closed: a member too many is a 400.
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "properties": [codec.PROPERTY], "maxResults": size}
        if token is not None:
            body["nextPageToken"] = token
        payload = self._api.query("search/jql", body)
        issues = codec.member(payload, "issues")
        if not isinstance(issues, list) or not all(isinstance(codec.member(row, "id"), str | int) for row in issues):
            raise self._api.unexpected(_SAID, "an answer without issues")
        following = payload.get("nextPageToken")
        ended = payload.get("isLast") is True or not following
        return issues, None if ended else str(following)
