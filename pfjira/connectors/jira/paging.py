"""Listings of the platform that page by `startAt` and `total`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec

PAGE = 200
"""Rows of create metadata in one answer, the most there is (reference 4.1)."""


def rows(
    api: Api,
    path: str,
    said: str,
    *,
    member: str = "values",
    size: int = PAGE,
    right: str = "",
    params: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of all pages. Raise BadReply where an answer holds none."""
    start = 0
    while True:
        payload = api.get(path, {**(params or {}), "startAt": start, "maxResults": size}, said=said, right=right)
        # The vendor's schema and its own example name the list differently (reference 4.1): accept all.
        named = (codec.member(payload, name) for name in (member, "results", "values"))
        page = next((found for found in named if isinstance(found, list)), None)
        if page is None:
            raise api.unexpected(f"GET {said}", "an answer without rows")
        yield from codec.objects(page)
        start += len(page)
        if not page or start >= codec.whole(payload.get("total")):
            return
